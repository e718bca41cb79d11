/** Exchanges the token of a request for a token of another API (RFC 8693). */

import type { AuthContext } from '../contract/context.ts'
import type { ExchangeFailure } from '../contract/exchange-error.ts'
import { Exchanger } from './exchanger.ts'
import type { ExchangedToken, TokenExchange, TokenExchangeOptions } from './options.ts'
import { Proofs } from './proofs.ts'
import { exchangeSettings } from './settings.ts'
import { Upstream } from './upstream.ts'

export {
  ExchangeError,
  type ExchangeFailure,
  type ExchangeFailureCode,
  isExchangeError,
} from '../contract/exchange-error.ts'
export { toElicitation } from './elicitation.ts'
export type {
  ExchangeCacheOptions,
  ExchangeClient,
  ExchangedToken,
  ExchangeStyle,
  ExchangeTarget,
  SubjectToken,
  TokenExchange,
  TokenExchangeOptions,
} from './options.ts'

/**
 * Creates an exchange for one API. Create one for each API, when the server starts: it holds the cache.
 *
 * Checks of each context: that it is the verified context of a request, and that its issuer is
 * `authorizationServer`. Checks of each response: its status, its size and time, that it is a JSON object
 * with a token that fits a header field, `token_type`, and `issued_token_type` if present. A redirect of a
 * token endpoint is not followed.
 *
 * Does not check: the exchanged token. The API does.
 *
 * @param options The authorization server, this server as its client, and the API.
 * @returns The exchange. Nothing is fetched before its first use.
 * @throws {ConfigError} With every mistake in the options.
 * @example
 * ```ts
 * const orders = createTokenExchange({
 *   authorizationServer: 'https://auth.example.com',
 *   client: { id: 'notes-server', secret: 'from the environment' },
 *   target: { resource: 'https://orders.example.com/', scopes: ['orders:read'] },
 * })
 * ```
 * @see {@link https://www.rfc-editor.org/rfc/rfc8693.html#section-2 RFC 8693 §2}
 */
export function createTokenExchange(options: TokenExchangeOptions): TokenExchange {
  return new Exchange(options)
}

/** The private fields keep the tokens out of `console.log` and JSON. */
class Exchange implements TokenExchange {
  readonly #exchanger: Exchanger
  readonly #upstream: Upstream

  constructor(options: TokenExchangeOptions) {
    const settings = exchangeSettings(options)
    const proofs = new Proofs(settings.now)
    this.#exchanger = new Exchanger(settings, proofs)
    this.#upstream = new Upstream(settings, this.#exchanger, proofs)
  }

  async exchange(auth: AuthContext): Promise<ExchangedToken | ExchangeFailure> {
    // Without a wait for a token that is kept: every call of a tool comes through here.
    const outcome = this.#exchanger.known(auth) ?? (await this.#exchanger.obtain(auth))
    return outcome.ok ? outcome.token : outcome
  }

  fetch(auth: AuthContext, url: string, init?: RequestInit): Promise<Response> {
    return this.#upstream.fetch(auth, url, init)
  }

  clear(auth: AuthContext): void {
    this.#exchanger.clear(auth)
  }
}

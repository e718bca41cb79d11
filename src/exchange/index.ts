/** Exchanges the token of a request for a token of another API (RFC 8693). */

import { ApiClient } from './api-client.ts'
import { Exchanger } from './exchanger.ts'
import type { TokenExchange, TokenExchangeOptions } from './options.ts'
import { Proofs } from './proofs.ts'
import { exchangeSettings } from './settings.ts'

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
  const settings = exchangeSettings(options)
  const proofs = new Proofs(settings.now)
  const exchanger = new Exchanger(settings, proofs)
  const api = new ApiClient(settings, exchanger, proofs)
  // Functions without `this`, so that they can be passed on. They keep the tokens out of `console.log` and JSON.
  return {
    exchange: async (auth) => {
      // Without a wait for a token that is kept: every call of a tool comes through here.
      const outcome = exchanger.known(auth) ?? (await exchanger.obtain(auth))
      return outcome.ok ? outcome.token : outcome
    },
    fetch: (auth, url, init) => api.fetch(auth, url, init),
    clear: (auth) => exchanger.clear(auth),
  }
}

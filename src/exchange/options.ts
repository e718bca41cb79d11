/** The options and results of a token exchange. Types only. */

import type { AuthorizationServerOptions } from '../contract/authorization-server-options.ts'
import type { AuthContext } from '../contract/context.ts'
import type { CryptoKeyLike } from '../contract/crypto-key.ts'
import type { Jwk } from '../contract/documents.ts'
import type { ExchangeFailure } from '../contract/exchange-error.ts'
import type { Fetch } from '../contract/ports.ts'

/**
 * How the token of the API is requested from the authorization server.
 *
 * - `rfc8693`: Token Exchange (RFC 8693): Keycloak, Auth0, Ping, ZITADEL, ORY
 * - `okta`: the same without `resource`: custom authorization servers of Okta
 * - `entra`: the on-behalf-of flow of Microsoft Entra ID
 * - `id-jag`: an identity assertion for another authorization server (MCP enterprise-managed authorization)
 *
 * @example
 * ```ts
 * const style: ExchangeStyle = 'entra'
 * ```
 */
export type ExchangeStyle = 'rfc8693' | 'entra' | 'okta' | 'id-jag'

/**
 * This server as a client of an authorization server. Exactly one of `secret`, `privateKey` and
 * `assertion` is required.
 *
 * @example
 * ```ts
 * const client: ExchangeClient = { id: 'notes-server', secret: 'from the environment' }
 * ```
 */
export interface ExchangeClient {
  /** The client ID. */
  id: string
  /** The client secret. */
  secret?: string | undefined
  /** A private key with the usage `sign`. It signs client assertions (RFC 7523 §2.2). */
  privateKey?: CryptoKeyLike | Jwk | undefined
  /** The `kid` of the client assertions. @default the `kid` of the key, if it has one */
  keyId?: string | undefined
  /** Returns a client assertion: for workload identities, whose platform issues the assertion. */
  assertion?: (() => Promise<string>) | undefined
  /**
   * The client authentication method. @default `client_secret_basic` with a secret,
   * `private_key_jwt` otherwise
   */
  authMethod?: 'client_secret_basic' | 'client_secret_post' | 'private_key_jwt' | undefined
}

/**
 * The API that the tokens are for. At least one of `resource`, `audience`, `scopes` and
 * `authorizationServer` is required.
 *
 * @example
 * ```ts
 * const target: ExchangeTarget = {
 *   resource: 'https://orders.example.com/',
 *   scopes: ['orders:read'],
 * }
 * ```
 */
export interface ExchangeTarget {
  /** The resource identifier of the API (RFC 8707 §2). */
  resource?: string | undefined
  /** The name of the API at the authorization server (RFC 8693 §2.1). */
  audience?: string | undefined
  /** The scopes of the token. */
  scopes?: readonly string[] | undefined
  /** The origins that `fetch` may send the token to. @default the origin of `resource` */
  origins?: readonly string[] | undefined
  /** With `id-jag`: the authorization server of the API. */
  authorizationServer?: string | AuthorizationServerOptions | undefined
  /** With `id-jag`: this server as a client of that authorization server. */
  client?: ExchangeClient | undefined
}

/**
 * The token that an exchange starts from, if it is not the token of the request.
 *
 * @example
 * ```ts
 * const subject: SubjectToken = {
 *   token: 'an ID token of the user',
 *   type: 'urn:ietf:params:oauth:token-type:id_token',
 * }
 * ```
 */
export interface SubjectToken {
  /** The token. It is sent to the token endpoint of `authorizationServer` only. */
  token: string
  /** Its type (RFC 8693 §3). */
  type: string
}

/**
 * The cache of exchanged tokens.
 *
 * @example
 * ```ts
 * const cache: ExchangeCacheOptions = { maxEntries: 1000, marginSeconds: 30 }
 * ```
 */
export interface ExchangeCacheOptions {
  /** How many tokens are kept. When it is full, the oldest is dropped. @default 8192 */
  maxEntries?: number | undefined
  /** How many seconds before its end a token is replaced. @default 15 */
  marginSeconds?: number | undefined
}

/**
 * The options of {@link createTokenExchange}.
 *
 * @example
 * ```ts
 * const options: TokenExchangeOptions = {
 *   authorizationServer: 'https://auth.example.com',
 *   client: { id: 'notes-server', secret: 'from the environment' },
 *   target: { resource: 'https://orders.example.com/', scopes: ['orders:read'] },
 * }
 * ```
 */
export interface TokenExchangeOptions {
  /** The authorization server of the tokens of requests. No other server receives them. */
  authorizationServer: string | AuthorizationServerOptions
  /** This server as a client of it. */
  client: ExchangeClient
  /** The API that the tokens are for. */
  target: ExchangeTarget
  /** How the token is requested from the authorization server. @default 'rfc8693' */
  style?: ExchangeStyle | undefined
  /** Returns the access token of this server itself, which becomes the actor (RFC 8693 §1.1). */
  actorToken?: (() => Promise<string>) | undefined
  /** Returns the token to start from; required for `id-jag`. @default the token of the request */
  subjectToken?: ((auth: AuthContext) => Promise<SubjectToken>) | undefined
  /** The type of the token to request (RFC 8693 §3). @default the authorization server decides */
  requestedTokenType?: string | undefined
  /** The cache; `false` exchanges at every call. */
  cache?: false | ExchangeCacheOptions | undefined
  /** Sends every request. The `fetch` of an authorization server's options wins there. @default the host's `fetch` */
  fetch?: Fetch | undefined
  /** The clock, in seconds since the epoch. @default the host's clock */
  now?: (() => number) | undefined
  /**
   * Milliseconds for one exchange, and for the API to begin its response. @default 5000 for an exchange,
   * 30000 for the API
   */
  timeoutMs?: number | undefined
}

/**
 * A token for the API.
 *
 * @example
 * ```ts
 * function authorizationOf({ tokenType, token }: ExchangedToken): string {
 *   return `${tokenType} ${token}`
 * }
 * ```
 */
export interface ExchangedToken {
  /** Distinguishes a token from an {@link ExchangeFailure}. */
  readonly ok: true
  /** The token. Send it to the API only. */
  readonly token: string
  /** `Bearer`; `DPoP` for a token that is bound to a key, which only `fetch` can use. */
  readonly tokenType: string
  /** The end of the token in seconds since the epoch, if the authorization server names it. */
  readonly expiresAt: number | undefined
  /** The granted scopes; the requested ones where the authorization server names none (RFC 6749 §5.1). */
  readonly scopes: readonly string[]
}

/**
 * Exchanges the tokens of requests for tokens of another API. Created by {@link createTokenExchange}.
 *
 * @example
 * ```ts
 * async function countOrders(auth: AuthContext, exchange: TokenExchange): Promise<number> {
 *   const response = await exchange.fetch(auth, 'https://orders.example.com/')
 *   const found = (await response.json()) as unknown[]
 *   return found.length
 * }
 * ```
 */
export interface TokenExchange {
  /**
   * Returns the token of the API for the user of a request: a cached one, or a new one. Rejects with a
   * `TypeError` for an anonymous context and for anything else that is not a verified context.
   *
   * @param auth The context of the request, or a copy of it by spread.
   * @returns The token, or why there is none.
   */
  exchange(auth: AuthContext): Promise<ExchangedToken | ExchangeFailure>
  /**
   * Calls the API with its token. A redirect is returned as it is. After a 401 the token is exchanged
   * again and the request is sent a second time, unless its body is a stream.
   *
   * Rejects with
   * - a `TypeError` for a URL of another origin, one with credentials, and one that is neither https nor
   * loopback, before anything is sent
   * - an `ExchangeError` if there is no token
   * - an `UpstreamError` if the API cannot be reached or does not begin its response in time
   * - the reason of `init.signal`
   *
   * @param auth The context of the request, or a copy of it by spread.
   * @param url A URL at one of the origins of the target.
   * @param init As for `fetch`. An `Authorization` field in its headers is replaced.
   * @returns The response of the API, whatever its status.
   */
  fetch(auth: AuthContext, url: string, init?: RequestInit): Promise<Response>
  /**
   * Drops the tokens and rejections stored for the token of a request: after a logout, or when the user has given consent.
   *
   * @param auth The context of the request.
   */
  clear(auth: AuthContext): void
}

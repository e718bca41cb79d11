/** Option types and small helpers that several presets use. */

import type {
  CustomTokenOptions,
  IntrospectionOptions,
  JwtOptions,
} from '../contract/access-token-options.ts'
import type { AuthorizationServerOptions } from '../contract/authorization-server-options.ts'

/**
 * The options of a server that issues JWTs. Both entries, the main one and `mcp-gatehouse/core`, accept them.
 *
 * @example
 * ```ts
 * const auth0WithTimeout: JwtServerOptions = {
 *   ...auth0({ domain: 'tenant.us.auth0.com' }),
 *   timeoutMs: 10_000,
 * }
 * const withTimeout = protectedResource({
 *   resource: 'https://api.example.com/notes',
 *   authorizationServers: [auth0WithTimeout],
 * })
 * ```
 */
export interface JwtServerOptions extends AuthorizationServerOptions {
  /** The format of access tokens that this server issues. @default 'jwt' */
  accessToken?: 'jwt' | JwtOptions | undefined
}

/**
 * The credentials that this resource presents at the server's introspection endpoint.
 *
 * @example
 * ```ts
 * const withZitadel = protectedResource({
 *   resource: 'https://api.example.com/notes',
 *   authorizationServers: [
 *     zitadel({
 *       domain: 'name.zitadel.cloud',
 *       projectId: '259254317079330818',
 *       introspection: { clientId: 'notes', clientSecret: 'from the environment' },
 *     }),
 *   ],
 * })
 * ```
 */
export type IntrospectionCredentials = Omit<IntrospectionOptions, 'kind'>

/**
 * Options of the presets that send every token to the provider for verification.
 *
 * @example
 * ```ts
 * const withGoogle = protectedResource({
 *   resource: 'https://api.example.com/notes',
 *   authorizationServers: [
 *     google({ clientIds: ['123.apps.googleusercontent.com'], cacheSeconds: 60 }),
 *   ],
 * })
 * ```
 */
export type QuestionOptions = Pick<CustomTokenOptions, 'accepts' | 'cacheSeconds'>

/** For providers that can be configured to issue tokens with the resource identifier in `aud`. */
export interface AudienceOption {
  /** Accepted `aud` values. @default the resource identifier */
  audience?: string | readonly string[] | undefined
}

/** For servers that can be self-hosted, possibly in a private network. */
export interface SelfHostedOption {
  /** Allows plain http beyond loopback. For development only. @default false */
  dangerouslyAllowHttp?: boolean | undefined
}

/** Leaves the member out when it is not set, so that the resource's own option applies. */
export function transportOptions({
  dangerouslyAllowHttp,
}: SelfHostedOption): Pick<AuthorizationServerOptions, 'dangerouslyAllowHttp'> {
  return dangerouslyAllowHttp === undefined ? {} : { dangerouslyAllowHttp }
}

/** With `clientIds`, a token without `aud` is checked by its `client_id` instead. */
export function audienceOptions(
  clientIds: readonly string[] | undefined,
  audience: AudienceOption['audience'],
): Pick<AuthorizationServerOptions, 'audience' | 'claims'> {
  if (clientIds === undefined) return { audience }
  return { audience: [...clientIds, ...[audience ?? []].flat()], claims: { audience: 'client_id' } }
}

/** Adds `https://` to a bare domain and removes one slash at the end. */
export function toUrl(domainOrUrl: string): string {
  const url = domainOrUrl.endsWith('/') ? domainOrUrl.slice(0, -1) : domainOrUrl
  return /^https?:\/\//.test(url) ? url : `https://${url}`
}

/** The preset for WorkOS AuthKit. */

import { type AudienceOption, type JwtServerOptions, toUrl } from './shared.ts'
import { AUDIENCE, validateOptions } from './validate.ts'

/**
 * Options of {@link workos}.
 *
 * @example
 * ```ts
 * const withWorkos = protectedResource({
 *   resource: 'https://api.example.com/notes',
 *   authorizationServers: [workos({ domain: 'name.authkit.app' })],
 * })
 * ```
 */
export interface WorkosOptions extends AudienceOption {
  /** The AuthKit domain: `name.authkit.app`. */
  domain: string
}

/**
 * Options for WorkOS AuthKit.
 *
 * Configure: add the resource identifier under *MCP resource indicators*. Until then `aud` is a
 * client ID (`client_…`), and tokens are rejected.
 *
 * Quirks: AuthKit publishes two metadata documents. The preset reads the RFC 8414 one; the other
 * omits PKCE and client registration. Tokens name no client, and often no scope.
 *
 * Relaxes: nothing by default. For a transition, `audience` may list `client_…` beside the resource
 * identifier. That accepts tokens for everything in the environment, so remove it soon. Tokens must
 * then have `sid` or `jti`.
 *
 * @param options The domain, and during a transition the audiences.
 * @returns Options for `authorizationServers`.
 * @throws {ConfigError} If a member is missing, unknown or invalid.
 * @example
 * ```ts
 * const withWorkos = protectedResource({
 *   resource: 'https://api.example.com/notes',
 *   authorizationServers: [workos({ domain: 'name.authkit.app' })],
 * })
 * ```
 * @see {@link https://workos.com/docs/reference/authkit/oauth-resource WorkOS: MCP resource indicators}
 */
export function workos(options: WorkosOptions): JwtServerOptions {
  const { domain, audience } = validateOptions('workos', options, {
    domain: { is: 'host', example: 'name.authkit.app' },
    audience: AUDIENCE,
  })
  const server: JwtServerOptions = { issuer: toUrl(domain), type: 'oauth', audience }
  if (audience === undefined) return server
  return {
    ...server,
    // Tokens for a client have neither scope nor client_id, so sid or jti is required instead.
    accessToken: { kind: 'jwt', requiredClaims: [] },
    mapClaims: (claims) => ((claims['sid'] ?? claims['jti']) === undefined ? null : claims),
  }
}

/** The preset for Cloudflare Access. */

import { type JwtServerOptions, toUrl } from './shared.ts'
import { validateOptions } from './validate.ts'

/**
 * Options of {@link cloudflareAccess}.
 *
 * @example
 * ```ts
 * const withCloudflareAccess = protectedResource({
 *   resource: 'https://api.example.com/notes',
 *   authorizationServers: [
 *     cloudflareAccess({ teamDomain: 'team.cloudflareaccess.com', audience: 'f00d' }),
 *   ],
 * })
 * ```
 */
export interface CloudflareAccessOptions {
  /** The team's domain: `team.cloudflareaccess.com`. */
  teamDomain: string
  /** The application's audience (AUD) tag. */
  audience: string
}

/**
 * Options for Cloudflare Access in front of the resource.
 *
 * Configure: Access logs users in itself and sends its own token in another header. Set
 * `token: (request) => request.headers.get('Cf-Access-Jwt-Assertion') ?? undefined` at the resource.
 *
 * Quirks: tokens have no scopes. Tokens of users name no client. Service tokens have an empty `sub`
 * and therefore no subject; their client is `common_name`.
 *
 * Relaxes: nothing. A request that reaches the origin without passing through Access is checked in
 * the same way.
 *
 * @param options The team and the application.
 * @returns Options for `authorizationServers`.
 * @throws {ConfigError} If a member is missing, unknown or invalid.
 * @example
 * ```ts
 * const withCloudflareAccess = protectedResource({
 *   resource: 'https://api.example.com/notes',
 *   authorizationServers: [
 *     cloudflareAccess({ teamDomain: 'team.cloudflareaccess.com', audience: 'f00d' }),
 *   ],
 * })
 * ```
 * @see {@link https://developers.cloudflare.com/cloudflare-one/identity/authorization-cookie/application-token/ Cloudflare: application token}
 */
export function cloudflareAccess(options: CloudflareAccessOptions): JwtServerOptions {
  const { teamDomain, audience } = validateOptions('cloudflareAccess', options, {
    teamDomain: { is: 'host', example: 'team.cloudflareaccess.com' },
    audience: { is: 'text' },
  })
  const issuer = toUrl(teamDomain)
  return {
    issuer,
    jwksUri: `${issuer}/cdn-cgi/access/certs`,
    audience,
    accessToken: { kind: 'jwt', requiredClaims: ['type'] },
    claims: { clientId: 'common_name' },
    mapClaims: (claims) => (claims['type'] === 'app' ? claims : null),
  }
}

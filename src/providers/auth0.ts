/** The preset for Auth0. */

import { type AudienceOption, type JwtServerOptions, toUrl } from './shared.ts'
import { AUDIENCE, validateOptions } from './validate.ts'

/**
 * Options of {@link auth0}.
 *
 * @example
 * ```ts
 * const withAuth0 = protectedResource({
 *   resource: 'https://api.example.com/notes',
 *   authorizationServers: [auth0({ domain: 'tenant.us.auth0.com' })],
 * })
 * ```
 */
export interface Auth0Options extends AudienceOption {
  /** The tenant's domain, or its custom domain if tokens name that: `tenant.us.auth0.com`. */
  domain: string
}

/**
 * Options for Auth0.
 *
 * Configure: switch on the *Resource Parameter Compatibility Profile*, and create an API whose
 * identifier is your resource identifier (or pass the identifier of another API as `audience`).
 * Without an API, Auth0 issues opaque tokens, which are rejected.
 *
 * Quirks: the issuer ends in a slash and is published with it; a client that drops the slash cannot
 * log in. `permissions` are not scopes: they list what the user may do, not what the client was
 * granted. To use them as scopes, spread the preset and set `claims`.
 *
 * Relaxes: nothing.
 *
 * @param options The tenant, and the API identifier if it differs from the resource identifier.
 * @returns Options for `authorizationServers`.
 * @throws {ConfigError} If a member is missing, unknown or invalid.
 * @example
 * ```ts
 * const withAuth0 = protectedResource({
 *   resource: 'https://api.example.com/notes',
 *   authorizationServers: [auth0({ domain: 'tenant.us.auth0.com' })],
 * })
 * ```
 * @see {@link https://auth0.com/docs/secure/tokens/access-tokens/access-token-profiles Auth0: access token profiles}
 */
export function auth0(options: Auth0Options): JwtServerOptions {
  const { domain, audience } = validateOptions('auth0', options, {
    domain: { is: 'host', example: 'tenant.us.auth0.com' },
    audience: AUDIENCE,
  })
  return { issuer: `${toUrl(domain)}/`, audience }
}

/** The preset for Stytch Connected Apps. */

import { type JwtServerOptions, toUrl } from './shared.ts'
import { validateOptions } from './validate.ts'

/**
 * Options of {@link stytch}.
 *
 * @example
 * ```ts
 * const withStytch = protectedResource({
 *   resource: 'https://api.example.com/notes',
 *   authorizationServers: [
 *     stytch({ domain: 'name.customers.stytch.com', projectId: 'project-live-1' }),
 *   ],
 * })
 * ```
 */
export interface StytchOptions {
  /** The project's domain: `name.customers.stytch.com`. */
  domain: string
  /** The project ID: `project-live-…`. */
  projectId: string
}

/**
 * Options for Stytch Connected Apps.
 *
 * Quirks: `aud` is the project, whatever `resource` the client requested. Tokens must name their
 * connected app in `client_id`; it is Stytch's own ID of the app, even for a client that identifies
 * itself with a URL. This and the effect of `resource` are known from tokens decoded in 2026.
 *
 * Relaxes: all resources of the project accept each other's tokens. `iss` may also be `stytch.com/` and the
 * project, as in tokens that were not requested at the project's domain.
 *
 * @param options The project.
 * @returns Options for `authorizationServers`.
 * @throws {ConfigError} If a member is missing, unknown or invalid.
 * @example
 * ```ts
 * const withStytch = protectedResource({
 *   resource: 'https://api.example.com/notes',
 *   authorizationServers: [
 *     stytch({ domain: 'name.customers.stytch.com', projectId: 'project-live-1' }),
 *   ],
 * })
 * ```
 * @see {@link https://stytch.com/docs/b2b/api/connected-app-access-token Stytch: access tokens of Connected Apps}
 */
export function stytch(options: StytchOptions): JwtServerOptions {
  const { domain, projectId } = validateOptions('stytch', options, {
    domain: { is: 'host', example: 'name.customers.stytch.com' },
    projectId: { is: 'text' },
  })
  return {
    issuer: toUrl(domain),
    tokenIssuers: [`stytch.com/${projectId}`],
    audience: projectId,
    accessToken: { kind: 'jwt', requiredClaims: ['client_id'] },
  }
}

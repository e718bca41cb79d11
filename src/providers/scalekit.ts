/** The preset for Scalekit. */

import { type JwtServerOptions, toUrl } from './shared.ts'
import { validateOptions } from './validate.ts'

/**
 * Options of {@link scalekit}.
 *
 * @example
 * ```ts
 * const withScalekit = protectedResource({
 *   resource: 'https://api.example.com/notes',
 *   authorizationServers: [
 *     scalekit({ environmentUrl: 'https://name.scalekit.com', resourceId: 'res_123' }),
 *   ],
 * })
 * ```
 */
export interface ScalekitOptions {
  /** The URL of the environment: `https://name.scalekit.com`. */
  environmentUrl: string
  /** The ID of the MCP server in Scalekit's dashboard: `res_…`. */
  resourceId: string
}

/**
 * Options for an MCP server registered at Scalekit. `aud` is Scalekit's own ID of the server
 * (`res_…`), which stands for this resource alone.
 *
 * Relaxes: `iss` may also be the environment, because Scalekit is moving from the environment to the
 * resource as issuer.
 *
 * @param options The environment and the resource.
 * @returns Options for `authorizationServers`.
 * @throws {ConfigError} If a member is missing, unknown or invalid.
 * @example
 * ```ts
 * const withScalekit = protectedResource({
 *   resource: 'https://api.example.com/notes',
 *   authorizationServers: [
 *     scalekit({ environmentUrl: 'https://name.scalekit.com', resourceId: 'res_123' }),
 *   ],
 * })
 * ```
 * @see {@link https://github.com/PrefectHQ/fastmcp/blob/743ddffd0/fastmcp_slim/fastmcp/server/auth/providers/scalekit.py FastMCP: the two issuers of Scalekit}
 */
export function scalekit(options: ScalekitOptions): JwtServerOptions {
  const { environmentUrl, resourceId } = validateOptions('scalekit', options, {
    environmentUrl: { is: 'url', adds: '/resources', example: 'https://name.scalekit.com' },
    resourceId: { is: 'segment', example: 'res_123' },
  })
  const environment = toUrl(environmentUrl)
  return {
    issuer: `${environment}/resources/${resourceId}`,
    type: 'oauth',
    tokenIssuers: [environment],
    audience: resourceId,
  }
}

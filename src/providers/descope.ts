/** The preset for Descope. */

import { type AudienceOption, type JwtServerOptions, toUrl } from './shared.ts'
import { AUDIENCE, validateOptions } from './validate.ts'

/**
 * Options of {@link descope}.
 *
 * @example
 * ```ts
 * const withDescope = protectedResource({
 *   resource: 'https://api.example.com/notes',
 *   authorizationServers: [descope({ projectId: 'P2abc', serverId: 'MS2abc' })],
 * })
 * ```
 */
export interface DescopeOptions extends AudienceOption {
  /** The project ID: `P…`. */
  projectId: string
  /** The ID of the MCP server in Descope's console: `MS…`. */
  serverId: string
  /** Descope tenants whose tokens name the tenant in `iss`. @default none */
  tenantIds?: readonly string[] | undefined
  /** Your custom domain, or the base URL of a region. @default 'https://api.descope.com' */
  url?: string | undefined
}

/**
 * Options for an MCP server registered at Descope.
 *
 * Configure: set the resource identifier as the *MCP server URL*.
 *
 * Quirks: the metadata is fetched from the only location where Descope is known to serve it. The
 * keys belong to the project.
 *
 * Relaxes: `iss` may also be one of the project's two shorter issuers, or that of a tenant in
 * `tenantIds`; which one a token has depends on how it was issued. The keys are the same, and `aud` must still be the resource identifier.
 *
 * @param options The project and the server. Tokens also have the project ID in `aud`: as
 * `audience` it would accept tokens for everything in the project.
 * @returns Options for `authorizationServers`.
 * @throws {ConfigError} If a member is missing, unknown or invalid.
 * @example
 * ```ts
 * const withDescope = protectedResource({
 *   resource: 'https://api.example.com/notes',
 *   authorizationServers: [descope({ projectId: 'P2abc', serverId: 'MS2abc' })],
 * })
 * ```
 * @see {@link https://github.com/PrefectHQ/fastmcp/blob/743ddffd0/fastmcp_slim/fastmcp/server/auth/providers/descope.py FastMCP: issuers of a Descope project}
 */
export function descope(options: DescopeOptions): JwtServerOptions {
  const {
    projectId,
    serverId,
    tenantIds = [],
    url = 'https://api.descope.com',
    audience,
  } = validateOptions('descope', options, {
    projectId: { is: 'segment' },
    serverId: { is: 'segment' },
    tenantIds: { is: 'segment', list: 'must', isOptional: true },
    url: { is: 'url', adds: '/v1/apps', example: 'https://api.descope.com', isOptional: true },
    audience: AUDIENCE,
  })
  const apps = `${toUrl(url)}/v1/apps`
  const issuer = `${apps}/agentic/${projectId}/${serverId}`
  return {
    issuer,
    metadataUrl: `${issuer}/.well-known/oauth-authorization-server`,
    tokenIssuers: [
      `${apps}/agentic/${projectId}`,
      `${apps}/${projectId}`,
      ...tenantIds.map((tenantId) => `${apps}/${projectId}/${tenantId}`),
    ],
    audience,
  }
}

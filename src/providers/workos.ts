/** Presets for WorkOS, Stytch, Descope and Scalekit, which have products for MCP servers. */

import type { AuthorizationServerOptions } from '../contract/options.ts'
import { AUDIENCE, membersOf } from './validate.ts'
import { type AudienceOption, urlOf } from './shared.ts'

/** Options of {@link workos}. */
export interface WorkosOptions extends AudienceOption {
  /** The AuthKit domain: `name.authkit.app`. */
  domain: string
}

/**
 * WorkOS AuthKit. Of its two documents the RFC 8414 one is read; the other leaves out PKCE and
 * registration. Add the resource identifier under *MCP resource indicators*: until then `aud` is a
 * client (`client_…`), and tokens are refused. Tokens name no client, and often no scope.
 *
 * @param options The domain. While you switch, `audience` may list `client_…` beside the resource
 * identifier; that takes tokens for everything in the environment, so end it soon. Then a token
 * needs `sid` or `jti`, since those tokens have neither scope nor client.
 * @returns Options for `authorizationServers`.
 * @throws {ConfigError} If a member is missing, unknown or not what it must be.
 * @see {@link https://workos.com/docs/reference/authkit/oauth-resource WorkOS: MCP resource indicators}
 */
export function workos(options: WorkosOptions): AuthorizationServerOptions {
  const { domain, audience } = membersOf('workos', options, {
    domain: { is: 'host', example: 'name.authkit.app' },
    audience: AUDIENCE,
  })
  const server: AuthorizationServerOptions = { issuer: urlOf(domain), type: 'oauth', audience }
  if (audience === undefined) return server
  return {
    ...server,
    accessToken: { kind: 'jwt', requiredClaims: [] },
    mapClaims: (claims) => ((claims['sid'] ?? claims['jti']) === undefined ? null : claims),
  }
}

/** Options of {@link stytch}. */
export interface StytchOptions {
  /** The project's domain: `name.customers.stytch.com`. */
  domain: string
  /** Such as `project-live-…`. */
  projectId: string
}

/**
 * Stytch Connected Apps. `aud` is the project, whatever `resource` the client asked for; tokens
 * must name their connected app (`client_id`). That is Stytch's own name for it, also where the
 * client introduced itself with a URL. Known from tokens that were decoded in 2026, not from
 * Stytch's documentation.
 *
 * Relaxes: every resource of the project takes the tokens of all.
 *
 * @param options The project.
 * @returns Options for `authorizationServers`.
 * @throws {ConfigError} If a member is missing, unknown or not what it must be.
 */
export function stytch(options: StytchOptions): AuthorizationServerOptions {
  const { domain, projectId } = membersOf('stytch', options, {
    domain: { is: 'host', example: 'name.customers.stytch.com' },
    projectId: { is: 'text' },
  })
  return {
    issuer: urlOf(domain),
    audience: projectId,
    accessToken: { kind: 'jwt', requiredClaims: ['client_id'] },
  }
}

/** Options of {@link descope}. */
export interface DescopeOptions extends AudienceOption {
  /** The project: `P…`. */
  projectId: string
  /** The MCP server in Descope's console: `MS…`. */
  serverId: string
  /** Your custom domain, or a region's. @default 'https://api.descope.com' */
  url?: string | undefined
}

/**
 * Descope, an agentic MCP server. Give it the resource identifier as its *MCP server URL*. Its
 * document is fetched from the one place it was seen at; keys belong to the project.
 *
 * Relaxes: the `iss` of tokens may also be the project's two shorter spellings, which depend on how
 * a token was made. Keys are the same; `aud` still has to be the resource identifier.
 *
 * @param options The project and the server. Of `audience`, the project ID (which tokens also have)
 * would take tokens for everything in the project.
 * @returns Options for `authorizationServers`.
 * @throws {ConfigError} If a member is missing, unknown or not what it must be.
 * @see {@link https://github.com/PrefectHQ/fastmcp/blob/743ddffd0/fastmcp_slim/fastmcp/server/auth/providers/descope.py FastMCP: issuers of a Descope project}
 */
export function descope(options: DescopeOptions): AuthorizationServerOptions {
  const {
    projectId,
    serverId,
    url = 'https://api.descope.com',
    audience,
  } = membersOf('descope', options, {
    projectId: { is: 'segment' },
    serverId: { is: 'segment' },
    url: { is: 'url', adds: '/v1/apps', example: 'https://api.descope.com', isOptional: true },
    audience: AUDIENCE,
  })
  const apps = `${urlOf(url)}/v1/apps`
  const issuer = `${apps}/agentic/${projectId}/${serverId}`
  return {
    issuer,
    metadataUrl: `${issuer}/.well-known/oauth-authorization-server`,
    tokenIssuers: [`${apps}/agentic/${projectId}`, `${apps}/${projectId}`],
    audience,
  }
}

/** Options of {@link scalekit}. */
export interface ScalekitOptions {
  /** The environment: `https://name.scalekit.com`. */
  environmentUrl: string
  /** The MCP server in Scalekit's dashboard: `res_…`. */
  resourceId: string
}

/**
 * Scalekit, an MCP server. `aud` is Scalekit's own name of it (`res_…`), which stands for this
 * resource alone.
 *
 * Relaxes: `iss` may also be the environment, because Scalekit is moving from that to the resource.
 *
 * @param options The environment and the resource.
 * @returns Options for `authorizationServers`.
 * @throws {ConfigError} If a member is missing, unknown or not what it must be.
 * @see {@link https://github.com/PrefectHQ/fastmcp/blob/743ddffd0/fastmcp_slim/fastmcp/server/auth/providers/scalekit.py FastMCP: the two issuers of Scalekit}
 */
export function scalekit(options: ScalekitOptions): AuthorizationServerOptions {
  const { environmentUrl, resourceId } = membersOf('scalekit', options, {
    environmentUrl: { is: 'url', adds: '/resources', example: 'https://name.scalekit.com' },
    resourceId: { is: 'segment', example: 'res_123' },
  })
  const environment = urlOf(environmentUrl)
  return {
    issuer: `${environment}/resources/${resourceId}`,
    type: 'oauth',
    tokenIssuers: [environment],
    audience: resourceId,
  }
}

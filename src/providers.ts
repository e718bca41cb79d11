/**
 * Presets: what is known of common authorization servers, as options. Data, and nothing happens
 * when they are made. A preset is a plain object: spread it to change a member. Call it once and
 * keep the object, so that resources share the server's metadata and keys.
 *
 * What a preset relaxes stands in its own comment; one that says nothing relaxes nothing.
 */

import type { AuthorizationServerOptions } from './options.ts'
import { type AudienceOption, boundTo, urlOf } from './provider-options.ts'

export {
  type EntraMultiTenantOptions,
  type EntraOptions,
  entra,
  entraMultiTenant,
} from './provider-entra.ts'
export {
  type ClerkOptions,
  clerk,
  type HydraOptions,
  hydra,
  type ZitadelOptions,
  zitadel,
} from './provider-introspection.ts'
export type { IntrospectionCredentials, QuestionOptions } from './provider-options.ts'
export {
  type GithubOptions,
  type GitlabOptions,
  type GoogleOptions,
  github,
  gitlab,
  google,
} from './provider-questions.ts'

/** Options of {@link auth0}. */
export interface Auth0Options extends AudienceOption {
  /** The tenant's domain, or the custom one that its tokens name: `tenant.us.auth0.com`. */
  domain: string
}

/**
 * Auth0. The issuer ends in a slash, and so it is published: a client that drops it fails to log
 * in. Clients get a JWT only if they ask for an API: switch on the *Resource Parameter
 * Compatibility Profile*, create an API whose identifier is your resource identifier (or give that
 * of another as `audience`); without, tokens are opaque and refused. `permissions` are not scopes:
 * they are what the user may do, not what the client was given. For them, spread and set `claims`.
 *
 * @param options The tenant, and the API identifier if it is not the resource's.
 * @returns Options for `authorizationServers`.
 * @see {@link https://auth0.com/docs/secure/tokens/access-tokens/access-token-profiles Auth0: access token profiles}
 */
export function auth0({ domain, audience }: Auth0Options): AuthorizationServerOptions {
  return { issuer: `${urlOf(domain)}/`, audience }
}

/** Options of {@link okta}. */
export interface OktaOptions {
  /** The org's domain or its custom one: `org.okta.com`. */
  domain: string
  /** The custom authorization server. @default 'default' */
  authorizationServerId?: string | undefined
  /** The audience set at that authorization server. @default 'api://default' */
  audience?: string | readonly string[] | undefined
}

/**
 * Okta, a custom authorization server. (Tokens of the org authorization server are for Okta alone
 * to read; there is no preset for it.) Scopes are a list in `scp`, the client is `cid`, and `sub`
 * is the login, which changes: the subject is `uid`, and undefined for services, which have none.
 *
 * Quirk: `registration_endpoint` wants an administrator's token, so register clients by hand.
 *
 * Relaxes: the audience belongs to the authorization server, not to the resource. Have one
 * authorization server per resource, or every resource takes the tokens of all.
 *
 * @param options The org and the authorization server.
 * @returns Options for `authorizationServers`.
 * @see {@link https://developer.okta.com/docs/guides/validate-access-tokens/ Okta: validate access tokens}
 */
export function okta(options: OktaOptions): AuthorizationServerOptions {
  const { domain, authorizationServerId = 'default', audience = 'api://default' } = options
  return {
    issuer: `${urlOf(domain)}/oauth2/${authorizationServerId}`,
    audience,
    claims: { scope: 'scp', clientId: 'cid', subject: 'uid' },
  }
}

/** Options of {@link keycloak}. */
export interface KeycloakOptions extends AudienceOption {
  /** Where Keycloak is, with `/auth` if it is an old one: `https://keycloak.example`. */
  url: string
  /** The realm's name, as in its URLs. */
  realm: string
}

/**
 * Keycloak, one realm. ID, refresh and other tokens of a realm have the same keys and `typ: JWT`;
 * only those whose `typ` claim is `Bearer` or `DPoP` pass.
 *
 * Quirk: tokens have no `aud` by default. Add an *Audience* mapper with the resource identifier to
 * a client scope (or, from 26.6, the feature `resource-indicators`). Before 26.4 the realm's
 * document is not where RFC 8414 puts it; it is found at the OpenID Connect place.
 *
 * @param options The realm, and what the audience mapper writes if it is not the resource
 * identifier.
 * @returns Options for `authorizationServers`.
 * @see {@link https://www.keycloak.org/securing-apps/mcp-authz-server Keycloak as an MCP authorization server}
 */
export function keycloak({ url, realm, audience }: KeycloakOptions): AuthorizationServerOptions {
  return {
    issuer: `${urlOf(url)}/realms/${realm}`,
    audience,
    mapClaims: (claims) => (claims['typ'] === 'Bearer' || claims['typ'] === 'DPoP' ? claims : null),
  }
}

/** Options of {@link logto}. */
export interface LogtoOptions extends AudienceOption {
  /** The tenant's endpoint: `https://tenant.logto.app`. */
  endpoint: string
}

/**
 * Logto. Register the resource identifier as an API resource: tokens for one are JWTs to the letter
 * of RFC 9068, and only such pass. A client that names no resource gets an opaque token.
 *
 * @param options The tenant, and the API resource's indicator if it is not the resource identifier.
 * @returns Options for `authorizationServers`.
 * @see {@link https://github.com/logto-io/logto/blob/1fbc55441f/packages/core/src/oidc/resource.ts Logto: format of access tokens}
 */
export function logto({ endpoint, audience }: LogtoOptions): AuthorizationServerOptions {
  return {
    issuer: `${urlOf(endpoint)}/oidc`,
    audience,
    accessToken: { kind: 'jwt', profile: 'rfc9068' },
  }
}

/** Options of {@link cognito}. */
export interface CognitoOptions extends AudienceOption {
  /** Such as `eu-west-2_AbCdEfGhI`; it begins with its region. */
  userPoolId: string
  /** App clients whose tokens are taken although they have no `aud`. @default none */
  clientIds?: readonly string[] | undefined
}

/**
 * Amazon Cognito, one user pool. ID tokens have the same keys; only `token_use: access` passes.
 * Scopes are written `resource-server-identifier/scope`.
 *
 * Quirks: `aud` is there only with *resource binding* (Essentials or Plus, managed login, and
 * clients that send `resource`). PKCE works but is not advertised, and there is no client
 * registration.
 *
 * Relaxes, with `clientIds` only: in a token without `aud`, `client_id` stands for it. Whatever
 * else the same app client may call, its tokens work here too. Where `aud` is present it must
 * match; give `audience` as well (your resource identifier) if some of the tokens are bound.
 *
 * @param options The pool and the app clients.
 * @returns Options for `authorizationServers`.
 * @see {@link https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-access-token.html Cognito: the access token}
 */
export function cognito(options: CognitoOptions): AuthorizationServerOptions {
  const { userPoolId, clientIds, audience } = options
  const region = userPoolId.split('_', 1)[0]
  return {
    issuer: `https://cognito-idp.${region}.amazonaws.com/${userPoolId}`,
    type: 'oidc',
    ...boundTo(clientIds, audience),
    accessToken: { kind: 'jwt', requiredClaims: ['token_use'] },
  }
}

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
 * @see {@link https://workos.com/docs/reference/authkit/oauth-resource WorkOS: MCP resource indicators}
 */
export function workos({ domain, audience }: WorkosOptions): AuthorizationServerOptions {
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
 */
export function stytch({ domain, projectId }: StytchOptions): AuthorizationServerOptions {
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
 * @see {@link https://github.com/PrefectHQ/fastmcp/blob/743ddffd0/fastmcp_slim/fastmcp/server/auth/providers/descope.py FastMCP: issuers of a Descope project}
 */
export function descope(options: DescopeOptions): AuthorizationServerOptions {
  const { projectId, serverId, url = 'https://api.descope.com', audience } = options
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
 * @see {@link https://github.com/PrefectHQ/fastmcp/blob/743ddffd0/fastmcp_slim/fastmcp/server/auth/providers/scalekit.py FastMCP: the two issuers of Scalekit}
 */
export function scalekit({
  environmentUrl,
  resourceId,
}: ScalekitOptions): AuthorizationServerOptions {
  const environment = urlOf(environmentUrl)
  return {
    issuer: `${environment}/resources/${resourceId}`,
    type: 'oauth',
    tokenIssuers: [environment],
    audience: resourceId,
  }
}

/** Options of {@link supabase}. */
export interface SupabaseOptions {
  /** The project: `https://ref.supabase.co`, or your custom domain if tokens name it. */
  url: string
}

/**
 * Supabase, with its OAuth server enabled. Ordinary sessions have the same `iss`, `aud` and keys;
 * only `client_id` tells them apart, so it is required. Projects that still sign with the legacy
 * HS256 secret publish no keys: migrate to signing keys.
 *
 * Relaxes: `aud` is always `authenticated` and `resource` is ignored, so the token of any OAuth
 * client of the project works at every resource of the project.
 *
 * @param options The project.
 * @returns Options for `authorizationServers`.
 * @see {@link https://github.com/supabase/auth/issues/2610 Supabase: resource is ignored}
 */
export function supabase({ url }: SupabaseOptions): AuthorizationServerOptions {
  return {
    issuer: `${urlOf(url)}/auth/v1`,
    audience: 'authenticated',
    accessToken: { kind: 'jwt', requiredClaims: ['client_id'] },
  }
}

/** Options of {@link cloudflareAccess}. */
export interface CloudflareAccessOptions {
  /** `team.cloudflareaccess.com`. */
  teamDomain: string
  /** The application's audience (AUD) tag. */
  audience: string
}

/**
 * Cloudflare Access in front of the resource. Access logs users in by itself and adds its own token
 * in another header, so tell the resource where: `token: (request) =>
 * request.headers.get('Cf-Access-Jwt-Assertion') ?? undefined`. Tokens have no scopes. Those of
 * users name no client; those of service tokens have an empty `sub`, so they have no subject, and
 * their `common_name` is the client.
 *
 * Relaxes: nothing of the token. Whoever reaches your origin past Access meets the same check.
 *
 * @param options The team and the application.
 * @returns Options for `authorizationServers`.
 * @see {@link https://developers.cloudflare.com/cloudflare-one/identity/authorization-cookie/application-token/ Cloudflare: application token}
 */
export function cloudflareAccess(options: CloudflareAccessOptions): AuthorizationServerOptions {
  const issuer = urlOf(options.teamDomain)
  return {
    issuer,
    jwksUri: `${issuer}/cdn-cgi/access/certs`,
    audience: options.audience,
    accessToken: { kind: 'jwt', requiredClaims: ['type'] },
    claims: { clientId: 'common_name' },
    mapClaims: (claims) => (claims['type'] === 'app' ? claims : null),
  }
}

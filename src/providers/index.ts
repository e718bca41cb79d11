/**
 * Presets: what is known of common authorization servers, as options. Data, and nothing happens
 * when they are made. A preset is a plain object: spread it to change a member. Call it once and
 * keep the object, so that resources share the server's metadata and keys.
 *
 * What a preset relaxes stands in its own comment; one that says nothing relaxes nothing.
 */

import type { AuthorizationServerOptions } from '../contract/options.ts'
import { AUDIENCE, FLAG, membersOf } from './validate.ts'
import { type AudienceOption, type SelfHostedOption, transportOf, urlOf } from './shared.ts'

export {
  type DescopeOptions,
  descope,
  type ScalekitOptions,
  type StytchOptions,
  scalekit,
  stytch,
  type WorkosOptions,
  workos,
} from './workos.ts'
export {
  type EntraMultiTenantOptions,
  type EntraOptions,
  entra,
  entraMultiTenant,
} from './entra.ts'
export {
  type ClerkOptions,
  clerk,
  type HydraOptions,
  hydra,
  type ZitadelOptions,
  zitadel,
} from './clerk.ts'
export {
  type GithubOptions,
  type GitlabOptions,
  type GoogleOptions,
  github,
  gitlab,
  google,
} from './github.ts'
export {
  type CloudflareAccessOptions,
  type CognitoOptions,
  cloudflareAccess,
  cognito,
  type SupabaseOptions,
  supabase,
} from './cognito.ts'
export type { IntrospectionCredentials, QuestionOptions } from './shared.ts'

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
 * @throws {ConfigError} If a member is missing, unknown or not what it must be.
 * @see {@link https://auth0.com/docs/secure/tokens/access-tokens/access-token-profiles Auth0: access token profiles}
 */
export function auth0(options: Auth0Options): AuthorizationServerOptions {
  const { domain, audience } = membersOf('auth0', options, {
    domain: { is: 'host', example: 'tenant.us.auth0.com' },
    audience: AUDIENCE,
  })
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
 * @throws {ConfigError} If a member is missing, unknown or not what it must be.
 * @see {@link https://developer.okta.com/docs/guides/validate-access-tokens/ Okta: validate access tokens}
 */
export function okta(options: OktaOptions): AuthorizationServerOptions {
  const {
    domain,
    authorizationServerId = 'default',
    audience = 'api://default',
  } = membersOf('okta', options, {
    domain: { is: 'host', example: 'org.okta.com' },
    authorizationServerId: { is: 'segment', isOptional: true },
    audience: AUDIENCE,
  })
  return {
    issuer: `${urlOf(domain)}/oauth2/${authorizationServerId}`,
    audience,
    claims: { scope: 'scp', clientId: 'cid', subject: 'uid' },
  }
}

/** Options of {@link keycloak}. */
export interface KeycloakOptions extends AudienceOption, SelfHostedOption {
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
 * @throws {ConfigError} If a member is missing, unknown or not what it must be.
 * @see {@link https://www.keycloak.org/securing-apps/mcp-authz-server Keycloak as an MCP authorization server}
 */
export function keycloak(options: KeycloakOptions): AuthorizationServerOptions {
  const { url, realm, audience, ...transport } = membersOf('keycloak', options, {
    url: { is: 'url', adds: '/realms', example: 'https://keycloak.example' },
    realm: { is: 'segment' },
    audience: AUDIENCE,
    dangerouslyAllowHttp: FLAG,
  })
  return {
    ...transportOf(transport),
    issuer: `${urlOf(url)}/realms/${realm}`,
    audience,
    mapClaims: (claims) => (claims['typ'] === 'Bearer' || claims['typ'] === 'DPoP' ? claims : null),
  }
}

/** Options of {@link logto}. */
export interface LogtoOptions extends AudienceOption, SelfHostedOption {
  /** The tenant's endpoint: `https://tenant.logto.app`. */
  endpoint: string
}

/**
 * Logto. Register the resource identifier as an API resource: tokens for one are JWTs to the letter
 * of RFC 9068, and only such pass. A client that names no resource gets an opaque token.
 *
 * @param options The tenant, and the API resource's indicator if it is not the resource identifier.
 * @returns Options for `authorizationServers`.
 * @throws {ConfigError} If a member is missing, unknown or not what it must be.
 * @see {@link https://github.com/logto-io/logto/blob/1fbc55441f/packages/core/src/oidc/resource.ts Logto: format of access tokens}
 */
export function logto(options: LogtoOptions): AuthorizationServerOptions {
  const { endpoint, audience, ...transport } = membersOf('logto', options, {
    endpoint: { is: 'url', adds: '/oidc', example: 'https://tenant.logto.app' },
    audience: AUDIENCE,
    dangerouslyAllowHttp: FLAG,
  })
  return {
    ...transportOf(transport),
    issuer: `${urlOf(endpoint)}/oidc`,
    audience,
    accessToken: { kind: 'jwt', profile: 'rfc9068' },
  }
}

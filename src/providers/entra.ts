/** The presets for Microsoft Entra ID: one tenant, or a list of tenants. */

import { placesOf, type TenantRange } from './entra-clouds.ts'
import type { JwtServerOptions } from './shared.ts'
import { CLIENTS, FLAG, type OptionRule, validateOptions } from './validate.ts'

/**
 * Options of {@link entraMultiTenant}.
 *
 * @example
 * ```ts
 * const withEntraMultiTenant = protectedResource({
 *   resource: 'https://api.example.com/notes',
 *   authorizationServers: [
 *     entraMultiTenant({
 *       clientId: '66666666-7777-8888-9999-000000000000',
 *       allow: ['11111111-2222-3333-4444-555555555555'],
 *     }),
 *   ],
 * })
 * ```
 */
export interface EntraMultiTenantOptions extends EntraApi {
  /** The allowed tenants by their GUIDs, or a function that decides. */
  allow: readonly string[] | ((tenantId: string) => boolean)
  /** `common` also admits personal accounts. @default 'organizations' */
  authority?: 'organizations' | 'common' | undefined
}

/**
 * Options of {@link entra}.
 *
 * @example
 * ```ts
 * const withEntra = protectedResource({
 *   resource: 'https://api.example.com/notes',
 *   authorizationServers: [
 *     entra({
 *       tenantId: '11111111-2222-3333-4444-555555555555',
 *       clientId: '66666666-7777-8888-9999-000000000000',
 *       scopePrefix: 'https://api.example.com/notes',
 *     }),
 *   ],
 *   requiredScopes: ['https://api.example.com/notes/notes.read'],
 * })
 * ```
 */
export interface EntraOptions extends EntraApi {
  /** The directory (tenant) ID: the GUID, not a domain name. */
  tenantId: string
}

/** The API as registered in Entra. */
interface EntraApi {
  /** The application (client) ID of the API, which is the `aud` of v2 tokens. */
  clientId: string
  /**
   * Application ID URIs of the API, which v1 tokens may have as `aud`. @default `api://` and the
   * client ID, and `scopePrefix`
   */
  identifierUris?: readonly string[] | undefined
  /** Counts app roles (`roles`) as scopes; tokens of services have nothing else. @default false */
  appRoles?: boolean | undefined
  /**
   * The beginning of every scope that clients request: the Application ID URI, which should be the resource
   * identifier. Tokens have short names, and each gets it; all options then use long names. @default none:
   * options use short names, which clients cannot request
   */
  scopePrefix?: string | undefined
  /** The cloud of the tenant. @default 'public' */
  cloud?: EntraCloud | undefined
}

/**
 * A cloud of Microsoft Entra ID: the public one, those of the US government and of China (21Vianet), or
 * External ID, by the subdomain of `ciamlogin.com`.
 *
 * @example
 * ```ts
 * const cloud: EntraCloud = { external: 'contoso' }
 * const withExternalId = protectedResource({
 *   resource: 'https://api.example.com/notes',
 *   authorizationServers: [
 *     entra({
 *       tenantId: '11111111-2222-3333-4444-555555555555',
 *       clientId: '66666666-7777-8888-9999-000000000000',
 *       cloud,
 *     }),
 *   ],
 * })
 * ```
 */
export type EntraCloud = 'public' | 'us' | 'china' | { readonly external: string }

/**
 * Options for one tenant of Microsoft Entra ID. For several tenants use {@link entraMultiTenant}, not
 * this preset twice.
 *
 * Configure: register the API and, separately, a client. Entra rejects a `resource` parameter
 * (AADSTS9010010) unless it is the Application ID URI that the requested scopes begin with: make your
 * resource identifier that URI, and pass it as `scopePrefix`. Clients request `https://…/name`, tokens
 * contain `name`, and `scopePrefix` gives every option and challenge the long form. The guide lists
 * the steps.
 *
 * Quirks: v2 and v1 tokens pass; a new registration issues v1 tokens until its
 * `requestedAccessTokenVersion` is 2. ID tokens name no client (`azp`, `appid`) and are rejected.
 * `sub` differs from app to app, so the subject is `oid`. Key sets name their issuer as a template.
 * Entra supports PKCE but does not advertise it, and has no client registration: clients that insist
 * on either cannot log in, and no option here changes that.
 *
 * Clouds: `cloud` selects the hosts, issuers and keys of the public cloud, the US government, China or
 * External ID. In External ID only v2 tokens pass, and the `issuer` member of keys is not compared.
 *
 * Relaxes: `aud` is the registration of the API, not the resource identifier. All resources behind
 * one registration accept each other's tokens.
 *
 * @param options The tenant and the registration of the API.
 * @returns Options for `authorizationServers`.
 * @throws {ConfigError} If a member is missing, unknown or invalid. `tenantId` must be a GUID,
 * because tokens name tenants by GUID only.
 * @example
 * ```ts
 * const withEntra = protectedResource({
 *   resource: 'https://api.example.com/notes',
 *   authorizationServers: [
 *     entra({
 *       tenantId: '11111111-2222-3333-4444-555555555555',
 *       clientId: '66666666-7777-8888-9999-000000000000',
 *       scopePrefix: 'https://api.example.com/notes',
 *     }),
 *   ],
 *   requiredScopes: ['https://api.example.com/notes/notes.read'],
 * })
 * ```
 * @see {@link https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference Entra: access token claims}
 */
export function entra(options: EntraOptions): JwtServerOptions {
  const { tenantId, ...api } = validateOptions('entra', options, { tenantId: TENANT, ...API })
  const tenant = tenantId.toLowerCase()
  return entraServer(api, { tenant }, [tenant])
}

/**
 * Options for several tenants of Microsoft Entra ID, with an application registered as multi-tenant.
 * Everything in {@link entra} applies. In addition, the `iss` of a token must belong to the tenant
 * that its `tid` names, and that tenant must be allowed.
 *
 * Quirks: the issuer in the metadata of `organizations` and `common` contains `{tenantid}`. Clients
 * that compare issuers (RFC 8414 §3.3) reject it; for those, use {@link entra} with one tenant.
 *
 * Relaxes: the same as {@link entra}; also, the administrators of every allowed tenant decide which users it
 * has.
 *
 * @param options The tenants and the registration of the API.
 * @returns Options for `authorizationServers`.
 * @throws {ConfigError} If a member is missing, unknown or invalid.
 * @example
 * ```ts
 * const withEntraMultiTenant = protectedResource({
 *   resource: 'https://api.example.com/notes',
 *   authorizationServers: [
 *     entraMultiTenant({
 *       clientId: '66666666-7777-8888-9999-000000000000',
 *       allow: ['11111111-2222-3333-4444-555555555555'],
 *     }),
 *   ],
 * })
 * ```
 * @see {@link https://learn.microsoft.com/entra/identity-platform/access-tokens#validate-the-issuer Entra: validate the issuer}
 */
export function entraMultiTenant(options: EntraMultiTenantOptions): JwtServerOptions {
  const {
    allow,
    authority = 'organizations',
    ...api
  } = validateOptions('entraMultiTenant', options, {
    allow: { ...TENANT, list: 'orFunction' },
    authority: { is: 'choice', values: ['organizations', 'common'], isOptional: true },
    ...API,
  })
  const tenants = typeof allow === 'function' ? allow : allow.map((each) => each.toLowerCase())
  return entraServer(api, { authority }, tenants)
}

const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
const TENANT: OptionRule = {
  is: 'pattern',
  pattern: GUID,
  example:
    '72f988bf-86f1-41af-91ab-2d7cd011db47, the GUID of a tenant (entraMultiTenant takes several)',
}
const API = {
  clientId: { is: 'text' },
  identifierUris: { ...CLIENTS, isOptional: true },
  appRoles: FLAG,
  scopePrefix: { is: 'text', isOptional: true },
  cloud: { is: 'cloud', isOptional: true },
} as const

type Claims = Readonly<Record<string, unknown>>

function entraServer(
  { clientId: given, scopePrefix, cloud, appRoles = false, ...api }: EntraApi,
  range: TenantRange,
  allow: EntraMultiTenantOptions['allow'],
): JwtServerOptions {
  // Tokens name the API, like the tenant, in lower case.
  const clientId = GUID.test(given) ? given.toLowerCase() : given
  const { identifierUris = defaultUris(clientId, scopePrefix) } = api
  const { pattern, issuerFits, ...places } = placesOf(cloud, range)
  return {
    ...places,
    type: 'oidc',
    issuerTemplate: { pattern, claim: 'tid', allow, issuerFits },
    audience: [...new Set([clientId, ...identifierUris])],
    claims: {
      scope: appRoles ? ['scp', 'roles'] : 'scp',
      clientId: ['azp', 'appid'],
      subject: 'oid',
      scopePrefix,
    },
    mapClaims: (claims) => (namesClient(claims) && namesTenant(claims) ? claims : null),
  }
}

/** ID tokens name none. */
function namesClient(claims: Claims): boolean {
  return claims['azp'] !== undefined || claims['appid'] !== undefined
}

/** The configured issuer is accepted by its name, so the template does not compare its tenant. */
function namesTenant({ iss, tid }: Claims): boolean {
  return typeof tid === 'string' && GUID.test(tid) && String(iss).includes(`/${tid}/`)
}

/** The URI that Entra suggests, and the one that scopes begin with. */
function defaultUris(clientId: string, scopePrefix: string | undefined): string[] {
  const suggested = `api://${clientId}`
  return scopePrefix === undefined ? [suggested] : [suggested, scopePrefix.replace(/\/$/, '')]
}

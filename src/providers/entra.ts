/** Presets for Microsoft Entra ID: one tenant, or several that are listed. */

import type { AuthorizationServerOptions } from '../contract/options.ts'
import { CLIENTS, FLAG, type Member, membersOf } from './validate.ts'

/** Options of {@link entraMultiTenant}. */
export interface EntraMultiTenantOptions extends EntraApi {
  /** The tenants that are let in, by their GUIDs, or a function that decides. */
  allow: readonly string[] | ((tenantId: string) => boolean)
  /** `common` lets personal accounts log in too. @default 'organizations' */
  authority?: 'organizations' | 'common' | undefined
}

/** Options of {@link entra}. */
export interface EntraOptions extends EntraApi {
  /** The directory (tenant) ID: its GUID, not one of its domains. */
  tenantId: string
}

/** The API as it is registered in Entra. */
interface EntraApi {
  /** The application (client) ID of the API, which v2 tokens have as `aud`. */
  clientId: string
  /**
   * Application ID URIs of the API, which v1 tokens may have as `aud`. @default `api://` and the
   * client ID
   */
  identifierUris?: readonly string[] | undefined
  /** Count app roles (`roles`) as scopes: all that tokens of services have. @default false */
  appRoles?: boolean | undefined
}

/**
 * Microsoft Entra ID, one tenant; for more there is {@link entraMultiTenant}, not two of these.
 * Takes v2 tokens and v1 tokens (what a new registration yields until its
 * `requestedAccessTokenVersion` is 2), and refuses ID tokens, which name no client (`azp`,
 * `appid`).
 *
 * Quirks: `scp` holds the short names of scopes that clients ask for as `api://…/name`, so publish
 * the long ones (`challengeScopes`, `scopesSupported`) and require the short ones. A `resource`
 * parameter is refused (AADSTS9010010) unless it is an Application ID URI of the API: register your
 * resource identifier as one. `sub` differs from app to app, so the subject is `oid`. Key sets name
 * their issuer as a pattern. PKCE works but is not advertised and there is no client registration:
 * clients that insist on either refuse to log in, which no option here can mend.
 *
 * Relaxes: `aud` is the API's own registration, not the resource identifier; of several resources
 * behind one registration, each takes the tokens of all.
 *
 * @param options The tenant and the API's registration.
 * @returns Options for `authorizationServers`.
 * @throws {ConfigError} If a member is not what it must be; `tenantId` must be a GUID, since no
 * token would name anything else.
 * @see {@link https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference Entra: access token claims}
 */
export function entra(options: EntraOptions): AuthorizationServerOptions {
  const { tenantId, ...api } = membersOf('entra', options, { tenantId: TENANT, ...API })
  const tenant = tenantId.toLowerCase()
  return { issuer: `${ENTRA}/${tenant}/v2.0`, ...entraTokens(api, [tenant]) }
}

/**
 * Microsoft Entra ID, several tenants: an application registered as multi-tenant. Everything said
 * of {@link entra} holds; a token's `iss` must besides be of the tenant that its `tid` names, and
 * that tenant be allowed.
 *
 * Quirk: the document at `organizations` and `common` has `{tenantid}` in its issuer. Clients that
 * compare issuers (RFC 8414 §3.3) refuse it; only one tenant each, with {@link entra}, serves
 * those.
 *
 * Relaxes: as {@link entra}, and every allowed tenant's administrators decide who its users are.
 *
 * @param options The tenants and the API's registration.
 * @returns Options for `authorizationServers`.
 * @throws {ConfigError} If a member is missing, unknown or not what it must be.
 * @see {@link https://learn.microsoft.com/entra/identity-platform/access-tokens#validate-the-issuer Entra: validate the issuer}
 */
export function entraMultiTenant(options: EntraMultiTenantOptions): AuthorizationServerOptions {
  const {
    allow,
    authority = 'organizations',
    ...api
  } = membersOf('entraMultiTenant', options, {
    allow: { ...TENANT, list: 'orFunction' },
    authority: { is: 'choice', values: ['organizations', 'common'], isOptional: true },
    ...API,
  })
  const tenants = typeof allow === 'function' ? allow : allow.map((each) => each.toLowerCase())
  return { issuer: `${ENTRA}/${authority}/v2.0`, ...entraTokens(api, tenants) }
}

const ENTRA = 'https://login.microsoftonline.com'
const TENANT: Member = {
  is: 'pattern',
  pattern: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i,
  example:
    '72f988bf-86f1-41af-91ab-2d7cd011db47, the GUID of a tenant (entraMultiTenant takes several)',
}
const API = {
  clientId: { is: 'text' },
  identifierUris: { ...CLIENTS, isOptional: true },
  appRoles: FLAG,
} as const

function entraTokens(
  { clientId, identifierUris = [`api://${clientId}`], appRoles = false }: EntraApi,
  allow: EntraMultiTenantOptions['allow'],
): Omit<AuthorizationServerOptions, 'issuer'> {
  return {
    type: 'oidc',
    issuerTemplate: {
      pattern: [`${ENTRA}/{tenantid}/v2.0`, 'https://sts.windows.net/{tenantid}/'],
      claim: 'tid',
      allow,
    },
    audience: [clientId, ...identifierUris],
    claims: {
      scope: appRoles ? ['scp', 'roles'] : 'scp',
      clientId: ['azp', 'appid'],
      subject: 'oid',
    },
    mapClaims: (claims) =>
      claims['azp'] === undefined && claims['appid'] === undefined ? null : claims,
  }
}

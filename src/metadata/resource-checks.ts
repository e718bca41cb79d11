/**
 * The checks of `checkAuthorizationServer()` that compare a server with the resource and its scopes. The
 * rules of providers are from their documentation, linked in the guides of the presets.
 */

import type { AuthorizationServerMetadata } from '../contract/documents.ts'
import { parseUrl } from '../lib/safe-url.ts'
import {
  type CheckedResource,
  type CheckResult,
  failed,
  listIn,
  passed,
  warned,
} from './check-result.ts'

/** Whether the server lists the resource (RFC 9728 §4). */
export function checkProtectedResources(
  metadata: AuthorizationServerMetadata,
  { resource }: CheckedResource,
): CheckResult {
  const listed = listIn(metadata, 'protected_resources')
  if (listed === undefined) {
    return passed('protected_resources is not published, so it does not contradict the resource.')
  }
  if (resource === undefined) {
    return passed('protected_resources is published; no resource was given to compare with it.')
  }
  return listed.includes(resource)
    ? passed('protected_resources lists the resource.')
    : warned(
        'protected_resources does not list the resource, character by character: clients that compare the two documents refuse to log in. Add the resource identifier at the server.',
      )
}

/** Whether the server can grant scopes that are written like these. */
export function checkScopeForm(
  { issuer }: AuthorizationServerMetadata,
  { scopes }: CheckedResource,
): CheckResult {
  if (scopes.length === 0) return passed('No scopes were given.')
  const requested = scopes.filter((scope) => !OPENID_SCOPES.has(scope))
  if (requested.some((scope) => scope.includes(','))) {
    return warned(
      'A scope contains a comma: servers separate scopes by spaces, so they read the list as one scope. Give each scope on its own.',
    )
  }
  const provider = providerOf(issuer)
  if (provider === 'entra' && requested.some((scope) => !scope.includes('/'))) {
    return failed(
      'A scope has its short name: Entra looks such a scope up at Microsoft Graph and rejects the login (AADSTS650053). Write Application ID URI, slash and name in every option; scopePrefix of entra() maps the short names in tokens.',
    )
  }
  if (provider === 'cognito' && requested.some((scope) => !/[/.]/.test(scope))) {
    return failed(
      'A scope has no resource server: Cognito rejects it with invalid_scope. Write resource server identifier, slash and name.',
    )
  }
  return passed('The server can grant scopes of this form.')
}

/** Whether the server, and every client, can use the resource identifier. */
export function checkResourceForm(
  { issuer }: AuthorizationServerMetadata,
  { resource, scopes }: CheckedResource,
): CheckResult {
  const url = resource === undefined ? undefined : parseUrl(resource)
  if (resource === undefined || url === undefined) return passed('No resource was given.')
  if (providerOf(issuer) === 'entra') {
    const requested = scopes.filter((scope) => !OPENID_SCOPES.has(scope))
    if (requested.some((scope) => !scope.startsWith(`${resource}/`))) {
      return failed(
        'A scope does not begin with the resource identifier and a slash: Entra rejects a login whose resource parameter is not the Application ID URI of the scopes (AADSTS9010010). Make the resource identifier the Application ID URI of the API.',
      )
    }
    if (SHARED_HOSTS.test(url.hostname)) {
      return warned(
        'The resource is on a host of Azure that no tenant can verify: Entra accepts an https Application ID URI only under a verified domain, so the resource parameter of clients is rejected (AADSTS9010010). Serve the resource under a custom domain.',
      )
    }
  }
  if (url.pathname === '/' && url.search === '') {
    return warned(
      'The resource is an origin without a path: some clients request a token for it with a slash at the end, others without. Give it a path, or register both spellings at the server and accept both as audience.',
    )
  }
  return passed('All clients send the resource identifier as it is published.')
}

/** Whether `scopes_supported` of the server contains the scopes of challenges. */
export function checkChallengeScopes(
  metadata: AuthorizationServerMetadata,
  { scopes }: CheckedResource,
): CheckResult {
  const published = listIn(metadata, 'scopes_supported')
  // Other checks report scopes of OpenID Connect and lists with commas.
  const own = scopes.filter((scope) => !OPENID_SCOPES.has(scope) && !scope.includes(','))
  if (published === undefined || own.every((scope) => published.includes(scope))) {
    return passed('scopes_supported of the server omits no scope of the resource.')
  }
  return warned(
    'scopes_supported of the server omits a scope that challenges name: Gemini CLI requests the scopes of the server and no others, so its token lacks that scope. Publish the scope at the server, or let these users set it in their settings.',
  )
}

const ID_JAG_PROFILE = 'urn:ietf:params:oauth:grant-profile:id-jag'
const JWT_BEARER_GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer'

/** Whether clients of enterprises can get tokens without a login (MCP Enterprise-Managed Authorization). */
export function checkEnterpriseAuthorization(metadata: AuthorizationServerMetadata): CheckResult {
  const profiles = listIn(metadata, 'authorization_grant_profiles_supported')
  if (profiles?.includes(ID_JAG_PROFILE) !== true) {
    return passed(
      'authorization_grant_profiles_supported does not list id-jag: users log in themselves, and no identity provider can grant access for them.',
    )
  }
  return listIn(metadata, 'grant_types_supported')?.includes(JWT_BEARER_GRANT) === true
    ? passed('Clients of enterprises can present an identity assertion (id-jag).')
    : warned(
        'authorization_grant_profiles_supported lists id-jag, but grant_types_supported does not list the jwt-bearer grant that redeems it: clients that check both fall back to a login. Publish that grant.',
      )
}

const OPENID_SCOPES = /* @__PURE__ */ new Set([
  'openid',
  'profile',
  'email',
  'phone',
  'address',
  'offline_access',
])

/** Hosts that Azure assigns: https://learn.microsoft.com/entra/identity-platform/identifier-uri-restrictions */
const SHARED_HOSTS =
  /\.(?:azurewebsites|azurestaticapps|azure-api|cloudapp|azurefd)\.(?:net|us)$|\.azurecontainerapps\.io$/i

const ENTRA_HOST =
  /^(?:login\.microsoftonline\.(?:com|us)|login\.partner\.microsoftonline\.cn|[^.]+\.ciamlogin\.com)$/
const COGNITO_HOST = /^(?:issuer-)?cognito-idp\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?$/

function providerOf(issuer: unknown): 'entra' | 'cognito' | undefined {
  const host = typeof issuer === 'string' ? parseUrl(issuer)?.hostname : undefined
  if (host === undefined) return undefined
  if (ENTRA_HOST.test(host)) return 'entra'
  return COGNITO_HOST.test(host) ? 'cognito' : undefined
}

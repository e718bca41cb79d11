/**
 * The checks of `checkAuthorizationServer()`, one function each: a document in, level and message out.
 */

import type { AuthorizationServerMetadata } from '../contract/documents.ts'
import { issuerProblem } from '../identifiers/issuer.ts'
import { isTextList } from '../lib/json.ts'
import {
  type Check,
  type CheckResult,
  failed,
  isEndpoint,
  listIn,
  passed,
  warned,
} from './check-result.ts'
import {
  checkChallengeScopes,
  checkEnterpriseAuthorization,
  checkProtectedResources,
  checkResourceForm,
  checkScopeForm,
} from './resource-checks.ts'

/** All checks, in the order of the findings. */
export const CHECKS: readonly Check[] = [
  { id: 'issuer', spec: 'RFC 8414 §2', run: checkIssuer },
  { id: 'members', spec: 'RFC 8414 §2', run: checkMembers },
  {
    id: 'authorization-endpoint',
    spec: 'RFC 8414 §2; OAuth 2.1 §1.5',
    run: (metadata) =>
      checkEndpoint(
        metadata,
        'authorization_endpoint',
        'clients cannot send their users to log in',
      ),
  },
  {
    id: 'token-endpoint',
    spec: 'RFC 8414 §2; OAuth 2.1 §1.5',
    run: (metadata) => checkEndpoint(metadata, 'token_endpoint', 'clients cannot get a token'),
  },
  { id: 'code-flow', spec: 'RFC 8414 §2; OAuth 2.1 §4.1', run: checkCodeFlow },
  {
    id: 'pkce',
    spec: 'MCP 2025-11-25 Authorization, Authorization Code Protection; RFC 8414 §2',
    run: checkPkce,
  },
  {
    id: 'client-registration',
    spec: 'MCP 2025-11-25 Authorization, Client Registration; RFC 7591 §3',
    run: checkRegistration,
  },
  { id: 'issuer-parameter', spec: 'RFC 9207 §3', run: checkIssuerParameter },
  { id: 'keys', spec: 'RFC 8414 §2; RFC 9068 §4', run: checkKeys },
  { id: 'dpop', spec: 'RFC 9449 §5.1', run: checkDpop },
  { id: 'public-clients', spec: 'RFC 8414 §2; OAuth 2.1 §2.1', run: checkPublicClients },
  { id: 'refresh', spec: 'RFC 8414 §2; SEP-2207', run: checkRefresh },
  { id: 'scopes', spec: 'RFC 8414 §2', run: checkScopes },
  { id: 'protected-resources', spec: 'RFC 9728 §4', run: checkProtectedResources },
  { id: 'signed-metadata', spec: 'RFC 8414 §2.1', run: checkSignedMetadata },
  { id: 'scope-form', spec: 'RFC 6749 §3.3', run: checkScopeForm },
  { id: 'resource-form', spec: 'RFC 8707 §2; RFC 9728 §1.2', run: checkResourceForm },
  {
    id: 'challenge-scopes',
    spec: 'RFC 8414 §2; MCP 2025-11-25 Authorization, Scope Selection Strategy',
    run: checkChallengeScopes,
  },
  {
    id: 'enterprise-authorization',
    spec: 'MCP 2026-07-28 Enterprise-Managed Authorization; RFC 7523 §2.1',
    run: checkEnterpriseAuthorization,
  },
]

/** RFC 8414 §2, RFC 9207 §3, RFC 9449 §5.1, RFC 9728 §4 and CIMD: what a known member must be. */
const TEXTS = [
  'issuer',
  'authorization_endpoint',
  'token_endpoint',
  'jwks_uri',
  'registration_endpoint',
  'introspection_endpoint',
  'revocation_endpoint',
  'signed_metadata',
]
const LISTS = [
  'scopes_supported',
  'response_types_supported',
  'response_modes_supported',
  'grant_types_supported',
  'code_challenge_methods_supported',
  'token_endpoint_auth_methods_supported',
  'introspection_endpoint_auth_methods_supported',
  'dpop_signing_alg_values_supported',
  'protected_resources',
  'authorization_grant_profiles_supported',
]
const FLAGS = [
  'authorization_response_iss_parameter_supported',
  'client_id_metadata_document_supported',
]

function checkIssuer({ issuer }: AuthorizationServerMetadata): CheckResult {
  if (typeof issuer !== 'string') {
    return failed('issuer is missing or not a string: clients must discard the document.')
  }
  if (/[{}]/.test(issuer)) {
    return failed(
      'issuer contains a tenant placeholder, so it is not the issuer of any tenant: clients that compare it with the requested issuer (RFC 8414 §3.3) discard the document. Use the issuer of one tenant as the authorization server.',
    )
  }
  const problem = issuerProblem(issuer, false)
  if (problem === undefined) {
    return passed(`issuer is ${urlKind(issuer)} without query and fragment.`)
  }
  return failed(`issuer ${problem}. Clients must discard the document; correct it at the server.`)
}

function checkMembers(metadata: AuthorizationServerMetadata): CheckResult {
  const wrong = [
    ...membersOfWrongType(metadata, TEXTS, (value) => typeof value === 'string'),
    ...membersOfWrongType(metadata, LISTS, isTextList),
    ...membersOfWrongType(metadata, FLAGS, (value) => typeof value === 'boolean'),
  ]
  if (wrong.length === 0) return passed('All known members have the right type.')
  return failed(
    `${wrong.join(', ')}: wrong type according to the standard. Clients that validate the document discard it; correct it at the server.`,
  )
}

function checkEndpoint(
  metadata: AuthorizationServerMetadata,
  member: string,
  consequence: string,
): CheckResult {
  const url = metadata[member]
  if (isEndpoint(url)) return passed(`${member} is ${urlKind(url)}.`)
  const what = url === undefined ? 'is missing' : 'is not an https URL'
  return failed(`${member} ${what}: ${consequence}. Publish it with https.`)
}

/** Of a URL that `isEndpoint` accepts. */
function urlKind(url: unknown): string {
  return /^https:/i.test(String(url)) ? 'an https URL' : 'a loopback http URL'
}

function checkCodeFlow(metadata: AuthorizationServerMetadata): CheckResult {
  const responses = listIn(metadata, 'response_types_supported')
  // RFC 8414 §2: without the member, the code and the implicit grant.
  const grants = listIn(metadata, 'grant_types_supported') ?? ['authorization_code']
  if (responses?.includes('code') !== true) {
    return failed(
      'response_types_supported does not list code: MCP clients use no other flow. Enable and publish the response type code.',
    )
  }
  if (!grants.includes('authorization_code')) {
    return failed(
      'grant_types_supported does not list authorization_code: clients cannot redeem a code. Enable and publish that grant.',
    )
  }
  return passed('The authorization code flow is offered.')
}

function checkPkce(metadata: AuthorizationServerMetadata): CheckResult {
  const methods = listIn(metadata, 'code_challenge_methods_supported')
  if (methods?.includes('S256') === true) return passed('PKCE with S256 is advertised.')
  if (methods !== undefined) {
    return failed(
      'code_challenge_methods_supported does not list S256: MCP clients must use S256 and reject this server. Enable it at the server.',
    )
  }
  return warned(
    'code_challenge_methods_supported is missing: MCP clients must assume that PKCE is not supported and refuse to log in, even if the server supports it. Publish ["S256"] at the server. A transform in this resource has no effect, because clients fetch the document from the server.',
  )
}

function checkRegistration(metadata: AuthorizationServerMetadata): CheckResult {
  if (metadata['client_id_metadata_document_supported'] === true) {
    return passed('Clients can identify themselves with a client ID metadata document (CIMD).')
  }
  if (isEndpoint(metadata['registration_endpoint'])) {
    return passed(
      'Clients can register themselves at registration_endpoint; as of MCP 2026-07-28 that is deprecated in favour of client_id_metadata_document_supported.',
    )
  }
  return warned(
    'Neither client_id_metadata_document_supported nor an https registration_endpoint is advertised: only clients registered by hand can log in. Enable client ID metadata documents or dynamic registration, or register each client and give its client_id to the users.',
  )
}

function checkIssuerParameter(metadata: AuthorizationServerMetadata): CheckResult {
  if (metadata['authorization_response_iss_parameter_supported'] === true) {
    return passed('Clients can verify with iss which server sent an authorization response.')
  }
  return warned(
    'authorization_response_iss_parameter_supported is not true: clients of several servers cannot detect a mix-up attack. Enable the iss parameter at the server, and publish the member only if the server sends iss.',
  )
}

function checkKeys(metadata: AuthorizationServerMetadata): CheckResult {
  const { jwks_uri: uri, introspection_endpoint: introspection } = metadata
  if (isEndpoint(uri)) {
    return passed(`jwks_uri is ${urlKind(uri)}: JWT access tokens can be verified.`)
  }
  if (uri === undefined && isEndpoint(introspection)) {
    return passed(
      'jwks_uri is missing, and introspection_endpoint is there: access tokens are verified by introspection. For JWTs configure jwksUri or jwks.',
    )
  }
  if (uri === undefined) {
    return warned(
      'jwks_uri is missing: JWT access tokens cannot be verified with this document. Configure jwksUri or jwks; for opaque tokens configure introspection or custom verification.',
    )
  }
  return failed(
    'jwks_uri is not an https URL: an attacker on the network path can replace the keys. Use https.',
  )
}

function checkDpop(metadata: AuthorizationServerMetadata): CheckResult {
  const algorithms = listIn(metadata, 'dpop_signing_alg_values_supported')
  if (algorithms === undefined) {
    return passed(
      'dpop_signing_alg_values_supported is missing: the server issues bearer tokens, so do not require DPoP.',
    )
  }
  if (algorithms.some((name) => name === 'none' || name.startsWith('HS'))) {
    return warned(
      'dpop_signing_alg_values_supported lists an algorithm that is not asymmetric: this resource rejects such proofs. Remove it at the server.',
    )
  }
  return algorithms.includes('ES256')
    ? passed('DPoP is offered with ES256.')
    : warned(
        'dpop_signing_alg_values_supported does not list ES256, the default of clients: they fall back to bearer tokens or fail. Enable ES256 at the server.',
      )
}

function checkPublicClients(metadata: AuthorizationServerMetadata): CheckResult {
  if (listIn(metadata, 'token_endpoint_auth_methods_supported')?.includes('none') === true) {
    return passed('Public clients can get tokens (token endpoint authentication none).')
  }
  return warned(
    'token_endpoint_auth_methods_supported does not list none: MCP clients on desktops and phones have no secret and cannot get a token. Enable public clients with PKCE, or support only clients with a secret or a key.',
  )
}

function checkRefresh(metadata: AuthorizationServerMetadata): CheckResult {
  if (
    listIn(metadata, 'grant_types_supported')?.includes('refresh_token') === true ||
    listIn(metadata, 'scopes_supported')?.includes('offline_access') === true
  ) {
    return passed('Clients can refresh their tokens.')
  }
  return warned(
    'Neither grant_types_supported lists refresh_token nor scopes_supported offline_access: users must log in again when a token expires. Enable refresh tokens at the server; offline_access belongs in its metadata, not in that of the resource.',
  )
}

function checkScopes(metadata: AuthorizationServerMetadata): CheckResult {
  if (listIn(metadata, 'scopes_supported') !== undefined) {
    return passed(
      'scopes_supported is published, for clients that received no scopes in a challenge.',
    )
  }
  return warned(
    'scopes_supported is missing: clients that received no scopes in a challenge request none. Publish it at the server, or set challengeScopes or scopesSupported in the resource.',
  )
}

function checkSignedMetadata(metadata: AuthorizationServerMetadata): CheckResult {
  return metadata['signed_metadata'] === undefined
    ? passed('There is no signed_metadata.')
    : passed('signed_metadata is present and ignored. This check reads only the plain members.')
}

function membersOfWrongType(
  metadata: AuthorizationServerMetadata,
  members: readonly string[],
  isRight: (value: unknown) => boolean,
): string[] {
  return members.filter((name) => metadata[name] !== undefined && !isRight(metadata[name]))
}

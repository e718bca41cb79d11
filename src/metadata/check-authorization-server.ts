/**
 * Whether an authorization server suits MCP clients, judged by what it says of itself. One table of
 * checks: a document in, sentences out. Nothing here blocks a request, and nothing is fetched.
 */

import type { AuthorizationServerMetadata } from '../contract/documents.ts'
import { issuerProblem } from '../identifiers/issuer.ts'
import { isTextList } from '../lib/json.ts'
import { isSecureTransport, parseUrl } from '../lib/safe-url.ts'

/** What one check of {@link checkAuthorizationServer} found. */
export interface Finding {
  /** Which check this is; the same in every version. */
  id: string
  /**
   * `error`: clients or this resource cannot work with the server. `warning`: some of them cannot,
   * or not as safely as they could. `pass`: nothing to do.
   */
  level: 'error' | 'warning' | 'pass'
  /** What it means for MCP clients and, unless all is well, how to mend it. Repeats no remote text. */
  message: string
  /** The paragraph it rests on. */
  spec: string
}

/**
 * Tells how well an authorization server suits MCP clients, from its metadata: for a start-up log, a
 * test or a command line. It informs; a resource works with any server whose tokens it can verify.
 *
 * Checks: the form of the issuer; the types of known members; authorization and token endpoint, the
 * code flow, PKCE with S256, client registration (metadata documents or dynamic), the issuer
 * parameter, keys, DPoP algorithms, public clients, refresh tokens, scopes, whether the server lists
 * the resource, and what becomes of signed metadata.
 *
 * Does not check: whether any of it is true. A server may do more or less than it says.
 *
 * @param metadata The document, by wire names, as `discoverAuthorizationServer` returns it.
 * @param resource Your resource identifier, to be looked up in `protected_resources`.
 * @returns One finding per check, always in the same order, good ones included.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8414.html#section-2 RFC 8414 §2}
 */
export function checkAuthorizationServer(
  metadata: AuthorizationServerMetadata,
  resource?: string,
): Finding[] {
  return CHECKS.map(({ id, spec, judge }) => ({ id, ...judge(metadata, resource), spec }))
}

type Verdict = Pick<Finding, 'level' | 'message'>

interface Check {
  readonly id: string
  readonly spec: string
  readonly judge: (metadata: AuthorizationServerMetadata, resource: string | undefined) => Verdict
}

const CHECKS: readonly Check[] = [
  { id: 'issuer', spec: 'RFC 8414 §2', judge: judgeIssuer },
  { id: 'members', spec: 'RFC 8414 §2', judge: judgeMembers },
  {
    id: 'authorization-endpoint',
    spec: 'RFC 8414 §2; OAuth 2.1 §1.5',
    judge: (metadata) =>
      judgeEndpoint(metadata, 'authorization_endpoint', 'no client could send its user to log in'),
  },
  {
    id: 'token-endpoint',
    spec: 'RFC 8414 §2; OAuth 2.1 §1.5',
    judge: (metadata) => judgeEndpoint(metadata, 'token_endpoint', 'no client could get a token'),
  },
  { id: 'code-flow', spec: 'RFC 8414 §2; OAuth 2.1 §4.1', judge: judgeCodeFlow },
  {
    id: 'pkce',
    spec: 'MCP 2025-11-25 Authorization, Authorization Code Protection; RFC 8414 §2',
    judge: judgePkce,
  },
  {
    id: 'client-registration',
    spec: 'MCP 2025-11-25 Authorization, Client Registration; RFC 7591 §3',
    judge: judgeRegistration,
  },
  { id: 'issuer-parameter', spec: 'RFC 9207 §3', judge: judgeIssuerParameter },
  { id: 'keys', spec: 'RFC 8414 §2; RFC 9068 §4', judge: judgeKeys },
  { id: 'dpop', spec: 'RFC 9449 §5.1', judge: judgeDpop },
  { id: 'public-clients', spec: 'RFC 8414 §2; OAuth 2.1 §2.1', judge: judgePublicClients },
  { id: 'refresh', spec: 'RFC 8414 §2; SEP-2207', judge: judgeRefresh },
  { id: 'scopes', spec: 'RFC 8414 §2', judge: judgeScopes },
  { id: 'protected-resources', spec: 'RFC 9728 §4', judge: judgeProtectedResources },
  { id: 'signed-metadata', spec: 'RFC 8414 §2.1', judge: judgeSignedMetadata },
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
]
const FLAGS = [
  'authorization_response_iss_parameter_supported',
  'client_id_metadata_document_supported',
]

function judgeIssuer({ issuer }: AuthorizationServerMetadata): Verdict {
  if (typeof issuer !== 'string') {
    return failed('issuer is missing or not a string: clients must discard the whole document.')
  }
  if (/[{}]/.test(issuer)) {
    return failed(
      'issuer holds a placeholder for tenants: it is nobody’s issuer as it stands, so clients that compare it with the one they asked for (RFC 8414 §3.3) discard the document. Name a tenant’s own issuer as the authorization server.',
    )
  }
  const problem = issuerProblem(issuer, false)
  if (problem === undefined) {
    return passed('issuer is an https URL without query and fragment, as clients compare it.')
  }
  return failed(
    `issuer ${problem}. Clients must discard the whole document; correct it at the server.`,
  )
}

function judgeMembers(metadata: AuthorizationServerMetadata): Verdict {
  const wrong = [
    ...misfits(metadata, TEXTS, (value) => typeof value === 'string'),
    ...misfits(metadata, LISTS, isTextList),
    ...misfits(metadata, FLAGS, (value) => typeof value === 'boolean'),
  ]
  if (wrong.length === 0) return passed('All known members are of the right type.')
  return failed(
    `${wrong.join(', ')}: not of the type that the standard gives it. Clients that check their input discard the whole document; correct it at the server.`,
  )
}

function judgeEndpoint(
  metadata: AuthorizationServerMetadata,
  member: string,
  consequence: string,
): Verdict {
  const url = metadata[member]
  if (isEndpoint(url)) return passed(`${member} is given, and is https.`)
  const what = url === undefined ? 'is missing' : 'is not an https URL'
  return failed(`${member} ${what}: ${consequence}. Publish it with https.`)
}

function judgeCodeFlow(metadata: AuthorizationServerMetadata): Verdict {
  const responses = listIn(metadata, 'response_types_supported')
  // RFC 8414 §2: without the member, the code and the implicit grant.
  const grants = listIn(metadata, 'grant_types_supported') ?? ['authorization_code']
  if (responses?.includes('code') !== true) {
    return failed(
      'response_types_supported does not list code, the only flow MCP clients use: they stop here. Allow and publish response type code.',
    )
  }
  if (!grants.includes('authorization_code')) {
    return failed(
      'grant_types_supported does not list authorization_code: clients cannot redeem a code. Allow and publish that grant.',
    )
  }
  return passed('The authorization code flow is offered.')
}

function judgePkce(metadata: AuthorizationServerMetadata): Verdict {
  const methods = listIn(metadata, 'code_challenge_methods_supported')
  if (methods?.includes('S256') === true) return passed('PKCE with S256 is advertised.')
  if (methods !== undefined) {
    return failed(
      'code_challenge_methods_supported does not list S256: MCP clients must use S256 and refuse this server. Enable it at the server.',
    )
  }
  return warned(
    'code_challenge_methods_supported is missing: MCP clients must take it that PKCE is not supported and refuse to log in, even if the server does support it. Have the server publish ["S256"]; mending the document here does not reach clients, who read it themselves.',
  )
}

function judgeRegistration(metadata: AuthorizationServerMetadata): Verdict {
  if (metadata['client_id_metadata_document_supported'] === true) {
    return passed('Clients can introduce themselves by a client ID metadata document (CIMD).')
  }
  if (isEndpoint(metadata['registration_endpoint'])) {
    return passed(
      'Clients can register themselves at registration_endpoint; as of MCP 2026-07-28 that is deprecated in favour of client_id_metadata_document_supported.',
    )
  }
  return warned(
    'Neither client_id_metadata_document_supported nor an https registration_endpoint is advertised: only clients registered by hand can log in. Enable client ID metadata documents (or dynamic registration), or register each client and tell its users the client_id.',
  )
}

function judgeIssuerParameter(metadata: AuthorizationServerMetadata): Verdict {
  if (metadata['authorization_response_iss_parameter_supported'] === true) {
    return passed('Clients can tell from iss which server an authorization response came from.')
  }
  return warned(
    'authorization_response_iss_parameter_supported is not true: clients that talk to several servers cannot tell a mixed-up response. Enable the iss parameter at the server, and publish it only if it is really sent.',
  )
}

function judgeKeys({ jwks_uri: uri }: AuthorizationServerMetadata): Verdict {
  if (isEndpoint(uri)) return passed('jwks_uri is given: JWT access tokens can be verified.')
  if (uri === undefined) {
    return warned(
      'jwks_uri is missing: JWT access tokens cannot be verified by this document. Configure jwksUri or jwks, or introspection or custom verification where tokens are opaque.',
    )
  }
  return failed('jwks_uri is not an https URL: keys from there could be anybody’s. Use https.')
}

function judgeDpop(metadata: AuthorizationServerMetadata): Verdict {
  const algorithms = listIn(metadata, 'dpop_signing_alg_values_supported')
  if (algorithms === undefined) {
    return passed(
      'dpop_signing_alg_values_supported is missing: tokens are plain bearer tokens, so do not make DPoP required.',
    )
  }
  if (algorithms.some((name) => name === 'none' || name.startsWith('HS'))) {
    return warned(
      'dpop_signing_alg_values_supported lists an algorithm that is not asymmetric: such proofs prove nothing and are refused here. Remove it at the server.',
    )
  }
  return algorithms.includes('ES256')
    ? passed('DPoP is offered with ES256.')
    : warned(
        'dpop_signing_alg_values_supported does not list ES256, which clients sign proofs with by default: they fall back to bearer tokens or fail. Allow ES256 at the server.',
      )
}

function judgePublicClients(metadata: AuthorizationServerMetadata): Verdict {
  if (listIn(metadata, 'token_endpoint_auth_methods_supported')?.includes('none') === true) {
    return passed('Public clients can get tokens (token endpoint authentication none).')
  }
  return warned(
    'token_endpoint_auth_methods_supported does not list none: MCP clients on desktops and phones keep no secret and cannot get a token. Allow public clients with PKCE, or serve only clients that keep a secret or a key.',
  )
}

function judgeRefresh(metadata: AuthorizationServerMetadata): Verdict {
  if (
    listIn(metadata, 'grant_types_supported')?.includes('refresh_token') === true ||
    listIn(metadata, 'scopes_supported')?.includes('offline_access') === true
  ) {
    return passed('Clients can refresh their tokens.')
  }
  return warned(
    'Neither grant_types_supported lists refresh_token nor scopes_supported offline_access: users log in again whenever a token ends. Allow refresh tokens at the server; offline_access belongs in its metadata, not in the resource’s.',
  )
}

function judgeScopes(metadata: AuthorizationServerMetadata): Verdict {
  if (listIn(metadata, 'scopes_supported') !== undefined) {
    return passed('scopes_supported is given, for clients that were told no scopes.')
  }
  return warned(
    'scopes_supported is missing: clients that were told no scopes ask for none. Publish it at the server, or name scopes in the resource’s challenges (challengeScopes, scopesSupported).',
  )
}

function judgeProtectedResources(
  metadata: AuthorizationServerMetadata,
  resource: string | undefined,
): Verdict {
  const listed = listIn(metadata, 'protected_resources')
  if (listed === undefined) {
    return passed('protected_resources is not published, so nothing contradicts the resource.')
  }
  if (resource === undefined) {
    return passed('protected_resources is published; no resource was given to look up in it.')
  }
  return listed.includes(resource)
    ? passed('protected_resources lists the resource.')
    : warned(
        'protected_resources does not list the resource, character by character: clients that compare the two sides refuse to log in. Add the resource identifier at the server.',
      )
}

function judgeSignedMetadata(metadata: AuthorizationServerMetadata): Verdict {
  return metadata['signed_metadata'] === undefined
    ? passed('There is no signed_metadata.')
    : passed('signed_metadata is present and ignored: only the plain members count here.')
}

/** A URL that may be called: https, or http that never leaves this machine. */
function isEndpoint(value: unknown): boolean {
  const url = typeof value === 'string' ? parseUrl(value) : undefined
  return url !== undefined && isSecureTransport(url, false)
}

function listIn(metadata: AuthorizationServerMetadata, member: string): string[] | undefined {
  const value = metadata[member]
  return isTextList(value) ? value : undefined
}

function misfits(
  metadata: AuthorizationServerMetadata,
  members: readonly string[],
  fits: (value: unknown) => boolean,
): string[] {
  return members.filter((name) => metadata[name] !== undefined && !fits(metadata[name]))
}

function passed(message: string): Verdict {
  return { level: 'pass', message }
}

function warned(message: string): Verdict {
  return { level: 'warning', message }
}

function failed(message: string): Verdict {
  return { level: 'error', message }
}

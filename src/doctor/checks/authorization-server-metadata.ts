/** Runs the library's checks of authorization server metadata and adds their effect on each client. */

import type { AuthorizationServerMetadata } from '../../contract/documents.ts'
import { checkAuthorizationServer } from '../../metadata/check-authorization-server.ts'
import { parseScope } from '../../scope/scope.ts'
import type { Evidence, ServerEvidence } from '../evidence.ts'
import { allClients, allClientsExcept, type DoctorFinding, type Meaning } from '../finding.ts'

/** Checks the metadata document of one authorization server, with the resource and its scopes. */
export function checkServerMetadata(
  server: ServerEvidence,
  { found, rejection }: Pick<Evidence, 'found' | 'rejection'>,
): DoctorFinding[] {
  const { metadata, issuer } = server
  if (metadata === undefined) return []
  const { resource } = found?.document ?? {}
  const named = typeof resource === 'string' ? resource : undefined
  const challenged = parseScope(rejection.challenge?.params.get('scope') ?? '')
  // The checks of the challenge report commas.
  const scopes = challenged.filter((scope) => !scope.includes(','))
  const document = metadata as AuthorizationServerMetadata
  const findings = checkAuthorizationServer(document, named, scopes)
  // `resource-path` reports a resource without a path, once for all servers.
  const reported = findings.filter(
    ({ id, message }) => !(id === 'resource-form' && message.startsWith(ORIGIN_ONLY)),
  )
  return reported.map(({ id, level, message, spec }) => {
    const finding = {
      id: `server-${id}`,
      area: 'Authorization server' as const,
      level,
      message: id === 'pkce' && hasPlainOnly(document) ? `${PLAIN_ONLY} ${message}` : message,
      spec,
    }
    if (level === 'pass') return { ...finding, about: issuer }
    const { means, remedy } = ADVICE[id] ?? UNKNOWN
    return { ...finding, about: issuer, means, remedy }
  })
}

function hasPlainOnly({
  code_challenge_methods_supported: methods,
}: AuthorizationServerMetadata): boolean {
  return Array.isArray(methods) && methods.length > 0 && methods.every((each) => each === 'plain')
}

const PLAIN_ONLY = 'PKCE is offered with the method plain only.'

const ORIGIN_ONLY = 'The resource is an origin without a path'

interface Advice {
  readonly means: Meaning
  readonly remedy: string
}

const STOPS = allClients('It cannot start a login.')

/** By the id of a check of `checkAuthorizationServer()`. */
export const ADVICE: Readonly<Record<string, Advice>> = {
  issuer: { means: STOPS, remedy: 'Correct the issuer at the authorization server.' },
  members: {
    means: STOPS,
    remedy: 'Correct the types of these members at the authorization server.',
  },
  'authorization-endpoint': { means: STOPS, remedy: 'Publish an https authorization_endpoint.' },
  'token-endpoint': { means: STOPS, remedy: 'Publish an https token_endpoint.' },
  'code-flow': { means: STOPS, remedy: 'Allow and publish the authorization code flow.' },
  pkce: {
    means: allClientsExcept(
      { browser: 'The official SDK continues; other clients stop.' },
      'It does not log in.',
    ),
    remedy: 'Publish code_challenge_methods_supported: ["S256"] at the authorization server.',
  },
  'client-registration': {
    means: {
      claude: 'It needs a client id that its vendor registered or its user enters.',
      chatgpt: 'It needs a client id that was registered in advance.',
      vscode: 'It prompts its user for a client id.',
      browser: 'It needs a client id in its configuration.',
    },
    remedy:
      'Enable client ID metadata documents or dynamic client registration, or register clients in advance.',
  },
  'issuer-parameter': {
    means: allClients('It cannot detect a mix-up of authorization servers.'),
    remedy:
      'Send iss in authorization responses, and publish authorization_response_iss_parameter_supported: true.',
  },
  keys: {
    means: allClients('Not affected: only the MCP server verifies tokens.'),
    remedy: 'Publish jwks_uri, or use token introspection.',
  },
  dpop: {
    means: allClients('Clients that support DPoP use plain bearer tokens instead.'),
    remedy: 'List asymmetric algorithms only, including ES256.',
  },
  'public-clients': {
    means: allClientsExcept(
      {
        claude: 'A client with a client ID metadata document has no secret.',
        chatgpt: 'It uses a secret or a key if the server lists one of these methods.',
      },
      'It has no client secret and gets no token.',
    ),
    remedy: 'Add none to token_endpoint_auth_methods_supported for public clients with PKCE.',
  },
  refresh: {
    means: allClients('Its user logs in again each time a token expires.'),
    remedy: 'Enable the refresh_token grant at the authorization server.',
  },
  scopes: {
    means: allClients('Without scopes from the MCP server it requests none.'),
    remedy: 'Name scopes in the challenge, or publish scopes_supported.',
  },
  'protected-resources': {
    means: allClients('Clients that compare protected_resources with the resource do not log in.'),
    remedy: 'Add the resource identifier to protected_resources at the authorization server.',
  },
  'scope-form': {
    means: allClients('Its login ends with an error page of the authorization server.'),
    remedy:
      'Write every scope as the authorization server requests it; for Entra, set scopePrefix.',
  },
  'resource-form': {
    means: allClients('It may send a resource that the authorization server rejects.'),
    remedy: 'Give the resource a path, and register exactly its identifier at the server.',
  },
  'challenge-scopes': {
    means: allClients('Not affected. Gemini CLI requests the scopes of the server only.'),
    remedy: 'Publish the scopes of the resource in scopes_supported of the authorization server.',
  },
  'enterprise-authorization': {
    means: allClients('A client of an enterprise falls back to a login of its user.'),
    remedy: 'Publish the jwt-bearer grant in grant_types_supported.',
  },
}

const UNKNOWN: Advice = {
  means: allClients('Some clients may fail with this authorization server.'),
  remedy: 'Correct the metadata of the authorization server.',
}

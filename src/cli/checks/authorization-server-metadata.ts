/** What the library says of an authorization server's metadata, explained for each client. */

import type { AuthorizationServerMetadata } from '../../contract/options.ts'
import { checkAuthorizationServer } from '../../metadata/check-authorization-server.ts'
import type { ServerEvidence } from '../evidence.ts'
import { type DoctorFinding, everyone, everyoneBut, type Meaning } from '../finding.ts'

/** Judges the document itself. */
export function judgeFitness(server: ServerEvidence, resource: unknown): DoctorFinding[] {
  const { metadata, issuer } = server
  if (metadata === undefined) return []
  const named = typeof resource === 'string' ? resource : undefined
  const findings = checkAuthorizationServer(metadata as AuthorizationServerMetadata, named)
  return findings.map(({ id, level, message, spec }) => {
    const told = { id: `server-${id}`, area: 'Authorization server' as const, level, message, spec }
    if (level === 'pass') return { ...told, about: issuer }
    const { means, remedy } = ADVICE[id] ?? UNKNOWN
    return { ...told, about: issuer, means, remedy }
  })
}

interface Advice {
  readonly means: Meaning
  readonly remedy: string
}

const STOPS = everyone('It cannot start a login.')

const ADVICE: Readonly<Record<string, Advice>> = {
  issuer: { means: STOPS, remedy: 'Correct the issuer at the authorization server.' },
  members: {
    means: STOPS,
    remedy: 'Correct the types of these members at the authorization server.',
  },
  'authorization-endpoint': { means: STOPS, remedy: 'Publish an https authorization_endpoint.' },
  'token-endpoint': { means: STOPS, remedy: 'Publish an https token_endpoint.' },
  'code-flow': { means: STOPS, remedy: 'Allow and publish the authorization code flow.' },
  pkce: {
    means: everyoneBut(
      { browser: 'The official SDK tries all the same; other clients refuse.' },
      'It refuses to log in.',
    ),
    remedy: 'Have the server publish code_challenge_methods_supported: ["S256"].',
  },
  'client-registration': {
    means: {
      claude: 'Works only with a client id agreed with its vendor or typed in by its user.',
      chatgpt: 'Works only with a client that was registered beforehand.',
      vscode: 'Asks its user for a client id.',
      browser: 'Works only with a client id that was given to it.',
    },
    remedy: 'Enable client ID metadata documents or dynamic registration, or hand out client ids.',
  },
  'issuer-parameter': {
    means: everyone('It cannot notice when one server answers in another one’s place.'),
    remedy: 'Have the server send iss with authorization responses, and say that it does.',
  },
  keys: {
    means: everyone('Not affected: it is the MCP server that verifies tokens.'),
    remedy: 'Publish jwks_uri, or verify tokens by introspection.',
  },
  dpop: {
    means: everyone('Clients that bind tokens fall back to plain ones.'),
    remedy: 'Allow asymmetric algorithms only, ES256 among them.',
  },
  'public-clients': {
    means: everyoneBut(
      {
        claude: 'A client known by its metadata document has no secret to offer.',
        chatgpt: 'It uses a secret or a key if that is what the server lists.',
      },
      'It keeps no secret, and gets no token.',
    ),
    remedy: 'List none in token_endpoint_auth_methods_supported, for clients with PKCE.',
  },
  refresh: {
    means: everyone('Its user logs in again whenever a token ends.'),
    remedy: 'Allow the refresh_token grant at the server.',
  },
  scopes: {
    means: everyone('Told no scopes by the MCP server, it asks for none.'),
    remedy: 'Name scopes in the challenge, or publish scopes_supported.',
  },
  'protected-resources': {
    means: everyone('Clients that compare both sides refuse to log in.'),
    remedy: 'Add the resource identifier to protected_resources at the server.',
  },
}

const UNKNOWN: Advice = {
  means: everyone('Some clients may not work with this server.'),
  remedy: 'Mend it at the authorization server.',
}

/**
 * Checks of an authorization server that depend on the program that reads it: old grants, registration
 * at known products, and documents that clients read and this library rejects.
 */

import { JSON_TYPE } from '../../documents/fetch-json.ts'
import { isTextList } from '../../lib/json.ts'
import { endpointProblem } from '../../metadata/authorization-server.ts'
import type { ServerEvidence } from '../evidence.ts'
import { allClients, type Check, type CheckResult, pass, quoteUntrusted, warn } from '../finding.ts'

const AREA = 'Authorization server'

export const SERVER_LIBRARY: readonly Check<ServerEvidence>[] = [
  {
    id: 'server-old-grants',
    area: AREA,
    spec: 'OAuth 2.1 §10; RFC 9700 §2.1.2, §2.4',
    means: allClients(
      'Not affected: MCP clients use authorization codes. Other clients leak tokens.',
    ),
    remedy:
      'Disable the implicit grant and the password grant at the authorization server, at least for the clients of this resource.',
    evaluate: ({ metadata }) => {
      const grants = listOf(metadata?.['grant_types_supported'])
      const old = grants.filter((grant) => OLD_GRANTS.includes(grant))
      if (metadata === undefined) return undefined
      return old.length === 0
        ? pass('It lists neither the implicit grant nor the password grant.')
        : warn(`It offers grants that OAuth 2.1 removes: ${old.join(', ')}.`)
    },
  },
  {
    id: 'server-registration',
    area: AREA,
    spec: 'RFC 7591 §3; MCP 2025-11-25 Authorization, Dynamic Client Registration',
    means: {
      claude: 'Without a client ID metadata document it cannot register, and asks for a client id.',
      chatgpt: 'It cannot register, and asks for a client id.',
      vscode: 'It prompts its user for a client id.',
      browser: 'It cannot register, and stops.',
    },
    remedy:
      'Allow anonymous registration at the server (Keycloak: the Trusted Hosts policy; Okta: no setting), enable client ID metadata documents, or register clients by hand.',
    evaluate: ({ metadata }) => {
      const endpoint = metadata?.['registration_endpoint']
      if (typeof endpoint !== 'string') return undefined
      const untried = 'Registration was not tried, because it creates a client'
      const product = CLOSED_BY_DEFAULT.find(([pattern]) => pattern.test(endpoint))?.[1]
      return product === undefined
        ? pass(`Clients may register. ${untried}.`)
        : warn(`${product} rejects anonymous registration by default. ${untried}.`)
    },
  },
  {
    id: 'server-library',
    area: AREA,
    spec: 'RFC 8414 §3.2',
    means: allClients(
      'It reads the document and logs in. A resource of mcp-gatehouse answers 503 to its tokens.',
    ),
    remedy:
      'Correct the document at the server, or give its contents as metadata of authorizationServers.',
    evaluate: checkLibrary,
  },
]

const OLD_GRANTS = ['implicit', 'password']

/** Registration endpoints of products that need a policy or a token for it. */
const CLOSED_BY_DEFAULT: readonly (readonly [RegExp, string])[] = [
  [/\/realms\/[^/]+\/clients-registrations\//, 'Keycloak'],
  [/^https:\/\/[^/]+\.(?:okta|oktapreview|okta-emea)\.com\/oauth2\/v1\/clients/, 'Okta'],
]

/** The result of the library beside that of clients. Other checks report what both reject. */
function checkLibrary({ metadata, metadataExchange }: ServerEvidence): CheckResult | undefined {
  if (metadata === undefined || metadataExchange === undefined) return undefined
  const [type = ''] = (metadataExchange.headers.get('Content-Type') ?? '').split(';')
  const isJson = JSON_TYPE.test(type.trim().toLowerCase())
  const endpoint = metadata['introspection_endpoint']
  const problem = typeof endpoint === 'string' ? endpointProblem(endpoint, false) : undefined
  if (isJson && problem === undefined) {
    return pass('mcp-gatehouse reads its metadata as clients do.')
  }
  const text = 'Clients read its metadata, and mcp-gatehouse rejects it'
  return isJson
    ? warn(`${text}: introspection_endpoint ${problem}.`)
    : warn(`${text}: the Content-Type is ${quoteUntrusted(type)}.`)
}

function listOf(value: unknown): readonly string[] {
  return isTextList(value) ? value : []
}

/**
 * Checks of an authorization server that depend on the program that reads it: old grants, and documents
 * that clients read and this library rejects.
 */

import { JSON_TYPE } from '../../documents/fetch-json.ts'
import { endpointProblem } from '../../identifiers/url-problem.ts'
import { textsOf } from '../../lib/json.ts'
import type { ServerEvidence } from '../evidence.ts'
import { allClients, type CheckResult, checksOf, pass, quoteUntrusted, warn } from '../finding.ts'

export const SERVER_LIBRARY = checksOf<ServerEvidence>('Authorization server', [
  {
    id: 'server-old-grants',
    spec: 'OAuth 2.1 §10; RFC 9700 §2.1.2, §2.4',
    means: allClients(
      'Not affected: MCP clients use authorization codes. Other clients leak tokens.',
    ),
    remedy:
      'Disable the implicit grant and the password grant at the authorization server, at least for the clients of this resource.',
    evaluate: ({ metadata }) => {
      const grants = textsOf(metadata?.['grant_types_supported'])
      const old = grants.filter((grant) => OLD_GRANTS.includes(grant))
      if (metadata === undefined) return undefined
      return old.length === 0
        ? pass('It lists neither the implicit grant nor the password grant.')
        : warn(`It offers grants that OAuth 2.1 removes: ${old.join(', ')}.`)
    },
  },
  {
    id: 'server-library',
    spec: 'RFC 8414 §3.2',
    means: allClients(
      'It reads the document and logs in. A resource of mcp-gatehouse answers 503 to its tokens.',
    ),
    remedy:
      'Correct the document at the server, or give its contents as metadata of authorizationServers.',
    evaluate: checkLibrary,
  },
])

const OLD_GRANTS = ['implicit', 'password']

/** The result of the library beside that of clients. Other checks report what both reject. */
function checkLibrary({ metadata, metadataExchange }: ServerEvidence): CheckResult | undefined {
  if (metadata === undefined || metadataExchange === undefined) return undefined
  const [type = ''] = (metadataExchange.headers.get('Content-Type') ?? '').split(';')
  const isJson = JSON_TYPE.test(type.trim().toLowerCase())
  const endpoint = metadata['introspection_endpoint']
  const problem = typeof endpoint === 'string' ? endpointProblem(endpoint, false) : undefined
  if (metadataExchange.body.startsWith('\u{feff}')) {
    return warn(
      'Its metadata begins with a byte order mark: mcp-gatehouse and JavaScript clients ignore it, other clients read no JSON.',
    )
  }
  if (isJson && problem === undefined) {
    return pass('mcp-gatehouse reads its metadata as clients do.')
  }
  const text = 'Clients read its metadata, and mcp-gatehouse rejects it'
  return isJson
    ? warn(`${text}: introspection_endpoint ${problem}.`)
    : warn(`${text}: the Content-Type is ${quoteUntrusted(type)}.`)
}

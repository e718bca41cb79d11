/** Checks how the protected resource metadata is served: media type, methods, caching, CORS. */

import { type Evidence, UNKNOWN_PAGE } from '../evidence.ts'
import {
  allClients,
  browserClients,
  checksOf,
  pass,
  quoteUntrusted,
  responseTo,
  warn,
} from '../finding.ts'
import { originProblem } from './allowed-origin.ts'

const BYTE_ORDER_MARK = '\u{feff}'

/** One day: clients should notice a new authorization server within that time. */
const LONG_SECONDS = 86_400

export const RESOURCE_METADATA_SERVING = checksOf<Evidence>('Protected resource metadata', [
  {
    id: 'metadata-type',
    spec: 'RFC 9728 §3.2',
    means: allClients('A strict client does not parse a document with another media type.'),
    remedy: 'Send Content-Type: application/json.',
    evaluate: ({ found }) => {
      if (found === undefined) return undefined
      const type = found.exchange.headers.get('Content-Type') ?? ''
      if (found.exchange.body.startsWith(BYTE_ORDER_MARK)) {
        return warn(
          'The document begins with a byte order mark: mcp-gatehouse and JavaScript clients ignore it, other clients read no JSON.',
        )
      }
      return /^application\/json\s*(;|$)/i.test(type)
        ? pass('The document is application/json.')
        : warn(`The Content-Type of the document is ${quoteUntrusted(type)}.`, {
            expected: 'application/json',
            received: quoteUntrusted(type),
          })
    },
  },
  {
    id: 'metadata-methods',
    spec: 'RFC 9110 §9.3.2, §15.5.6',
    means: allClients('Monitors and proxies that send HEAD report the document as missing.'),
    remedy: 'Answer HEAD like GET, and every other method with 405.',
    evaluate: ({ found, head, post }) => {
      if (found === undefined || head === undefined || post === undefined) return undefined
      if (head.status !== 200) return warn(`HEAD ${responseTo(head)}.`)
      return post.status >= 200 && post.status < 300
        ? warn(`POST is answered with ${post.status} instead of 405.`)
        : pass(`HEAD is answered like GET, POST ${responseTo(post)}.`)
    },
  },
  {
    id: 'metadata-caching',
    spec: 'RFC 9111 §5.2.2; RFC 9728 §3.2',
    means: allClients(
      'It uses an outdated document, or a cache serves one user’s document to another.',
    ),
    remedy: 'Send Cache-Control with a max-age of minutes or hours, and no Set-Cookie.',
    evaluate: ({ found }) => {
      if (found === undefined) return undefined
      const { headers } = found.exchange
      if (headers.has('Set-Cookie')) return warn('The response with the document sets a cookie.')
      const control = headers.get('Cache-Control')
      const age = Number(/max-age=(\d+)/i.exec(control ?? '')?.[1] ?? 0)
      const stored = Number(headers.get('Age') ?? 0)
      if (stored > Math.max(age, 60)) {
        return warn(`A cache serves an old copy of the document: it is ${stored} s old.`)
      }
      if (age > LONG_SECONDS) return warn(`The document may be cached for ${age} seconds.`)
      return pass(
        control === null
          ? 'The document has no Cache-Control.'
          : `Cache-Control is ${quoteUntrusted(control)}.`,
      )
    },
  },
  {
    id: 'metadata-cors',
    spec: 'RFC 9728 §3; Fetch §3.3.3',
    means: browserClients('It can fetch the document but not read it, so it cannot log in.'),
    remedy:
      'Send Access-Control-Allow-Origin: * with the document, which is public, and let only one program send it.',
    evaluate: ({ found }) => {
      if (found === undefined) return undefined
      const allowed = found.exchange.headers.get('Access-Control-Allow-Origin')
      // A server may name every origin that asks: the doctor asks with one that no server knows.
      if (allowed === '*' || allowed === UNKNOWN_PAGE) {
        return pass('Web pages may read the document.')
      }
      const problem = originProblem(found.exchange)
      return warn(
        allowed === null || problem !== ''
          ? `Web pages may not read the document${problem}.`
          : `Only some web pages may read the document: ${quoteUntrusted(allowed)}.`,
      )
    },
  },
  {
    id: 'metadata-preflight',
    spec: 'Fetch §4.8',
    means: browserClients('Clients that send MCP-Protocol-Version cannot fetch the document.'),
    remedy:
      'Answer OPTIONS with 204, Access-Control-Allow-Origin: * and Access-Control-Allow-Headers: MCP-Protocol-Version.',
    evaluate: ({ found, documentPreflight, origin }) => {
      if (found === undefined || documentPreflight === undefined) return undefined
      const { status, headers } = documentPreflight
      const allowed = (headers.get('Access-Control-Allow-Headers') ?? '').toLowerCase()
      if (status < 200 || status > 299)
        return warn(`The preflight for the document ${responseTo(documentPreflight)}.`)
      const page = headers.get('Access-Control-Allow-Origin')
      if (page !== '*' && page !== origin)
        return warn(
          `The preflight for the document does not allow ${origin}${originProblem(documentPreflight)}.`,
        )
      return allowed.includes('mcp-protocol-version') || allowed.split(/ *, */).includes('*')
        ? pass('The preflight for the document succeeds.')
        : warn('The preflight for the document does not allow MCP-Protocol-Version.')
    },
  },
])

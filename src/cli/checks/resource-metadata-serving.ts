/** How the protected resource metadata is served: type, methods, caching, CORS. */

import type { Evidence } from '../evidence.ts'
import { browsers, type Check, everyone, pass, quoted, warn } from '../finding.ts'

const AREA = 'Protected resource metadata'

/** A day: who changes an authorization server does not want to wait longer. */
const LONG_SECONDS = 86_400

export const RESOURCE_METADATA_SERVING: readonly Check<Evidence>[] = [
  {
    id: 'metadata-type',
    area: AREA,
    spec: 'RFC 9728 §3.2',
    means: everyone('A strict client does not parse what does not call itself JSON.'),
    remedy: 'Send Content-Type: application/json.',
    judge: ({ found }) => {
      if (found === undefined) return undefined
      const type = found.exchange.headers.get('Content-Type') ?? ''
      return /^application\/json\s*(;|$)/i.test(type)
        ? pass('The document is application/json.')
        : warn(`The document calls itself ${quoted(type)}.`)
    },
  },
  {
    id: 'metadata-methods',
    area: AREA,
    spec: 'RFC 9110 §9.3.2, §15.5.6',
    means: everyone('Monitors and proxies that ask with HEAD take the document for missing.'),
    remedy: 'Answer GET and HEAD alike, and every other method with 405.',
    judge: ({ found, head, post }) => {
      if (found === undefined || head === undefined || post === undefined) return undefined
      if (head.status !== 200) return warn(`HEAD is answered with ${head.status}.`)
      return post.status >= 200 && post.status < 300
        ? warn(`POST is answered with ${post.status}, as if there were something to post.`)
        : pass(`HEAD is answered like GET, POST with ${post.status}.`)
    },
  },
  {
    id: 'metadata-caching',
    area: AREA,
    spec: 'RFC 9111 §5.2.2; RFC 9728 §3.2',
    means: everyone('It lives with an old document, or a cache serves one user’s to another.'),
    remedy: 'Send Cache-Control: max-age of minutes to hours, and no cookies.',
    judge: ({ found }) => {
      if (found === undefined) return undefined
      const { headers } = found.exchange
      if (headers.has('Set-Cookie')) return warn('The document comes with a cookie.')
      const control = headers.get('Cache-Control')
      const age = Number(/max-age=(\d+)/i.exec(control ?? '')?.[1] ?? 0)
      if (age > LONG_SECONDS) return warn(`The document may be cached for ${age} seconds.`)
      return pass(
        control === null ? 'Nothing is said about caching.' : `Caching: ${quoted(control)}.`,
      )
    },
  },
  {
    id: 'metadata-cors',
    area: AREA,
    spec: 'RFC 9728 §3; Fetch §3.3.3',
    means: browsers('It may fetch the document but not read it, so it cannot log in.'),
    remedy: 'Send Access-Control-Allow-Origin: * with the document; it is public.',
    judge: ({ found }) => {
      if (found === undefined) return undefined
      const allowed = found.exchange.headers.get('Access-Control-Allow-Origin')
      if (allowed === '*') return pass('Web pages may read the document.')
      return warn(
        allowed === null
          ? 'Web pages may not read the document.'
          : `Only some web pages may read the document: ${quoted(allowed)}.`,
      )
    },
  },
  {
    id: 'metadata-preflight',
    area: AREA,
    spec: 'Fetch §4.8',
    means: browsers(
      'Clients that send MCP-Protocol-Version along may not even fetch the document.',
    ),
    remedy:
      'Answer OPTIONS with 204, Access-Control-Allow-Origin: * and Access-Control-Allow-Headers: MCP-Protocol-Version.',
    judge: ({ found, documentPreflight }) => {
      if (found === undefined || documentPreflight === undefined) return undefined
      const { status, headers } = documentPreflight
      const allowed = (headers.get('Access-Control-Allow-Headers') ?? '').toLowerCase()
      if (status < 200 || status > 299) return warn(`Its preflight is answered with ${status}.`)
      return allowed.includes('mcp-protocol-version') || allowed.split(/ *, */).includes('*')
        ? pass('Its preflight is answered.')
        : warn('Its preflight does not allow MCP-Protocol-Version.')
    },
  },
]

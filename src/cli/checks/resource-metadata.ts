/** The protected resource metadata: where it is, whose it is, and what stands in it. */

import { protectedResourceMetadataUrl } from '../../identifiers/resource-identifier.ts'
import { isTextList } from '../../lib/json.ts'
import { isSecureTransport, parseUrl } from '../../lib/safe-url.ts'
import type { Evidence } from '../evidence.ts'
import {
  type Check,
  error,
  everyone,
  everyoneBut,
  pass,
  quoted,
  type Verdict,
  warn,
} from '../finding.ts'

const AREA = 'Protected resource metadata'

export const RESOURCE_METADATA: readonly Check<Evidence>[] = [
  {
    id: 'metadata-found',
    area: AREA,
    spec: 'RFC 9728 §3; MCP 2025-11-25 Authorization, Protected Resource Metadata Discovery',
    means: everyone('It does not learn where to log in. Only the oldest clients try without.'),
    remedy:
      'Serve the document, to everybody, with status 200 and without a redirect, at the URL that the challenge names.',
    judge: judgeFound,
  },
  {
    id: 'metadata-location',
    area: AREA,
    spec: 'RFC 9728 §3.1',
    means: everyoneBut(
      { chatgpt: 'It looks there even before it calls.' },
      'A client that ignores the challenge, or never sees it, does not find the document.',
    ),
    remedy:
      'Serve the document where the well-known path is inserted between the host and the path of the MCP URL; not appended to it, and not at the root only.',
    judge: ({ url, places, found }) => {
      if (found === undefined) return undefined
      const inserted = places.find((each) => each.places.includes('inserted'))
      return inserted?.document === undefined
        ? warn(`There is no document at ${protectedResourceMetadataUrl(url.href)}.`)
        : pass('The document is at the place that follows from the URL.')
    },
  },
  {
    id: 'metadata-named',
    area: AREA,
    spec: 'RFC 9728 §5.1, §3.2',
    means: everyone('It follows the challenge, finds nothing, and stops there.'),
    remedy: 'Let the challenge name the URL at which the document is served.',
    judge: ({ places, found }) => {
      const named = places.find((each) => each.places.includes('named'))
      if (named === undefined || found === undefined) return undefined
      // Out of reach from here for its form, which has been told.
      if (named.exchange.silence === 'not_asked') return undefined
      return named.document === undefined
        ? error(`The challenge names ${quoted(named.url)}, where there is no document.`)
        : pass('The document is where the challenge says.')
    },
  },
  {
    id: 'metadata-agreement',
    area: AREA,
    spec: 'RFC 9728 §3.2',
    means: everyone('What it learns depends on where it looks first.'),
    remedy: 'Serve one document per resource, and the same one wherever it is served.',
    judge: ({ places }) => {
      const [one, other] = places.flatMap(({ places: ways, document }) =>
        document === undefined || ways.join() === 'root' ? [] : [JSON.stringify(document)],
      )
      if (one === undefined || other === undefined) return undefined
      return one === other
        ? pass('Every place has the same document.')
        : warn('Two places have different documents.')
    },
  },
  {
    id: 'resource-identity',
    area: AREA,
    spec: 'RFC 9728 §3.3',
    means: {
      claude: 'It asks for a token for the resource named there, or refuses the document.',
      chatgpt: 'It asks for a token for the resource named there; the server may then refuse it.',
      vscode: 'It compares the two and refuses the document when they differ.',
      browser: 'The official SDK takes the same URL or a parent of it, and nothing else.',
    },
    remedy:
      'Make resource the very URL that users type into their clients: scheme, host, path, and no slash more or less.',
    judge: ({ called, url, found }) =>
      found && judgeIdentity(found.document['resource'], called, url),
  },
  {
    id: 'authorization-servers',
    area: AREA,
    spec: 'RFC 9728 §2; MCP 2025-11-25 Authorization, Authorization Server Location',
    means: everyone('It does not know where to log in.'),
    remedy: 'List at least one issuer identifier, an https URL, in authorization_servers.',
    judge: ({ found, url }) => found && judgeServers(found.document['authorization_servers'], url),
  },
  {
    id: 'scopes-supported',
    area: AREA,
    spec: 'RFC 9728 §2; MCP 2026-07-28 Authorization, Refresh Tokens',
    means: everyone('It asks its user for what is listed here, needed or not.'),
    remedy:
      'List the scopes of this resource as strings, the few a first login needs, without offline_access.',
    judge: ({ found }) => {
      const scopes = found?.document['scopes_supported']
      if (found === undefined || scopes === undefined) return undefined
      if (!isTextList(scopes)) return error('scopes_supported is not a list of strings.')
      return scopes.includes('offline_access')
        ? warn('scopes_supported lists offline_access, which no resource needs.')
        : pass(`scopes_supported lists ${scopes.length}.`)
    },
  },
  {
    id: 'bearer-methods',
    area: AREA,
    spec: 'RFC 9728 §2; MCP 2025-11-25 Authorization, Token Requirements',
    means: everyone('It sends tokens in the Authorization header, and nowhere else.'),
    remedy: 'Say bearer_methods_supported: ["header"], and read tokens from there only.',
    judge: ({ found }) => {
      const methods = found?.document['bearer_methods_supported']
      if (found === undefined || methods === undefined) return undefined
      if (!isTextList(methods)) return error('bearer_methods_supported is not a list of strings.')
      if (!methods.includes('header')) return error('bearer_methods_supported leaves header out.')
      return methods.length > 1
        ? warn(`bearer_methods_supported lists ${quoted(methods.join(', '))}: URLs and forms leak.`)
        : pass('Tokens are taken from the Authorization header.')
    },
  },
  {
    id: 'empty-members',
    area: AREA,
    spec: 'RFC 9728 §3.2',
    means: everyone('A strict parser discards the whole document.'),
    remedy: 'Leave out members that have no value, instead of sending null or [].',
    judge: ({ found }) => {
      if (found === undefined) return undefined
      const empty = Object.entries(found.document).flatMap(([name, value]) =>
        value === null || (isEmptyList(value) && name !== 'bearer_methods_supported') ? [name] : [],
      )
      return empty.length === 0
        ? pass('No member is empty.')
        : warn(`Members without a value: ${quoted(empty.join(', '))}.`)
    },
  },
]

function judgeFound({ places, found, anonymous }: Evidence): Verdict | undefined {
  if (found !== undefined) return pass(`The document is at ${found.url}.`)
  // Nothing was promised, and that has been told.
  if (anonymous.exchange.status < 300) return undefined
  const answers = places.map(({ url, exchange }) => {
    const { status, silence, reason, headers } = exchange
    if (status === 0) return `${url}: ${silence === 'not_asked' ? 'not asked, ' : ''}${reason}`
    const location = headers.get('Location')
    if (location !== null) return `${url}: ${status} to ${quoted(location)}`
    return `${url}: ${status === 200 ? 'no JSON object' : status}`
  })
  return error(`There is no document. ${answers.join('; ')}.`)
}

function judgeIdentity(resource: unknown, called: string, url: URL): Verdict {
  if (typeof resource !== 'string')
    return error('resource is missing: nobody can use the document.')
  if (resource === called) return pass('resource is the URL that was called.')
  const named = parseUrl(resource)
  const told = `resource is ${quoted(resource)}, but you called ${quoted(called)}`
  if (named === undefined) return error(`${told}: that is not a URL.`)
  if (named.href === url.href) return warn(`${told}: the same to a URL parser, not as text.`)
  if (named.origin !== url.origin) {
    return named.host === url.host
      ? error(`${told}: another scheme, as servers behind a proxy see it.`)
      : error(`${told}: another host.`)
  }
  if (withSlash(named.pathname) === withSlash(url.pathname) && named.search === url.search) {
    return warn(`${told}: they differ in the slash at the end.`)
  }
  return withSlash(url.pathname).startsWith(withSlash(named.pathname)) && named.search === ''
    ? warn(`${told}: a parent of it.`)
    : error(`${told}: another path.`)
}

function judgeServers(servers: unknown, target: URL): Verdict {
  if (!isTextList(servers)) return error('authorization_servers is not a list of strings.')
  if (servers.length === 0) return error('authorization_servers is empty.')
  const wrong = servers.filter((issuer) => {
    const url = parseUrl(issuer)
    const isSafe = url !== undefined && isSecureTransport(url, false)
    return !isSafe || (url.protocol === 'http:' && target.protocol === 'https:')
  })
  if (wrong.length > 0) return error(`Not an https URL: ${quoted(wrong.join(', '))}.`)
  return pass(
    servers.length === 1 ? 'One server is listed.' : `${servers.length} servers are listed.`,
  )
}

function withSlash(path: string): string {
  return path.endsWith('/') ? path : `${path}/`
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0
}

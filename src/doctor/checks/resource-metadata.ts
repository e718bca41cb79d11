/** Checks the protected resource metadata: its URL, the resource it describes, and its members. */

import { protectedResourceMetadataUrl } from '../../identifiers/resource-identifier.ts'
import { isTextList } from '../../lib/json.ts'
import { parseUrl } from '../../lib/safe-url.ts'
import type { Evidence } from '../evidence.ts'
import {
  allClients,
  allClientsExcept,
  checksOf,
  error,
  pass,
  quoteUntrusted,
  warn,
} from '../finding.ts'
import { isOriginOnly } from '../urls.ts'
import { checkFound, checkIdentity, checkServers } from './resource-metadata-values.ts'

export const RESOURCE_METADATA = checksOf<Evidence>('Protected resource metadata', [
  {
    id: 'metadata-found',
    spec: 'RFC 9728 §3; MCP 2025-11-25 Authorization, Protected Resource Metadata Discovery',
    means: allClients(
      'It finds no authorization server. Only clients of MCP 2025-03-26 continue without one.',
    ),
    remedy:
      'Serve the document at the URL in the challenge, with status 200, without a token and without a redirect.',
    evaluate: checkFound,
  },
  {
    id: 'metadata-location',
    spec: 'RFC 9728 §3.1',
    means: allClientsExcept(
      { chatgpt: 'It requests this URL before its first call.' },
      'A client that does not read the challenge does not find the document.',
    ),
    remedy:
      'Serve the document at the URL with the well-known path between the host and the path of the MCP URL, not appended to it and not at the root only.',
    evaluate: ({ url, places, found }) => {
      if (found === undefined) return undefined
      const inserted = places.find((each) => each.places.includes('inserted'))
      return inserted?.document === undefined
        ? warn(`No document was found at ${protectedResourceMetadataUrl(url.href)}.`)
        : pass('The document is at the well-known URL for this resource.')
    },
  },
  {
    id: 'metadata-named',
    spec: 'RFC 9728 §5.1, §3.2',
    means: allClients('It requests the URL in the challenge, finds no document, and stops.'),
    remedy: 'Send the URL of the document in the challenge.',
    evaluate: ({ places, found }) => {
      const named = places.find((each) => each.places.includes('named'))
      if (named === undefined || found === undefined) return undefined
      // `challenge-metadata-url` reports URLs that the doctor does not request.
      if (named.exchange.failure === 'not_sent') return undefined
      return named.document === undefined
        ? error(`The challenge names ${quoteUntrusted(named.url)}, which has no document.`)
        : pass('The document is at the URL in the challenge.')
    },
  },
  {
    id: 'metadata-agreement',
    spec: 'RFC 9728 §3.2',
    means: allClients('The document it uses depends on the URL it tries first.'),
    remedy: 'Serve the same document at every URL of a resource.',
    evaluate: ({ places }) => {
      const [one, other] = places.flatMap(({ places: ways, document }) =>
        document === undefined || ways.join() === 'root' ? [] : [JSON.stringify(document)],
      )
      if (one === undefined || other === undefined) return undefined
      return one === other
        ? pass('Every URL has the same document.')
        : warn('Two URLs have different documents.')
    },
  },
  {
    id: 'resource-identity',
    spec: 'RFC 9728 §3.3',
    means: {
      claude: 'It requests a token for that resource, or rejects the document.',
      chatgpt: 'It requests a token for that resource, which the server may then reject.',
      vscode: 'It rejects the document when the two differ.',
      browser: 'The official SDK accepts the same URL or a parent path only.',
    },
    remedy:
      'Set resource to the exact URL that users enter in their clients: scheme, host, path and trailing slash.',
    evaluate: ({ called, url, found }) =>
      found && checkIdentity(found.document['resource'], called, url),
  },
  {
    id: 'resource-path',
    spec: 'RFC 8707 §2; RFC 9728 §1.2; RFC 3986 §6.2.3',
    means: {
      claude:
        'Claude Code requests a token for the origin with a slash, even if none is published.',
      chatgpt: 'It requests a token for the text that is published.',
      vscode: 'It requests a token for the text that is published.',
      browser: 'The official SDK requests a token for the text that is published.',
    },
    remedy:
      'Give the resource a path, such as /mcp: then all clients send the same text. Otherwise accept both spellings as audience (mcp-gatehouse: audience: [origin, origin + "/"]), and register both at the authorization server.',
    evaluate: ({ found }) => {
      const resource = found?.document['resource']
      if (typeof resource !== 'string' || parseUrl(resource) === undefined) return undefined
      return isOriginOnly(resource)
        ? warn(
            `${quoteUntrusted(resource)} has no path: opencode, Claude Code, mcp-remote, Copilot and Gemini request a token for it with a slash at the end, AI SDK and Qwen without.`,
          )
        : pass('resource has a path.')
    },
  },
  {
    id: 'authorization-servers',
    spec: 'RFC 9728 §2; MCP 2025-11-25 Authorization, Authorization Server Location',
    means: allClients('It does not know where to log in.'),
    remedy: 'List at least one issuer identifier, an https URL, in authorization_servers.',
    evaluate: ({ found, url }) =>
      found && checkServers(found.document['authorization_servers'], url),
  },
  {
    id: 'scopes-supported',
    spec: 'RFC 9728 §2; MCP 2026-07-28 Authorization, Refresh Tokens',
    means: allClients('It requests every scope in this list from its user.'),
    remedy: 'List only the scopes that a first login needs, as strings, without offline_access.',
    evaluate: ({ found }) => {
      const scopes = found?.document['scopes_supported']
      if (found === undefined || scopes === undefined) return undefined
      if (!isTextList(scopes)) {
        return error('scopes_supported is not a list of strings.', {
          expected: '["scope", "other"]',
          received: quoteUntrusted(scopes),
        })
      }
      const joined = scopes.find((scope) => /[\s,;]/.test(scope))
      if (joined !== undefined) {
        return error(`One entry of scopes_supported has several scopes: ${quoteUntrusted(joined)}.`)
      }
      return scopes.includes('offline_access')
        ? warn('scopes_supported contains offline_access, which is not a scope of a resource.')
        : pass(`scopes_supported lists ${scopes.length} scopes.`)
    },
  },
  {
    id: 'bearer-methods',
    spec: 'RFC 9728 §2; MCP 2025-11-25 Authorization, Token Requirements',
    means: allClients('It sends tokens in the Authorization header only.'),
    remedy:
      'Publish bearer_methods_supported: ["header"], and read tokens from the Authorization header only.',
    evaluate: ({ found }) => {
      const methods = found?.document['bearer_methods_supported']
      if (found === undefined || methods === undefined) return undefined
      if (!isTextList(methods)) return error('bearer_methods_supported is not a list of strings.')
      if (!methods.includes('header'))
        return error('bearer_methods_supported does not contain header.')
      return methods.length > 1
        ? warn(
            `bearer_methods_supported lists ${quoteUntrusted(methods.join(', '))}: tokens in URLs and forms leak.`,
          )
        : pass('Tokens are accepted in the Authorization header only.')
    },
  },
  {
    id: 'empty-members',
    spec: 'RFC 9728 §3.2',
    means: allClients('A strict parser rejects the whole document.'),
    remedy: 'Omit members without a value instead of sending null or [].',
    evaluate: ({ found }) => {
      if (found === undefined) return undefined
      const empty = Object.entries(found.document).flatMap(([name, value]) =>
        value === null || (isEmptyList(value) && name !== 'bearer_methods_supported') ? [name] : [],
      )
      return empty.length === 0
        ? pass('No member is empty.')
        : warn(`Members without a value: ${quoteUntrusted(empty.join(', '))}.`)
    },
  },
])

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0
}

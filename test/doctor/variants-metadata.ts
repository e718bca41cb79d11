/** Protected resource metadata: where it is, what it contains, and how it is served. */

import { at, challenge, document, documentHeaders } from './breaks.ts'
import { type Break, METADATA_PATH } from './site.ts'
import { HTML, page, type Variant } from './variants.ts'

const ROOT = '/.well-known/oauth-protected-resource'
const isMetadata = (request: Request) => request.url.includes('oauth-protected-resource')
/** Every URL of the metadata. */
const metadata =
  (respond: () => Response): Break =>
  (request) =>
    isMetadata(request) ? respond() : undefined

export const METADATA: readonly Variant[] = [
  {
    report: 'the metadata is at /mcp/.well-known/…',
    id: 'metadata-found',
    says: /must stand before the path/,
    expected: /oauth-protected-resource\/mcp$/,
    received: /\/mcp\/\.well-known/,
    server: (request, { good, origin }) => {
      if (!isMetadata(request)) return undefined
      return new URL(request.url).pathname === `/mcp${ROOT}`
        ? good(new Request(`${origin}${METADATA_PATH}`))
        : new Response(null, { status: 404 })
    },
  },
  {
    report: 'the single-page app answers every path',
    id: 'metadata-found',
    says: /200 with an HTML page/,
    server: metadata(() => new Response(page('App'), { headers: HTML })),
  },
  {
    report: 'the metadata needs a token too',
    id: 'metadata-found',
    says: /401, it needs credentials/,
    server: metadata(() => new Response(null, { status: 401 })),
  },
  {
    report: 'the metadata is redirected to the login',
    id: 'metadata-found',
    says: /302, a redirect to/,
    server: metadata(() => new Response(null, { status: 302, headers: { Location: '/login' } })),
  },
  {
    report: 'there is metadata of 2025-03-26 only',
    id: 'metadata-found',
    says: /which clients since MCP 2025-06-18 do not request/,
    server: (request) => {
      if (isMetadata(request)) return new Response(null, { status: 404 })
      return request.url.endsWith('/.well-known/oauth-authorization-server')
        ? Response.json({
            issuer: 'https://as.example',
            token_endpoint: 'https://as.example/token',
          })
        : undefined
    },
  },
  {
    report: 'the metadata is at the root only',
    id: 'metadata-location',
    says: /oauth-protected-resource\/mcp/,
    server: (request, context) => {
      const { pathname } = new URL(request.url)
      if (pathname === METADATA_PATH) return new Response(null, { status: 404 })
      if (pathname !== ROOT) {
        return challenge((header) => header.replace('resource/mcp', 'resource'))(request, context)
      }
      return context.good(new Request(`${context.origin}${METADATA_PATH}`))
    },
  },
  {
    report: 'two slashes in the URL of the challenge',
    id: 'metadata-named',
    says: /has no document/,
    server: challenge((header) => header.replace('/.well-known', '//.well-known')),
  },
  {
    report: 'http behind TLS termination',
    id: 'resource-identity',
    says: /scheme differs.*TLS/,
    expected: /http:/,
    received: /https:/,
    server: (request, context) =>
      document({ resource: context.url.replace('http:', 'https:') })(request, context),
  },
  {
    report: 'the internal name of the server in resource',
    id: 'resource-identity',
    says: /internal name/,
    server: document({ resource: 'http://notes-api:3000/mcp' }),
  },
  {
    report: 'the port of the process in resource',
    id: 'resource-identity',
    says: /port differs/,
    server: document({ resource: 'http://127.0.0.1:1/mcp' }),
  },
  {
    report: 'resource is the URL of the document',
    id: 'resource-identity',
    says: /URL of the metadata document/,
    server: (request, context) =>
      document({ resource: `${context.origin}${METADATA_PATH}` })(request, context),
  },
  {
    report: 'VS Code: does not match, because of a slash',
    id: 'resource-identity',
    says: /only in the trailing slash/,
    expected: /\/mcp"$/,
    received: /\/mcp\/"$/,
    server: (request, context) => document({ resource: `${context.url}/` })(request, context),
  },
  {
    report: 'another path in resource',
    id: 'resource-identity',
    says: /path differs/,
    server: (request, context) => document({ resource: `${context.origin}/sse` })(request, context),
  },
  {
    report: 'resource is a list',
    id: 'resource-identity',
    says: /not a string/,
    server: document({ resource: ['https://mcp.example/mcp'] }),
  },
  {
    report: 'authorization_servers is one string',
    id: 'authorization-servers',
    says: /not a list of strings/,
    received: /"https:\/\/as\.example"/,
    server: document({ authorization_servers: 'https://as.example' }),
  },
  {
    report: 'authorization_servers is a list of objects',
    id: 'authorization-servers',
    says: /not a list of strings/,
    server: document({ authorization_servers: [{ issuer: 'https://as.example' }] }),
  },
  {
    report: 'authorization_servers is missing',
    id: 'authorization-servers',
    says: /is missing/,
    server: document({ authorization_servers: undefined }),
  },
  {
    report: 'the authorization endpoint in authorization_servers',
    id: 'authorization-servers',
    says: /URL of an endpoint/,
    server: document({ authorization_servers: ['http://127.0.0.1:9/oauth2/authorize'] }),
  },
  {
    report: 'a plain http issuer',
    id: 'authorization-servers',
    says: /Not an https URL/,
    server: document({ authorization_servers: ['http://as.example'] }),
  },
  {
    report: 'authorizationServers in camel case',
    id: 'metadata-types',
    says: /authorizationServers should be authorization_servers/,
    server: document({ authorizationServers: ['https://as.example'] }),
  },
  {
    report: 'null in place of a URL',
    id: 'metadata-types',
    says: /resource_tos_uri is not an absolute URL/,
    server: document({ resource_tos_uri: null }),
  },
  {
    report: 'bearer_methods_supported is one string',
    id: 'bearer-methods',
    says: /not a list/,
    server: document({ bearer_methods_supported: 'header' }),
  },
  {
    report: 'all scopes in one entry',
    id: 'scopes-supported',
    says: /several scopes/,
    server: document({ scopes_supported: ['notes:read notes:write'] }),
  },
  {
    report: 'application/json, application/json',
    id: 'metadata-type',
    says: /Content-Type/,
    expected: /application\/json/,
    server: documentHeaders({ 'Content-Type': 'application/json, application/json' }),
  },
  {
    report: 'a byte order mark before the document',
    id: 'metadata-type',
    says: /byte order mark/,
    server: at(
      METADATA_PATH,
      async (_request, { good }) => {
        const response = await good()
        const headers = new Headers(response.headers)
        headers.delete('Content-Length')
        return new Response(`\u{feff}${await response.text()}`, { headers })
      },
      ({ method }) => method === 'GET',
    ),
  },
  {
    report: 'an old copy of the metadata',
    id: 'metadata-caching',
    says: /old copy.*900000 s/,
    server: documentHeaders({ Age: '900000' }),
  },
  {
    report: 'the metadata is not readable in the browser',
    id: 'metadata-cors',
    says: /may not read/,
    server: documentHeaders({ 'Access-Control-Allow-Origin': null }),
  },
  {
    report: 'a proxy adds a second Access-Control-Allow-Origin to the metadata',
    id: 'metadata-cors',
    says: /may not read.*two values/,
    server: documentHeaders({ 'Access-Control-Allow-Origin': '*, https://app.example' }),
  },
  {
    report: 'a proxy strips a prefix, and resource is the URL behind it',
    id: 'metadata-found',
    says: /challenge names the document of another URL.*set resource to the URL that clients use/,
    server: (request, context) =>
      isMetadata(request)
        ? new Response(null, { status: 404 })
        : challenge((header) => header.replace('resource/mcp', 'resource/behind'))(
            request,
            context,
          ),
  },
]

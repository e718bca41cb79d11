/** Misconfigurations of the protected resource metadata. */

import {
  at,
  challenge,
  document,
  documentHeaders,
  isPost,
  isPreflight,
  type Planted,
} from './breaks.ts'
import { edited, METADATA_PATH } from './site.ts'

export const METADATA: readonly Planted[] = [
  {
    title: 'a relative URL in the metadata',
    server: document({ resource_policy_uri: '/policy' }),
    findings: ['error metadata-types'],
  },
  {
    title: 'a text where clients expect a boolean',
    server: document({ dpop_bound_access_tokens_required: 'false' }),
    findings: ['error metadata-types'],
  },
  {
    title: 'authorization_server in the singular',
    server: document({
      authorization_server: 'https://as.example',
      authorization_servers: undefined,
    }),
    findings: ['error metadata-types', 'error authorization-servers'],
  },
  {
    title: 'no metadata',
    server: (request) =>
      request.url.includes('/.well-known/') ? new Response(null, { status: 404 }) : undefined,
    findings: ['error metadata-found'],
  },
  {
    title: 'metadata that needs a token',
    server: at(METADATA_PATH, () => new Response(null, { status: 401 })),
    findings: ['error metadata-found'],
  },
  {
    title: 'an HTML page instead of the metadata',
    server: at(
      METADATA_PATH,
      () => new Response('<!doctype html>', { headers: { 'Content-Type': 'text/html' } }),
    ),
    findings: ['error metadata-found'],
  },
  {
    title: 'metadata at the root only',
    server: (request, context) => {
      const { pathname, origin } = new URL(request.url)
      if (pathname === METADATA_PATH) return new Response(null, { status: 404 })
      if (pathname === '/.well-known/oauth-protected-resource') {
        const { method, headers } = request
        return context.good(new Request(`${origin}${METADATA_PATH}`, { method, headers }))
      }
      return challenge((header) => header.replace('resource/mcp', 'resource'))(request, context)
    },
    findings: ['warning metadata-location'],
  },
  {
    title: 'a resource_metadata URL without a document',
    server: challenge((header) => header.replace('/oauth-protected-resource/mcp', '/elsewhere')),
    findings: ['error metadata-named'],
  },
  {
    title: 'a different document at the resource_metadata URL',
    server: (request, context) => {
      const { pathname, origin } = new URL(request.url)
      if (pathname !== '/elsewhere') {
        const rewrite = (header: string) => header.replace(METADATA_PATH, '/elsewhere')
        return challenge(rewrite)(request, context)
      }
      const { method, headers } = request
      const real = () => context.good(new Request(`${origin}${METADATA_PATH}`, { method, headers }))
      return method === 'GET' ? edited(real, { scopes_supported: ['notes:write'] }) : real()
    },
    findings: ['warning metadata-agreement'],
  },
  {
    title: 'a resource with another host',
    server: document({ resource: 'https://mcp.example/mcp' }),
    findings: ['error resource-identity'],
  },
  {
    title: 'a resource with another scheme',
    server: async (request, context) =>
      document({ resource: context.url.replace('http:', 'https:') })(request, context),
    findings: ['error resource-identity'],
  },
  {
    title: 'a resource with an extra trailing slash',
    server: async (request, context) => document({ resource: `${context.url}/` })(request, context),
    findings: ['warning resource-identity'],
  },
  {
    title: 'a resource that is a parent path',
    server: async (request, context) => document({ resource: context.origin })(request, context),
    findings: ['warning resource-identity', 'warning resource-path'],
  },
  {
    title: 'a document without resource',
    server: document({ resource: undefined }),
    findings: ['error resource-identity'],
  },
  {
    title: 'no authorization server',
    server: document({ authorization_servers: [] }),
    findings: ['error authorization-servers', 'warning empty-members'],
  },
  {
    title: 'an authorization server that is not a URL',
    server: document({ authorization_servers: ['auth.example'] }),
    findings: ['error authorization-servers', 'error server-found'],
  },
  {
    title: 'scopes as one string',
    server: document({ scopes_supported: 'notes:read' }),
    findings: ['error scopes-supported'],
  },
  {
    title: 'offline_access among the scopes',
    server: document({ scopes_supported: ['notes:read', 'offline_access'] }),
    findings: ['warning scopes-supported'],
  },
  {
    title: 'tokens in the query string',
    server: document({ bearer_methods_supported: ['header', 'query'] }),
    findings: ['warning bearer-methods'],
  },
  {
    title: 'members without a value',
    server: document({ resource_name: null }),
    findings: ['error metadata-types', 'warning empty-members'],
  },
  {
    title: 'a document with another media type',
    server: documentHeaders({ 'Content-Type': 'text/plain' }),
    findings: ['warning metadata-type'],
  },
  {
    title: 'a document without HEAD',
    server: at(
      METADATA_PATH,
      () => new Response(null, { status: 404 }),
      ({ method }) => method === 'HEAD',
    ),
    findings: ['warning metadata-methods'],
  },
  {
    title: 'a document that accepts POST',
    server: at(METADATA_PATH, () => Response.json({}), isPost),
    findings: ['warning metadata-methods'],
  },
  {
    title: 'a document that is cacheable for a year',
    server: documentHeaders({ 'Cache-Control': 'max-age=31536000' }),
    findings: ['warning metadata-caching'],
  },
  {
    title: 'a cookie with the document',
    server: documentHeaders({ 'Set-Cookie': 'session=1' }),
    findings: ['warning metadata-caching'],
  },
  {
    title: 'a document without CORS',
    server: documentHeaders(
      { 'Access-Control-Allow-Origin': null },
      ({ method }) => method === 'GET',
    ),
    findings: ['warning metadata-cors'],
  },
  {
    title: 'a preflight for the document that allows no page',
    server: documentHeaders({ 'Access-Control-Allow-Origin': null }, isPreflight),
    findings: ['warning metadata-preflight'],
  },
  {
    title: 'no preflight for the document',
    server: at(METADATA_PATH, () => new Response(null, { status: 405 }), isPreflight),
    findings: ['warning metadata-preflight'],
  },
]

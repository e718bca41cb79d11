/** Other programs that respond in place of the MCP server, and challenges that clients misread. */

import {
  at,
  challenge,
  isAnonymous,
  isGarbage,
  isPost,
  isPreflight,
  PATH,
  type Planted,
} from './breaks.ts'
import { changed } from './site.ts'

const isAgent = (name: string) => (request: Request) =>
  isPost(request) && (request.headers.get('User-Agent') ?? '').startsWith(name)

const page = (text: string, status: number, headers: Record<string, string> = {}) =>
  new Response(`<!doctype html><title>${text}</title>`, {
    status,
    headers: { 'Content-Type': 'text/html', ...headers },
  })

export const RESPONDERS: readonly Planted[] = [
  {
    title: 'a bot rule for Claude-User',
    server: at(PATH, () => page('Blocked', 403), isAgent('Claude-User')),
    findings: ['error user-agent'],
  },
  {
    title: 'a bot rule for the client of ChatGPT',
    server: at(PATH, () => new Response(null, { status: 503 }), isAgent('openai-mcp')),
    findings: ['error user-agent'],
  },
  {
    title: 'a bot rule for HTTP libraries',
    server: at(PATH, () => new Response('error code: 1010', { status: 403 }), isAgent('python-')),
    findings: ['error user-agent'],
  },
  {
    title: 'a 401 without its challenge for Claude-User',
    server: challenge(() => null, isAgent('Claude-User')),
    findings: ['error user-agent', 'error challenge-repeated'],
  },
  {
    title: 'a JavaScript challenge for every client',
    server: at(PATH, () => page('Just a moment...', 403, { 'cf-mitigated': 'challenge' }), isPost),
    findings: ['error bot-challenge', 'error challenge-status', 'error garbage-status'],
  },
  {
    title: 'a host name that the server does not accept',
    server: at(PATH, () => new Response('{"error":"Invalid Host: x"}', { status: 403 }), isPost),
    findings: ['error host-check', 'error challenge-status', 'error garbage-status'],
  },
  {
    title: 'a misdirected request',
    server: at(PATH, () => new Response(null, { status: 421 }), isPost),
    findings: ['error host-check', 'error challenge-status', 'error garbage-status'],
  },
  {
    title: 'a proxy whose server is down',
    server: at(PATH, () => page('502 Bad Gateway', 502), isPost),
    findings: ['error proxy-error', 'error challenge-status', 'error garbage-status'],
  },
  {
    title: 'an API gateway that wants a key',
    server: at(
      PATH,
      () => Response.json({ message: 'No API key found in request' }, { status: 401 }),
      isPost,
    ),
    findings: ['error api-gateway', 'error challenge-header', 'warning cors-refusal'],
  },
  {
    title: 'a static site at the URL',
    server: at(PATH, () => page('Welcome', 400), isPost),
    findings: ['warning html-response', 'error challenge-status', 'error garbage-status'],
  },
  {
    title: 'a rate limit',
    server: at(
      PATH,
      () => new Response(null, { status: 429, headers: { 'Retry-After': '3600' } }),
      isAgent('python-'),
    ),
    findings: ['warning rate-limit', 'error user-agent'],
  },
  {
    title: 'a challenge that an API gateway renamed',
    server: at(
      PATH,
      async (_request, { good }) => {
        const response = await good()
        const header = response.headers.get('WWW-Authenticate')
        if (header === null) return response
        const headers = { 'WWW-Authenticate': null, 'x-amzn-Remapped-WWW-Authenticate': header }
        return changed(async () => response, headers)
      },
      isPost,
    ),
    findings: ['error renamed-challenge', 'error challenge-header'],
  },
  {
    title: 'a response from a cache',
    server: at(PATH, (_request, { good }) => changed(good, { Age: '120' }), isPost),
    findings: ['error stale-response'],
  },
  {
    title: 'a 401 that caches may store',
    server: at(
      PATH,
      (_request, { good }) => changed(good, { 'Cache-Control': 'public, max-age=60' }),
      isAnonymous,
    ),
    findings: ['warning challenge-cache'],
  },
  {
    title: 'no challenge in the 401 for an invalid token',
    server: challenge(() => null, isGarbage),
    findings: [
      'error challenge-repeated',
      'warning garbage-error',
      'warning garbage-resource-metadata',
    ],
  },
  {
    title: 'a challenge beside a success',
    server: at(PATH, (_request, { good }) => changed(good, {}, 200), isAnonymous),
    findings: ['warning challenge-on-success', 'warning challenge-status', 'error origin'],
  },
  {
    title: 'sessions that anyone can end',
    server: at(
      PATH,
      () => new Response(null, { status: 204 }),
      ({ method }) => method === 'DELETE',
    ),
    findings: ['error delete-status'],
  },
  {
    title: 'a preflight that does not allow DELETE',
    server: at(
      PATH,
      (_request, { good }) => changed(good, { 'Access-Control-Allow-Methods': 'GET, POST' }),
      isPreflight,
    ),
    findings: ['warning cors-methods'],
  },
  {
    title: 'a preflight that does not allow the session header',
    server: at(
      PATH,
      (_request, { good }) =>
        changed(good, {
          'Access-Control-Allow-Headers': 'Authorization, Content-Type, MCP-Protocol-Version',
        }),
      isPreflight,
    ),
    findings: ['warning cors-headers'],
  },
  {
    title: 'a Basic challenge before the Bearer challenge',
    server: challenge((header) => `Basic realm="mcp", ${header}`),
    findings: ['error challenge-first'],
  },
  {
    title: 'two Bearer challenges',
    server: challenge((header) => `Bearer realm="mcp", ${header}`),
    findings: [
      'error challenge-first',
      'warning challenge-resource-metadata',
      'warning garbage-error',
    ],
  },
  {
    title: 'white space around an equals sign',
    server: challenge((header) => header.replace('resource_metadata=', 'resource_metadata = ')),
    findings: ['error challenge-spelling'],
  },
  {
    title: 'a backslash in a quoted value',
    server: challenge((header) => `${header}, realm="the \\"notes\\" server"`),
    findings: ['error challenge-spelling'],
  },
  {
    title: 'upper-case parameter names',
    server: challenge((header) => header.replace('resource_metadata=', 'Resource_Metadata=')),
    findings: ['error challenge-spelling'],
  },
  {
    title: 'scopes separated by commas',
    server: challenge((header) =>
      header.replace('scope="notes:read"', 'scope="notes:read,notes:write"'),
    ),
    findings: ['error challenge-scope-form'],
  },
  {
    title: 'the text scope= in a description before the scope',
    server: challenge(
      (header) => header.replace('Bearer ', 'Bearer error_description="needs scope=x", '),
      isAnonymous,
    ),
    findings: ['error challenge-scope-form'],
  },
  {
    title: 'a scope that is empty: clients request two quotation marks',
    server: challenge((header) => header.replace(/scope="[^"]*"/, 'scope=""')),
    findings: ['error challenge-scope-form'],
  },
  {
    title: 'a scope in the query of a URL before the scope',
    server: challenge((header) =>
      header.replace('Bearer ', 'Bearer realm="https://as/?scope=all", '),
    ),
    findings: ['error challenge-scope-form'],
  },
  {
    title: 'a scope in a description of a challenge without scope',
    server: challenge(
      (header) =>
        header.replace(/scope="[^"]*"/, 'error_description="scope=notes:write is missing"'),
      isAnonymous,
    ),
    findings: ['error challenge-scope-form'],
  },
]

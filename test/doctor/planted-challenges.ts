/** Misconfigurations of responses to clients without a valid token. */

import {
  at,
  challenge,
  document,
  isAnonymous,
  isGarbage,
  isPost,
  PATH,
  type Planted,
  rpc,
  status,
} from './breaks.ts'
import { changed, METADATA_PATH } from './site.ts'

export const CHALLENGES: readonly Planted[] = [
  // --- connection ---
  {
    title: 'a redirect to the URL with a trailing slash',
    server: at(
      PATH,
      (request) => new Response(null, { status: 307, headers: { Location: `${request.url}/` } }),
    ),
    findings: ['error redirect'],
  },
  {
    title: 'a redirect to a login page instead of a 401',
    server: status(302),
    findings: ['error redirect'],
  },
  // --- challenge ---
  {
    title: 'a server without OAuth',
    server: (request) =>
      request.method === 'POST' ? rpc(request, {} as never) : new Response(null, { status: 404 }),
    findings: ['error challenge-status', 'error origin', 'warning cors-preflight'],
  },
  { title: '403 without a token', server: status(403), findings: ['error challenge-status'] },
  {
    title: '400 before the token check',
    server: status(400),
    findings: ['error challenge-status'],
  },
  { title: '500 without a token', server: status(500), findings: ['error challenge-status'] },
  {
    title: '404 at the URL',
    server: status(404, isPost),
    findings: ['error challenge-status'],
  },
  {
    title: 'a public server with a metadata document',
    server: at(PATH, rpc, isAnonymous),
    findings: ['warning challenge-status', 'error origin'],
  },
  {
    title: 'a public server whose 401 has no resource_metadata',
    server: (request, context) =>
      isAnonymous(request)
        ? rpc(request, context)
        : challenge((header) => header.replace(/, resource_metadata="[^"]*"/, ''))(
            request,
            context,
          ),
    findings: ['warning challenge-resource-metadata', 'warning challenge-status', 'error origin'],
  },
  {
    title: 'a 401 without WWW-Authenticate',
    server: challenge(() => null),
    findings: ['error challenge-header'],
  },
  {
    title: 'an unquoted URL in the challenge',
    server: challenge((header) => header.replaceAll('"', ''), isAnonymous),
    findings: ['warning challenge-syntax'],
  },
  {
    title: 'quotation marks inside quotation marks',
    server: challenge((header) => `${header}, error_description="Expected "Bearer <token>"."`),
    findings: ['error challenge-syntax', 'error challenge-first'],
  },
  {
    title: 'a missing comma between parameters',
    server: challenge((header) => header.replace('",', '"')),
    findings: ['error challenge-syntax'],
  },
  {
    title: 'a Basic challenge',
    server: challenge(() => 'Basic realm="mcp"', isAnonymous),
    findings: ['error challenge-scheme'],
  },
  {
    title: 'error="invalid_token" without a token in the request',
    server: challenge((header) => `${header}, error="invalid_token"`, isAnonymous),
    findings: ['warning challenge-error'],
  },
  {
    title: 'a challenge without resource_metadata',
    server: challenge((header) => header.replace(/, resource_metadata="[^"]*"/, '')),
    findings: ['warning challenge-resource-metadata'],
  },
  {
    title: 'a relative metadata URL',
    server: challenge((header) => header.replace(/="http:\/\/[^/]*/, '="')),
    findings: ['error challenge-metadata-url'],
  },
  {
    title: 'a metadata URL with the wrong scheme',
    server: challenge((header) => header.replace('="http:', '="https:')),
    findings: ['error challenge-metadata-url', 'error metadata-named'],
  },
  {
    title: 'an internal host name in the challenge',
    server: challenge((header) => header.replace(/="http:\/\/[^/]*/, '="http://localhost:1')),
    findings: ['error challenge-metadata-url', 'error metadata-named'],
  },
  {
    title: 'no scope in challenge or metadata',
    server: (request, context) =>
      challenge((header) => header.replace(/scope="[^"]*", /, ''))(request, context) ??
      document({ scopes_supported: undefined })(request, context),
    findings: ['warning challenge-scope'],
  },
  {
    title: 'offline_access in the challenge',
    server: challenge((header) => header.replace('notes:read', 'notes:read offline_access')),
    findings: ['warning challenge-scope'],
  },
  {
    title: 'a server that accepts any token',
    server: at(PATH, rpc, isGarbage),
    findings: ['error garbage-status'],
  },
  {
    title: '500 for an invalid token',
    server: status(500, isGarbage),
    findings: ['error garbage-status'],
  },
  {
    title: '403 for an invalid token',
    server: status(403, isGarbage),
    findings: ['error garbage-status'],
  },
  {
    title: 'no error code for an invalid token',
    server: challenge(
      (header) => header.replace(/error="[^"]*", error_description="[^"]*", /, ''),
      isGarbage,
    ),
    findings: ['warning garbage-error'],
  },
  {
    title: 'an unregistered error code for an invalid token',
    server: challenge((header) => header.replace('invalid_token', 'invalid_audience'), isGarbage),
    findings: ['warning garbage-error'],
  },
  {
    title: 'no resource_metadata for an invalid token',
    server: challenge((header) => header.replace(/, resource_metadata="[^"]*"/, ''), isGarbage),
    findings: ['warning garbage-resource-metadata'],
  },
  {
    title: 'a GET that is answered with another status',
    server: at(
      PATH,
      () => new Response(null, { status: 500 }),
      ({ method }) => method === 'GET',
    ),
    findings: ['warning get-status'],
  },
  {
    title: 'an event stream of the HTTP+SSE transport without a token',
    server: at(
      PATH,
      () =>
        new Response('event: endpoint\ndata: /messages?session=1\n\n', {
          headers: { 'Content-Type': 'text/event-stream' },
        }),
      ({ method }) => method === 'GET',
    ),
    findings: ['error get-status', 'error legacy-stream'],
  },
  {
    title: 'the token in the error response',
    server: at(
      PATH,
      async (request, { good }) => {
        const response = await good()
        const text = `Bad token: ${request.headers.get('Authorization')}`
        return new Response(text, { status: 401, headers: response.headers })
      },
      isGarbage,
    ),
    findings: ['error token-echo'],
  },
  {
    title: 'a challenge with the host from X-Forwarded-Host',
    server: at(PATH, async (request, { good }) => {
      const host = request.headers.get('X-Forwarded-Host')
      if (host === null) return undefined
      const header = `Bearer resource_metadata="https://${host}${METADATA_PATH}"`
      return changed(good, { 'WWW-Authenticate': header })
    }),
    findings: ['warning forwarded-host'],
  },
]

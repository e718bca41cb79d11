/** Statuses and challenges: what clients do not understand or misread. */

import { at, challenge, isAnonymous, isGarbage, isPost, PATH } from './breaks.ts'
import { HTML, JSON_TYPE, page, reply, type Variant } from './variants.ts'

const named = (url: string) =>
  challenge((header) => header.replace(/resource_metadata="[^"]*"/, `resource_metadata="${url}"`))
const scopes = (text: string) => challenge((header) => header.replace('notes:read', text))
const rpcError = '{"jsonrpc":"2.0","id":1,"error":{"code":-32001,"message":"Unauthorized"}}'

export const CHALLENGE: readonly Variant[] = [
  // --- the status without a token ---
  {
    report: 'Bad Request: No valid session ID provided',
    id: 'challenge-status',
    says: /400 instead of 401.*session id is checked before the token/,
    expected: /401/,
    received: /400/,
    server: reply(
      400,
      '{"error":{"message":"Bad Request: No valid session ID provided"}}',
      JSON_TYPE,
      isAnonymous,
    ),
  },
  {
    report: 'Not Acceptable before the login',
    id: 'challenge-status',
    says: /406.*Accept/,
    server: reply(406, 'Not Acceptable', {}, isAnonymous),
  },
  {
    report: 'FastAPI: field required',
    id: 'challenge-status',
    says: /422.*Authorization header/,
    server: reply(
      422,
      '{"detail":[{"loc":["header","authorization"],"msg":"field required"}]}',
      JSON_TYPE,
      isAnonymous,
    ),
  },
  {
    report: 'CSRF verification failed',
    id: 'challenge-status',
    says: /403.*cross-site/,
    server: reply(403, 'CSRF verification failed. Request aborted.', {}, isAnonymous),
  },
  {
    report: '403 for a missing token',
    id: 'challenge-status',
    says: /403 instead of 401.*no client logs in/,
    server: reply(403, '{"detail":"Not authenticated"}', JSON_TYPE, isAnonymous),
  },
  {
    report: 'the handler throws without a token',
    id: 'challenge-status',
    says: /500.*no token/,
    server: reply(
      500,
      "TypeError: Cannot read properties of undefined (reading 'split')",
      {},
      isAnonymous,
    ),
  },
  {
    report: 'a JSON-RPC error with status 200',
    id: 'challenge-status',
    says: /status 200 instead of 401/,
    expected: /401/,
    server: reply(200, rpcError, JSON_TYPE),
  },
  {
    report: '{"error":"Unauthorized"} with status 200',
    id: 'challenge-status',
    says: /status 200 instead of 401/,
    server: (request) =>
      isPost(request)
        ? Response.json({ error: 'Unauthorized' })
        : new Response(null, { status: 404 }),
  },
  {
    report: 'the proxy removes WWW-Authenticate',
    id: 'challenge-header',
    says: /no WWW-Authenticate.*unauthorized/,
    server: reply(401, '{"error":"unauthorized"}', JSON_TYPE),
  },
  {
    report: 'only an API key is accepted',
    id: 'challenge-header',
    says: /no WWW-Authenticate.*x-api-key/,
    server: reply(401, '{"error":"Missing x-api-key header"}', JSON_TYPE),
  },
  {
    report: 'GET is a landing page',
    id: 'get-status',
    says: /HTML page/,
    server: at(
      PATH,
      () => new Response(page('Add this URL to your client'), { headers: HTML }),
      ({ method }) => method === 'GET',
    ),
  },
  {
    report: 'DELETE is answered with 200',
    id: 'delete-status',
    says: /DELETE needs no token/,
    server: at(
      PATH,
      () => Response.json({}),
      ({ method }) => method === 'DELETE',
    ),
  },
  {
    report: 'the login does not start again after an hour',
    id: 'challenge-repeated',
    says: /invalid token has no WWW-Authenticate/,
    server: reply(401, '{"error":"invalid_token"}', JSON_TYPE, isGarbage),
  },
  {
    report: 'the event stream gets a bare 401',
    id: 'challenge-repeated',
    says: /GET/,
    server: at(
      PATH,
      () => new Response(null, { status: 401 }),
      ({ method }) => method === 'GET',
    ),
  },
  // --- resource_metadata ---
  {
    report: 'resource_metadata names the authorization server document',
    id: 'challenge-metadata-url',
    says: /metadata of an authorization server/,
    received: /oauth-authorization-server/,
    server: named('https://mcp.example/.well-known/oauth-authorization-server'),
  },
  {
    report: 'https://undefined/.well-known/…',
    id: 'challenge-metadata-url',
    says: /name of a variable/,
    server: named('https://undefined/.well-known/oauth-protected-resource/mcp'),
  },
  {
    report: 'the name of the container in the challenge',
    id: 'challenge-metadata-url',
    says: /cannot reach/,
    expected: /absolute URL/,
    received: /notes-api/,
    server: named('https://notes-api:8443/.well-known/oauth-protected-resource/mcp'),
  },
  {
    report: 'a path as resource_metadata',
    id: 'challenge-metadata-url',
    says: /not an absolute URL/,
    server: named('/.well-known/oauth-protected-resource/mcp'),
  },
  {
    report: 'resource_metadata_uri',
    id: 'challenge-resource-metadata',
    says: /resource_metadata_uri in place of resource_metadata/,
    server: challenge((header) => header.replace('resource_metadata=', 'resource_metadata_uri=')),
  },
  {
    report: 'authorization_uri of Microsoft',
    id: 'challenge-resource-metadata',
    says: /authorization_uri in place of/,
    server: challenge(
      () => 'Bearer authorization_uri="https://login.windows.net/a/oauth2/authorize"',
    ),
  },
  // --- syntax and scopes ---
  {
    report: "single quotes: resource_metadata='…'",
    id: 'challenge-spelling',
    says: /quotation marks other than/,
    expected: /name="value"/,
    server: challenge((header) => header.replaceAll('"', "'")),
  },
  {
    report: 'semicolons between parameters',
    id: 'challenge-spelling',
    says: /semicolon/,
    server: challenge((header) => header.replaceAll('", ', '"; ')),
  },
  {
    report: 'ResourceMetadata in camel case',
    id: 'challenge-spelling',
    says: /upper-case name/,
    server: challenge((header) => header.replace('resource_metadata=', 'resourceMetadata=')),
  },
  {
    report: 'a comma after Bearer',
    id: 'challenge-spelling',
    says: /comma after the scheme/,
    server: challenge((header) => header.replace('Bearer ', 'Bearer, ')),
  },
  {
    report: 'an empty response with status 202',
    id: 'challenge-status',
    says: /202 and without a JSON-RPC response/,
    server: reply(202, ''),
  },
  {
    report: 'the scheme is missing',
    id: 'challenge-syntax',
    says: /starts with a parameter/,
    server: challenge((header) => header.replace(/^Bearer /, '')),
  },
  {
    report: 'the scheme is OAuth',
    id: 'challenge-scheme',
    says: /no Bearer challenge, only "OAuth"/,
    server: challenge((header) => header.replace(/^Bearer/, 'OAuth')),
  },
  {
    report: 'Negotiate comes before Bearer',
    id: 'challenge-first',
    says: /first challenge is Negotiate/,
    server: challenge((header) => `Negotiate, ${header}`),
  },
  {
    report: 'scopes as a JSON list',
    id: 'challenge-scope-form',
    says: /JSON list/,
    server: scopes("['notes:read','notes:write']"),
  },
  {
    report: 'scopes with %20',
    id: 'challenge-scope-form',
    says: /%20/,
    expected: /one two/,
    received: /notes:read%20notes:write/,
    server: scopes('notes:read%20notes:write'),
  },
  {
    report: 'the challenge asks for scopes that the metadata does not have',
    id: 'challenge-scope',
    says: /does not list: "mcp:tools"/,
    expected: /mcp:tools/,
    received: /notes:read/,
    server: scopes('mcp:tools'),
  },
]

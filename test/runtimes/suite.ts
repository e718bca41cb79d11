/**
 * The behaviour of a protected resource on every runtime, as data. Every runtime's
 * test file runs all of them against the built package, and the expectations are the same to the byte.
 * No test framework here.
 */

import type { AuditRecord } from '../../src/index.ts'
import type { Client, Received, Sent } from '../support/http-client.ts'
import {
  ALGORITHMS,
  type AuthorizationServers,
  NOW,
  type TokenSpec,
} from './authorization-server.ts'

export interface Scene {
  readonly client: Client
  readonly servers: AuthorizationServers
}

export interface Behaviour {
  readonly title: string
  /** The number of runs of the handler: a rejection must not run it. */
  readonly runs: number
  act(scene: Scene): Promise<unknown>
  readonly expected: unknown
}

/** A request. Its token is signed and sent as Bearer. */
interface Question extends Sent {
  readonly token?: TokenSpec | undefined
}

/** The response without what belongs to the transport. */
interface ExpectedResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: unknown
}

/** Framing, dates and compression differ from server to server. */
const TRANSPORT = ['connection', 'content-length', 'date', 'keep-alive', 'transfer-encoding']

const METADATA = '/.well-known/oauth-protected-resource'
const METADATA_URL = `https://rs.example${METADATA}/mcp`
const PLACE = '/placed/metadata?v=1'
const PLACED_METADATA_URL = `https://rs.example${PLACE}`
const DECIDED_METADATA_URL = `https://rs.example${METADATA}/decided`
const TOOLS_METADATA_URL = `https://rs.example${METADATA}/tools`

const EXPOSED = 'WWW-Authenticate, DPoP-Nonce, Mcp-Session-Id, MCP-Protocol-Version, Retry-After'
const PUBLIC = { 'access-control-allow-origin': '*', 'access-control-expose-headers': 'ETag' }
const JSON_TYPE = { 'content-type': 'application/json' }
const ORIGIN = { origin: 'https://app.example' }
const FOR_ORIGIN = {
  'access-control-allow-origin': 'https://app.example',
  'access-control-expose-headers': EXPOSED,
}

const DOCUMENT: ExpectedResponse = {
  status: 200,
  headers: {
    ...JSON_TYPE,
    ...PUBLIC,
    'cache-control': 'max-age=300',
    etag: '"1w5ecmjdpr2f4"',
  },
  body: {
    resource: 'https://rs.example/fixed',
    authorization_servers: ['https://as.example'],
    scopes_supported: ['read', 'write'],
    bearer_methods_supported: ['header'],
  },
}
const NO_DOCUMENT: ExpectedResponse = {
  status: 404,
  headers: { ...JSON_TYPE, ...PUBLIC, 'cache-control': 'no-store' },
  body: { error: 'not_found', error_description: 'There is no document at this URL.' },
}
const WRONG_METHOD: ExpectedResponse = {
  status: 405,
  headers: {
    ...JSON_TYPE,
    ...PUBLIC,
    'cache-control': 'no-store',
    allow: 'GET, HEAD, OPTIONS',
  },
  body: {
    error: 'invalid_request',
    error_description: 'Only GET, HEAD and OPTIONS are allowed.',
  },
}
const UNAVAILABLE: ExpectedResponse = {
  status: 503,
  headers: { ...JSON_TYPE, 'cache-control': 'no-store', 'retry-after': '5', vary: 'Origin' },
  body: {
    error: 'temporarily_unavailable',
    error_description: 'The access token cannot be checked right now.',
  },
}

const DENIED: ExpectedResponse = {
  status: 403,
  headers: { ...JSON_TYPE, 'cache-control': 'no-store', vary: 'Origin' },
  body: { error: 'access_denied', error_description: 'This operation is not permitted.' },
}

const MALFORMED = 'The request or its credentials are malformed.'
const NOT_VALID = 'The access token is expired, revoked, malformed or not meant for this resource.'
const LACKS_SCOPE = 'The access token lacks a scope that this request needs.'
const NO_CREDENTIALS = challenge(401, 'unauthorized', 'An access token is required.', 'read')
const INVALID_REQUEST = challenge(400, 'invalid_request', MALFORMED)
const INVALID_TOKEN = challenge(401, 'invalid_token', NOT_VALID, 'read')

const PASSED = { 'cache-control': 'private', vary: 'Origin' }
const GOOD: ExpectedResponse = {
  status: 200,
  headers: { ...JSON_TYPE, ...PASSED },
  body: {
    runs: 'counted',
    subject: 'user-1',
    clientId: 'client-1',
    scopes: ['read'],
    scheme: 'Bearer',
    audience: ['https://rs.example/mcp'],
    expiresAt: NOW + 3600,
  },
}

/** All byte values, and more bytes than fit into one chunk. */
const BYTES = Uint8Array.from({ length: 1_000_003 }, (_, index) => (index * index) % 251)

export const BEHAVIOURS: readonly Behaviour[] = [
  // Metadata (RFC 9728 §3)
  responds('serves metadata', { path: `${METADATA}/fixed` }, DOCUMENT),
  {
    title: 'serves metadata byte for byte',
    runs: 0,
    act: async ({ client }) => {
      const { body } = await client.send({ path: `${METADATA}/fixed` })
      return body.toString()
    },
    expected: JSON.stringify(DOCUMENT.body),
  },
  responds(
    'responds with 304 to a client that has the metadata',
    { path: `${METADATA}/fixed`, headers: { 'if-none-match': '"other", W/"1w5ecmjdpr2f4"' } },
    { ...DOCUMENT, status: 304, body: '' },
  ),
  responds(
    'responds to HEAD for metadata without a body',
    { method: 'HEAD', path: `${METADATA}/fixed` },
    { ...DOCUMENT, body: '' },
  ),
  responds(
    'responds to HEAD without a token without a body',
    { method: 'HEAD', path: '/mcp' },
    { ...NO_CREDENTIALS, body: '' },
  ),
  responds(
    'responds to HEAD for an unknown document without a body',
    { method: 'HEAD', path: `${METADATA}/elsewhere` },
    { ...NO_DOCUMENT, body: '' },
  ),
  {
    title: 'sends the same length for HEAD as for GET',
    runs: 0,
    act: async ({ client }) => {
      const lengths: unknown[] = []
      for (const path of [`${METADATA}/fixed`, `${METADATA}/elsewhere`, '/mcp']) {
        const { headers } = await client.send({ method: 'HEAD', path })
        lengths.push(headers['content-length'])
      }
      return lengths
    },
    expected: [DOCUMENT, NO_DOCUMENT, NO_CREDENTIALS].map(({ body }) =>
      String(JSON.stringify(body).length),
    ),
  },
  responds(
    'responds with 405 to POST for metadata',
    { method: 'POST', path: `${METADATA}/fixed` },
    WRONG_METHOD,
  ),
  responds('responds with 404 for unknown metadata', { path: `${METADATA}/unknown` }, NO_DOCUMENT),
  responds(
    'responds with 404 if the well-known path is appended',
    { path: `/mcp${METADATA}` },
    NO_DOCUMENT,
  ),
  responds('responds with 404 outside of resources', { path: '/elsewhere' }, NO_DOCUMENT),
  {
    title: 'serves metadata at metadataUrl too, and names the advertised server only',
    runs: 0,
    act: async ({ client }) => {
      const derived = await client.send({ path: `${METADATA}/placed` })
      const headers = { authorization: 'Bearer junk', origin: 'https://evil.example' }
      const placed = await client.send({ path: PLACE, headers })
      const head = await client.send({ method: 'HEAD', path: PLACE })
      const options = await client.send({ method: 'OPTIONS', path: PLACE })
      return {
        same: placed.body.toString() === derived.body.toString(),
        document: JSON.parse(placed.body.toString()) as unknown,
        statuses: [derived, placed, head, options].map(({ status }) => status),
      }
    },
    expected: {
      same: true,
      document: {
        resource: 'https://rs.example/placed',
        authorization_servers: ['https://as.example'],
        bearer_methods_supported: ['header'],
      },
      statuses: [200, 200, 200, 204],
    },
  },
  responds(
    'guards POST at metadataUrl',
    { method: 'POST', path: PLACE },
    challenge(401, 'unauthorized', 'An access token is required.', 'read', PLACED_METADATA_URL),
  ),
  responds(
    'guards a path that resembles metadataUrl',
    { path: '/placed/metadata?v=2' },
    challenge(401, 'unauthorized', 'An access token is required.', 'read', PLACED_METADATA_URL),
  ),
  responds(
    'accepts a token of a server that is not advertised',
    { method: 'POST', path: PLACE, token: {} },
    GOOD,
    1,
  ),

  // Credentials (RFC 6750 §2, §3)
  responds('rejects a request without credentials', { path: '/mcp' }, NO_CREDENTIALS),
  responds(
    'ignores Host and X-Forwarded-Host',
    { path: '/mcp', headers: { host: 'evil.example', 'x-forwarded-host': 'evil.example' } },
    NO_CREDENTIALS,
  ),
  responds(
    'reads no host from a path with two slashes',
    { path: '//evil.example/mcp', token: {} },
    NO_DOCUMENT,
  ),
  responds(
    'rejects two Authorization fields',
    { path: '/mcp', headers: { authorization: ['Bearer one', 'Bearer two'] } },
    INVALID_REQUEST,
  ),
  responds(
    'rejects two credentials in one field',
    { path: '/mcp', headers: { authorization: 'Bearer one, Bearer two' } },
    INVALID_REQUEST,
  ),
  responds(
    'rejects Bearer without a token',
    { path: '/mcp', headers: { authorization: 'Bearer' } },
    INVALID_REQUEST,
  ),
  {
    title: 'rejects a valid token that is sent twice',
    runs: 0,
    act: async (scene) => {
      const credentials = `Bearer ${await scene.servers.token({})}`
      return send(scene, { path: '/mcp', headers: { authorization: [credentials, credentials] } })
    },
    expected: INVALID_REQUEST,
  },
  responds('reads no token from the query', { path: '/mcp?access_token=one' }, NO_CREDENTIALS),

  // Tokens
  ...ALGORITHMS.map((algorithm) =>
    responds(
      `accepts a token signed with ${algorithm}`,
      { path: '/mcp', token: { algorithm } },
      GOOD,
    ),
  ),
  responds(
    'rejects an expired token',
    { path: '/mcp', token: { claims: { exp: NOW - 31 } } },
    INVALID_TOKEN,
  ),
  responds(
    'rejects a token for another audience',
    { path: '/mcp', token: { claims: { aud: 'https://other.example' } } },
    INVALID_TOKEN,
  ),
  responds(
    'rejects a token of another issuer',
    { path: '/mcp', token: { issuer: 'https://as.example' } },
    INVALID_TOKEN,
  ),
  ...ALGORITHMS.map((algorithm) =>
    responds(
      `rejects a tampered token signed with ${algorithm}`,
      { path: '/mcp', token: { algorithm, tampered: true } },
      INVALID_TOKEN,
    ),
  ),
  responds(
    'rejects a malformed token',
    { path: '/mcp', headers: { authorization: 'Bearer not-a-token' } },
    INVALID_TOKEN,
  ),

  // Revocation, audit
  {
    title: 'rejects a revoked token at its next request, cached or not, and records every decision',
    runs: 5,
    act: async (scene) => {
      const claims = { sub: 'revoked-user', jti: 'revoked-1' }
      const token = { claims }
      const other = { claims: { sub: 'auditor', jti: 'auditor-1' } }
      await send(scene, { path: '/revocable/records', token: other })
      const statuses: number[] = []
      for (const path of ['/revocable', '/revocable', '/revocable/revoke', '/revocable']) {
        statuses.push((await send(scene, { path, token })).status)
      }
      const uncached = await send(scene, {
        path: '/revocable',
        token: { claims: { ...claims, x: 1 } },
      })
      const records = await send(scene, { path: '/revocable/records', token: other })
      const written = records.body as AuditRecord[]
      return {
        statuses,
        uncached,
        records: written.map(({ status, subject, tokenId }) => [status, subject, tokenId]),
      }
    },
    expected: {
      statuses: [200, 200, 200, 401],
      uncached: challenge(
        401,
        'invalid_token',
        NOT_VALID,
        'read',
        `https://rs.example${METADATA}/revocable`,
      ),
      records: [
        ...[200, 200, 200, 401, 401].map((status) => [status, 'revoked-user', 'revoked-1']),
        [200, 'auditor', 'auditor-1'],
      ],
    },
  },
  {
    title: 'looks tokens up in a status list with a million entries',
    runs: 2,
    act: async (scene) => {
      const uri = `${scene.servers.origin}/good/statuslist`
      const statuses: number[] = []
      for (const idx of [0, 1, 999_999, 999_993, 1_000_000]) {
        const claims = { sub: 'listed', status: { status_list: { idx, uri } } }
        statuses.push((await send(scene, { path: '/revocable', token: { claims } })).status)
      }
      return statuses
    },
    expected: [200, 401, 200, 401, 401],
  },

  // Opaque tokens (RFC 7662)
  {
    title: 'introspects a repeated opaque token once',
    runs: 5,
    act: async ({ client, servers }) => {
      const sent = { path: '/opaque', headers: { authorization: 'Bearer opaque-1' } }
      const before = servers.asked.length
      const first = observe(await client.send(sent))
      const others = await Promise.all([1, 2, 3, 4].map(() => client.send(sent)))
      const asked = servers.asked.slice(before)
      return { first, others: others.map(({ status }) => status), asked }
    },
    expected: { first: GOOD, others: [200, 200, 200, 200], asked: ['/good/introspect'] },
  },
  {
    title: 'responds to many concurrent requests with an unknown opaque token',
    runs: 8,
    act: async ({ client }) => {
      const sent = { path: '/opaque', headers: { authorization: 'Bearer opaque-3' } }
      const all = await Promise.all(Array.from({ length: 8 }, () => client.send(sent)))
      return new Set(all.map(({ status }) => status))
    },
    expected: new Set([200]),
  },
  ...['user-1:grant-1:secret', '1|abc', 'a==b', 'abc==', "!#$%&'()*+-./:;<=>?@[]^_`{|}~"].flatMap(
    (token) => {
      const headers = { authorization: `Bearer ${token}` }
      return [
        responds(`accepts the opaque token ${token}`, { path: '/opaque', headers }, GOOD),
        responds(`rejects ${token} where only JWTs pass`, { path: '/mcp', headers }, INVALID_TOKEN),
      ]
    },
  ),
  ...['a b', 'a,b', '"a"', 'a\\b'].map((token) =>
    responds(
      `rejects credentials with ${token}, which cannot be a token`,
      { path: '/mcp', headers: { authorization: `Bearer ${token}` } },
      INVALID_REQUEST,
    ),
  ),
  responds(
    'responds with 503 if an opaque token cannot be introspected',
    { path: '/opaque-down', headers: { authorization: 'Bearer opaque-1' } },
    UNAVAILABLE,
  ),

  // Scopes
  responds(
    'rejects a token that lacks a required scope',
    { path: '/mcp', token: { claims: { scope: 'other' } } },
    challenge(403, 'insufficient_scope', LACKS_SCOPE, 'read'),
  ),
  responds(
    'names all scopes that a path requires',
    { path: '/mcp/admin', token: {} },
    challenge(403, 'insufficient_scope', LACKS_SCOPE, 'read admin'),
  ),
  responds(
    'turns an AuthError of the handler into a challenge',
    { path: '/mcp/write', token: {} },
    challenge(403, 'insufficient_scope', LACKS_SCOPE, 'read write'),
    1,
  ),

  // Browsers (Fetch §3.3)
  responds(
    'responds to a preflight',
    {
      method: 'OPTIONS',
      path: '/mcp',
      headers: {
        ...ORIGIN,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization, mcp-param-region',
      },
    },
    {
      status: 204,
      headers: {
        'access-control-allow-origin': 'https://app.example',
        'access-control-allow-methods': 'GET, HEAD, POST, DELETE, OPTIONS',
        'access-control-allow-headers':
          'Authorization, DPoP, Content-Type, Accept, MCP-Protocol-Version, Mcp-Session-Id, ' +
          'Mcp-Method, Mcp-Name, Last-Event-ID, mcp-param-region',
        'access-control-max-age': '7200',
        vary: 'Access-Control-Request-Headers, Origin',
      },
      body: '',
    },
  ),
  responds(
    'lets a browser read a rejection',
    { path: '/mcp', headers: ORIGIN },
    { ...NO_CREDENTIALS, headers: { ...NO_CREDENTIALS.headers, ...FOR_ORIGIN } },
  ),
  responds(
    'lets a browser read a response',
    { path: '/mcp', headers: ORIGIN, token: {} },
    { ...GOOD, headers: { ...GOOD.headers, ...FOR_ORIGIN } },
  ),
  responds(
    'rejects another origin, also with a valid token',
    { path: '/mcp', headers: { origin: 'https://evil.example' }, token: {} },
    {
      status: 403,
      headers: { ...JSON_TYPE, 'cache-control': 'no-store', vary: 'Origin' },
      body: {
        error: 'access_denied',
        error_description: 'Requests from this origin are not accepted.',
      },
    },
  ),

  // Failing authorization servers: never a 401, because the token may be valid
  responds(
    'responds with 503 while the authorization server is down',
    { path: '/down', token: { issuer: 'down' } },
    UNAVAILABLE,
  ),
  responds(
    'responds with 503 where the network blocks egress',
    { path: '/fixed', token: { issuer: 'https://as.example' } },
    { ...UNAVAILABLE },
  ),
  responds(
    'does not follow a redirected key set',
    { path: '/redirecting', token: { issuer: 'redirecting' } },
    UNAVAILABLE,
  ),
  responds(
    'aborts a request to a hanging authorization server at the deadline',
    { path: '/hanging', token: { issuer: 'hanging' } },
    UNAVAILABLE,
  ),

  // Bodies and streams
  {
    title: 'passes a request body to the handler and back, byte for byte',
    runs: 1,
    act: async ({ client, servers }) => {
      const headers = { authorization: `Bearer ${await servers.token({})}` }
      const sent = { method: 'POST', path: '/mcp/echo', headers, body: BYTES }
      const { status, body } = await client.send(sent)
      return { status, length: body.length, isSame: body.equals(BYTES) }
    },
    expected: { status: 200, length: BYTES.length, isSame: true },
  },
  responds(
    'passes an empty body to the handler',
    { method: 'POST', path: '/mcp/echo', token: {} },
    {
      status: 200,
      headers: { 'content-type': 'application/octet-stream', ...PASSED },
      body: '',
    },
    1,
  ),
  {
    title: 'binds a session to its principal, and passes the body on with the opened id',
    runs: 2,
    act: async (scene) => {
      const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' })
      const call = { method: 'POST', path: '/sessions', body, token: {} }
      const opened = await send(scene, call)
      const sealed = opened.headers['mcp-session-id'] ?? ''
      const id = { 'mcp-session-id': sealed }
      const other = { claims: { sub: 'another user' } }
      const used = await send(scene, { ...call, headers: id })
      const stolen = await send(scene, { ...call, headers: id, token: other })
      return {
        isSealed: /^session-1\.[\w-]{43}$/.test(sealed),
        isSame: used.headers['mcp-session-id'] === sealed,
        body: used.body,
        stolen,
      }
    },
    expected: {
      isSealed: true,
      isSame: true,
      body: 'session-1 {"jsonrpc":"2.0","id":1,"method":"tools/list"}',
      stolen: {
        status: 404,
        headers: { ...JSON_TYPE, 'cache-control': 'no-store', vary: 'Origin' },
        body: { error: 'not_found', error_description: 'There is no such session.' },
      },
    },
  },
  {
    title: 'sends an event at once, while the stream continues',
    runs: 1,
    act: async ({ client, servers }) => {
      const headers = { authorization: `Bearer ${await servers.token({})}` }
      const event = 'data: first\n\n'
      return observe(await client.sendAndLeave({ path: '/mcp/events', headers }, event.length))
    },
    expected: {
      status: 200,
      headers: { 'content-type': 'text/event-stream', ...PASSED },
      body: 'data: first\n\n',
    },
  },
  responds(
    'completes a fetched response, whose headers are immutable',
    { path: '/mcp/page', token: {} },
    {
      status: 200,
      headers: { 'content-type': 'text/plain;charset=UTF-8', 'x-page': 'yes', ...PASSED },
      body: 'a page',
    },
    1,
  ),

  // Operations: the body is read before the handler runs, and the handler still receives it
  responds(
    'rejects a call by its body',
    { ...calling('delete_note'), token: {} },
    challenge(403, 'insufficient_scope', LACKS_SCOPE, 'read write', TOOLS_METADATA_URL),
  ),
  responds(
    'names the scopes of a call without credentials',
    calling('delete_note'),
    challenge(
      401,
      'unauthorized',
      'An access token is required.',
      'read write',
      TOOLS_METADATA_URL,
    ),
  ),
  responds(
    'rejects an ambiguous body',
    { ...calling('delete_note'), body: '{"method":"a","method":"b"}', token: {} },
    challenge(400, 'invalid_request', MALFORMED, undefined, TOOLS_METADATA_URL),
  ),
  {
    title: 'passes a body that a policy has read to the handler and back, byte for byte',
    runs: 1,
    act: async ({ client, servers }) => {
      const authorization = `Bearer ${await servers.token({})}`
      const sent = calling('x'.repeat(150_000))
      const { status, body } = await client.send({ ...sent, headers: { authorization } })
      return { status, isSame: body.toString() === sent.body }
    },
    expected: { status: 200, isSame: true },
  },
  responds(
    'rejects a body that is too large',
    { ...calling('x'.repeat(200_000)), token: {} },
    {
      status: 413,
      headers: { ...JSON_TYPE, 'cache-control': 'no-store', vary: 'Origin' },
      body: { error: 'invalid_request', error_description: 'The request body is too large.' },
    },
  ),
  responds(
    'responds in time to a body that never ends',
    { ...calling('delete_note'), token: {}, dripsEveryMs: 20 },
    {
      status: 408,
      headers: { ...JSON_TYPE, 'cache-control': 'no-store', vary: 'Origin' },
      body: {
        error: 'invalid_request',
        error_description: 'The request body did not arrive in time.',
      },
    },
  ),
  responds(
    'responds with the plain 401 to a body that never ends, without a token',
    { ...calling('delete_note'), dripsEveryMs: 20 },
    challenge(401, 'unauthorized', 'An access token is required.', 'read', TOOLS_METADATA_URL),
  ),
  responds(
    'rejects a POST without a body where a policy reads it',
    { method: 'POST', path: '/tools', token: {} },
    challenge(400, 'invalid_request', MALFORMED, undefined, TOOLS_METADATA_URL),
  ),
  responds(
    'rejects a member name that only some parsers accept',
    {
      ...calling('delete_note'),
      body: '{"method":"tools/call","params":{"name":"list","Name":"delete_note"}}',
      token: {},
    },
    challenge(400, 'invalid_request', MALFORMED, undefined, TOOLS_METADATA_URL),
  ),
  responds(
    'passes a request without a body to the handler',
    { method: 'DELETE', path: '/tools', token: {} },
    GOOD,
  ),

  // Decisions
  responds('passes an asynchronous decision by arguments', deciding('{"amount":1}'), GOOD),
  responds('denies a call without a challenge', deciding('{"amount":2}'), DENIED),
  responds(
    'rejects arguments with more than one reading',
    deciding('{"amount":2,"amount":1}'),
    challenge(400, 'invalid_request', MALFORMED, undefined, DECIDED_METADATA_URL),
  ),
  responds('responds in time to a decision that never ends', deciding('{}', 'stuck'), UNAVAILABLE),
  responds(
    'waits for no decision without a token',
    { ...deciding('{}', 'stuck'), token: undefined },
    challenge(401, 'unauthorized', 'An access token is required.', 'read', DECIDED_METADATA_URL),
  ),

  // Actors (RFC 8693 §4.1)
  responds(
    'passes a token of an accepted actor',
    { ...deciding('{"amount":1}'), token: { claims: { act: { client_id: 'agent' } } } },
    GOOD,
  ),
  responds(
    'rejects a token of another actor',
    { ...deciding('{"amount":1}'), token: { claims: { act: { sub: 'agent' } } } },
    {
      ...DENIED,
      body: {
        error: 'access_denied',
        error_description: 'Requests of this actor are not accepted.',
      },
    },
  ),
]

/** A tool call at the resource with a decision function. */
function deciding(args: string, name = 'refund'): Question {
  const params = `{"name":"${name}","arguments":${args}}`
  const body = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":${params}}`
  return { method: 'POST', path: '/decided', body, token: {} }
}

/** A tool call at the resource with a policy, which responds with the body it received. */
function calling(name: string): Question & { readonly body: string } {
  const params = { name, arguments: {} }
  return {
    method: 'POST',
    path: '/tools/echo',
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params }),
  }
}

/** A good request, to see how often the handler ran before it. */
export async function countRuns(scene: Scene): Promise<number> {
  const credentials = `Bearer ${await scene.servers.token({})}`
  const { body } = await scene.client.send({
    path: '/mcp',
    headers: { authorization: credentials },
  })
  return (JSON.parse(body.toString()) as { runs: number }).runs
}

function responds(
  title: string,
  question: Question,
  expected: ExpectedResponse,
  runs = expected.body === GOOD.body ? 1 : 0,
): Behaviour {
  return { title, runs, act: (scene) => send(scene, question), expected }
}

function challenge(
  status: number,
  error: string,
  description: string,
  scope?: string,
  metadataUrl = METADATA_URL,
): ExpectedResponse {
  const params = [
    ...(error === 'unauthorized' ? [] : [`error="${error}", error_description="${description}"`]),
    ...(scope === undefined ? [] : [`scope="${scope}"`]),
    `resource_metadata="${metadataUrl}"`,
  ]
  return {
    status,
    headers: {
      ...JSON_TYPE,
      'cache-control': 'no-store',
      vary: 'Origin',
      'www-authenticate': `Bearer ${params.join(', ')}`,
    },
    body: { error, error_description: description },
  }
}

async function send(
  { client, servers }: Scene,
  { token, ...sent }: Question,
): Promise<ExpectedResponse> {
  const bearer = token && { authorization: `Bearer ${await servers.token(token)}` }
  return observe(await client.send({ ...sent, headers: { ...bearer, ...sent.headers } }))
}

function observe({ status, headers, body }: Received): ExpectedResponse {
  const kept = Object.entries(headers).filter(([name]) => !TRANSPORT.includes(name))
  const isJson = headers['content-type'] === 'application/json' && body.length > 0
  const value = isJson ? JSON.parse(body.toString()) : body.toString()
  if (isJson && 'runs' in value) value.runs = 'counted'
  return { status, headers: Object.fromEntries(kept), body: value }
}

/** Behaviours about documents, credentials and tokens. */

import type { AuditRecord } from '../../src/index.ts'
import { ALGORITHMS, NOW } from './authorization-server.ts'
import {
  type Behaviour,
  challenge,
  DOCUMENT,
  FOR_ORIGIN,
  GOOD,
  INVALID_REQUEST,
  INVALID_TOKEN,
  JSON_TYPE,
  LACKS_SCOPE,
  METADATA,
  NO_CREDENTIALS,
  NO_DOCUMENT,
  NOT_VALID,
  ORIGIN,
  observe,
  PLACE,
  PLACED_METADATA_URL,
  responds,
  send,
  UNAVAILABLE,
  WRONG_METHOD,
} from './behaviour.ts'

/** RFC 9110 §15.4.5: a 304 has no field about the content that the client has. */
const { 'content-type': _, ...OF_UNCHANGED } = DOCUMENT.headers

export const TOKEN_BEHAVIOURS: readonly Behaviour[] = [
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
    { status: 304, headers: OF_UNCHANGED, body: '' },
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
]

/** Behaviours about bodies, decisions, sessions and streams. */

import { NOW } from './authorization-server.ts'
import {
  type Behaviour,
  BYTES,
  challenge,
  DECIDED_METADATA_URL,
  DENIED,
  GOOD,
  HURRIED_METADATA_URL,
  JSON_TYPE,
  LACKS_SCOPE,
  MALFORMED,
  observe,
  PASSED,
  type Question,
  responds,
  send,
  TOOLS_METADATA_URL,
  UNAVAILABLE,
} from './behaviour.ts'

export const BODY_BEHAVIOURS: readonly Behaviour[] = [
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
  responds(
    'gives the handler a request that it can clone',
    { method: 'POST', path: '/mcp/copies', body: 'whole', token: {} },
    {
      status: 200,
      headers: { 'content-type': 'text/plain', ...PASSED },
      body: 'whole,whole,whole',
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
  {
    title: 'ends an event stream with its token, after a whole event',
    runs: 1,
    // The clock stands still: the stream has half a second left when its response is made.
    act: async ({ client, servers }) => {
      const token = await servers.token({ claims: { exp: NOW + 0.5 } })
      const headers = { authorization: `Bearer ${token}` }
      return observe(await client.send({ path: '/mcp/events', headers }))
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
    { ...calling('delete_note', '/hurried'), token: {}, dripsEveryMs: 20 },
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
    { ...calling('delete_note', '/hurried'), dripsEveryMs: 20 },
    challenge(401, 'unauthorized', 'An access token is required.', 'read', HURRIED_METADATA_URL),
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
  {
    title: 'ignores white space around field values (RFC 9110 §5.5)',
    runs: 1,
    act: async (scene) => {
      const sent = calling('list')
      return send(scene, {
        ...sent,
        path: '/tools',
        headers: {
          authorization: ` \tBearer ${await scene.servers.token({})} \t `,
          'mcp-protocol-version': ' 2026-07-28 ',
          'mcp-method': ' tools/call\t',
          'mcp-name': 'list ',
        },
      })
    },
    expected: GOOD,
  },
  {
    title: 'requires the headers of a revision that has white space after it',
    runs: 0,
    act: async (scene) => {
      const headers = { 'mcp-protocol-version': '2026-07-28 ' }
      const { status, body } = await send(scene, { ...calling('list'), token: {}, headers })
      return { status, code: (body as { error: { code: number } }).error.code }
    },
    expected: { status: 400, code: -32020 },
  },
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
  responds(
    'responds in time to a decision that never ends',
    { ...deciding('{}', 'stuck'), path: '/hurried-decisions' },
    UNAVAILABLE,
  ),
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
function calling(name: string, path = '/tools/echo'): Question & { readonly body: string } {
  const params = { name, arguments: {} }
  return {
    method: 'POST',
    path,
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params }),
  }
}

/** SCO: a body that is absent, and a message that the host passes on in its place. */

import { describe, expect, it } from 'vitest'
import {
  type AuditRecord,
  AuthError,
  authenticate,
  challengeResponse,
  type HostFacts,
  protect,
  verifyAccessToken,
} from '../../src/index.ts'
import { METADATA_URL, RESOURCE } from '../support/issuer.ts'
import {
  BODY_CONSUMED,
  callTool,
  expectPlainRejection,
  HEADER_MISMATCH,
  type PlainRejection,
  post,
  TOO_LARGE,
} from '../support/mcp.ts'
import { DELETE_AND_HELP } from '../support/operations-scene.ts'
import { authenticateWith, sendParsed } from '../support/parsed-body.ts'
import { expectRejection } from '../support/rejection.ts'
import {
  bearer,
  createScene,
  expectAccepted,
  expectRejected,
  insufficientScope,
  invalidToken,
  malformed,
  NO_CREDENTIALS,
} from '../support/scene.ts'
import { unchecked } from '../support/unchecked.ts'

const INVALID = malformed('body_invalid')
const NEEDS_WRITE = insufficientScope('read write')

/** A request whose body was read by a framework. */
function withoutBody(method: string, headers: Record<string, string>, authorization: string) {
  return new Request(RESOURCE, { method, headers: { ...headers, Authorization: authorization } })
}

describe('an absent body', () => {
  it.each([
    ['POST', { 'Content-Length': '7' }],
    ['POST', { 'Transfer-Encoding': 'chunked' }],
    ['POST', { 'Content-Length': '0', 'Transfer-Encoding': 'chunked' }],
    ['POST', { 'Content-Length': '' }],
    ['GET', { 'Content-Length': '7' }],
    ['DELETE', { 'Content-Length': '7' }],
    ['PATCH', { 'Transfer-Encoding': 'gzip, chunked' }],
  ])('SCO-19: is a 500 with the remedy where it was announced: %s %j', async (method, headers) => {
    const scene = await createScene(DELETE_AND_HELP)
    const request = withoutBody(method, headers, await bearer(scene, 'read write'))
    await expectPlainRejection(scene, scene.send(request), BODY_CONSUMED)
  })

  it.each(['POST', 'PUT', 'DELETE'])('SCO-19: is a 500 where it was read: %s', async (method) => {
    const scene = await createScene(DELETE_AND_HELP)
    const request = new Request(RESOURCE, { ...post(callTool('help')), method })
    request.headers.set('Authorization', await bearer(scene, 'read write'))
    await request.json()
    await expectPlainRejection(scene, scene.send(request), BODY_CONSUMED)
  })

  it.each([
    ['none', { method: 'POST' }],
    ['an empty one', { method: 'POST', body: '' }],
    ['a length of 0', { method: 'POST', headers: { 'Content-Length': '0' } }],
    ['an empty stream', { method: 'POST', body: new Blob([]).stream(), duplex: 'half' }],
  ])('SCO-19: is a 400 in a POST: %s', async (_, init) => {
    const scene = await createScene(DELETE_AND_HELP)
    await expectRejected(scene, scene.ask(await bearer(scene), init as RequestInit), INVALID)
  })

  it('SCO-19: is a 400 in an anonymous POST, and the plain 401 where a token is required', async () => {
    const mixed = await createScene({ ...DELETE_AND_HELP, requirements: { optional: true } })
    await expectRejected(mixed, mixed.ask(undefined, { method: 'POST' }), INVALID)
    const scene = await createScene(DELETE_AND_HELP)
    const plain = { ...NO_CREDENTIALS, scope: 'read' }
    await expectRejected(scene, scene.ask(undefined, { method: 'POST' }), plain)
  })

  it('SCO-19: means no operations in other methods', async () => {
    const scene = await createScene(DELETE_AND_HELP)
    for (const method of ['GET', 'DELETE', 'PUT', 'OPTIONS']) {
      const request = withoutBody(method, { 'Content-Length': '0' }, await bearer(scene))
      expect((await expectAccepted(scene, scene.send(request))).operations).toEqual([])
    }
  })

  it('is accepted without a policy', async () => {
    const scene = await createScene({ requiredScopes: ['read'] })
    const request = withoutBody('POST', { 'Content-Length': '7' }, await bearer(scene))
    await expectAccepted(scene, scene.send(request))
  })
})

describe('a message that the host passes on', () => {
  it.each([
    ['an object', callTool('delete')],
    ['text', JSON.stringify(callTool('delete'))],
    ['bytes', new TextEncoder().encode(JSON.stringify(callTool('delete')))],
    ['a Buffer', Buffer.from(JSON.stringify(callTool('delete')))],
    ['an ArrayBuffer', Uint8Array.from(Buffer.from(JSON.stringify(callTool('delete')))).buffer],
    [
      'a view',
      new DataView(Uint8Array.from(Buffer.from(JSON.stringify(callTool('delete')))).buffer),
    ],
    ['a batch', [callTool('help'), callTool('delete')]],
  ])('SCO-19: as %s decides in place of the request body', async (_, body) => {
    const scene = await createScene(DELETE_AND_HELP)
    for (const init of [post(callTool('help')), { method: 'POST' }, post('not JSON')]) {
      await expectRejected(scene, sendParsed(scene, body, { init }), NEEDS_WRITE)
      const passed = sendParsed(scene, body, { init, scope: 'read write' })
      expect((await expectAccepted(scene, passed)).operations).toContainEqual({
        method: 'tools/call',
        name: 'delete',
      })
    }
  })

  it('SCO-19: decides for a consumed body, and an unread body stays unread', async () => {
    const scene = await createScene(DELETE_AND_HELP)
    const request = new Request(RESOURCE, post(callTool('delete')))
    request.headers.set('Authorization', await bearer(scene))
    const unread = request.clone()
    const body: unknown = await request.json()
    await expectRejected(scene, authenticateWith(scene, request, { body }), NEEDS_WRITE)
    await expectRejected(scene, authenticateWith(scene, unread, { body }), NEEDS_WRITE)
    expect([unread.bodyUsed, await unread.json()]).toEqual([false, callTool('delete')])
  })

  it('SCO-19: null means no message, undefined means not given', async () => {
    const scene = await createScene(DELETE_AND_HELP)
    const none = sendParsed(scene, null)
    expect((await expectAccepted(scene, none)).operations).toEqual([])
    await expectRejected(scene, sendParsed(scene, undefined), NEEDS_WRITE)
  })

  it('is not public if it is null', async () => {
    const scene = await createScene({ ...DELETE_AND_HELP, operations: { '*': 'public' } })
    const request = new Request(RESOURCE, { method: 'POST' })
    const auth = await authenticate(request, scene.resource, { optional: true }, { body: null })
    expect([auth.ok, (auth as Response).status]).toEqual([false, 401])
  })

  it.each([
    ['a duplicate', '{"method":"tools/call","params":{"name":"help","name":"delete"}}'],
    ['no bytes', ''],
    ['no bytes at all', new Uint8Array()],
    ['a byte order mark', `\ufeff${JSON.stringify(callTool('help'))}`],
    ['bytes that are not UTF-8', new Uint8Array([0xff, 0xfe])],
    [
      'an accessor',
      Object.defineProperty({}, 'method', { get: () => 'tools/list', enumerable: true }),
    ],
    ['toJSON', { ...callTool('help'), toJSON: () => callTool('delete') }],
    ['a form', { name: 'delete' }],
    ['a number', 1],
    ['a function', () => callTool('help')],
  ])('SCO-19: that is %s is a 400', async (_, body) => {
    const scene = await createScene(DELETE_AND_HELP)
    await expectRejected(scene, sendParsed(scene, body, { scope: 'read write' }), INVALID)
  })

  it('SCO-19: is limited by maxBodyBytes, as text, as bytes and as an object', async () => {
    const text = JSON.stringify(callTool('ü'))
    const size = Buffer.byteLength(text)
    const exact = await createScene({ ...DELETE_AND_HELP, maxBodyBytes: size })
    for (const body of [text, Buffer.from(text), JSON.parse(text)]) {
      await expectAccepted(exact, sendParsed(exact, body))
    }
    const small = await createScene({ ...DELETE_AND_HELP, maxBodyBytes: size - 1 })
    for (const body of [text, Buffer.from(text)]) {
      await expectPlainRejection(small, sendParsed(small, body), TOO_LARGE)
    }
    const large = { ...callTool('help'), text: 'x'.repeat(size) }
    await expectPlainRejection(small, sendParsed(small, large), TOO_LARGE)
  })

  it('SCO-19: without a valid token decides the scopes of the 401 up to 64 KiB', async () => {
    const scene = await createScene(DELETE_AND_HELP)
    const expected = { ...NO_CREDENTIALS, scope: 'read write' }
    await expectRejected(scene, sendParsed(scene, callTool('delete'), { token: false }), expected)
    const large = { ...callTool('delete'), text: 'x'.repeat(65_536) }
    const plain = { ...NO_CREDENTIALS, scope: 'read' }
    await expectRejected(scene, sendParsed(scene, large, { token: false }), plain)
  })

  it('SCO-19: that is a promise is a 500', async () => {
    const scene = await createScene(DELETE_AND_HELP)
    // biome-ignore lint/suspicious/noThenProperty: `await` reads any `then`.
    const body = { then: (_: unknown, reject: (error: Error) => void) => reject(new Error('gone')) }
    await expectPlainRejection(scene, sendParsed(scene, body, { scope: 'read write' }), PROMISED)
    const request = new Request(RESOURCE, post(callTool('help')))
    const host = Promise.resolve({ body: callTool('delete') }) as HostFacts
    await expect(authenticate(request, scene.resource, {}, host)).rejects.toThrow(TypeError)
    await expect(authenticate(request, scene.resource, {}, null as never)).rejects.toThrow(
      TypeError,
    )
  })

  it('SCO-19: must be an own property', async () => {
    const scene = await createScene(DELETE_AND_HELP)
    const request = new Request(RESOURCE, post(callTool('delete')))
    request.headers.set('Authorization', await bearer(scene))
    const inherited = Object.create({ body: callTool('help') }) as HostFacts
    await expectRejected(scene, authenticateWith(scene, request, inherited), NEEDS_WRITE)
  })

  it('SCO-19: must match the headers', async () => {
    const scene = await createScene(DELETE_AND_HELP)
    const init = post('', { 'Mcp-Method': 'tools/list' })
    await expectPlainRejection(
      scene,
      sendParsed(scene, callTool('help'), { init }),
      HEADER_MISMATCH,
    )
  })

  it('SCO-01: names its scopes for an invalid token of verifyAccessToken(), as authenticate() does', async () => {
    const records: AuditRecord[] = []
    const scene = await createScene({
      ...DELETE_AND_HELP,
      audit: (record) => void records.push(record),
    })
    const message = callTool('delete')
    const body = { body: message }
    const error = await verifyAccessToken('garbage', scene.resource, {}, body).catch((it) => it)
    expect(error).toMatchObject({ code: 'token_malformed', scopes: ['read', 'write'] })
    await expectRejected(scene, scene.ask('Bearer garbage', post(message)), {
      ...invalidToken('token_malformed'),
      scope: 'read write',
    })
    const [verified, authenticated] = records.map(({ time: _, ...record }) => record)
    expect(verified).toEqual(authenticated)
    const { code: _, ...expected } = invalidToken('token_malformed')
    await expectRejection(challengeResponse(error, scene.resource), {
      ...expected,
      scope: 'read write',
      resourceMetadata: METADATA_URL,
    })
    expect(scene.runs).toEqual([])
  })

  it('SCO-19: is required by verifyAccessToken() with a policy', async () => {
    const scene = await createScene(DELETE_AND_HELP)
    const token = await scene.issuer.token({ scope: 'read' })
    const verify = (host?: HostFacts) => verifyAccessToken(token, scene.resource, {}, host)
    for (const host of [undefined, {}, { body: undefined }]) {
      await expect(verify(host)).rejects.toMatchObject({
        code: 'internal',
        status: 500,
        cause: expect.objectContaining({ message: expect.stringContaining('{ body }') }),
      })
    }
    await expect(verify({ body: callTool('delete') })).rejects.toMatchObject({
      code: 'scope_insufficient',
      scopes: ['read', 'write'],
    })
    for (const body of ['', 'x', {}]) {
      await expect(verify({ body })).rejects.toThrow(new AuthError('body_invalid'))
    }
    expect((await verify({ body: null })).operations).toEqual([])
    const called = await verify({ body: [callTool('help'), callTool('list')] })
    expect(called.operations.map(({ name }) => name)).toEqual(['help', 'list'])
    // Errors of the token are reported first.
    await expect(verifyAccessToken('garbage', scene.resource)).rejects.toMatchObject({
      code: 'token_malformed',
      scopes: [],
    })
    const open = await createScene({ requiredScopes: ['read'] })
    const other = await open.issuer.token({ scope: 'read' })
    expect((await verifyAccessToken(other, open.resource)).operations).toEqual([])
  })
})

describe('host facts', () => {
  const CERTIFICATE = 'A'.repeat(43)
  const OTHER = 'B'.repeat(43)

  it('MTL-03: are not overridden by requirements of the application', async () => {
    const scene = await createScene({ mtls: true })
    const token = await scene.issuer.token({ cnf: { 'x5t#S256': CERTIFICATE } })
    const verify = (required?: string, given?: string) =>
      verifyAccessToken(token, scene.resource, { certificate: required }, { certificate: given })
    for (const [required, given] of [
      [CERTIFICATE, OTHER],
      [CERTIFICATE, ''],
    ]) {
      await expect(verify(required, given)).rejects.toThrow(new AuthError('binding_mismatch'))
    }
    await expect(verify(undefined, undefined)).rejects.toThrow(new AuthError('binding_missing'))
    expect((await verify(OTHER, CERTIFICATE)).ok).toBe(true)
    expect((await verify(undefined, CERTIFICATE)).ok).toBe(true)
    // Until 1.0, where the host gives none.
    expect((await verify(CERTIFICATE, undefined)).ok).toBe(true)
  })

  it.each([
    ['certificate', Buffer.from('der'), 'certificate must be a string.'],
    ['certificate', 5, 'certificate must be a string.'],
    ['waitUntil', Promise.resolve(), 'waitUntil must be a function.'],
  ])('reject the request if %s is %s', async (name, value, message) => {
    const scene = await createScene({})
    const host = { [name]: value } as HostFacts
    const token = await scene.issuer.token()
    const verified = verifyAccessToken(token, scene.resource, {}, host)
    await expect(verified).rejects.toThrow(new TypeError(message))
  })

  it.each(['certificate', 'waitUntil'])(
    'may have null as %s, as a missing member',
    async (name) => {
      const scene = await createScene({ mtls: true })
      const host = { [name]: unchecked<string>(null) } as HostFacts
      const verify = async (claims: Record<string, unknown>) =>
        verifyAccessToken(await scene.issuer.token(claims), scene.resource, {}, host)
      expect((await verify({})).ok).toBe(true)
      const bound = verify({ cnf: { 'x5t#S256': CERTIFICATE } })
      await expect(bound).rejects.toThrow(new AuthError('binding_missing'))
    },
  )

  it('are the last argument of protect(), a function called for each request', async () => {
    const scene = await createScene(DELETE_AND_HELP)
    const asked: unknown[] = []
    const send = protect<[body: unknown]>(
      scene.resource,
      () => new Response('done'),
      () => ({ scopes: ['read'] }),
      (request, body) => {
        asked.push(request.method)
        return { body }
      },
    )
    const init = post(callTool('help'), { Authorization: await bearer(scene) })
    expect((await send(new Request(RESOURCE, init), callTool('delete'))).status).toBe(403)
    expect((await send(new Request(RESOURCE, init), callTool('list'))).status).toBe(200)
    expect(asked).toEqual(['POST', 'POST'])
  })
})

describe('the JSON-RPC error -32020', () => {
  const mismatch = (id: unknown): PlainRejection => ({
    ...HEADER_MISMATCH,
    body: {
      jsonrpc: '2.0',
      ...(id === undefined ? {} : { id }),
      error: (HEADER_MISMATCH.body as { error: unknown }).error,
    },
  })
  const wrong = { 'Mcp-Method': 'tools/list' }

  it.each([
    [7, 7],
    [0, 0],
    [-3, -3],
    ['a"b', 'a"b'],
    ['', ''],
    [1.5, undefined],
    [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
    [Number.MAX_SAFE_INTEGER + 1, undefined],
    [null, undefined],
    [true, undefined],
    [{ a: 1 }, undefined],
    [['x'], undefined],
  ])('ERR-21: has the id of the request, %j', async (id, expected) => {
    const scene = await createScene(DELETE_AND_HELP)
    const body = { ...callTool('help'), id }
    const token = await bearer(scene)
    await expectPlainRejection(scene, scene.ask(token, post(body, wrong)), mismatch(expected))
    const init = post('', wrong)
    await expectPlainRejection(scene, sendParsed(scene, body, { init }), mismatch(expected))
  })

  it('ERR-21: has no id where the body has none', async () => {
    const scene = await createScene(DELETE_AND_HELP)
    const { id: _, ...notification } = callTool('help')
    const token = await bearer(scene)
    await expectPlainRejection(
      scene,
      scene.ask(token, post(notification, wrong)),
      mismatch(undefined),
    )
  })

  it('ERR-21: has the id of the first request in a batch', async () => {
    const scene = await createScene(DELETE_AND_HELP)
    const { id: _, ...notification } = callTool('help')
    const token = await bearer(scene)
    const response = { jsonrpc: '2.0', id: 9, result: {} }
    const batch = [
      response,
      notification,
      { ...callTool('help'), id: 'b' },
      { ...callTool('x'), id: 3 },
    ]
    await expectPlainRejection(scene, scene.ask(token, post(batch, wrong)), mismatch('b'))
    const broken = [
      { ...callTool('help'), id: null },
      { ...callTool('x'), id: 3 },
    ]
    await expectPlainRejection(scene, scene.ask(token, post(broken, wrong)), mismatch(undefined))
  })

  it('ERR-21: never has the id of another request', async () => {
    const scene = await createScene(DELETE_AND_HELP)
    const token = await bearer(scene)
    for (const id of [1, 'two', null, 3]) {
      const body = { ...callTool('help'), id }
      await expectPlainRejection(
        scene,
        scene.ask(token, post(body, wrong)),
        mismatch(id ?? undefined),
      )
    }
  })
})

const PROMISED: PlainRejection = {
  code: 'internal',
  status: 500,
  body: { error: 'server_error', error_description: 'host.body is a promise. Await it first.' },
}

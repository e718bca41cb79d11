/** SCO, TRN and ERR: absent bodies, bodies that the host passes on, and bodies that never end. */

import { describe, expect, it, vi } from 'vitest'
import {
  type AuthContext,
  AuthError,
  authenticate,
  type HostFacts,
  protect,
  type Rejection,
  verifyAccessToken,
} from '../../src/index.ts'
import { RESOURCE } from '../support/issuer.ts'
import {
  BODY_CONSUMED,
  BODY_TIMEOUT,
  callTool,
  HEADER_MISMATCH,
  message,
  type PlainRejection,
  post,
  refusedPlainly,
  TOO_LARGE,
} from '../support/mcp.ts'
import {
  accepted,
  createScene,
  malformed,
  NO_CREDENTIALS,
  type RefusedBecause,
  refused,
  type Scene,
} from '../support/scene.ts'

const OPERATIONS = { 'tools/call delete': ['write'], 'tools/call help': 'public' } as const
const GUARDED = { requiredScopes: ['read'], operations: OPERATIONS }
const INVALID = malformed('body_invalid')
const NEEDS_WRITE: RefusedBecause = {
  code: 'scope_insufficient',
  status: 403,
  error: 'insufficient_scope',
  scope: 'read write',
}

async function bearer({ issuer }: Scene, scope = 'read'): Promise<string> {
  return `Bearer ${await issuer.token({ scope })}`
}

/** A request whose body was read by a framework. */
function withoutBody(method: string, headers: Record<string, string>, authorization: string) {
  return new Request(RESOURCE, { method, headers: { ...headers, Authorization: authorization } })
}

/** The same decision for a framework that passes the message on. */
async function handedOver(
  scene: Scene,
  body: unknown,
  { scope = 'read', init = post(callTool('delete')), token = true } = {},
): Promise<Response> {
  const headers = new Headers(init.headers)
  if (token) headers.set('Authorization', await bearer(scene, scope))
  return decide(scene, new Request(RESOURCE, { ...init, headers }), { body })
}

async function decide(scene: Scene, request: Request, host: HostFacts): Promise<Response> {
  const auth: AuthContext | Rejection = await authenticate(request, scene.resource, undefined, host)
  if (!auth.ok) return auth
  scene.runs.push(auth)
  return new Response('done')
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
    const scene = await createScene(GUARDED)
    const request = withoutBody(method, headers, await bearer(scene, 'read write'))
    await refusedPlainly(scene, scene.send(request), BODY_CONSUMED)
  })

  it.each(['POST', 'PUT', 'DELETE'])('SCO-19: is a 500 where it was read: %s', async (method) => {
    const scene = await createScene(GUARDED)
    const request = new Request(RESOURCE, { ...post(callTool('help')), method })
    request.headers.set('Authorization', await bearer(scene, 'read write'))
    await request.json()
    await refusedPlainly(scene, scene.send(request), BODY_CONSUMED)
  })

  it.each([
    ['none', { method: 'POST' }],
    ['an empty one', { method: 'POST', body: '' }],
    ['a length of 0', { method: 'POST', headers: { 'Content-Length': '0' } }],
    ['an empty stream', { method: 'POST', body: new Blob([]).stream(), duplex: 'half' }],
  ])('SCO-19: is a 400 in a POST: %s', async (_, init) => {
    const scene = await createScene(GUARDED)
    await refused(scene, scene.ask(await bearer(scene), init as RequestInit), INVALID)
  })

  it('SCO-19: is a 400 in an anonymous POST, and the plain 401 where a token is required', async () => {
    const mixed = await createScene({ ...GUARDED, requirements: { optional: true } })
    await refused(mixed, mixed.ask(undefined, { method: 'POST' }), INVALID)
    const scene = await createScene(GUARDED)
    const plain = { ...NO_CREDENTIALS, scope: 'read' }
    await refused(scene, scene.ask(undefined, { method: 'POST' }), plain)
  })

  it('SCO-19: means no operations in other methods', async () => {
    const scene = await createScene(GUARDED)
    for (const method of ['GET', 'DELETE', 'PUT', 'OPTIONS']) {
      const request = withoutBody(method, { 'Content-Length': '0' }, await bearer(scene))
      expect((await accepted(scene, scene.send(request))).operations).toEqual([])
    }
  })

  it('is accepted without a policy', async () => {
    const scene = await createScene({ requiredScopes: ['read'] })
    const request = withoutBody('POST', { 'Content-Length': '7' }, await bearer(scene))
    await accepted(scene, scene.send(request))
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
    const scene = await createScene(GUARDED)
    for (const init of [post(callTool('help')), { method: 'POST' }, post('not JSON')]) {
      await refused(scene, handedOver(scene, body, { init }), NEEDS_WRITE)
      const passed = handedOver(scene, body, { init, scope: 'read write' })
      expect((await accepted(scene, passed)).operations).toContainEqual({
        method: 'tools/call',
        name: 'delete',
      })
    }
  })

  it('SCO-19: decides for a consumed body, and an unread body stays unread', async () => {
    const scene = await createScene(GUARDED)
    const request = new Request(RESOURCE, post(callTool('delete')))
    request.headers.set('Authorization', await bearer(scene))
    const unread = request.clone()
    const body: unknown = await request.json()
    await refused(scene, decide(scene, request, { body }), NEEDS_WRITE)
    await refused(scene, decide(scene, unread, { body }), NEEDS_WRITE)
    expect([unread.bodyUsed, await unread.json()]).toEqual([false, callTool('delete')])
  })

  it('SCO-19: null means no message, undefined means not given', async () => {
    const scene = await createScene(GUARDED)
    const none = handedOver(scene, null)
    expect((await accepted(scene, none)).operations).toEqual([])
    await refused(scene, handedOver(scene, undefined), NEEDS_WRITE)
  })

  it('is not public if it is null', async () => {
    const scene = await createScene({ ...GUARDED, operations: { '*': 'public' } })
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
    const scene = await createScene(GUARDED)
    await refused(scene, handedOver(scene, body, { scope: 'read write' }), INVALID)
  })

  it('SCO-19: is limited by maxBodyBytes, as text, as bytes and as an object', async () => {
    const text = JSON.stringify(callTool('ü'))
    const size = Buffer.byteLength(text)
    const exact = await createScene({ ...GUARDED, maxBodyBytes: size })
    for (const body of [text, Buffer.from(text), JSON.parse(text)]) {
      await accepted(exact, handedOver(exact, body))
    }
    const small = await createScene({ ...GUARDED, maxBodyBytes: size - 1 })
    for (const body of [text, Buffer.from(text)]) {
      await refusedPlainly(small, handedOver(small, body), TOO_LARGE)
    }
    const large = { ...callTool('help'), text: 'x'.repeat(size) }
    await refusedPlainly(small, handedOver(small, large), TOO_LARGE)
  })

  it('SCO-19: without a valid token decides the scopes of the 401 up to 64 KiB', async () => {
    const scene = await createScene(GUARDED)
    const expected = { ...NO_CREDENTIALS, scope: 'read write' }
    await refused(scene, handedOver(scene, callTool('delete'), { token: false }), expected)
    const large = { ...callTool('delete'), text: 'x'.repeat(65_536) }
    const plain = { ...NO_CREDENTIALS, scope: 'read' }
    await refused(scene, handedOver(scene, large, { token: false }), plain)
  })

  it('SCO-19: that is a promise is a 500', async () => {
    const scene = await createScene(GUARDED)
    // biome-ignore lint/suspicious/noThenProperty: `await` reads any `then`.
    const body = { then: (_: unknown, reject: (error: Error) => void) => reject(new Error('gone')) }
    await refusedPlainly(scene, handedOver(scene, body, { scope: 'read write' }), PROMISED)
    const request = new Request(RESOURCE, post(callTool('help')))
    const host = Promise.resolve({ body: callTool('delete') }) as HostFacts
    await expect(authenticate(request, scene.resource, {}, host)).rejects.toThrow(TypeError)
    await expect(authenticate(request, scene.resource, {}, null as never)).rejects.toThrow(
      TypeError,
    )
  })

  it('SCO-19: must be an own property', async () => {
    const scene = await createScene(GUARDED)
    const request = new Request(RESOURCE, post(callTool('delete')))
    request.headers.set('Authorization', await bearer(scene))
    const inherited = Object.create({ body: callTool('help') }) as HostFacts
    await refused(scene, decide(scene, request, inherited), NEEDS_WRITE)
  })

  it('SCO-19: must match the headers', async () => {
    const scene = await createScene(GUARDED)
    const init = post('', { 'Mcp-Method': 'tools/list' })
    await refusedPlainly(scene, handedOver(scene, callTool('help'), { init }), HEADER_MISMATCH)
  })

  it('SCO-19: is required by verifyAccessToken() with a policy', async () => {
    const scene = await createScene(GUARDED)
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

  it('are the last argument of protect(), a function called for each request', async () => {
    const scene = await createScene(GUARDED)
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

describe('arrays', () => {
  const batch = [callTool('help'), callTool('list')]

  it.each([
    '2025-06-18',
    '2025-11-25',
    '2026-07-28',
    '9999-12-31',
    '',
    'draft',
    '2025-03-26, 2025-03-26',
  ])('SCO-10: are a 400 with MCP-Protocol-Version %j', async (version) => {
    const scene = await createScene(GUARDED)
    const headers = { 'MCP-Protocol-Version': version }
    for (const body of [batch, [], [callTool('help')]]) {
      const token = await bearer(scene, 'read write')
      await refused(scene, scene.ask(token, post(body, headers)), INVALID)
      const init = post('x', headers)
      await refused(scene, handedOver(scene, body, { scope: 'read write', init }), INVALID)
      await refused(scene, handedOver(scene, JSON.stringify(body), { init }), INVALID)
    }
  })

  it('SCO-10: are batches in 2025-03-26, whose clients send no revision', async () => {
    const scene = await createScene(GUARDED)
    for (const headers of [{}, { 'MCP-Protocol-Version': '2025-03-26' }]) {
      const answer = scene.ask(await bearer(scene), post(batch, headers as Record<string, string>))
      expect((await accepted(scene, answer)).operations).toHaveLength(2)
    }
  })

  it('SCO-10: are not read without a policy', async () => {
    const scene = await createScene({ requiredScopes: ['read'] })
    const init = post(batch, { 'MCP-Protocol-Version': '2025-11-25' })
    await accepted(scene, scene.ask(await bearer(scene), init))
  })
})

describe('an ambiguous name', () => {
  const call = (members: string) => `{"jsonrpc":"2.0","id":1,${members}}`

  it.each([
    ['Name', '"method":"tools/call","params":{"name":"help","Name":"delete"}'],
    ['Name first', '"method":"tools/call","params":{"Name":"delete","name":"help"}'],
    ['Name alone', '"method":"tools/call","params":{"Name":"delete"}'],
    [
      'NAME, escaped',
      String.raw`"method":"tools/call","params":{"name":"help","N\u0041ME":"delete"}`,
    ],
    ['Method', '"method":"tools/list","Method":"tools/call","params":{"name":"delete"}'],
    ['Method alone, as a response', '"Method":"tools/call","params":{"name":"delete"},"result":{}'],
    ['Params', '"method":"tools/call","params":{"name":"help"},"Params":{"name":"delete"}'],
    ['a long s', '"method":"tools/call","params":{"name":"help"},"paramſ":{"name":"delete"}'],
    ['a long s, escaped', String.raw`"method":"tools/call","param\u017f":{"name":"delete"}`],
    ['a Kelvin sign', '"method":"tasks/get","params":{"tasKId":"x"}'],
    ['a NUL', String.raw`"method":"tools/call","params":{"name":"help","name\u0000":"delete"}`],
    ['NULs', String.raw`"method":"tools/list","METHOD\u0000\u0000":"tools/call"`],
    ['ID', '"ID":2,"method":"tools/list"'],
    ['uri', '"method":"resources/read","params":{"uri":"file:///a","URI":"file:///b"}'],
    ['ref', '"method":"completion/complete","params":{"ref":{"name":"a"},"Ref":{"name":"b"}}'],
    ['within ref', '"method":"completion/complete","params":{"ref":{"name":"a","Name":"b"}}'],
    ['arguments', '"method":"tools/call","params":{"name":"help","Arguments":{}}'],
    ['notifications', '"method":"subscriptions/listen","params":{"Notifications":{}}'],
    [
      'within notifications',
      '"method":"subscriptions/listen","params":{"notifications":{"resourceſubscriptions":["file:///a"]}}',
    ],
  ])('SCO-20: %s is a 400, in text and in an object', async (_, members) => {
    const scene = await createScene(GUARDED)
    const text = call(members)
    const token = await bearer(scene, 'read write')
    await refused(scene, scene.ask(token, post(text)), INVALID)
    await refused(
      scene,
      scene.ask(token, post(`[${JSON.stringify(callTool('help'))},${text}]`)),
      INVALID,
    )
    for (const body of [text, Buffer.from(text), JSON.parse(text), [JSON.parse(text)]]) {
      await refused(scene, handedOver(scene, body, { scope: 'read write' }), INVALID)
    }
    // Without a valid token the body is not reported.
    await refused(scene, scene.ask(undefined, post(text)), { ...NO_CREDENTIALS, scope: 'read' })
  })

  it('SCO-20: is a 400 for a public call, too', async () => {
    const scene = await createScene({ ...GUARDED, requirements: { optional: true } })
    const text = call('"method":"tools/call","params":{"name":"help","Name":"delete"}')
    await refused(scene, scene.ask(undefined, post(text)), INVALID)
  })

  it('SCO-20: is accepted in data of the application', async () => {
    const scene = await createScene(GUARDED)
    const params = { name: 'list', arguments: { Name: 1, NAME: 2, ID: 3 }, _meta: { Method: 'x' } }
    const body = { ...message('tools/call', params), Name: 'x' }
    await accepted(scene, scene.ask(await bearer(scene), post(body)))
    await accepted(scene, handedOver(scene, body))
  })
})

describe('text in an ambiguous encoding', () => {
  it.each(['utf-16', 'UTF-7', 'iso-8859-1', 'us-ascii', '"utf-16le"'])(
    'SCO-19: is a 400: charset=%s',
    async (charset) => {
      const scene = await createScene(GUARDED)
      const headers = { 'Content-Type': `application/json; charset=${charset}` }
      const init = post(callTool('list'), headers)
      await refused(scene, scene.ask(await bearer(scene), init), INVALID)
      const bytes = Buffer.from(JSON.stringify(callTool('list')))
      await refused(scene, handedOver(scene, bytes, { init }), INVALID)
      // Decoded text is what the host executes.
      await accepted(scene, handedOver(scene, callTool('list'), { init }))
      await accepted(scene, handedOver(scene, JSON.stringify(callTool('list')), { init }))
    },
  )

  it.each(['utf-8', 'UTF8', '"utf-8"'])('is read: charset=%s', async (charset) => {
    const scene = await createScene(GUARDED)
    const init = post(callTool('delete'), { 'Content-Type': `application/json;charset=${charset}` })
    await refused(scene, scene.ask(await bearer(scene), init), NEEDS_WRITE)
  })

  it.each([
    ['a byte order mark', Buffer.from('\ufeff{"method":"m"}')],
    ['UTF-16, little end first', Buffer.from('{"method":"m"}', 'utf16le')],
    ['UTF-16 with its mark', Buffer.from('\ufeff{"method":"m"}', 'utf16le')],
    ['UTF-16, big end first', Buffer.from('{"method":"m"}', 'utf16le').swap16()],
  ])('SCO-19: is a 400: %s', async (_, bytes) => {
    const scene = await createScene(GUARDED)
    await refused(scene, scene.ask(await bearer(scene), post(new Uint8Array(bytes))), INVALID)
  })
})

/** A body that sends these chunks, and then stalls or repeats them. */
function endless(chunk: Uint8Array<ArrayBuffer>, everyMs?: number) {
  const state = { cancelled: false, chunks: 0 }
  let timer: ReturnType<typeof setInterval> | undefined
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start(controller) {
      controller.enqueue(chunk)
      if (everyMs === undefined) return
      timer = setInterval(() => {
        state.chunks += 1
        controller.enqueue(chunk)
      }, everyMs)
    },
    cancel() {
      clearInterval(timer)
      state.cancelled = true
    },
  })
  return {
    init: { method: 'POST', body, duplex: 'half' } as RequestInit,
    state,
    end: () => clearInterval(timer),
  }
}

describe('a body that never ends', () => {
  const ONE = new TextEncoder().encode('{')

  it.each([
    ['stops', ONE, undefined],
    ['drips', ONE, 1000],
    ['sends empty chunks', new Uint8Array(), 1000],
  ])(
    'TRN-15: that %s is a 408 after bodyTimeoutMs with a valid token',
    async (_, chunk, everyMs) => {
      vi.useFakeTimers()
      try {
        const scene = await createScene(GUARDED)
        const token = await bearer(scene)
        await accepted(scene, scene.ask(token, post(callTool('list'))))
        const { init, end } = endless(chunk, everyMs)
        let settled = false
        const answer = scene.ask(token, init).finally(() => {
          settled = true
        })
        await vi.advanceTimersByTimeAsync(9_999)
        expect(settled).toBe(false)
        await vi.advanceTimersByTimeAsync(1)
        expect(settled).toBe(true)
        end()
        await refusedPlainly(scene, answer, BODY_TIMEOUT)
        expect(vi.getTimerCount()).toBe(0)
      } finally {
        vi.useRealTimers()
      }
    },
  )

  it('TRN-15: is limited by bodyTimeoutMs', async () => {
    const scene = await createScene({ ...GUARDED, bodyTimeoutMs: 20 })
    const { init } = endless(ONE)
    await refusedPlainly(scene, scene.ask(await bearer(scene), init), BODY_TIMEOUT)
  })

  it.each([
    ['no token', undefined, NO_CREDENTIALS],
    [
      'an invalid token',
      'Bearer garbage',
      { code: 'token_malformed', status: 401, error: 'invalid_token' },
    ],
  ] as const)(
    'TRN-15: is the plain 401 after a second with %s',
    async (_, authorization, expected) => {
      vi.useFakeTimers()
      try {
        for (const optional of [false, true]) {
          const scene = await createScene({ ...GUARDED, requirements: { optional } as never })
          const { init } = endless(ONE)
          let settled = false
          const answer = scene.ask(authorization, init).finally(() => {
            settled = true
          })
          await vi.advanceTimersByTimeAsync(999)
          expect(settled).toBe(false)
          await vi.advanceTimersByTimeAsync(1)
          expect(settled).toBe(true)
          await refused(scene, answer, { ...expected, scope: 'read' })
          expect(vi.getTimerCount()).toBe(0)
        }
      } finally {
        vi.useRealTimers()
      }
    },
  )

  it('TRN-15: without a valid token is limited by bodyTimeoutMs, too', async () => {
    const scene = await createScene({ ...GUARDED, bodyTimeoutMs: 20 })
    const { init } = endless(ONE)
    await refused(scene, scene.ask(undefined, init), { ...NO_CREDENTIALS, scope: 'read' })
  })

  it('TRN-15: is a 408 on a host without AbortController, too', async () => {
    const scene = await createScene({ ...GUARDED, bodyTimeoutMs: 20 })
    const token = await bearer(scene)
    await accepted(scene, scene.ask(token, post(callTool('list'))))
    const { init } = endless(ONE)
    const request = new Request(RESOURCE, init)
    request.headers.set('Authorization', token)
    // The Request of this host creates one.
    const copy = request.clone()
    Object.assign(request, { clone: () => copy })
    vi.stubGlobal('AbortController', undefined)
    vi.stubGlobal('AbortSignal', undefined)
    try {
      await refusedPlainly(scene, scene.send(request), BODY_TIMEOUT)
    } finally {
      vi.unstubAllGlobals()
    }
  })

  it('TRN-15: leaves no timer when it ends in time', async () => {
    const scene = await createScene(GUARDED)
    const token = await bearer(scene)
    await accepted(scene, scene.ask(token, post(callTool('list'))))
    vi.useFakeTimers()
    try {
      await accepted(scene, scene.ask(token, post(callTool('list'))))
      await refused(scene, scene.ask(token, post('x')), INVALID)
      expect(vi.getTimerCount()).toBe(0)
    } finally {
      vi.useRealTimers()
    }
  })
})

describe('a body in small pieces', () => {
  const inPieces = (text: string): RequestInit => {
    const bytes = new TextEncoder().encode(text)
    let at = 0
    const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull(controller) {
        if (at === bytes.length) controller.close()
        else controller.enqueue(bytes.slice(at, ++at))
      },
    })
    return { method: 'POST', body, duplex: 'half' } as RequestInit
  }

  it('TRN-15: is read, and reaches the handler unchanged', async () => {
    const text = JSON.stringify(callTool('list')).padEnd(10_000)
    const bodies: string[] = []
    const scene = await createScene({
      ...GUARDED,
      answer: async (request) => {
        bodies.push(await request.text())
        return new Response('done')
      },
    })
    await accepted(scene, scene.ask(await bearer(scene), inPieces(text)))
    expect(bodies).toEqual([text])
  })

  it('TRN-15: is too large as soon as the pieces need more memory than the limit', async () => {
    const text = JSON.stringify(callTool('list'))
    const scene = await createScene({ ...GUARDED, maxBodyBytes: 1_048_576 })
    const good = await bearer(scene)
    await accepted(scene, scene.ask(good, inPieces(text.padEnd(4096))))
    await refusedPlainly(scene, scene.ask(good, inPieces(text.padEnd(4097))), TOO_LARGE)
    const plain = { ...NO_CREDENTIALS, scope: 'read' }
    await refused(scene, scene.ask(undefined, inPieces(text.padEnd(4096))), plain)
  })

  it('TRN-15: is too large if the pieces are empty and endless', async () => {
    const scene = await createScene(GUARDED)
    const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull: (controller) => controller.enqueue(new Uint8Array()),
    })
    const init = { method: 'POST', body, duplex: 'half' } as RequestInit
    await refusedPlainly(scene, scene.ask(await bearer(scene), init), TOO_LARGE)
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
    const scene = await createScene(GUARDED)
    const body = { ...callTool('help'), id }
    const token = await bearer(scene)
    await refusedPlainly(scene, scene.ask(token, post(body, wrong)), mismatch(expected))
    const init = post('', wrong)
    await refusedPlainly(scene, handedOver(scene, body, { init }), mismatch(expected))
  })

  it('ERR-21: has no id where the body has none', async () => {
    const scene = await createScene(GUARDED)
    const { id: _, ...notification } = callTool('help')
    const token = await bearer(scene)
    await refusedPlainly(scene, scene.ask(token, post(notification, wrong)), mismatch(undefined))
  })

  it('ERR-21: has the id of the first request in a batch', async () => {
    const scene = await createScene(GUARDED)
    const { id: _, ...notification } = callTool('help')
    const token = await bearer(scene)
    const response = { jsonrpc: '2.0', id: 9, result: {} }
    const batch = [
      response,
      notification,
      { ...callTool('help'), id: 'b' },
      { ...callTool('x'), id: 3 },
    ]
    await refusedPlainly(scene, scene.ask(token, post(batch, wrong)), mismatch('b'))
    const broken = [
      { ...callTool('help'), id: null },
      { ...callTool('x'), id: 3 },
    ]
    await refusedPlainly(scene, scene.ask(token, post(broken, wrong)), mismatch(undefined))
  })

  it('ERR-21: never has the id of another request', async () => {
    const scene = await createScene(GUARDED)
    const token = await bearer(scene)
    for (const id of [1, 'two', null, 3]) {
      const body = { ...callTool('help'), id }
      await refusedPlainly(scene, scene.ask(token, post(body, wrong)), mismatch(id ?? undefined))
    }
  })
})

const PROMISED: PlainRejection = {
  code: 'internal',
  status: 500,
  body: { error: 'server_error', error_description: 'host.body is a promise. Await it first.' },
}

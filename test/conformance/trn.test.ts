/** TRN: what the MCP transport asks of authorization. TRN-06 and -11 are the transport's own. */

import { protectedResource } from 'mcp-gatehouse'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createConfirmingServer, OwnedItems } from '../../examples/recipes/sessions.ts'
import {
  type AuthContext,
  authenticate,
  completeResponse,
  isAuthError,
  type ProtectedResourceOptions,
} from '../../src/index.ts'
import { RESOURCE } from '../support/issuer.ts'
import {
  callTool,
  HEADER_MISMATCH,
  message,
  ORIGIN_REFUSED,
  post,
  refusedPlainly,
} from '../support/mcp.ts'
import { accepted, createScene, invalidToken, refused, type Scene } from '../support/scene.ts'

const APP = 'https://app.example'
const LATEST = { 'MCP-Protocol-Version': '2026-07-28' }

async function bearer(scene: Scene, claims: Record<string, unknown> = {}): Promise<string> {
  return `Bearer ${await scene.issuer.token(claims)}`
}

describe('Origin', () => {
  it.each(['https://evil.example', 'null', 'https://rs.example.evil', 'HTTPS://RS.EXAMPLE', ''])(
    'TRN-01: %j is 403 for every method, even with a good token',
    async (origin) => {
      const scene = await createScene({ origins: [APP], operations: { '*': ['write'] } })
      for (const method of ['POST', 'GET', 'DELETE', 'OPTIONS']) {
        const init = { method, headers: { Origin: origin } }
        const response = await refusedPlainly(
          scene,
          scene.ask(await bearer(scene), init),
          ORIGIN_REFUSED,
        )
        expect(response.headers.get('Vary')).toBe('Origin')
        expect(response.headers.get('Access-Control-Allow-Origin')).toBeNull()
      }
    },
  )

  it("TRN-01: listed ones and the resource's own pass", async () => {
    const scene = await createScene({ origins: [APP] })
    for (const origin of [APP, 'https://rs.example']) {
      await accepted(scene, scene.ask(await bearer(scene), { headers: { Origin: origin } }))
    }
  })

  it('TRN-01: by default only the origin of the resource is accepted; with * all are, also null', async () => {
    const strict = await createScene()
    await refusedPlainly(
      strict,
      strict.ask(await bearer(strict), { headers: { Origin: APP } }),
      ORIGIN_REFUSED,
    )
    const open = await createScene({ origins: '*' })
    for (const origin of [APP, 'null']) {
      await accepted(open, open.ask(await bearer(open), { headers: { Origin: origin } }))
    }
  })

  it('TRN-02: a request without Origin is accepted; a wrong Origin is 403 before authentication, without a challenge', async () => {
    const scene = await createScene({ requirements: { optional: true } })
    await accepted(scene, scene.ask(await bearer(scene)))
    const evil = { headers: { Origin: 'https://evil.example' } }
    for (const credentials of [undefined, 'Bearer garbage', 'Bearer a, Bearer b']) {
      await refusedPlainly(scene, scene.ask(credentials, evil), ORIGIN_REFUSED)
    }
    const preflight = new Request(RESOURCE, {
      method: 'OPTIONS',
      headers: { ...evil.headers, 'Access-Control-Request-Method': 'POST' },
    })
    const response = await refusedPlainly(scene, scene.send(preflight), ORIGIN_REFUSED)
    expect(response.headers.get('Vary')).toBe('Origin')
  })

  it('TRN-02: metadata is readable for every origin', async () => {
    const scene = await createScene()
    const response = await scene.send(
      new Request(scene.resource.metadataUrl, { headers: { Origin: 'https://evil.example' } }),
    )
    expect(response.status).toBe(200)
    expect(response.headers.get('Access-Control-Allow-Origin')).toBe('*')
  })
})

describe('state handles (examples/recipes/sessions.ts)', () => {
  it('TRN-05: a state handle is found only with the same subject and issuer', () => {
    const handles = new OwnedItems<string>()
    const owner = { issuer: 'https://as.example', subject: 'a' } as AuthContext
    const handle = handles.add(owner, 'a secret draft')
    expect(handles.find(owner, handle)).toBe('a secret draft')
    expect(handles.find({ ...owner, subject: 'b' }, handle)).toBeUndefined()
    expect(handles.find({ ...owner, issuer: 'https://other.example' }, handle)).toBeUndefined()
    expect(handles.remove({ ...owner, subject: 'b' }, handle)).toBe(false)
    const unnamed = () => handles.find({ ...owner, subject: undefined, clientId: '' }, handle)
    expect(unnamed).toThrow(expect.objectContaining({ code: 'token_claims' }))
    expect(isAuthError(thrownBy(unnamed))).toBe(true)
  })

  it('TRN-14: requestState is refused with the token of another user, client or issuer', async () => {
    const scene = await createScene()
    // Examples have the package as it is published, and so another copy than this test.
    const options = { authorizationServers: [{ issuer: scene.issuer.issuer, tokenIssuers: [OLD] }] }
    const { fetch } = scene.issuer
    const send = createConfirmingServer(
      protectedResource({ resource: RESOURCE, fetch, now: scene.clock.now, ...options }),
      'a secret of at least thirty-two bytes',
    )
    const publish = async (claims: Record<string, unknown>, requestState?: string) => {
      const params = { name: 'publish', arguments: {}, _meta: ENVELOPE }
      const body = message('tools/call', { ...params, ...(requestState && { requestState }) })
      const headers = { ...LATEST, 'Mcp-Method': 'tools/call', 'Mcp-Name': 'publish' }
      const request = new Request(RESOURCE, post(body, headers))
      request.headers.set('Authorization', await bearer(scene, claims))
      return (await send(request)).json() as Promise<Answer>
    }
    const alice = { sub: 'alice' }
    const asked = await publish(alice)
    const state = asked.result?.requestState ?? ''
    expect(state).toMatch(/^v1\./)
    const others = [{ sub: 'bob' }, { sub: '', client_id: 'alice' }, { ...alice, iss: OLD }]
    for (const claims of others) {
      const refused = await publish(claims, state)
      expect(refused.error).toMatchObject({ code: -32602 })
      expect(refused.result).toBeUndefined()
    }
    expect((await publish(alice, state.replace(/^v1\../, 'v1.x'))).error).toMatchObject({
      code: -32602,
    })
    const done = await publish({ ...alice, jti: 'token-2' }, state)
    expect(done.result?.content).toEqual([{ type: 'text', text: 'draft 1 is published' }])
  })
})

interface Answer {
  readonly result?: { readonly requestState?: string; readonly content?: unknown }
  readonly error?: { readonly code: number }
}

const OLD = 'https://old.example'
const ENVELOPE = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1' },
  'io.modelcontextprotocol/clientCapabilities': {},
}

describe('Mcp-Method and Mcp-Name', () => {
  const OPERATIONS = { 'tools/call write': ['write'], '*': [] } as const

  async function guarded(options: Partial<ProtectedResourceOptions> = {}) {
    const scene = await createScene({ operations: OPERATIONS, ...options })
    const good = await bearer(scene)
    const call = (body: unknown, headers: Record<string, string>, credentials = good) =>
      scene.ask(credentials, post(body, headers))
    return { scene, call }
  }

  it.each([
    ['another method', { 'Mcp-Method': 'tools/list', 'Mcp-Name': 'read' }],
    ['another name', { 'Mcp-Method': 'tools/call', 'Mcp-Name': 'other' }],
    ['a broken name', { 'Mcp-Method': 'tools/call', 'Mcp-Name': '=?base64?!?=' }],
  ])('TRN-07: %s is 400 with −32020 in every revision', async (_, headers) => {
    const { scene, call } = await guarded()
    for (const revision of ['2025-03-26', '2025-06-18', '2025-11-25', '2026-07-28']) {
      await refusedPlainly(
        scene,
        call(callTool('read'), { 'MCP-Protocol-Version': revision, ...headers }),
        HEADER_MISMATCH,
      )
    }
    await refusedPlainly(scene, call(callTool('read'), headers), HEADER_MISMATCH)
  })

  it('TRN-07: missing header fields are rejected since 2026-07-28, not before', async () => {
    const { scene, call } = await guarded()
    for (const headers of [{}, { 'Mcp-Method': 'tools/call' }, { 'Mcp-Name': 'read' }]) {
      await refusedPlainly(
        scene,
        call(callTool('read'), { ...LATEST, ...headers }),
        HEADER_MISMATCH,
      )
      await accepted(
        scene,
        call(callTool('read'), { 'MCP-Protocol-Version': '2025-11-25', ...headers }),
      )
      await accepted(scene, call(callTool('read'), headers))
    }
    await accepted(scene, call(message('tools/list'), { ...LATEST, 'Mcp-Method': 'tools/list' }))
  })

  it('TRN-07: an invalid token is a 401 that does not depend on the header fields', async () => {
    const { scene, call } = await guarded()
    const headers = { 'Mcp-Method': 'tools/list' }
    await refused(
      scene,
      call(callTool('read'), headers, 'Bearer garbage'),
      invalidToken('token_malformed'),
    )
  })

  it('TRN-07: contradictions are rejected in anonymous calls too', async () => {
    const scene = await createScene({
      operations: { 'tools/call read': 'public' },
      requirements: { optional: true },
    })
    const headers = { 'Mcp-Method': 'tools/list' }
    await refusedPlainly(
      scene,
      scene.ask(undefined, post(callTool('read'), headers)),
      HEADER_MISMATCH,
    )
  })

  it('TRN-08: names are decoded and then compared case-sensitively', async () => {
    const { scene, call } = await guarded()
    const method = { ...LATEST, 'mcp-method': 'tools/call' }
    await accepted(scene, call(callTool('foo'), { ...method, 'MCP-NAME': '=?base64?Zm9v?=' }))
    const sent = callTool('füße ☕')
    await accepted(scene, call(sent, { ...method, 'Mcp-Name': '=?base64?ZsO8w59lIOKYlQ==?=' }))
    await refusedPlainly(
      scene,
      call(callTool('foo'), { ...method, 'Mcp-Name': 'FOO' }),
      HEADER_MISMATCH,
    )
    await refusedPlainly(
      scene,
      call(callTool('foo'), { ...LATEST, 'Mcp-Method': 'TOOLS/CALL', 'Mcp-Name': 'foo' }),
      HEADER_MISMATCH,
    )
  })

  it('TRN-09: the body decides; matching or missing header fields change nothing', async () => {
    const { scene, call } = await guarded()
    await refusedPlainly(
      scene,
      call(callTool('write'), { 'Mcp-Method': 'tools/call', 'Mcp-Name': 'read' }),
      HEADER_MISMATCH,
    )
    for (const headers of [{}, { 'Mcp-Method': 'tools/call', 'Mcp-Name': 'write' }]) {
      await refused(scene, call(callTool('write'), headers), {
        code: 'scope_insufficient',
        status: 403,
        error: 'insufficient_scope',
        scope: 'write',
      })
    }
  })
})

describe('the request', () => {
  it.each([
    ['a message', new TextEncoder().encode(JSON.stringify(callTool('read')))],
    ['a large one', new TextEncoder().encode(JSON.stringify(callTool('x'.repeat(300_000))))],
    [
      'odd white space',
      new TextEncoder().encode(' { "jsonrpc":"2.0","id":1,\n"method" : "ping" }\r\n'),
    ],
  ])('TRN-12: reaches the handler with the same bytes and header fields: %s', async (_, bytes) => {
    const got: { bytes: Uint8Array; headers: [string, string][] }[] = []
    const scene = await createScene({
      operations: { '*': [] },
      answer: async (request) => {
        const headers = [...request.headers]
        got.push({ bytes: new Uint8Array(await request.arrayBuffer()), headers })
        return new Response('done')
      },
    })
    const headers = { Authorization: await bearer(scene), 'X-Trace': 'é', Cookie: 'a=b' }
    const request = new Request(RESOURCE, {
      method: 'POST',
      headers,
      body: chunked(bytes),
      duplex: 'half',
    } as RequestInit)
    const sent = [...request.headers]
    await accepted(scene, scene.send(request))
    expect(got).toEqual([{ bytes, headers: sent }])
  })

  it('TRN-12: is the same object, with everything that a host attached to it', async () => {
    const seen: Request[] = []
    const scene = await createScene({
      operations: { '*': [] },
      answer: (request) => {
        seen.push(request)
        return new Response(String(request.bodyUsed))
      },
    })
    const request = new Request(RESOURCE, post(callTool('read')))
    request.headers.set('Authorization', await bearer(scene))
    const response = await scene.send(request)
    expect(await response.text()).toBe('false')
    expect(seen[0]).toBe(request)
  })
})

describe('streams (endStreamsAtExpiry)', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  const LISTEN = { method: 'POST', headers: { 'Mcp-Method': 'subscriptions/listen' } }

  interface Open {
    readonly source: Source
    readonly reader: ReadableStreamDefaultReader<Uint8Array>
    readonly scene: Scene
    readonly response: Response
  }

  /** Opens a stream with a token that lives for another minute. */
  async function listen(
    init: RequestInit,
    options: Partial<ProtectedResourceOptions> = {},
    seconds = 60,
  ): Promise<Open> {
    const source = createSource()
    const scene = await createScene({
      ...options,
      answer: () =>
        new Response(source.stream, { headers: { 'Content-Type': 'text/event-stream' } }),
    })
    const token = await bearer(scene, { exp: scene.clock.now() + seconds })
    const response = await scene.ask(token, init)
    expect(response.headers.get('Content-Type')).toBe('text/event-stream')
    expect(response.headers.get('Cache-Control')).toBe('private')
    const reader = response.body?.getReader()
    if (reader === undefined) throw new Error('There is no stream.')
    return { source, reader, scene, response }
  }

  it.each([
    ['a GET', { method: 'GET' }],
    ['subscriptions/listen', LISTEN],
  ])('end with their token: the response to %s', async (_, init) => {
    const { source, reader } = await listen(init)
    source.send('one')
    expect(await textOf(reader)).toBe('one')
    const next = textOf(reader)
    await vi.advanceTimersByTimeAsync(59_999)
    source.send('two')
    expect(await next).toBe('two')
    const last = textOf(reader)
    await vi.advanceTimersByTimeAsync(1)
    expect(await last).toBeUndefined()
    expect(source.cancelled()).toBe(true)
  })

  it('end with their token if the body, which is read, identifies them', async () => {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'subscriptions/listen' })
    const operations = { 'tools/call': ['call'] }
    const { source, reader } = await listen({ method: 'POST', body }, { operations })
    const last = textOf(reader)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(await last).toBeUndefined()
    expect(source.cancelled()).toBe(true)
  })

  it('continue if they respond to a call', async () => {
    const { source, reader } = await listen({ method: 'POST' })
    expect(vi.getTimerCount()).toBe(0)
    await vi.advanceTimersByTimeAsync(3_600_000)
    source.send('late')
    expect(await textOf(reader)).toBe('late')
  })

  it("end all with 'all', and none with false", async () => {
    const all = await listen({ method: 'POST' }, { endStreamsAtExpiry: 'all' })
    const last = textOf(all.reader)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(await last).toBeUndefined()
    const none = await listen({ method: 'GET' }, { endStreamsAtExpiry: false })
    await vi.advanceTimersByTimeAsync(3_600_000)
    none.source.send('late')
    expect(await textOf(none.reader)).toBe('late')
  })

  it('end for a GET in any letter case, which Deno passes on', async () => {
    const scene = await createScene()
    const token = await bearer(scene, { exp: scene.clock.now() + 60 })
    const auth = await accepted(scene, scene.ask(token))
    for (const [method, ends] of [
      ['get', true],
      ['Get', true],
      ['PUT', false],
      ['got', false],
      ['getter', false],
    ] as const) {
      const stream = new Response(createSource().stream)
      const request = Object.defineProperty(new Request(RESOURCE), 'method', { value: method })
      const answer = completeResponse(stream, request, auth, scene.resource)
      expect([method, answer !== stream]).toEqual([method, ends])
    }
  })

  it('continue until the clock tolerance ends', async () => {
    const { reader } = await listen({ method: 'GET' }, {}, -10)
    const last = textOf(reader)
    await vi.advanceTimersByTimeAsync(19_999)
    expect(vi.getTimerCount()).toBe(1)
    await vi.advanceTimersByTimeAsync(1)
    expect(await last).toBeUndefined()
  })

  it('run a timer only while they are read', async () => {
    const closing = await listen({ method: 'GET' })
    expect(vi.getTimerCount()).toBe(0)
    closing.source.send('one')
    await textOf(closing.reader)
    expect(vi.getTimerCount()).toBe(1)
    closing.source.close()
    expect(await textOf(closing.reader)).toBeUndefined()
    expect(vi.getTimerCount()).toBe(0)

    const leaving = await listen({ method: 'GET' })
    const pending = textOf(leaving.reader)
    await leaving.reader.cancel()
    expect(await pending).toBeUndefined()
    expect(leaving.source.cancelled()).toBe(true)
    expect(vi.getTimerCount()).toBe(0)

    const failing = await listen({ method: 'GET' })
    failing.source.fail(new Error('oops'))
    await expect(textOf(failing.reader)).rejects.toThrow('oops')
    expect(vi.getTimerCount()).toBe(0)
  })

  it('wait longer than a timer can', async () => {
    const { reader, source } = await listen({ method: 'GET' }, {}, 5_000_000)
    source.send('one')
    await textOf(reader)
    const last = textOf(reader)
    await vi.advanceTimersByTimeAsync(4_999_999_000)
    source.send('two')
    expect(await last).toBe('two')
    const end = textOf(reader)
    await vi.advanceTimersByTimeAsync(1000)
    expect(await end).toBeUndefined()
  })

  it('that are locked by a reader stay unchanged', async () => {
    const scene = await createScene({
      answer: () => {
        const response = new Response('done')
        response.body?.getReader()
        return response
      },
    })
    const response = await scene.ask(await bearer(scene), { method: 'GET' })
    expect([response.status, response.body?.locked]).toEqual([200, true])
  })

  it('without a token do not end', async () => {
    const source = createSource()
    const scene = await createScene({
      requirements: { optional: true },
      answer: () => new Response(source.stream),
    })
    const response = await scene.ask(undefined, { method: 'GET' })
    source.send('one')
    expect(await textOf(response.body?.getReader())).toBe('one')
    expect(vi.getTimerCount()).toBe(0)
  })

  it('end with authenticate() and completeResponse() too; other responses stay the same object', async () => {
    const scene = await createScene()
    const ask = async (method: string) => {
      const request = new Request(RESOURCE, {
        method,
        headers: { Authorization: await bearer(scene) },
      })
      const auth = await authenticate(request, scene.resource)
      if (!auth.ok) throw new Error('refused')
      const answer = new Response(createSource().stream, { status: 206, statusText: 'Some' })
      return { answer, completed: completeResponse(answer, request, auth, scene.resource) }
    }
    const called = await ask('POST')
    expect(called.completed).toBe(called.answer)
    const listened = await ask('GET')
    expect(listened.completed).not.toBe(listened.answer)
    expect([listened.completed.status, listened.completed.statusText]).toEqual([206, 'Some'])
  })
})

interface Source {
  readonly stream: ReadableStream<Uint8Array>
  send(text: string): void
  close(): void
  fail(error: Error): void
  cancelled(): boolean
}

/** A stream whose end this test holds in its hand. */
function createSource(): Source {
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined
  let isCancelled = false
  const stream = new ReadableStream<Uint8Array>({
    start: (given) => {
      controller = given
    },
    cancel: () => {
      isCancelled = true
    },
  })
  return {
    stream,
    send: (text) => controller?.enqueue(new TextEncoder().encode(text)),
    close: () => controller?.close(),
    fail: (error) => controller?.error(error),
    cancelled: () => isCancelled,
  }
}

async function textOf(
  reader: ReadableStreamDefaultReader<Uint8Array> | undefined,
): Promise<string | undefined> {
  const read = await reader?.read()
  return read?.value === undefined ? undefined : new TextDecoder().decode(read.value)
}

function chunked(bytes: Uint8Array): ReadableStream<Uint8Array> {
  let at = 0
  return new ReadableStream({
    pull: (controller) => {
      if (at >= bytes.length) return controller.close()
      controller.enqueue(bytes.slice(at, at + 1000))
      at += 1000
    },
  })
}

function thrownBy(action: () => unknown): unknown {
  try {
    action()
  } catch (error) {
    return error
  }
  return undefined
}

/** TRN: what the MCP transport requires of authorization. TRN-06 and TRN-11 are requirements of the transport alone. */

import { protectedResource } from 'mcp-gatehouse'
import { describe, expect, it } from 'vitest'
import { createConfirmingServer, OwnedItems } from '../../examples/recipes/sessions.ts'
import { type AuthContext, isAuthError, type ProtectedResourceOptions } from '../../src/index.ts'
import { RESOURCE } from '../support/issuer.ts'
import {
  callTool,
  expectPlainRejection,
  HEADER_MISMATCH,
  message,
  ORIGIN_REFUSED,
  post,
} from '../support/mcp.ts'
import {
  bearer,
  createScene,
  expectAccepted,
  expectRejected,
  invalidToken,
} from '../support/scene.ts'
import { thrownBy } from '../support/thrown-by.ts'

const APP = 'https://app.example'
const LATEST = { 'MCP-Protocol-Version': '2026-07-28' }

describe('Origin', () => {
  it.each(['https://evil.example', 'null', 'https://rs.example.evil', 'HTTPS://RS.EXAMPLE', ''])(
    'TRN-01: %j is 403 for every method, even with a good token',
    async (origin) => {
      const scene = await createScene({ origins: [APP], operations: { '*': ['write'] } })
      for (const method of ['POST', 'GET', 'DELETE', 'OPTIONS']) {
        const init = { method, headers: { Origin: origin } }
        const response = await expectPlainRejection(
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
      await expectAccepted(scene, scene.ask(await bearer(scene), { headers: { Origin: origin } }))
    }
  })

  it('TRN-01: by default only the origin of the resource is accepted; with * all are, also null', async () => {
    const strict = await createScene()
    await expectPlainRejection(
      strict,
      strict.ask(await bearer(strict), { headers: { Origin: APP } }),
      ORIGIN_REFUSED,
    )
    const open = await createScene({ origins: '*' })
    for (const origin of [APP, 'null']) {
      await expectAccepted(open, open.ask(await bearer(open), { headers: { Origin: origin } }))
    }
  })

  it('TRN-02: a request without Origin is accepted; a wrong Origin is 403 before authentication, without a challenge', async () => {
    const scene = await createScene({ requirements: { optional: true } })
    await expectAccepted(scene, scene.ask(await bearer(scene)))
    const evil = { headers: { Origin: 'https://evil.example' } }
    for (const credentials of [undefined, 'Bearer garbage', 'Bearer a, Bearer b']) {
      await expectPlainRejection(scene, scene.ask(credentials, evil), ORIGIN_REFUSED)
    }
    const preflight = new Request(RESOURCE, {
      method: 'OPTIONS',
      headers: { ...evil.headers, 'Access-Control-Request-Method': 'POST' },
    })
    const response = await expectPlainRejection(scene, scene.send(preflight), ORIGIN_REFUSED)
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
      await expectPlainRejection(
        scene,
        call(callTool('read'), { 'MCP-Protocol-Version': revision, ...headers }),
        HEADER_MISMATCH,
      )
    }
    await expectPlainRejection(scene, call(callTool('read'), headers), HEADER_MISMATCH)
  })

  it('TRN-07: missing header fields are rejected since 2026-07-28, not before', async () => {
    const { scene, call } = await guarded()
    for (const headers of [{}, { 'Mcp-Method': 'tools/call' }, { 'Mcp-Name': 'read' }]) {
      await expectPlainRejection(
        scene,
        call(callTool('read'), { ...LATEST, ...headers }),
        HEADER_MISMATCH,
      )
      await expectAccepted(
        scene,
        call(callTool('read'), { 'MCP-Protocol-Version': '2025-11-25', ...headers }),
      )
      await expectAccepted(scene, call(callTool('read'), headers))
    }
    await expectAccepted(
      scene,
      call(message('tools/list'), { ...LATEST, 'Mcp-Method': 'tools/list' }),
    )
  })

  it('TRN-07: an invalid token is a 401 that does not depend on the header fields', async () => {
    const { scene, call } = await guarded()
    const headers = { 'Mcp-Method': 'tools/list' }
    await expectRejected(
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
    await expectPlainRejection(
      scene,
      scene.ask(undefined, post(callTool('read'), headers)),
      HEADER_MISMATCH,
    )
  })

  it('TRN-08: names are decoded and then compared case-sensitively', async () => {
    const { scene, call } = await guarded()
    const method = { ...LATEST, 'mcp-method': 'tools/call' }
    await expectAccepted(scene, call(callTool('foo'), { ...method, 'MCP-NAME': '=?base64?Zm9v?=' }))
    const sent = callTool('füße ☕')
    await expectAccepted(
      scene,
      call(sent, { ...method, 'Mcp-Name': '=?base64?ZsO8w59lIOKYlQ==?=' }),
    )
    await expectPlainRejection(
      scene,
      call(callTool('foo'), { ...method, 'Mcp-Name': 'FOO' }),
      HEADER_MISMATCH,
    )
    await expectPlainRejection(
      scene,
      call(callTool('foo'), { ...LATEST, 'Mcp-Method': 'TOOLS/CALL', 'Mcp-Name': 'foo' }),
      HEADER_MISMATCH,
    )
  })

  it('TRN-09: the body decides; matching or missing header fields change nothing', async () => {
    const { scene, call } = await guarded()
    await expectPlainRejection(
      scene,
      call(callTool('write'), { 'Mcp-Method': 'tools/call', 'Mcp-Name': 'read' }),
      HEADER_MISMATCH,
    )
    for (const headers of [{}, { 'Mcp-Method': 'tools/call', 'Mcp-Name': 'write' }]) {
      await expectRejected(scene, call(callTool('write'), headers), {
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
      handler: async (request) => {
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
    await expectAccepted(scene, scene.send(request))
    expect(got).toEqual([{ bytes, headers: sent }])
  })

  it('TRN-12: is the same object, with everything that a host attached to it', async () => {
    const seen: Request[] = []
    const scene = await createScene({
      operations: { '*': [] },
      handler: (request) => {
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

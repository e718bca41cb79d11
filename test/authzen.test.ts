/** Decisions by an AuthZEN policy decision point. A real one is in test/field/cerbos. */

import { describe, expect, it } from 'vitest'
import { type AuthzenOptions, authzen } from '../src/authzen.ts'
import { ConfigError, verifyAccessToken } from '../src/index.ts'
import { ISSUER, RESOURCE } from './support/issuer.ts'
import { callTool, expectPlainRejection, message, OPERATION_DENIED, post } from './support/mcp.ts'
import {
  bearer,
  createScene,
  expectAccepted,
  expectFault,
  expectRejected,
  NO_CREDENTIALS,
  type Scene,
} from './support/scene.ts'

const URL_OF_PDP = 'https://pdp.example/access/v1/evaluation'

interface Sent {
  readonly url: string
  readonly method: string | undefined
  readonly headers: Headers
  readonly redirect: string | undefined
  readonly body: unknown
}

/** A decision point with this response to everything, and what it received. */
function createPdp(respond: () => Response | Promise<Response>) {
  const sent: Sent[] = []
  const fetch: AuthzenOptions['fetch'] = async (url, init) => {
    const { method, redirect } = init ?? {}
    const headers = new Headers(init?.headers)
    sent.push({ url, method, headers, redirect, body: JSON.parse(String(init?.body)) })
    return respond()
  }
  return { sent, fetch }
}

const decided = (decision: unknown) => () => Response.json({ decision })

async function sceneOf(options: Partial<AuthzenOptions>, optional = false): Promise<Scene> {
  return createScene({
    requiredScopes: ['read'],
    operations: authzen({ url: URL_OF_PDP, ...options }),
    requirements: { optional },
  })
}

describe('authzen()', () => {
  it('permits what the decision point permits, and asks with the identity of the token', async () => {
    const { sent, fetch } = createPdp(decided(true))
    const scene = await sceneOf({ fetch, token: 'secret' })
    const act = { client_id: 'agent' }
    await expectAccepted(
      scene,
      scene.ask(await bearer(scene, { act }), post(callTool('delete_note'))),
    )
    expect(sent).toHaveLength(1)
    const [{ url, method, headers, redirect, body } = {} as Sent] = sent
    expect([url, method, redirect]).toEqual([URL_OF_PDP, 'POST', 'manual'])
    expect(Object.fromEntries(headers)).toEqual({
      accept: 'application/json',
      'content-type': 'application/json',
      authorization: 'Bearer secret',
    })
    expect(body).toEqual({
      subject: {
        type: 'user',
        id: 'user-1',
        properties: {
          issuer: ISSUER,
          client_id: 'client-1',
          scopes: ['read'],
          actor: { clientId: 'agent' },
        },
      },
      action: { name: 'tools/call' },
      resource: { type: 'tool', id: 'delete_note' },
      context: { resource_server: RESOURCE },
    })
  })

  it('needs requiredScopes besides', async () => {
    const scene = await sceneOf({ fetch: createPdp(decided(true)).fetch })
    await expectRejected(
      scene,
      scene.ask(await bearer(scene, { scope: 'other' }), post(callTool('x'))),
      {
        code: 'scope_insufficient',
        status: 403,
        error: 'insufficient_scope',
        scope: 'read',
      },
    )
  })

  it('denies what the decision point denies', async () => {
    const { fetch } = createPdp(() =>
      Response.json({ decision: false, context: { reason_admin: { en: 'secret of alice' } } }),
    )
    const scene = await sceneOf({ fetch })
    await expectPlainRejection(
      scene,
      scene.ask(await bearer(scene), post(callTool('x'))),
      OPERATION_DENIED,
    )
    // Reasons of policies may name persons; events do not.
    expect(scene.events.at(-1)).toMatchObject({ denied: 'denied by the policy decision point' })
    expect(JSON.stringify(scene.events)).not.toContain('alice')
  })

  it.each([
    ['resources/read', { uri: 'NOTE://a/b' }, { type: 'resource', id: 'note://a/b' }],
    ['prompts/get', { name: 'greet' }, { type: 'prompt', id: 'greet' }],
    ['tasks/get', { taskId: '7' }, { type: 'task', id: '7' }],
    ['completion/complete', { ref: { name: 'greet' } }, { type: 'completion', id: 'greet' }],
    ['tools/list', {}, { type: 'method', id: 'tools/list' }],
    ['constructor/x', {}, { type: 'method', id: 'constructor/x' }],
  ])('names the resource of %s', async (method, params, resource) => {
    const { sent, fetch } = createPdp(decided(true))
    const scene = await sceneOf({ fetch })
    await expectAccepted(scene, scene.ask(await bearer(scene), post(message(method, params))))
    expect(sent[0]?.body).toMatchObject({ action: { name: method }, resource })
  })

  it('names the client where the token has no subject, and needs one of them', async () => {
    const { sent, fetch } = createPdp(decided(true))
    const scene = await sceneOf({ fetch })
    const body = post(callTool('x'))
    await expectAccepted(scene, scene.ask(await bearer(scene, { sub: undefined }), body))
    expect(sent[0]?.body).toMatchObject({ subject: { type: 'client', id: 'client-1' } })
    const nobody = await bearer(scene, { sub: undefined, client_id: undefined })
    await expectFault(scene, scene.ask(nobody, body), 'unavailable')
    expect(sent).toHaveLength(1)
  })

  it.each<[string, () => Response | Promise<Response>]>([
    ['a text decision', decided('true')],
    ['a number', decided(1)],
    ['no decision', () => Response.json({})],
    ['a list', () => Response.json([{ decision: true }])],
    ['an inherited decision', () => Response.json({ __proto__: { decision: true } })],
    ['HTML', () => new Response('<html>')],
    ['nothing', () => new Response(null)],
    ['201', () => Response.json({ decision: true }, { status: 201 })],
    ['401', () => Response.json({ decision: true }, { status: 401 })],
    ['403', () => Response.json({ decision: false }, { status: 403 })],
    ['500', () => Response.json({ decision: true }, { status: 500 })],
    [
      'a redirect',
      () => new Response(null, { status: 307, headers: { Location: 'https://evil.example/' } }),
    ],
    ['too much', () => Response.json({ decision: true, context: { a: 'x'.repeat(70_000) } })],
    ['an error', () => Promise.reject(new TypeError('fetch failed'))],
    ['no response', () => new Promise<Response>(() => undefined)],
  ])('is a 503 for %s', async (_, respond) => {
    const scene = await sceneOf({ fetch: createPdp(respond).fetch, timeoutMs: 30 })
    await expectFault(scene, scene.ask(await bearer(scene), post(callTool('x'))), 'unavailable')
  })

  it('does not ask about requests without a token, unless map does', async () => {
    const { sent, fetch } = createPdp(decided(true))
    const body = post(callTool('x'))
    const expected = { ...NO_CREDENTIALS, scope: 'read' }
    const scene = await sceneOf({ fetch })
    await expectRejected(scene, scene.ask(undefined, body), expected)
    const mixed = await sceneOf({ fetch }, true)
    await expectRejected(mixed, mixed.ask(undefined, body), expected)
    expect(sent).toHaveLength(0)
    const map: AuthzenOptions['map'] = ({ name = '' }, auth) => ({
      subject: { type: 'user', id: auth?.subject ?? 'anonymous' },
      action: { name: 'call' },
      resource: { type: 'tool', id: name },
    })
    const asking = await sceneOf({ fetch, map }, true)
    expect((await asking.ask(undefined, body)).status).toBe(200)
    expect(sent[0]?.body).toMatchObject({ subject: { id: 'anonymous' } })
  })

  it('sends what map makes of operation, context and arguments', async () => {
    const { sent, fetch } = createPdp(decided(true))
    const map: AuthzenOptions['map'] = ({ name = '' }, auth, call) => ({
      subject: { type: 'user', id: auth?.subject ?? '' },
      action: { name: 'call' },
      resource: { type: 'tool', id: name, properties: call.arguments() },
    })
    const scene = await sceneOf({ fetch, map })
    const body = message('tools/call', { name: 'refund', arguments: { amount: 5 } })
    await expectAccepted(scene, scene.ask(await bearer(scene), post(body)))
    expect(sent[0]?.body).toEqual({
      subject: { type: 'user', id: 'user-1' },
      action: { name: 'call' },
      resource: { type: 'tool', id: 'refund', properties: { amount: 5 } },
    })
  })

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['no resource', { subject: { type: 'user', id: 'u' }, action: { name: 'a' } }],
    [
      'an empty id',
      {
        subject: { type: 'user', id: '' },
        action: { name: 'a' },
        resource: { type: 't', id: 'i' },
      },
    ],
  ])('is a 503 without a question where map gives %s', async (_, request) => {
    const { sent, fetch } = createPdp(decided(true))
    const scene = await sceneOf({ fetch, map: () => request as never })
    await expectFault(scene, scene.ask(await bearer(scene), post(callTool('x'))), 'unavailable')
    expect(sent).toEqual([])
  })

  it.each([
    ['https://pdp.example', URL_OF_PDP],
    ['https://pdp.example/', URL_OF_PDP],
    ['https://pdp.example/tenant/evaluation', 'https://pdp.example/tenant/evaluation'],
    ['https://pdp.example/?a=1', 'https://pdp.example/?a=1'],
    ['http://127.0.0.1:3592', 'http://127.0.0.1:3592/access/v1/evaluation'],
  ])('asks for %s at %s', async (url, expected) => {
    const { sent, fetch } = createPdp(decided(true))
    const scene = await sceneOf({ fetch, url, token: async () => 'fresh' })
    const token = await scene.issuer.token()
    await verifyAccessToken(token, scene.resource, {}, { body: callTool('x') })
    expect(sent[0]?.url).toBe(expected)
    expect(sent[0]?.headers.get('authorization')).toBe('Bearer fresh')
  })

  it.each([undefined, null, '', 5])(
    'is a 503 without a question where the function for the token returns %j',
    async (value) => {
      const { sent, fetch } = createPdp(decided(true))
      const scene = await sceneOf({ fetch, token: () => value as never })
      await expectFault(scene, scene.ask(await bearer(scene), post(callTool('x'))), 'unavailable')
      expect(sent).toEqual([])
    },
  )

  it.each([
    ['nothing', undefined, /options/],
    ['no url', {}, /url/],
    ['no URL', { url: 'pdp' }, /url/],
    ['plain http', { url: 'http://pdp.example' }, /url/],
    ['a password', { url: 'https://u:p@pdp.example' }, /url/],
    ['an empty token', { url: URL_OF_PDP, token: '' }, /token/],
    ['a time of 0', { url: URL_OF_PDP, timeoutMs: 0 }, /timeoutMs/],
    ['a map that is not a function', { url: URL_OF_PDP, map: {} }, /map/],
    ['another option', { url: URL_OF_PDP, endpoint: 'x' }, /endpoint/],
  ])('throws a ConfigError for %s', (_, options, message) => {
    const create = () => authzen(options as never)
    expect(create).toThrow(ConfigError)
    expect(create).toThrow(message)
  })

  it('reads own options only, and admits undefined', async () => {
    const { sent, fetch } = createPdp(decided(true))
    const given = { fetch, token: undefined, timeoutMs: undefined, map: undefined }
    const scene = await sceneOf({ ...given, dangerouslyAllowHttp: undefined })
    await expectAccepted(scene, scene.ask(await bearer(scene), post(callTool('x'))))
    expect(sent[0]?.headers.has('authorization')).toBe(false)
    const plain = authzen({ url: 'http://pdp.internal:3592', fetch, dangerouslyAllowHttp: true })
    expect(plain).toBeTypeOf('function')
  })
})

/** SCO-18: `permits` and `visible`, case by case. The property is in test/properties/visible.test.ts. */

import { afterEach, describe, expect, it, vi } from 'vitest'
import {
  type AnonymousContext,
  type AuthContext,
  authenticate,
  deny,
  type OperationDecision,
  type Permission,
  type ProtectedResource,
  permits,
  protectedResource,
  verifyAccessToken,
  visible,
} from '../../src/index.ts'
import { ISSUER, RESOURCE } from '../support/issuer.ts'
import { callTool, message, post } from '../support/mcp.ts'
import { createScene, type SceneOptions } from '../support/scene.ts'

afterEach(() => void vi.useRealTimers())

interface Setting {
  readonly resource: ProtectedResource
  readonly auth: AuthContext
  readonly anonymous: AnonymousContext
}

async function setUp(options: SceneOptions, claims = {}): Promise<Setting> {
  const scene = await createScene(options)
  const request = new Request(RESOURCE)
  const { fetch } = scene.issuer
  const open = protectedResource({
    resource: RESOURCE,
    authorizationServers: [ISSUER],
    fetch,
    now: scene.clock.now,
  })
  request.headers.set(
    'Authorization',
    `Bearer ${await scene.issuer.token({ scope: 'read', ...claims })}`,
  )
  const auth = await authenticate(request, open)
  const anonymous = await authenticate(new Request(RESOURCE), open, { optional: true })
  if (!auth.ok || !anonymous.ok || !anonymous.anonymous)
    throw new Error('The context was rejected.')
  return { resource: scene.resource, auth, anonymous }
}

const forbidden = (...scopes: string[]): Permission => ({ ok: false, scopes, denied: false })
const DENIED: Permission = { ok: false, scopes: [], denied: true }
const tool = (name: string) => ({ method: 'tools/call', name })

describe('permits()', () => {
  const options: SceneOptions = {
    requiredScopes: ['read'],
    operations: {
      'tools/call write': ['write'],
      'tools/call any': { anyOf: ['x', 'read'] },
      'tools/call best': { anyOf: ['x', 'y'] },
      'tools/call frozen': deny('frozen'),
      'tools/call help': 'public',
      'resources/read note://a/b': ['write'],
    },
  }

  it.each<[string, string, Permission]>([
    ['write', 'tools/call', forbidden('read', 'write')],
    ['any', 'tools/call', { ok: true }],
    ['best', 'tools/call', forbidden('read', 'x')],
    ['frozen', 'tools/call', DENIED],
    ['help', 'tools/call', { ok: true }],
    ['other', 'tools/call', { ok: true }],
    ['NOTE://a/x/../%62#c', 'resources/read', forbidden('read', 'write')],
    ['no URI', 'resources/read', forbidden()],
  ])('SCO-18: says about %s of %s what the guard decides', async (name, method, expected) => {
    const { resource, auth } = await setUp(options)
    expect(await permits(resource, auth, { method, name })).toEqual(expected)
    expect(await permits(resource, { ...auth }, { method, name })).toEqual(expected)
  })

  it('SCO-18: names the scopes of the challenge: repeated, configured, and of the route', async () => {
    const repeating = await setUp(
      { ...options, repeatGrantedScopes: true },
      { scope: 'read other' },
    )
    expect(await permits(repeating.resource, repeating.auth, tool('write'))).toEqual(
      forbidden('read', 'write', 'other'),
    )
    // Repeated are the scopes of the token, without those that they imply.
    const scene = await createScene({
      operations: { 'tools/call write': ['write'] },
      scopeHierarchy: { read: ['list'] },
      repeatGrantedScopes: true,
    })
    const token = await scene.issuer.token({ scope: 'read' })
    const own = await verifyAccessToken(token, scene.resource, {}, { body: null })
    expect(await permits(scene.resource, own, tool('write'))).toEqual(forbidden('write', 'read'))
    const { resource, auth } = await setUp(options)
    const route = { scopes: { anyOf: ['route', 'offline_access'] } }
    expect(await permits(resource, auth, tool('any'), route)).toEqual(
      forbidden('read', 'route', 'x'),
    )
    expect(await permits(resource, auth, tool('write'), { acrValues: ['high'] })).toEqual(
      forbidden('read', 'write'),
    )
    expect(await permits(resource, auth, tool('any'), { maxAgeSeconds: 60 })).toEqual(
      forbidden('read', 'x'),
    )
    expect(await permits(resource, auth, tool('frozen'), route)).toEqual(DENIED)
  })

  it('rejects unknown requirements, as the guard does', async () => {
    const { resource, auth } = await setUp(options)
    for (const misspelt of [{ scope: ['x'] }, { scopes: { anyOf: ['read'], allOf: ['x'] } }]) {
      const requirements = misspelt as object
      await expect(permits(resource, auth, tool('help'), requirements)).rejects.toThrow(
        / is not a requirement/,
      )
      await expect(
        visible(resource, auth, 'tools/call', [{ name: 'help' }], requirements),
      ).rejects.toThrow(/ is not a requirement/)
      await expect(
        authenticate(new Request(RESOURCE), resource, requirements as { optional: true }),
      ).rejects.toThrow(/ is not a requirement/)
    }
  })

  it('SCO-18: permits anonymous contexts what is public', async () => {
    const { resource, anonymous } = await setUp(options)
    expect(await permits(resource, anonymous, tool('help'))).toEqual({ ok: true })
    expect(await permits(resource, anonymous, tool('write'))).toEqual(forbidden('read', 'write'))
    expect(await permits(resource, anonymous, tool('frozen'))).toEqual(DENIED)
    const configured = await setUp({ ...options, challengeScopes: ['all'] })
    expect(await permits(configured.resource, anonymous, tool('write'))).toEqual(forbidden('all'))
    const open = await setUp({})
    expect(await permits(open.resource, anonymous, tool('x'))).toEqual({ ok: true })
    const closed = await setUp({ requiredScopes: ['read'] })
    expect(await permits(closed.resource, anonymous, tool('x'))).toEqual(forbidden('read'))
  })

  it('gives a decision the context and the given arguments only', async () => {
    const seen: unknown[] = []
    const operations: OperationDecision = async (operation, auth, call) => {
      seen.push(operation, auth?.subject, call.arguments())
      return ['write']
    }
    const { resource, auth, anonymous } = await setUp({ operations })
    expect(await permits(resource, auth, tool('x'))).toEqual(forbidden('write'))
    await permits(resource, anonymous, { ...tool('x'), arguments: { a: [1] } })
    expect(seen).toEqual([tool('x'), 'user-1', undefined, tool('x'), undefined, { a: [1] }])
    expect(Object.isFrozen((seen[5] as { a: unknown }).a)).toBe(true)
  })

  it.each([
    [
      'throws',
      () => {
        throw new Error('boom')
      },
    ],
    ['rejects', () => Promise.reject(new Error('boom'))],
    ['never settles', () => new Promise(() => undefined)],
    ['returns no rule', () => 'read'],
  ])('does not permit where a decision %s', async (_, operations) => {
    const options = { operations: operations as never, decisionTimeoutMs: 20 }
    const { resource, auth } = await setUp(options)
    expect(await permits(resource, auth, tool('x'))).toEqual(forbidden())
    expect(await visible(resource, auth, 'tools/call', [{ name: 'x' }])).toEqual([])
  })

  it.each([
    [
      'an accessor',
      {
        get a() {
          return 1
        },
      },
    ],
    ['__proto__', JSON.parse('{"__proto__":1}')],
    ['a large integer', { a: 2 ** 53 }],
    ['a function', { a: () => 1 }],
  ])('does not permit arguments with %s that a decision reads', async (_, value) => {
    const operations: OperationDecision = (_operation, _auth, call) => {
      try {
        call.arguments()
      } catch {
        // The guard would reject the call all the same.
      }
      return []
    }
    const { resource, auth } = await setUp({ operations })
    const operation = { ...tool('x'), arguments: value }
    expect(await permits(resource, auth, operation)).toEqual(forbidden())
    expect(await permits(resource, auth, tool('x'))).toEqual({ ok: true })
  })

  it('decides about every resource of a subscription', async () => {
    const { resource, auth } = await setUp({
      operations: { 'resources/subscribe note://a/b': ['write'] },
    })
    const listen = (...uris: unknown[]) => ({
      method: 'subscriptions/listen',
      arguments: { notifications: { resourceSubscriptions: uris } },
    })
    expect(await permits(resource, auth, listen('note://a/c'))).toEqual({ ok: true })
    expect(await permits(resource, auth, listen('note://a/c', 'note://a/b'))).toEqual(
      forbidden('write'),
    )
    expect(await permits(resource, auth, listen(1))).toEqual(forbidden())
    expect(await permits(resource, auth, { method: 'subscriptions/listen' })).toEqual({ ok: true })
  })

  it('decides about every task of a subscription', async () => {
    const { resource, auth } = await setUp({ operations: { 'tasks/get t2': ['write'] } })
    const listen = (...taskIds: unknown[]) => ({
      method: 'subscriptions/listen',
      arguments: { notifications: { taskIds } },
    })
    expect(await permits(resource, auth, listen('t1'))).toEqual({ ok: true })
    expect(await permits(resource, auth, listen('t1', 't2'))).toEqual(forbidden('write'))
    expect(await permits(resource, auth, listen(1))).toEqual(forbidden())
  })

  it("permits under decisionMode: 'report' what is not enforced", async () => {
    const { resource, auth, anonymous } = await setUp({ ...options, decisionMode: 'report' })
    for (const name of ['write', 'frozen']) {
      expect(await permits(resource, auth, tool(name))).toEqual({ ok: true })
      expect((await permits(resource, anonymous, tool(name))).ok).toBe(false)
    }
  })

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['a text', 'auth'],
    ["the SDK's AuthInfo", { token: 't', clientId: 'c', scopes: ['read', 'write'] }],
    ['a rejection', new Response(null, { status: 403 })],
  ])('throws a TypeError for %s as the context', async (_, auth) => {
    const { resource } = await setUp(options)
    await expect(permits(resource, auth as never, tool('x'))).rejects.toThrow(TypeError)
    await expect(visible(resource, auth as never, 'tools/call', [])).rejects.toThrow(TypeError)
  })

  it('throws a TypeError for a context of another resource, and for no operation', async () => {
    const { resource, auth } = await setUp(options)
    const other = { ...auth, identifier: 'https://other.example/mcp' } as AuthContext
    await expect(permits(resource, other, tool('x'))).rejects.toThrow(TypeError)
    for (const operation of [undefined, null, 'tools/call', {}, { method: 1 }]) {
      await expect(permits(resource, auth, operation as never)).rejects.toThrow(TypeError)
    }
    await expect(permits(resource, auth, tool('x'), [] as never)).rejects.toThrow(TypeError)
  })
})

describe('visible()', () => {
  const options: SceneOptions = {
    operations: {
      'tools/call write': ['write'],
      'tools/call frozen': deny('frozen'),
      'resources/read note://a/b': ['write'],
      'prompts/get': { anyOf: ['read', 'x'] },
    },
  }

  it('SCO-18: keeps the items themselves, in their order', async () => {
    const { resource, auth } = await setUp(options)
    const items = [
      { name: 'b', title: 'B' },
      { name: 'write', title: 'W' },
      { name: 'a', title: 'A' },
      { name: 'frozen', title: 'F' },
      { name: 'b', title: 'B again' },
    ]
    const shown = await visible(resource, auth, 'tools/call', items)
    expect(shown.map(({ title }) => title)).toEqual(['B', 'A', 'B again'])
    expect(shown[0]).toBe(items[0])
    expect(await visible(resource, { ...auth }, 'tools/call', items)).toEqual(shown)
    expect(await visible(resource, auth, 'prompts/get', items)).toEqual(items)
    expect(await visible(resource, auth, 'tools/call', [])).toEqual([])
  })

  it('SCO-18: hides other spellings of a URI, and what is no URI', async () => {
    const { resource, auth } = await setUp(options)
    const uris = [
      'note://a/c',
      'NOTE://a/%62',
      'note://a/b#c',
      '/a',
      '',
      'note://a/b%00',
      'https://h',
    ]
    const items = uris.map((uri) => ({ uri }))
    for (let run = 0; run < 2; run++) {
      const shown = await visible(resource, auth, 'resources/read', items)
      expect(shown.map(({ uri }) => uri)).toEqual(['note://a/c', 'https://h'])
    }
  })

  it('SCO-18: leaves out what has no name, whatever the policy is', async () => {
    const odd = [
      undefined,
      null,
      1,
      'name',
      {},
      { name: undefined },
      { name: 1 },
      { name: ['b'] },
      { uri: 'note://a/b' },
      { uriTemplate: 'note://{a}' },
      Object.create({ name: 'inherited' }),
      {
        get name() {
          throw new Error('boom')
        },
      },
      { name: 'good' },
    ]
    for (const operations of [options.operations, undefined, () => []]) {
      const { resource, auth } = await setUp({ operations: operations })
      const shown = await visible(resource, auth, 'tools/call', odd as never[])
      expect(shown).toEqual([{ name: 'good' }])
    }
  })

  it('SCO-18: shows anonymous contexts what is public', async () => {
    const { resource, anonymous } = await setUp({ operations: { 'tools/call help': 'public' } })
    const items = [{ name: 'help' }, { name: 'other' }]
    expect(await visible(resource, anonymous, 'tools/call', items)).toEqual([{ name: 'help' }])
  })

  it('SCO-18: honours the hierarchy, and the requirements of the route', async () => {
    const { resource } = await setUp(options)
    const scene = await createScene({
      ...options,
      scopeHierarchy: { admin: ['write'], write: ['read'] },
    })
    const request = new Request(RESOURCE, post(callTool('a')))
    request.headers.set('Authorization', `Bearer ${await scene.issuer.token({ scope: 'admin' })}`)
    const auth = await authenticate(request, scene.resource)
    if (!auth.ok) throw new Error('The context was rejected.')
    const items = [{ name: 'write' }, { name: 'a' }]
    expect(await visible(scene.resource, auth, 'tools/call', items)).toEqual(items)
    expect(await visible(resource, auth, 'tools/call', items, { scopes: ['route'] })).toEqual([])
    expect(
      await visible(resource, auth, 'tools/call', items, { scopes: { anyOf: ['x', 'read'] } }),
    ).toEqual(items)
  })

  it('decides about several items at the same time, within one time limit', async () => {
    let running = 0
    let most = 0
    const operations: OperationDecision = async ({ name = '' }) => {
      running += 1
      most = Math.max(most, running)
      await new Promise((resolve) => setTimeout(resolve, 5))
      running -= 1
      return name === 'stuck' ? new Promise(() => undefined) : []
    }
    const { resource, auth } = await setUp({ operations, decisionTimeoutMs: 500 })
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const items = Array.from({ length: 40 }, (_, index) => ({
      name: index === 3 ? 'stuck' : `n${index}`,
    }))
    const visibleItems = visible(resource, auth, 'tools/call', items)
    await vi.advanceTimersByTimeAsync(500)
    vi.useRealTimers()
    const shown = await visibleItems
    expect(shown).toEqual(items.filter(({ name }) => name !== 'stuck'))
    expect(most).toBe(16)
  })

  it('ends with the time limit where no decision is made', async () => {
    let asked = 0
    const operations: OperationDecision = () => {
      asked += 1
      return new Promise(() => undefined)
    }
    const { resource, auth } = await setUp({ operations, decisionTimeoutMs: 30 })
    const items = Array.from({ length: 100 }, (_, index) => ({ name: `n${index}` }))
    expect(await visible(resource, auth, 'tools/call', items)).toEqual([])
    expect(asked).toBe(16)
  })

  it.each([
    ['tools/list'],
    ['resources/list'],
    ['completion/complete'],
    ['tasks/get'],
    ['constructor'],
    [undefined],
  ])('throws a TypeError for the method %s', async (method) => {
    const { resource, auth } = await setUp(options)
    await expect(visible(resource, auth, method as never, [])).rejects.toThrow(TypeError)
  })

  it.each([[undefined], [null], ['items'], [{ length: 0 }], [new Set()]])(
    'throws a TypeError for %j as items',
    async (items) => {
      const { resource, auth } = await setUp(options)
      await expect(visible(resource, auth, 'tools/call', items as never)).rejects.toThrow(TypeError)
    },
  )

  it('SCO-18: is for a list what permits() is for each item', async () => {
    const { resource, auth } = await setUp(options)
    const list = message('tools/list')
    expect(await permits(resource, auth, list)).toEqual({ ok: true })
    for (const name of ['write', 'frozen', 'a']) {
      const shown = await visible(resource, auth, 'tools/call', [{ name }])
      expect(shown.length === 1).toBe((await permits(resource, auth, tool(name))).ok)
    }
  })
})

/** SCO, ERR: decisions of the application about operations and their arguments. */

import { describe, expect, it } from 'vitest'
import {
  AuthError,
  type AuthEvent,
  authenticate,
  deny,
  type OperationDecision,
  type OperationPolicy,
  type ScopeRule,
  verifyAccessToken,
} from '../../src/index.ts'
import { METADATA_URL, RESOURCE } from '../support/issuer.ts'
import {
  callTool,
  INTERNAL,
  type Message,
  message,
  OPERATION_DENIED,
  post,
  refusedPlainly,
} from '../support/mcp.ts'
import { bearerChallenge } from '../support/rejection.ts'
import {
  accepted,
  createScene,
  faulted,
  invalidToken,
  malformed,
  NO_CREDENTIALS,
  refused,
  type Scene,
  type SceneOptions,
} from '../support/scene.ts'

async function bearer(scene: Scene, scope = 'read'): Promise<string> {
  return `Bearer ${await scene.issuer.token({ scope })}`
}

function sceneOf(operations: unknown, options: SceneOptions = {}): Promise<Scene> {
  return createScene({
    requiredScopes: ['read'],
    operations: operations as OperationPolicy,
    decisionTimeoutMs: 50,
    ...options,
  })
}

const never = () => new Promise<ScopeRule>(() => undefined)
const boom = () => {
  throw new Error('boom')
}
/** A promise of another library. */
function thenable(then: (done: (rule: unknown) => void) => void): unknown {
  return { then }
}
const last = (scene: Scene): AuthEvent | undefined => scene.events.at(-1)

describe('deny()', () => {
  it.each([
    ['a table', { 'tools/call delete_note': deny('frozen') }],
    ['a table with an object like it', { 'tools/call': { denied: 'frozen' } }],
    ['a decision', () => deny('frozen')],
    ['an asynchronous decision', async () => deny('frozen')],
  ])('ERR-19: in %s is a 403 without a challenge, before scopes and step-up', async (_, policy) => {
    const scene = await sceneOf(policy, {
      requirements: { scopes: ['route'], acrValues: ['high'] },
    })
    const body = post(callTool('delete_note'))
    await refusedPlainly(scene, scene.ask(await bearer(scene), body), OPERATION_DENIED)
    expect(last(scene)).toEqual({
      type: 'refused',
      resource: RESOURCE,
      code: 'operation_denied',
      status: 403,
      issuer: scene.issuer.issuer,
      denied: 'frozen',
    })
  })

  it('ERR-19: of one operation rejects the whole batch, and later decisions are not made', async () => {
    const asked: (string | undefined)[] = []
    const scene = await sceneOf(({ name }: { name?: string }) => {
      asked.push(name)
      return name === 'b' ? deny('b') : ['read']
    })
    const batch = ['a', 'b', 'c'].map(callTool)
    await refusedPlainly(scene, scene.ask(await bearer(scene), post(batch)), OPERATION_DENIED)
    expect(asked).toEqual(['a', 'b'])
  })

  it('ERR-19: without a good token it is a 401 that names the other scopes', async () => {
    const policy: OperationDecision = ({ name }) => (name === 'a' ? deny('a') : ['write'])
    const scene = await sceneOf(policy)
    const body = post([callTool('a'), callTool('b')])
    await refused(scene, scene.ask(undefined, body), { ...NO_CREDENTIALS, scope: 'read write' })
    const expired = `Bearer ${await scene.issuer.token({ exp: 1_799_999_000 })}`
    await refused(scene, scene.ask(expired, body), {
      ...invalidToken('token_expired'),
      scope: 'read write',
    })
    const mixed = await sceneOf(policy, { requirements: { optional: true } })
    await refused(mixed, mixed.ask(undefined, body), { ...NO_CREDENTIALS, scope: 'read write' })
    expect(last(mixed)).toMatchObject({ denied: 'a' })
  })

  it('ERR-19: verifyAccessToken() throws it', async () => {
    const scene = await sceneOf(() => deny('frozen'))
    const token = await scene.issuer.token()
    const verifying = verifyAccessToken(token, scene.resource, {}, { body: callTool('x') })
    await expect(verifying).rejects.toMatchObject({
      code: 'operation_denied',
      status: 403,
      scopes: [],
    })
  })

  it('puts a bounded reason of visible characters into the event only', async () => {
    const reason = `line\nbreak\u202e${'x'.repeat(1000)}`
    const scene = await sceneOf(() => deny(reason))
    const response = await scene.ask(await bearer(scene), post(callTool('x')))
    expect(await response.text()).not.toContain('line')
    expect(JSON.stringify([...response.headers])).not.toContain('line')
    const { denied = '' } = last(scene) as { denied?: string }
    expect(denied).toHaveLength(256)
    expect(denied).toMatch(/^line\uFFFDbreak\uFFFDx+…$/)
  })
})

describe('a decision with a token', () => {
  it.each([
    ['returns scopes', () => ['read']],
    ['resolves to scopes', async () => ['read']],
    ['resolves to nothing', async () => undefined],
    ['resolves to anyOf', async () => ({ anyOf: ['x', 'read'] })],
    ['returns a thenable', () => thenable((done) => done('public'))],
  ])('passes where it %s', async (_, policy) => {
    const scene = await sceneOf(policy)
    await accepted(scene, scene.ask(await bearer(scene), post(callTool('x'))))
  })

  it('SCO-02: the 403 names the scopes of asynchronous decisions, too', async () => {
    const scene = await sceneOf(async ({ name }: { name?: string }) => [name])
    await refused(scene, scene.ask(await bearer(scene), post([callTool('a'), callTool('b')])), {
      code: 'scope_insufficient',
      status: 403,
      error: 'insufficient_scope',
      scope: 'read a b',
    })
  })

  it.each([
    ['throws', boom],
    [
      'throws an AuthError',
      () => {
        throw new AuthError('token_inactive')
      },
    ],
    ['rejects', async () => boom()],
    [
      'rejects with an AuthError',
      () => Promise.reject(new AuthError('scope_insufficient', { scopes: ['x'] })),
    ],
    ['never settles', never],
    ['returns a thenable that never settles', () => thenable(() => undefined)],
    ['returns a thenable that throws', () => thenable(boom)],
    ['settles late', () => new Promise((resolve) => setTimeout(resolve, 200, ['read']))],
    ['rejects late', () => new Promise((_, reject) => setTimeout(reject, 200, new Error('late')))],
  ])('is a 503 where it %s', async (_, policy) => {
    const scene = await sceneOf(policy)
    await faulted(scene, scene.ask(await bearer(scene), post(callTool('x'))), 'unavailable')
    expect(last(scene)).toMatchObject({ issuer: scene.issuer.issuer })
  })

  it.each([
    ['null', null],
    ['false', false],
    ['true', true],
    ['a string', 'read'],
    ['a number', 0],
    ['a function', () => ['read']],
    ['an empty object', {}],
    ['an empty anyOf', { anyOf: [] }],
    ['a denial without text', { denied: 1 }],
    ['a denial with scopes', { denied: 'x', anyOf: ['read'] }],
    ['an inherited denial', Object.create({ denied: 'x' })],
    ['an invalid scope', ['a b']],
    ['a list of lists', [['read']]],
  ])('is a 500 where it gives %s, at once or later', async (_, rule) => {
    for (const policy of [() => rule, async () => rule]) {
      const scene = await sceneOf(policy)
      await refusedPlainly(scene, scene.ask(await bearer(scene), post(callTool('x'))), INTERNAL)
    }
  })

  it('has one time limit for all operations', async () => {
    const slow = () => new Promise((resolve) => setTimeout(resolve, 40, ['read']))
    const scene = await sceneOf(slow, { decisionTimeoutMs: 100 })
    await accepted(scene, scene.ask(await bearer(scene), post([callTool('a')])))
    const batch = ['a', 'b', 'c', 'd'].map(callTool)
    await faulted(scene, scene.ask(await bearer(scene), post(batch)), 'unavailable')
  })

  it('receives the context, and none without a good token', async () => {
    const seen: unknown[] = []
    const scene = await sceneOf((_: unknown, auth?: { subject: string }) => {
      seen.push(auth?.subject)
      return ['read']
    })
    await accepted(scene, scene.ask(await bearer(scene), post(callTool('x'))))
    await refused(scene, scene.ask(undefined, post(callTool('x'))), {
      ...NO_CREDENTIALS,
      scope: 'read',
    })
    expect(seen).toEqual(['user-1', undefined])
  })
})

describe('a decision without a token', () => {
  it.each([
    ['a promise', async () => ['write']],
    ['a rejected promise', () => Promise.reject(new Error('boom'))],
    ['an exception', boom],
    ['a promise that never settles', never],
  ])('SCO-01: names what is known without %s', async (_, policy) => {
    const scene = await sceneOf(policy, { decisionTimeoutMs: 2000 })
    const started = performance.now()
    await refused(scene, scene.ask(undefined, post(callTool('x'))), {
      ...NO_CREDENTIALS,
      scope: 'read',
    })
    expect(performance.now() - started).toBeLessThan(1000)
  })

  it('SCO-01: is not asked where challengeScopes are given', async () => {
    let asked = 0
    const scene = await sceneOf(() => void asked++, { challengeScopes: ['all'] })
    await refused(scene, scene.ask(undefined, post(callTool('x'))), {
      ...NO_CREDENTIALS,
      scope: 'all',
    })
    expect(asked).toBe(0)
  })

  it('passes as anonymous where it resolves to public, and is a 503 where it fails', async () => {
    const optional = { requirements: { optional: true } }
    const scene = await sceneOf(async () => 'public', optional)
    expect((await scene.ask(undefined, post(callTool('x')))).status).toBe(200)
    expect(scene.runs).toHaveLength(1)
    for (const policy of [boom, never, async () => boom()]) {
      const failing = await sceneOf(policy, optional)
      await faulted(failing, failing.ask(undefined, post(callTool('x'))), 'unavailable')
    }
    const odd = await sceneOf(async () => 'open', optional)
    await refusedPlainly(odd, odd.ask(undefined, post(callTool('x'))), INTERNAL)
  })

  it('is asked once for a request', async () => {
    for (const requirements of [{ optional: true }, {}]) {
      let asked = 0
      const scene = await sceneOf(() => void asked++, { requirements })
      await refused(scene, scene.ask(undefined, post(callTool('x'))), {
        ...NO_CREDENTIALS,
        scope: 'read',
      })
      expect(asked).toBe(1)
    }
  })
})

describe('arguments', () => {
  const read = async (body: unknown, host?: { body: unknown }): Promise<unknown> => {
    let found: unknown = 'not read'
    const scene = await sceneOf((_: unknown, __: unknown, call: { arguments: () => unknown }) => {
      found = call.arguments()
      expect(call.arguments()).toBe(found)
      return ['read']
    })
    const request = new Request(RESOURCE, post(body))
    request.headers.set('Authorization', await bearer(scene))
    const auth = await authenticate(request, scene.resource, {}, host)
    expect(auth.ok).toBe(true)
    return found
  }

  it.each<[string, Message, unknown]>([
    ['a tool', message('tools/call', { name: 'x', arguments: { a: [1] } }), { a: [1] }],
    ['a prompt', message('prompts/get', { name: 'x', arguments: { a: '1' } }), { a: '1' }],
    ['a tool without any', message('tools/call', { name: 'x' }), undefined],
    ['a tool with null', message('tools/call', { name: 'x', arguments: null }), null],
    ['a resource', message('resources/read', { uri: 'a:b' }), { uri: 'a:b' }],
    ['a method without any', message('tools/list'), undefined],
    ['a method of its own', message('x/y', [1, 2]), [1, 2]],
  ])('are those of %s', async (_, body, expected) => {
    expect(await read(body)).toStrictEqual(expected)
    expect(await read('', { body })).toStrictEqual(expected)
  })

  it('are deep-frozen, and the handler has its own', async () => {
    const scene = await sceneOf(
      (_: unknown, __: unknown, call: { arguments: () => { list: number[] } }) => {
        expect(() => call.arguments().list.push(2)).toThrow(TypeError)
        return ['read']
      },
      { answer: async (request) => Response.json((await request.json()).params.arguments) },
    )
    const body = post(message('tools/call', { name: 'x', arguments: { list: [1] } }))
    const response = await scene.ask(await bearer(scene), body)
    expect(await response.json()).toEqual({ list: [1] })
  })

  const ambiguous = [
    ['a duplicate', '{"name":"x","arguments":{"path":"a","path":"b"}}'],
    ['an equal duplicate', '{"name":"x","arguments":{"path":"a","path":"a"}}'],
    ['a duplicate with an escape', '{"name":"x","arguments":{"path":"a","p\\u0061th":"b"}}'],
    ['a duplicate deep down', '{"name":"x","arguments":{"a":[{"b":{"c":1,"c":2}}]}}'],
    ['a duplicate beside the arguments', '{"name":"x","_meta":{"a":1,"a":2},"arguments":{}}'],
    ['a duplicate where there are no arguments', '{"name":"x","a":1,"a":2}'],
    ['__proto__', '{"name":"x","arguments":{"__proto__":{"a":1}}}'],
    ['__proto__ with an escape', '{"name":"x","arguments":{"a":[{"__pr\\u006fto__":1}]}}'],
    ['__proto__ in params', '{"name":"x","__proto__":null}'],
    ['an integer beyond 2^53-1', '{"name":"x","arguments":{"id":9007199254740992}}'],
    ['a large integer in a list', '{"name":"x","arguments":{"ids":[1,[-9007199254740993]]}}'],
    ['a large integer with an exponent', '{"name":"x","arguments":{"id":1e16}}'],
    ['an infinite number', '{"name":"x","arguments":{"id":1e999}}'],
  ] as const

  it.each(ambiguous)(
    'SCO-20: with %s are a 400, whatever the decision does then',
    async (_, params) => {
      const body = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":${params}}`
      const policies: OperationDecision[] = [
        (_operation, _auth, call) => void call.arguments(),
        async (_operation, _auth, call) => void call.arguments(),
        (_operation, _auth, call) => {
          try {
            call.arguments()
          } catch {
            return 'public'
          }
          return undefined
        },
        async (_operation, _auth, call) => {
          await null
          try {
            call.arguments()
          } catch {
            expect(() => call.arguments()).toThrow()
          }
          return deny('x')
        },
      ]
      for (const policy of policies) {
        const scene = await sceneOf(policy)
        await refused(scene, scene.ask(await bearer(scene), post(body)), malformed('body_invalid'))
        // Only a good token gets to know what is wrong with the body.
        await refused(scene, scene.ask(undefined, post(body)), { ...NO_CREDENTIALS, scope: 'read' })
      }
      const mixed = await sceneOf(policies[0], { requirements: { optional: true } })
      await refused(mixed, mixed.ask(undefined, post(body)), malformed('body_invalid'))
      // A decision that reads no arguments is made about the method and the name.
      const scene = await sceneOf(() => ['read'])
      await accepted(scene, scene.ask(await bearer(scene), post(body)))
    },
  )

  it.each([
    ['the largest integers', '{"name":"x","arguments":{"a":[9007199254740991,-9007199254740991]}}'],
    ['fractions and exponents', '{"name":"x","arguments":{"a":[0.1,-1.5e-7,1e3,1E+2]}}'],
    [
      'equal names in different objects',
      '{"name":"x","arguments":{"a":{"a":1},"b":[{"a":1},{"a":2}]}}',
    ],
    [
      'digits and names in texts',
      '{"name":"x","arguments":{"a":"9007199254740993","b":"\\"a\\":1,\\"a\\":2"}}',
    ],
    [
      'names that only begin alike',
      '{"name":"x","arguments":{"__proto":1,"proto__":2,"constructor":3}}',
    ],
  ])('SCO-20: with %s are read', async (_, params) => {
    const body = `{"jsonrpc":"2.0","id":9007199254740993,"a":{"b":1,"b":2},"method":"tools/call","params":${params}}`
    expect(await read(body)).toEqual(JSON.parse(params).arguments)
  })

  it('SCO-20: only those of the call that the decision is about', async () => {
    const policy: OperationDecision = ({ name }, _auth, call) => {
      if (name === 'read') call.arguments()
      return ['read']
    }
    const odd = (name: string, id = 1) =>
      `{"jsonrpc":"2.0","id":${id},"method":"tools/call","params":{"name":"${name}","arguments":{"a":1,"a":2}}}`
    const clear =
      '{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"read","arguments":{"a":1}}}'
    const response = '{"jsonrpc":"2.0","id":4,"result":{"a":1,"a":2}}'
    const scene = await sceneOf(policy)
    const ask = async (...bodies: string[]) =>
      scene.ask(await bearer(scene), post(`[${bodies.join()}]`))
    await accepted(scene, ask(odd('other'), response, clear, odd('other')))
    await refused(scene, ask(response, clear, odd('read'), clear), malformed('body_invalid'))
  })

  it.each([
    ['__proto__', JSON.parse('{"a":{"__proto__":1}}')],
    ['a large integer', { a: [2 ** 53] }],
    ['NaN', { a: Number.NaN }],
  ])('SCO-20: with %s in host.body are a 400', async (_, value) => {
    const scene = await sceneOf((_a: unknown, _b: unknown, call: { arguments: () => unknown }) => {
      call.arguments()
      return ['read']
    })
    const token = await scene.issuer.token()
    const body = message('tools/call', { name: 'x', arguments: value })
    await expect(verifyAccessToken(token, scene.resource, {}, { body })).rejects.toMatchObject({
      code: 'body_invalid',
    })
  })

  it('are the whole params for each resource that a call subscribes to', async () => {
    const found: unknown[] = []
    const scene = await sceneOf(
      (operation: unknown, _: unknown, call: { arguments: () => unknown }) => {
        found.push(operation, call.arguments())
        return ['read']
      },
    )
    const params = { notifications: { resourceSubscriptions: ['a:b'] } }
    await accepted(
      scene,
      scene.ask(await bearer(scene), post(message('subscriptions/listen', params))),
    )
    expect(found).toEqual([
      { method: 'subscriptions/listen' },
      params,
      { method: 'resources/subscribe', name: 'a:b' },
      params,
    ])
  })
})

describe("decisionMode: 'report'", () => {
  it('warns when the resource is made', async () => {
    const scene = await sceneOf({}, { decisionMode: 'report' })
    expect(scene.events).toMatchObject([{ type: 'warning', path: 'decisionMode' }])
    expect((await sceneOf({}, { decisionMode: 'enforce' })).events).toEqual([])
  })

  it.each([
    ['a denial', () => deny('frozen\n'), { code: 'operation_denied', denied: 'frozen\uFFFD' }],
    [
      'missing scopes',
      { '*': ['write'] },
      { code: 'scope_insufficient', expected: ['read', 'write'], received: ['read'] },
    ],
    ['nothing', { '*': ['read'] }, undefined],
  ])('reports %s and passes', async (_, policy, unenforced) => {
    const scene = await sceneOf(policy, { decisionMode: 'report' })
    await accepted(scene, scene.ask(await bearer(scene), post(callTool('x'))))
    const event = {
      type: 'accepted',
      resource: RESOURCE,
      issuer: scene.issuer.issuer,
      cached: false,
    }
    expect(last(scene)).toEqual(unenforced === undefined ? event : { ...event, unenforced })
  })

  it('enforces the scopes of the resource and the route, step-up and tokens', async () => {
    const scene = await sceneOf(() => deny('x'), {
      decisionMode: 'report',
      requirements: { scopes: ['route'], maxAgeSeconds: 60 },
    })
    const body = post(callTool('x'))
    await refused(scene, scene.ask(await bearer(scene), body), {
      code: 'scope_insufficient',
      status: 403,
      error: 'insufficient_scope',
      scope: 'read route',
    })
    const header = (await scene.ask(await bearer(scene, 'read route'), body)).headers
    expect(header.get('WWW-Authenticate')).toContain('insufficient_user_authentication')
    await refused(scene, scene.ask(undefined, body), { ...NO_CREDENTIALS, scope: 'read route' })
    expect(scene.runs).toEqual([])
  })

  it('needs no scope for public operations', async () => {
    const scene = await sceneOf(async () => 'public', { decisionMode: 'report' })
    await accepted(scene, scene.ask(await bearer(scene, 'other'), post(callTool('x'))))
  })

  it('does not admit anonymous calls that are not public, and a decision that fails is a 503', async () => {
    const scene = await sceneOf(() => deny('x'), {
      decisionMode: 'report',
      requirements: { optional: true },
    })
    await refused(scene, scene.ask(undefined, post(callTool('x'))), {
      ...NO_CREDENTIALS,
      scope: 'read',
    })
    const failing = await sceneOf(boom, { decisionMode: 'report' })
    await faulted(failing, failing.ask(await bearer(failing), post(callTool('x'))), 'unavailable')
  })
})

describe('step-up with operations', () => {
  it('names the scopes of the operations', async () => {
    const scene = await sceneOf(async () => ['write'], { requirements: { acrValues: ['high'] } })
    const response = await scene.ask(await bearer(scene, 'read write'), post(callTool('x')))
    expect(response.status).toBe(401)
    expect(response.headers.get('WWW-Authenticate')).toContain('scope="read write"')
    expect(bearerChallenge(undefined, undefined, METADATA_URL)).toContain(METADATA_URL)
  })
})

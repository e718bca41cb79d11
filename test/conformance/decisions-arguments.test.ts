/** SCO: the arguments of a call that a decision function reads. */

import { describe, expect, it } from 'vitest'
import { authenticate, deny, type OperationDecision, verifyAccessToken } from '../../src/index.ts'
import { createDecisionScene } from '../support/decision-scene.ts'
import { RESOURCE } from '../support/issuer.ts'
import { type Message, message, post } from '../support/mcp.ts'
import {
  bearer,
  expectAccepted,
  expectRejected,
  malformed,
  NO_CREDENTIALS,
} from '../support/scene.ts'

describe('arguments', () => {
  const read = async (body: unknown, host?: { body: unknown }): Promise<unknown> => {
    let found: unknown = 'not read'
    const scene = await createDecisionScene(
      (_: unknown, __: unknown, call: { arguments: () => unknown }) => {
        found = call.arguments()
        expect(call.arguments()).toBe(found)
        return ['read']
      },
    )
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
    const scene = await createDecisionScene(
      (_: unknown, __: unknown, call: { arguments: () => { list: number[] } }) => {
        expect(() => call.arguments().list.push(2)).toThrow(TypeError)
        return ['read']
      },
      { handler: async (request) => Response.json((await request.json()).params.arguments) },
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
        const scene = await createDecisionScene(policy)
        await expectRejected(
          scene,
          scene.ask(await bearer(scene), post(body)),
          malformed('body_invalid'),
        )
        // Only a good token gets to know what is wrong with the body.
        await expectRejected(scene, scene.ask(undefined, post(body)), {
          ...NO_CREDENTIALS,
          scope: 'read',
        })
      }
      const mixed = await createDecisionScene(policies[0], { requirements: { optional: true } })
      await expectRejected(mixed, mixed.ask(undefined, post(body)), malformed('body_invalid'))
      // A decision that reads no arguments is made about the method and the name.
      const scene = await createDecisionScene(() => ['read'])
      await expectAccepted(scene, scene.ask(await bearer(scene), post(body)))
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
    const scene = await createDecisionScene(policy)
    const ask = async (...bodies: string[]) =>
      scene.ask(await bearer(scene), post(`[${bodies.join()}]`))
    await expectAccepted(scene, ask(odd('other'), response, clear, odd('other')))
    await expectRejected(scene, ask(response, clear, odd('read'), clear), malformed('body_invalid'))
  })

  it.each([
    ['__proto__', JSON.parse('{"a":{"__proto__":1}}')],
    ['a large integer', { a: [2 ** 53] }],
    ['NaN', { a: Number.NaN }],
  ])('SCO-20: with %s in host.body are a 400', async (_, value) => {
    const scene = await createDecisionScene(
      (_a: unknown, _b: unknown, call: { arguments: () => unknown }) => {
        call.arguments()
        return ['read']
      },
    )
    const token = await scene.issuer.token()
    const body = message('tools/call', { name: 'x', arguments: value })
    await expect(verifyAccessToken(token, scene.resource, {}, { body })).rejects.toMatchObject({
      code: 'body_invalid',
    })
  })

  it('are the whole params for each resource that a call subscribes to', async () => {
    const found: unknown[] = []
    const scene = await createDecisionScene(
      (operation: unknown, _: unknown, call: { arguments: () => unknown }) => {
        found.push(operation, call.arguments())
        return ['read']
      },
    )
    const params = { notifications: { resourceSubscriptions: ['a:b'] } }
    await expectAccepted(
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

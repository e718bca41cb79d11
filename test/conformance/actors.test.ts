/** JWT-23: the actor of a token, which acts for its subject. */

import { describe, expect, it } from 'vitest'
import {
  type Actor,
  type AuthContext,
  ConfigError,
  delegation,
  protectedResource,
  verifyAccessToken,
} from '../../src/index.ts'
import { ISSUER, RESOURCE } from '../support/issuer.ts'
import { ACTOR_REFUSED, callTool, expectPlainRejection, INTERNAL, post } from '../support/mcp.ts'
import {
  bearer,
  createScene,
  expectAccepted,
  expectRejected,
  invalidToken,
} from '../support/scene.ts'

function nested(depth: number, inner: unknown = undefined): unknown {
  let act = inner
  for (let level = depth; level > 0; level--) act = { sub: `actor-${level}`, act }
  return act
}

const actor = (members: Partial<Actor>): Actor => ({
  subject: undefined,
  issuer: undefined,
  clientId: undefined,
  actor: undefined,
  ...members,
})

describe('auth.actor', () => {
  it.each<[string, unknown, Actor | undefined]>([
    ['absent', undefined, undefined],
    ['null', null, undefined],
    ['a subject', { sub: 'a' }, actor({ subject: 'a' })],
    ['a client', { client_id: 'c' }, actor({ clientId: 'c' })],
    [
      'all of them',
      { sub: 'a', iss: 'https://x.example', client_id: 'c', other: 1 },
      actor({ subject: 'a', issuer: 'https://x.example', clientId: 'c' }),
    ],
    ['a blank subject and a client', { sub: ' ', client_id: 'c' }, actor({ clientId: 'c' })],
    ['a blank client and a subject', { sub: 'a', client_id: '' }, actor({ subject: 'a' })],
    ['a blank issuer', { sub: 'a', iss: '' }, actor({ subject: 'a' })],
    ['an inner null', { sub: 'a', act: null }, actor({ subject: 'a' })],
    [
      'a chain',
      { sub: 'a', act: { client_id: 'b' } },
      actor({ subject: 'a', actor: actor({ clientId: 'b' }) }),
    ],
  ])('JWT-23: is read from %s', async (_, act, expected) => {
    const scene = await createScene()
    for (let run = 0; run < 2; run++) {
      // The second time from the cache.
      const auth = await expectAccepted(scene, scene.ask(await bearer(scene, { act })))
      expect(auth.actor).toStrictEqual(expected)
      if (expected !== undefined) expect(Object.isFrozen(auth.actor)).toBe(true)
    }
  })

  it.each<[string, unknown]>([
    ['a string', 'x'],
    ['a number', 1],
    ['false', false],
    ['an empty string', ''],
    ['a list', [{ sub: 'a' }]],
    ['an empty list', []],
    ['an empty object', {}],
    ['blank members only', { sub: '', client_id: '\u200b\n' }],
    ['an issuer only', { iss: 'https://x.example' }],
    ['an issuer that is not a string', { sub: 'a', iss: 1 }],
    ['an issuer that is null', { sub: 'a', iss: null }],
    ['an issuer that is a list', { sub: 'a', iss: ['https://x.example'] }],
    ['a client that is not a string', { sub: 'a', client_id: {} }],
    ['a subject that is not a string', { sub: 7, client_id: 'c' }],
    ['an inner string', { sub: 'a', act: 'x' }],
    ['an inner empty object', { sub: 'a', act: {} }],
    ['a chain of 9', nested(9)],
    ['a chain of 9 with other members', nested(8, { client_id: 'c' })],
    ['a chain of 400', nested(400)],
  ])('JWT-23: %s is rejected', async (_, act) => {
    const scene = await createScene()
    const expected = invalidToken('token_claims')
    await expectRejected(scene, scene.ask(await bearer(scene, { act })), expected)
    expect(scene.events.at(-1)).toMatchObject({ claim: 'act', issuer: ISSUER })
    const token = await scene.issuer.token({ act })
    await expect(verifyAccessToken(token, scene.resource)).rejects.toMatchObject({
      code: 'token_claims',
    })
  })

  it('JWT-23: a chain of 8 is read to its end, newest first', async () => {
    const scene = await createScene()
    const auth = await expectAccepted(scene, scene.ask(await bearer(scene, { act: nested(8) })))
    const subjects = [1, 2, 3, 4, 5, 6, 7, 8].map((level) => `actor-${level}`)
    expect(delegation(auth).map(({ subject }) => subject)).toEqual(subjects)
    expect(delegation({ ...auth })).toEqual(delegation(auth))
    expect(Object.isFrozen(delegation(auth))).toBe(true)
  })

  it('is read after mapClaims, cycles included', async () => {
    const cycle: Record<string, unknown> = { sub: 'a' }
    cycle['act'] = cycle
    const mapped = async (act: unknown) =>
      createScene({ server: { mapClaims: (claims) => ({ ...claims, act }) } })
    const scene = await mapped({ sub: 'mapped' })
    const auth = await expectAccepted(
      scene,
      scene.ask(await bearer(scene, { act: { sub: 'token' } })),
    )
    expect(auth.actor?.subject).toBe('mapped')
    // A token of 16 KiB has no room for a thousand actors.
    for (const act of [cycle, nested(1000)]) {
      const odd = await mapped(act)
      await expectRejected(odd, odd.ask(await bearer(odd, {})), invalidToken('token_claims'))
    }
  })

  it('is that of opaque tokens, too', async () => {
    const verify = async (token: string) => ({
      aud: RESOURCE,
      exp: 1_900_000_000,
      act: token === 'bad' ? 'x' : { sub: 'agent' },
    })
    const scene = await createScene({ server: { accessToken: { kind: 'custom', verify } } })
    const auth = await expectAccepted(scene, scene.ask('Bearer good'))
    expect(auth.actor).toStrictEqual(actor({ subject: 'agent' }))
    await expectRejected(scene, scene.ask('Bearer bad'), invalidToken('token_claims'))
  })

  it('delegation() is empty without actors', async () => {
    const scene = await createScene()
    const auth = await expectAccepted(scene, scene.ask(await bearer(scene, {})))
    expect(delegation(auth)).toEqual([])
    expect(delegation({ ...auth, anonymous: true })).toEqual([])
  })
})

describe('acceptActors', () => {
  const act = { sub: 'agent', act: { sub: 'previous' } }

  it.each([
    ['any', true],
    [undefined, true],
    ['none', false],
    [({ subject }: Actor) => subject === 'agent', true],
    [({ subject }: Actor) => subject === 'other', false],
  ] as const)('%s decides about tokens with an actor: %s', async (acceptActors, passes) => {
    const scene = await createScene({ acceptActors })
    for (let run = 0; run < 2; run++) {
      const authorization = await bearer(scene, { act, jti: 'same' })
      if (passes) await expectAccepted(scene, scene.ask(authorization))
      else await expectPlainRejection(scene, scene.ask(authorization), ACTOR_REFUSED)
    }
    await expectAccepted(scene, scene.ask(await bearer(scene, {})))
    await expectAccepted(scene, scene.ask(await bearer(scene, { act: null })))
  })

  it('is asked on every request, cached tokens included, before the body and the scopes', async () => {
    const asked: unknown[] = []
    const scene = await createScene({
      requiredScopes: ['other'],
      operations: { '*': ['write'] },
      acceptActors: (actor, auth: AuthContext) => {
        asked.push(actor.subject, auth.subject, auth.operations)
        return false
      },
    })
    const authorization = await bearer(scene, { act })
    for (let run = 0; run < 2; run++) {
      await expectPlainRejection(scene, scene.ask(authorization, post('not JSON')), ACTOR_REFUSED)
    }
    expect(asked).toEqual(['agent', 'user-1', [], 'agent', 'user-1', []])
    expect(scene.events.at(-1)).toEqual({
      type: 'refused',
      resource: RESOURCE,
      code: 'actor_refused',
      status: 403,
      issuer: ISSUER,
    })
  })

  it.each([
    [
      'throws',
      () => {
        throw new Error('boom')
      },
    ],
    ['returns a promise', async () => true],
    ['returns a rejected promise', () => Promise.reject(new Error('boom'))],
    ['returns a truthy value', () => 1],
    ['returns nothing', () => undefined],
  ])('is a 500 where it %s', async (_, acceptActors) => {
    const scene = await createScene({ acceptActors: acceptActors as never })
    await expectPlainRejection(scene, scene.ask(await bearer(scene, { act })), INTERNAL)
    const policy = await createScene({ acceptActors: acceptActors as never, operations: {} })
    const body = post(callTool('x'))
    await expectPlainRejection(policy, policy.ask(await bearer(policy, { act }), body), INTERNAL)
  })

  it.each([[true], ['some'], [['agent']], [null]])(
    '%j is a configuration error',
    (acceptActors) => {
      const create = () =>
        protectedResource({
          resource: RESOURCE,
          authorizationServers: [ISSUER],
          acceptActors: acceptActors as never,
        })
      expect(create).toThrow(ConfigError)
      expect(create).toThrow(/acceptActors/)
    },
  )

  it('rejects before verifyAccessToken() gives a context', async () => {
    const scene = await createScene({ acceptActors: 'none' })
    const token = await scene.issuer.token({ act })
    await expect(verifyAccessToken(token, scene.resource)).rejects.toMatchObject({
      code: 'actor_refused',
      status: 403,
    })
  })
})

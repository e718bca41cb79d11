/** INT-18, INT-19: members that are null, and the audience of signed responses. */

import { describe, expect, it } from 'vitest'
import type { CustomTokenOptions } from '../../src/index.ts'
import { START } from '../support/clock.ts'
import {
  activeAnswer,
  createOpaqueScene,
  ENDPOINT,
  type OpaqueOptions,
  type OpaqueScene,
} from '../support/introspection.ts'
import { ISSUER, RESOURCE, sign } from '../support/issuer.ts'
import {
  createScene,
  expectAccepted,
  expectFault,
  expectRejected,
  invalidToken,
} from '../support/scene.ts'

describe('members that are null', () => {
  const OPTIONAL = ['nbf', 'iat', 'iss', 'token_type', 'scope', 'client_id', 'sub', 'username']
  const FURTHER = ['jti', 'cnf', 'token_use', 'typ', 'tokenType', 'nonce', 'acr', 'auth_time', 'x']
  const NULLS = Object.fromEntries([...OPTIONAL, ...FURTHER].map((name) => [name, null]))

  it.each([...OPTIONAL, ...FURTHER])('INT-18: %s counts as absent', async (name) => {
    const scene = await createOpaqueScene()
    scene.respond(() => activeAnswer({ [name]: null }))
    const auth = await expectAccepted(scene, scene.present())
    expect(auth.claims).not.toHaveProperty(name)
    scene.respond(() => activeAnswer({ [name]: undefined }))
    const absent = await expectAccepted(scene, scene.present())
    expect(auth).toEqual(absent)
  })

  it('INT-18: all of them at once, as in responses of Janssen', async () => {
    const scene = await createOpaqueScene()
    scene.respond(() => ({ active: true, aud: RESOURCE, exp: START + 60, ...NULLS }))
    expect(await expectAccepted(scene, scene.present())).toMatchObject({
      issuer: ISSUER,
      subject: undefined,
      clientId: '',
      scopes: [],
      claims: { active: true, aud: RESOURCE, exp: START + 60 },
    })
  })

  it.each([
    ['exp', 'token_claims'],
    ['aud', 'token_audience'],
    ['active', 'token_inactive'],
  ] as const)('INT-18: %s is required, and null counts as absent', async (name, code) => {
    const scene = await createOpaqueScene()
    scene.respond(() => activeAnswer({ [name]: null }))
    await expectRejected(scene, scene.present(), invalidToken(code))
  })

  it('INT-18: a null aud needs dangerouslyAllowMissingAudience or claims.audience', async () => {
    const endpoint = { endpoint: ENDPOINT, clientId: 'rs', clientSecret: 's' } as const
    const accessToken = { kind: 'introspection', ...endpoint } as const
    for (const server of [
      { accessToken, dangerouslyAllowMissingAudience: true },
      { accessToken, audience: 'client-1', claims: { audience: 'client_id' } },
    ]) {
      const scene = await createOpaqueScene({ server })
      scene.respond(() => activeAnswer({ aud: null }))
      await expectAccepted(scene, scene.present())
    }
  })

  it('INT-18: with tenants iss is required, and null counts as absent', async () => {
    const issuerTemplate = { pattern: `${ISSUER}/{tenant}`, claim: 'tid', allow: () => true }
    const accessToken = { kind: 'introspection', clientId: 'rs', clientSecret: 's' } as const
    const scene = await createOpaqueScene({ server: { issuerTemplate, accessToken } })
    scene.respond(() => activeAnswer({ iss: null, tid: 'ours' }))
    await expectRejected(scene, scene.present(), invalidToken('token_issuer'))
  })

  it('INT-18: null inside a member stays', async () => {
    const scene = await createOpaqueScene()
    scene.respond(() => activeAnswer({ cnf: { jkt: null }, token_type: undefined }))
    await expectRejected(scene, scene.present(), invalidToken('binding_unsupported'))
    scene.respond(() => activeAnswer({ aud: [null] }))
    await expectRejected(scene, scene.present(), invalidToken('token_audience'))
    scene.respond(() => activeAnswer({ x: { y: null } }))
    expect((await expectAccepted(scene, scene.present())).claims['x']).toEqual({ y: null })
  })

  it('INT-18: members of verify() and of signed responses, too', async () => {
    const verify: CustomTokenOptions['verify'] = async () => ({
      aud: RESOURCE,
      exp: START + 60,
      ...NULLS,
    })
    const custom = await createScene({ server: { accessToken: { kind: 'custom', verify } } })
    expect((await expectAccepted(custom, custom.ask('Bearer t'))).claims).toEqual({
      aud: RESOURCE,
      exp: START + 60,
    })
    const scene = await signedScene({ token_introspection: { ...activeAnswer(), ...NULLS } })
    expect((await expectAccepted(scene, scene.present())).subject).toBeUndefined()
  })
})

describe('a signed response addressed to the audience of the token', () => {
  const FOREIGN = 'https://other.example'
  const about = (aud: unknown) => ({ token_introspection: activeAnswer({ aud }) })

  it.each<[string, unknown, unknown]>([
    ['one', FOREIGN, FOREIGN],
    ['a list of one', [FOREIGN], FOREIGN],
    ['one in a list of one', FOREIGN, [FOREIGN]],
    ['several', [FOREIGN, 'x'], [FOREIGN, 'x']],
    ['one of several', 'x', [FOREIGN, 'x']],
  ])('INT-19: that of another service is 401, not 503: %s', async (_what, outer, inner) => {
    const scene = await signedScene({ aud: outer, ...about(inner) })
    await expectRejected(scene, scene.present(), invalidToken('token_audience'))
  })

  it('INT-19: it is neither an outage nor delayed', async () => {
    const scene = await signedScene({ aud: FOREIGN, ...about(FOREIGN) })
    for (let count = 0; count < 10; count++) {
      await expectRejected(scene, scene.present(), invalidToken('token_audience'))
    }
    expect(scene.asked).toHaveLength(10)
  })

  it.each<[string, unknown, unknown, OpaqueOptions]>([
    ['our identifier', RESOURCE, RESOURCE, {}],
    ['our client id', 'rs', RESOURCE, {}],
    ['an accepted audience', 'api://notes', 'api://notes', { audience: 'api://notes' }],
    ['another accepted audience', 'api://b', 'api://a', { audience: ['api://a', 'api://b'] }],
    ['our identifier beside others', RESOURCE, 'api://notes', { audience: 'api://notes' }],
    ['the other audience of a token for us', FOREIGN, [FOREIGN, RESOURCE], {}],
  ])(
    'INT-19: addressed to %s it is checked like an unsigned one',
    async (_what, outer, inner, options) => {
      const scene = await signedScene({ aud: outer, ...about(inner) }, options)
      await expectAccepted(scene, scene.present())
    },
  )

  it('INT-19: all its claims are checked', async () => {
    const audience = { aud: FOREIGN }
    for (const [changes, code] of [
      [{ active: false }, 'token_inactive'],
      [{ exp: START - 60 }, 'token_expired'],
      [{ iss: FOREIGN }, 'token_issuer'],
    ] as const) {
      const token_introspection = activeAnswer({ ...audience, ...changes })
      const scene = await signedScene({ ...audience, token_introspection })
      await expectRejected(scene, scene.present(), invalidToken(code))
    }
  })

  it.each<[string, unknown, unknown]>([
    ['neither us nor the token', 'https://third.example', FOREIGN],
    ['no audience', undefined, FOREIGN],
    ['no audience, for a token without audience', undefined, undefined],
    ['null, of a token with null', null, null],
    ['an empty list', [], []],
    ['a prefix of the audience', `${FOREIGN}/`, FOREIGN],
  ])('INT-19: addressed to %s it is 503', async (_what, outer, inner) => {
    const scene = await signedScene({ aud: outer, ...about(inner) })
    await expectFault(scene, scene.present(), 'unavailable')
  })
})

/** A scene whose endpoint sends this signed response. */
async function signedScene(
  changes: Record<string, unknown>,
  options: OpaqueOptions = {},
): Promise<OpaqueScene> {
  const scene = await createOpaqueScene({ introspection: { signedResponse: true }, ...options })
  const typ = 'token-introspection+jwt'
  const claims = {
    iss: ISSUER,
    aud: 'rs',
    iat: START,
    token_introspection: activeAnswer(),
    ...changes,
  }
  const jwt = await sign(claims, { header: { typ } }, scene.issuer.key)
  scene.respond(() => new Response(jwt, { headers: { 'Content-Type': `application/${typ}` } }))
  return scene
}

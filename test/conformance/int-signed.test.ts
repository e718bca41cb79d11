/** INT: signed introspection responses (RFC 9701). */

import { describe, expect, it } from 'vitest'
import type { IntrospectionOptions } from '../../src/index.ts'
import { START } from '../support/clock.ts'
import { forge, signedBy } from '../support/forge.ts'
import { activeAnswer, createOpaqueScene, type OpaqueScene } from '../support/introspection.ts'
import { createKey, ISSUER, RESOURCE, sign } from '../support/issuer.ts'
import { expectAccepted, expectFault, expectRejected, invalidToken } from '../support/scene.ts'

const SIGNED_TYPE = 'application/token-introspection+jwt'

describe('signed responses (RFC 9701)', () => {
  const claims = (changes: Record<string, unknown> = {}) => ({
    iss: ISSUER,
    aud: 'rs',
    iat: START,
    token_introspection: activeAnswer(),
    ...changes,
  })
  const asJwt = (jwt: string, type = SIGNED_TYPE) =>
    new Response(jwt, { headers: { 'Content-Type': type } })

  async function signedScene(
    changes: Record<string, unknown> = {},
    header: Record<string, unknown> = {},
  ): Promise<OpaqueScene> {
    const scene = await createOpaqueScene({ introspection: { signedResponse: true } })
    const typ = 'token-introspection+jwt'
    const options = { header: { typ, ...header } }
    const jwt = await sign(claims(changes), options, scene.issuer.key)
    scene.respond(() => asJwt(jwt))
    return scene
  }

  it('INT-14: a signed response is requested by its media type', async () => {
    const scene = await signedScene()
    expect((await expectAccepted(scene, scene.present())).subject).toBe('user-1')
    expect(scene.asked[0]?.headers.get('Accept')).toBe(SIGNED_TYPE)
  })

  it('INT-14: media type and typ match in any case and with parameters', async () => {
    const scene = await signedScene({}, { typ: 'application/Token-Introspection+JWT' })
    const jwt = await sign(
      claims(),
      { header: { typ: 'TOKEN-INTROSPECTION+jwt' } },
      scene.issuer.key,
    )
    scene.respond(() => asJwt(jwt, 'Application/Token-Introspection+JWT; charset=utf-8'))
    await expectAccepted(scene, scene.present())
  })

  it('INT-14: plain JSON is a 503: no downgrade', async () => {
    const scene = await signedScene()
    scene.respond(() => activeAnswer())
    await expectFault(scene, scene.present(), 'unavailable')
  })

  it.each(['application/jwt', 'application/json', 'text/plain'])(
    'INT-14: a signed response with the media type %s is a 503',
    async (type) => {
      const scene = await signedScene()
      const jwt = await sign(
        claims(),
        { header: { typ: 'token-introspection+jwt' } },
        scene.issuer.key,
      )
      scene.respond(() => asJwt(jwt, type))
      await expectFault(scene, scene.present(), 'unavailable')
    },
  )

  it.each(['JWT', 'at+jwt', undefined, '', 7])('INT-14: typ %j is a 503', async (typ) => {
    const scene = await signedScene({}, { typ })
    await expectFault(scene, scene.present(), 'unavailable')
  })

  it.each<[string, Record<string, unknown>]>([
    ['another issuer', { iss: 'https://other.example' }],
    ['no issuer', { iss: undefined }],
    ['another audience', { aud: 'another-rs' }],
    ['no audience', { aud: undefined }],
    ['an empty audience', { aud: [] }],
    ['no iat', { iat: undefined }],
    ['an iat as text', { iat: String(START) }],
    ['an iat in the future', { iat: START + 31 }],
    ['an old iat', { iat: START - 331 }],
    ['an exp in the past', { exp: START - 31 }],
    ['an nbf in the future', { nbf: START + 31 }],
    ['no token_introspection', { token_introspection: undefined, active: true }],
    ['token_introspection as text', { token_introspection: JSON.stringify(activeAnswer()) }],
  ])('INT-15: a response with %s is a 503', async (_what, changes) => {
    const scene = await signedScene(changes)
    await expectFault(scene, scene.present(), 'unavailable')
  })

  it.each([['rs'], [RESOURCE], ['x', 'rs']])('INT-15: aud %j is accepted', async (...aud) => {
    const scene = await signedScene({ aud })
    await expectAccepted(scene, scene.present())
  })

  it('INT-15: members beside token_introspection are not read', async () => {
    const scene = await signedScene({
      ...activeAnswer(),
      aud: 'rs',
      token_introspection: { active: false },
    })
    await expectRejected(scene, scene.present(), invalidToken('token_inactive'))
  })

  it('INT-15: a signature of another key is a 503', async () => {
    const scene = await signedScene()
    const header = { typ: 'token-introspection+jwt' }
    const foreign = await createKey('k1')
    for (const jwt of [
      await sign(claims(), { header, key: foreign }, foreign),
      await sign(claims(), { header: { ...header, kid: undefined }, key: foreign }, foreign),
      (await sign(claims(), { header }, scene.issuer.key)).replace(/.{4}$/, 'AAAA'),
      'not.a.jwt',
      '',
    ]) {
      scene.respond(() => asJwt(jwt))
      await expectFault(scene, scene.present(), 'unavailable')
      // Five failures in a row would open the circuit breaker.
      scene.clock.advance(60)
    }
  })

  it.each([
    { alg: 'none' },
    { alg: 'HS256' },
    { alg: ['ES256'] },
    { crit: ['exp'] },
    { b64: true },
    { kid: 7 },
  ])('INT-15: a header with %j is a 503', async (header) => {
    const scene = await signedScene()
    const jwt = await forge(
      { alg: 'ES256', kid: 'k1', typ: 'token-introspection+jwt', ...header },
      claims(),
      signedBy(scene.issuer.key),
    )
    scene.respond(() => asJwt(jwt))
    await expectFault(scene, scene.present(), 'unavailable')
  })

  it('INT-15: without the keys of the server it is a 503', async () => {
    const scene = await signedScene()
    scene.issuer.respondAt(`${ISSUER}/jwks`, () => new Response('oh', { status: 500 }))
    await expectFault(scene, scene.present(), 'unavailable')
  })

  it.each([
    ['a server of JWTs', undefined],
    ['a server of opaque tokens', introspection()],
  ])(
    'INT-16: a signed response as an access token of %s is rejected',
    async (_what, accessToken) => {
      const scene = await createOpaqueScene({ server: { accessToken } })
      const jwt = await sign(
        { ...activeAnswer(), ...claims({ aud: RESOURCE }) },
        { header: { typ: 'token-introspection+jwt' } },
        scene.issuer.key,
      )
      await expectRejected(scene, scene.present(jwt), invalidToken('token_type'))
      expect(scene.asked).toEqual([])
    },
  )

  it.each(['JWT', undefined])(
    'INT-16: a signed response with typ %s as an access token is rejected',
    async (typ) => {
      const scene = await createOpaqueScene({ server: { accessToken: undefined } })
      const jwt = await sign(
        { ...activeAnswer(), ...claims({ aud: RESOURCE }) },
        { header: { typ } },
        scene.issuer.key,
      )
      await expectRejected(scene, scene.present(jwt), invalidToken('token_type'))
    },
  )
})

function introspection(changes: Partial<IntrospectionOptions> = {}): IntrospectionOptions {
  return { kind: 'introspection', clientId: 'rs', clientSecret: 's', ...changes }
}

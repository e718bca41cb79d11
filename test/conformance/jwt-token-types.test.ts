/** JWT-19 to JWT-22: other JWTs that a server signs with the same keys. */

import { describe, expect, it } from 'vitest'
import type { JwtOptions } from '../../src/index.ts'
import { createOpaqueScene } from '../support/introspection.ts'
import { RESOURCE } from '../support/issuer.ts'
import {
  createScene,
  expectAccepted,
  expectRejected,
  invalidToken,
  present,
  type Scene,
  type SceneOptions,
} from '../support/scene.ts'

type Claims = Record<string, unknown>

const STRICT: JwtOptions = { kind: 'jwt', profile: 'rfc9068' }
const CLIENT = 'client-1'
/** A resource with an audience that can be a client, as with Entra, Okta or Zitadel. */
const AS_CLIENT: SceneOptions = { audience: [CLIENT, RESOURCE] }
/** Claims that an access token has and an ID token of the code flow does not have. */
const ID_TOKEN: Claims = { aud: CLIENT, client_id: undefined, scope: undefined, jti: undefined }

async function presentAsJwt(scene: Scene, claims: Claims): Promise<Response> {
  return present(scene, claims, { typ: 'JWT' })
}

describe('security event tokens', () => {
  const EVENTS = { 'http://schemas.openid.net/event/backchannel-logout': {} }

  it.each([
    ['the resource', RESOURCE],
    ['a client', CLIENT],
    ['both', [CLIENT, RESOURCE]],
  ])('JWT-19: a logout token for %s is rejected', async (_, aud) => {
    const scene = await createScene(AS_CLIENT)
    for (const typ of ['JWT', 'at+jwt', 'logout+jwt', undefined]) {
      const answer = present(scene, { aud, events: EVENTS, sid: 's' }, { typ })
      await expectRejected(scene, answer, invalidToken('token_type'))
    }
    expect(scene.issuer.requests).toEqual([])
  })

  it.each([null, {}, [], '', 0, false])(
    'JWT-19: a token with events: %j is rejected',
    async (events) => {
      for (const accessToken of ['jwt', STRICT] as const) {
        const scene = await createScene({ server: { accessToken } })
        await expectRejected(scene, present(scene, { events }), invalidToken('token_type'))
      }
    },
  )

  it('JWT-19: token_type is reported before other violations', async () => {
    const scene = await createScene({ server: { accessToken: STRICT } })
    const logoutToken = { events: EVENTS, client_id: undefined, exp: undefined }
    await expectRejected(scene, present(scene, logoutToken), invalidToken('token_type'))
  })

  it('JWT-19: so it is with requiredClaims and without aud', async () => {
    const scene = await createScene({
      server: {
        accessToken: { kind: 'jwt', requiredClaims: [] },
        dangerouslyAllowMissingAudience: true,
      },
    })
    for (const aud of [RESOURCE, undefined]) {
      await expectRejected(
        scene,
        presentAsJwt(scene, { aud, events: EVENTS }),
        invalidToken('token_type'),
      )
    }
  })

  it('JWT-19: a logout token is not introspected', async () => {
    const scene = await createOpaqueScene()
    await expectRejected(scene, presentAsJwt(scene, { events: EVENTS }), invalidToken('token_type'))
    expect(scene.asked).toEqual([])
  })

  it('JWT-19: an introspection response with events is rejected', async () => {
    const scene = await createOpaqueScene()
    scene.respond(() => ({ active: true, aud: RESOURCE, exp: 1e10, sub: 'u', events: EVENTS }))
    await expectRejected(scene, scene.present(), invalidToken('token_type'))
  })
})

describe('ID tokens', () => {
  it.each(['at_hash', 'c_hash', 's_hash'])(
    'JWT-20: %s is rejected, for every audience',
    async (name) => {
      const scene = await createScene(AS_CLIENT)
      for (const aud of [RESOURCE, CLIENT, [CLIENT, RESOURCE]]) {
        for (const hash of ['h', '', null]) {
          const answer = presentAsJwt(scene, { aud, [name]: hash })
          await expectRejected(scene, answer, invalidToken('token_type'))
        }
      }
    },
  )

  it.each<[string, Claims]>([
    ['only what an ID token must have', { sub: 'user-1' }],
    ['a session and a login', { sid: 's', auth_time: 1, acr: '1', amr: ['pwd'] }],
    ['a person', { name: 'A', email: 'a@example.com', email_verified: true }],
    ['a blank client and a blank jti', { azp: ' ', client_id: '', jti: '\u3000' }],
    ['a client and a jti that are null', { client_id: null, jti: null, scope: null }],
    ['claims of the wrong type', { client_id: 5, jti: 5, scope: { read: true } }],
  ])('JWT-20: an ID token without nonce, with %s, is rejected', async (_, claims) => {
    const scene = await createScene(AS_CLIENT)
    for (const typ of ['JWT', undefined, 'at+jwt']) {
      const answer = present(scene, { ...ID_TOKEN, ...claims }, { typ })
      await expectRejected(scene, answer, invalidToken('token_type'))
    }
  })

  it.each<Claims>([
    { scope: 'read' },
    { scope: '' },
    { scp: ['read'] },
    { scopes: 'read' },
    { client_id: CLIENT },
    { azp: CLIENT },
    { appid: CLIENT },
    { cid: CLIENT },
    { jti: 'token-1' },
  ])('JWT-20: %j is accepted without a nonce only', async (sign) => {
    const scene = await createScene(AS_CLIENT)
    await expectAccepted(scene, presentAsJwt(scene, { ...ID_TOKEN, ...sign }))
    const withNonce = { ...ID_TOKEN, ...sign, nonce: 'n' }
    await expectRejected(scene, presentAsJwt(scene, withNonce), invalidToken('token_type'))
  })

  it('JWT-20: a token for the resource itself needs none of these claims', async () => {
    const scene = await createScene(AS_CLIENT)
    for (const aud of [RESOURCE, [CLIENT, RESOURCE]]) {
      await expectAccepted(scene, presentAsJwt(scene, { ...ID_TOKEN, aud, nonce: 'n' }))
    }
  })

  it('JWT-20: a token without aud needs one of these claims', async () => {
    const scene = await createScene({ server: { dangerouslyAllowMissingAudience: true } })
    const bare = { ...ID_TOKEN, aud: undefined }
    await expectRejected(scene, presentAsJwt(scene, bare), invalidToken('token_type'))
    const withNonce = { aud: undefined, nonce: 'n' }
    await expectRejected(scene, presentAsJwt(scene, withNonce), invalidToken('token_type'))
    await expectAccepted(scene, presentAsJwt(scene, { ...bare, scope: 'read' }))
  })

  it('JWT-20: so does a token with claims.audience in place of aud', async () => {
    const server = { audience: 'tenant-1', claims: { audience: 'tenant' } }
    const scene = await createScene({ server })
    const bare = { ...ID_TOKEN, aud: undefined, tenant: 'tenant-1' }
    await expectRejected(scene, presentAsJwt(scene, bare), invalidToken('token_type'))
    await expectAccepted(scene, presentAsJwt(scene, { ...bare, jti: 'j' }))
  })

  it('JWT-20: scopes and client id are read from the configured claims', async () => {
    const claims = { scope: ['permissions'], clientId: 'application' }
    const scene = await createScene({ audience: CLIENT, server: { claims } })
    const elsewhere = { ...ID_TOKEN, scope: 'read', azp: CLIENT }
    await expectRejected(scene, presentAsJwt(scene, elsewhere), invalidToken('token_type'))
    await expectAccepted(scene, presentAsJwt(scene, { ...ID_TOKEN, permissions: ['read'] }))
    await expectAccepted(scene, presentAsJwt(scene, { ...ID_TOKEN, application: CLIENT }))
  })

  it.each([[[]], [['type']]])(
    'JWT-20: requiredClaims %j replace this check only',
    async (requiredClaims) => {
      const accessToken: JwtOptions = { kind: 'jwt', requiredClaims }
      const scene = await createScene({ ...AS_CLIENT, server: { accessToken } })
      // As Cloudflare Access has it.
      const token = { ...ID_TOKEN, aud: [CLIENT], type: 'app', identity_nonce: 'x' }
      await expectAccepted(scene, presentAsJwt(scene, token))
      for (const mark of ['nonce', 'at_hash']) {
        const answer = presentAsJwt(scene, { ...token, [mark]: 'x' })
        await expectRejected(scene, answer, invalidToken('token_type'))
      }
    },
  )

  it('JWT-20: this check does not apply to rfc9068', async () => {
    const scene = await createScene({ ...AS_CLIENT, server: { accessToken: STRICT } })
    await expectAccepted(scene, present(scene, { aud: CLIENT, scope: undefined, at_hash: 'h' }))
    await expectRejected(scene, present(scene, ID_TOKEN), invalidToken('token_claims'))
  })

  it('JWT-20: a token for another audience is rejected with token_audience', async () => {
    const scene = await createScene()
    await expectRejected(scene, presentAsJwt(scene, ID_TOKEN), invalidToken('token_audience'))
  })
})

describe('other signed responses', () => {
  it.each([
    'txntoken+jwt',
    'application/txntoken+jwt',
    'statuslist+jwt',
    'application/statuslist+jwt',
    'oauth-authz-resp+jwt',
    'userinfo+jwt',
    'TxnToken+JWT',
  ])('JWT-22: typ %s is rejected', async (typ) => {
    for (const accessToken of ['jwt', STRICT] as const) {
      const scene = await createScene({ server: { accessToken } })
      await expectRejected(scene, present(scene, {}, { typ }), invalidToken('token_type'))
    }
  })

  it.each<Claims>([
    { code: 'c', state: 's' },
    { error: 'access_denied', error_description: 'no', state: 's' },
    { access_token: 'a', token_type: 'bearer', scope: 'read', state: 's' },
    { id_token: 'i', state: 's' },
    { code: 'c', state: '' },
  ])('JWT-22: the authorization response %j is rejected, for every audience', async (response) => {
    const scene = await createScene(AS_CLIENT)
    for (const aud of [CLIENT, RESOURCE]) {
      await expectRejected(
        scene,
        presentAsJwt(scene, { aud, ...response }),
        invalidToken('token_type'),
      )
      const bare = { ...ID_TOKEN, aud, ...response }
      await expectRejected(scene, presentAsJwt(scene, bare), invalidToken('token_type'))
    }
  })

  it('JWT-22: an authorization response without state is rejected', async () => {
    const scene = await createScene(AS_CLIENT)
    const answer = presentAsJwt(scene, { ...ID_TOKEN, sub: undefined, code: 'c' })
    await expectRejected(scene, answer, invalidToken('token_type'))
  })

  it.each<Claims>([{ state: 'CA' }, { code: 'c' }, { error: 'e' }])(
    'JWT-22: %j alone is accepted',
    async (claims) => {
      const scene = await createScene()
      await expectAccepted(scene, presentAsJwt(scene, claims))
    },
  )

  it('JWT-22: signed userinfo is rejected, with exp and without', async () => {
    const scene = await createScene(AS_CLIENT)
    const userinfo = { ...ID_TOKEN, name: 'A', email: 'a@example.com' }
    await expectRejected(scene, presentAsJwt(scene, userinfo), invalidToken('token_type'))
    const endless = { ...userinfo, exp: undefined }
    await expectRejected(scene, presentAsJwt(scene, endless), invalidToken('token_claims'))
  })

  it.each(['Serialized-ID', 'Offline', 'InitialAccessToken', 'RegistrationAccessToken'])(
    'JWT-22: the typ claim %s of Keycloak is rejected',
    async (typ) => {
      const scene = await createScene()
      await expectRejected(scene, presentAsJwt(scene, { typ }), invalidToken('token_type'))
    },
  )

  it.each<Claims>([
    { type: 'refresh' },
    { token_type: 'refresh' },
    { typ: 'refresh_token' },
    { type: 'Refresh' },
    { type: 'refresh-token' },
  ])('JWT-22: a refresh token for the resource, with %j, is rejected', async (claims) => {
    const scene = await createScene()
    await expectRejected(scene, presentAsJwt(scene, claims), invalidToken('token_type'))
  })

  it.each<Claims>([{ type: 'id-token' }, { token_type: 'id_token' }])(
    'JWT-22: an ID token for the resource, with %j, is rejected',
    async (claims) => {
      const scene = await createScene()
      await expectRejected(scene, presentAsJwt(scene, claims), invalidToken('token_type'))
    },
  )

  // MCP-Nest, Frontegg, Cloudflare Access, Pocket ID before 2.0, and those that repeat the token response.
  it.each<Claims>([
    { type: 'access' },
    { type: 'user' },
    { type: 'userToken' },
    { type: 'app' },
    { type: 'oauth-access-token' },
    { type: 'access_token' },
    { token_type: 'Bearer' },
  ])('JWT-22: a token with %j is accepted', async (claims) => {
    const scene = await createScene()
    await expectAccepted(scene, presentAsJwt(scene, claims))
  })
})

describe('blank claims', () => {
  const BLANKS = ['', ' ', '\t\n', '\u00a0', '\u3000', '\u2003\u2003', '\u200b', '\ufeff']

  it.each(BLANKS)('JWT-21: sub %j counts as absent', async (sub) => {
    const scene = await createScene()
    const auth = await expectAccepted(scene, present(scene, { sub }))
    expect(auth.subject).toBeUndefined()
    expect(auth.extra).toMatchObject({ subject: undefined })
    expect(auth.claims['sub']).toBe(sub)
  })

  it.each(BLANKS)('JWT-21: after a client id %j the next claim is read', async (blank) => {
    const scene = await createScene()
    const named = { client_id: blank, azp: blank, appid: 'app' }
    expect((await expectAccepted(scene, present(scene, named))).clientId).toBe('app')
    expect((await expectAccepted(scene, present(scene, { client_id: blank }))).clientId).toBe('')
  })

  it.each(['sub', 'client_id', 'azp'])('JWT-21: requiredClaims reject a blank %s', async (name) => {
    const accessToken: JwtOptions = { kind: 'jwt', requiredClaims: [name] }
    const scene = await createScene({ server: { accessToken } })
    await expectAccepted(scene, present(scene, { [name]: 'x' }))
    for (const blank of BLANKS) {
      const answer = present(scene, { [name]: blank })
      await expectRejected(scene, answer, invalidToken('token_claims'))
    }
  })

  it.each(['sub', 'client_id', 'jti'])('JWT-21: rfc9068 rejects a blank %s', async (name) => {
    const scene = await createScene({ server: { accessToken: STRICT } })
    for (const blank of BLANKS) {
      const answer = present(scene, { [name]: blank })
      await expectRejected(scene, answer, invalidToken('token_claims'))
    }
  })

  it('JWT-21: so do configured claims, and the result of mapClaims', async () => {
    const claims = { subject: 'uid', clientId: ['application', 'app'] }
    const named = await createScene({ server: { claims } })
    const token = { uid: ' ', application: '', app: 'b' }
    const auth = await expectAccepted(named, present(named, token))
    expect([auth.subject, auth.clientId]).toEqual([undefined, 'b'])
    const mapped = await createScene({
      server: { mapClaims: (all) => ({ ...all, sub: '', client_id: '\u3000' }) },
    })
    const after = await expectAccepted(mapped, present(mapped, {}))
    expect([after.subject, after.clientId]).toEqual([undefined, ''])
  })

  it('JWT-21: so do claims of introspection and custom verification', async () => {
    const answer = { active: true, aud: RESOURCE, exp: 1e10, sub: '', client_id: ' ', azp: 'app' }
    const asked = await createOpaqueScene()
    asked.respond(() => answer)
    const own = await createScene({
      server: { accessToken: { kind: 'custom', verify: async () => answer } },
    })
    for (const auth of [
      await expectAccepted(asked, asked.present()),
      await expectAccepted(own, own.ask('Bearer opaque')),
    ]) {
      expect([auth.subject, auth.clientId]).toEqual([undefined, 'app'])
    }
  })
})

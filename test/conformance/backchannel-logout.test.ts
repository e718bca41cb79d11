/** backchannelLogoutResponse(): logout tokens (OpenID Connect Back-Channel Logout 1.0), and tokens that resemble them. */

import { describe, expect, it } from 'vitest'
import { backchannelLogoutResponse, type RevokedBefore } from '../../src/index.ts'
import { START } from '../support/clock.ts'
import { forge, signedBy, unsigned } from '../support/forge.ts'
import { createKey, ISSUER } from '../support/issuer.ts'
import { everythingOf, expectNowhere, partsWorthHiding, spellings } from '../support/leak.ts'
import {
  CLIENT,
  EVENT,
  expectLogoutFailure,
  expectLogoutSuccess,
  goodLogoutClaims,
  PLACE,
  REVOKED,
  reasonsIn,
  type Sent,
  sendBody,
  setUpLogout,
} from '../support/logout.ts'
import { createScene, expectAccepted, expectRejected, invalidToken } from '../support/scene.ts'
import { unchecked } from '../support/unchecked.ts'

describe('a logout token', () => {
  it('ends the tokens of its user at the next request, and not those of a later login', async () => {
    const { scene, logOut } = await setUpLogout()
    const token = await scene.issuer.token()
    await expectAccepted(scene, scene.ask(`Bearer ${token}`))
    await expectLogoutSuccess(await logOut())
    await expectRejected(scene, scene.ask(`Bearer ${token}`), REVOKED)
    await expectAccepted(scene, scene.ask(`Bearer ${await scene.issuer.token({ iat: START + 1 })}`))
    await expectAccepted(scene, scene.ask(`Bearer ${await scene.issuer.token({ sub: 'user-2' })}`))
  })

  it('ends one session, and the tokens of its user that name none', async () => {
    const { scene, logOut } = await setUpLogout()
    await expectLogoutSuccess(await logOut({ claims: { sid: 's-1' } }))
    const ask = async (claims: Record<string, unknown>) =>
      (await scene.ask(`Bearer ${await scene.issuer.token(claims)}`)).status
    expect(await ask({ sid: 's-1' })).toBe(401)
    expect(await ask({ sid: 's-2' })).toBe(200)
    expect(await ask({})).toBe(401)
    expect(await ask({ sub: 'user-2' })).toBe(200)
  })

  it('ends a session without naming its user', async () => {
    const { scene, logOut } = await setUpLogout()
    await expectLogoutSuccess(await logOut({ claims: { sub: undefined, sid: 's-1' } }))
    await expectRejected(
      scene,
      scene.ask(`Bearer ${await scene.issuer.token({ sid: 's-1' })}`),
      REVOKED,
    )
    await expectAccepted(scene, scene.ask(`Bearer ${await scene.issuer.token()}`))
  })

  it('is compared with the own claims of tokens, before claims.subject and mapClaims', async () => {
    const { scene, logOut } = await setUpLogout({
      server: {
        claims: { subject: 'email' },
        mapClaims: ({ sub: _, ...claims }) => ({ ...claims, sub: 'mapped' }),
      },
    })
    const token = await scene.issuer.token({ email: 'user@example.com' })
    const auth = await expectAccepted(scene, scene.ask(`Bearer ${token}`))
    expect(auth.subject).toBe('user@example.com')
    await expectLogoutSuccess(await logOut())
    await expectRejected(scene, scene.ask(`Bearer ${token}`), REVOKED)
  })

  it('ends the tokens of another resource that shares the marks and knows the server by another name', async () => {
    const alias = 'https://old.example'
    for (const iss of [ISSUER, alias]) {
      const { scene, marks, logOut } = await setUpLogout({ server: { tokenIssuers: [alias] } })
      const other = await createScene({
        issuer: scene.issuer,
        server: { issuer: alias, jwksUri: `${ISSUER}/jwks` },
        revocation: marks,
      })
      const token = await scene.issuer.token({ iss: alias })
      await expectAccepted(other, other.ask(`Bearer ${token}`))
      await expectLogoutSuccess(await logOut({ claims: { iss } }))
      await expectRejected(other, other.ask(`Bearer ${token}`), REVOKED)
    }
  })

  it('ends tokens of an alias of its issuer, and the reverse', async () => {
    const alias = 'https://old.example'
    for (const [logoutIssuer, tokenIssuer] of [
      [ISSUER, alias],
      [alias, ISSUER],
      [alias, alias],
    ]) {
      const { scene, logOut } = await setUpLogout({ server: { tokenIssuers: [alias] } })
      await expectLogoutSuccess(await logOut({ claims: { iss: logoutIssuer } }))
      const token = await scene.issuer.token({ iss: tokenIssuer })
      await expectRejected(scene, scene.ask(`Bearer ${token}`), REVOKED)
    }
  })

  it('ends tokens of its own tenant only', async () => {
    const allowed = { pattern: 'https://as.example/{t}', claim: 'tid', allow: ['a', 'b'] }
    const { scene, logOut } = await setUpLogout({ server: { issuerTemplate: allowed } })
    const tokenOf = (tid: string) => scene.issuer.token({ iss: `https://as.example/${tid}`, tid })
    await expectLogoutSuccess(await logOut({ claims: { iss: 'https://as.example/a' } }))
    await expectRejected(scene, scene.ask(`Bearer ${await tokenOf('a')}`), REVOKED)
    await expectAccepted(scene, scene.ask(`Bearer ${await tokenOf('b')}`))
    await expectLogoutFailure(await logOut({ claims: { iss: 'https://as.example/c' } }))
    await expectLogoutFailure(await logOut({ claims: { iss: 'https://as.example/a', tid: 'b' } }))
    const broken = { ...allowed, allow: () => unchecked<boolean>('yes') }
    const failing = await setUpLogout({ server: { issuerTemplate: broken } })
    await expectLogoutFailure(
      await failing.logOut({ claims: { iss: 'https://as.example/a' } }),
      500,
    )
    expect(reasonsIn(scene)).toEqual(Array(2).fill('400 token_issuer'))
    expect(reasonsIn(failing.scene)).toEqual(['500 internal'])
  })

  it.each<[string, Sent]>([
    ['typ JWT', { header: { typ: 'JWT' } }],
    ['no typ', { header: { typ: undefined } }],
    ['a typ in full', { header: { typ: 'application/LOGOUT+JWT' } }],
    ['several audiences', { claims: { aud: ['other', CLIENT] } }],
    ['an iat five minutes ago', { claims: { iat: START - 300 } }],
    ['an iat in five minutes', { claims: { iat: START + 300 } }],
    ['an exp in five minutes', { claims: { exp: START + 300 } }],
    ['no exp, as from Hydra and LemonLDAP::NG', { claims: { exp: undefined } }],
    ['no exp, and an iat of five minutes ago', { claims: { exp: undefined, iat: START - 300 } }],
    ['an exp within the tolerance', { claims: { exp: START - 29 } }],
    ['an nbf within the tolerance', { claims: { nbf: START + 30 } }],
    ['members in its event', { claims: { events: { [EVENT]: { revoke: true } } } }],
    ['a jti of 256 characters', { claims: { jti: 'j'.repeat(256) } }],
    ['a sid that is null', { claims: { sid: null } }],
  ])('may have %s', async (_, sent) => {
    const { scene, logOut } = await setUpLogout()
    await expectLogoutSuccess(await logOut(sent))
    const token = await scene.issuer.token({ iat: START - 300 })
    await expectRejected(scene, scene.ask(`Bearer ${token}`), REVOKED)
  })

  it.each<[string, string, Sent]>([
    ['the typ of an access token', 'token_type', { header: { typ: 'at+jwt' } }],
    ['an empty typ', 'token_type', { header: { typ: '' } }],
    ['a typ that is not a text', 'token_type', { header: { typ: 1 } }],
    ['a critical extension', 'token_malformed', { header: { crit: ['b64'], b64: true } }],
    ['an endless kid', 'token_key', { header: { kid: 'k'.repeat(257) } }],
    ['no iss', 'token_issuer', { claims: { iss: undefined } }],
    ['a foreign iss', 'token_issuer', { claims: { iss: 'https://other.example' } }],
    ['no aud', 'token_audience', { claims: { aud: undefined } }],
    ['a foreign aud', 'token_audience', { claims: { aud: 'other' } }],
    ['an aud that contains the client ID', 'token_audience', { claims: { aud: `${CLIENT}2` } }],
    ['an aud that is not a text', 'token_audience', { claims: { aud: [CLIENT, 1] } }],
    ['no iat', 'token_claims iat', { claims: { iat: undefined } }],
    ['an iat as text', 'token_claims iat', { claims: { iat: String(START) } }],
    ['an old iat', 'token_expired', { claims: { iat: START - 301 } }],
    [
      'an iat in the future',
      'token_not_yet_valid',
      { claims: { iat: START + 301, exp: START + 300 } },
    ],
    ['an exp of null', 'token_claims exp', { claims: { exp: null } }],
    ['an exp that is a text', 'token_claims exp', { claims: { exp: String(START + 120) } }],
    [
      'no exp, and an iat of six minutes ago',
      'token_expired',
      { claims: { exp: undefined, iat: START - 360 } },
    ],
    ['an exp that has passed', 'token_expired', { claims: { exp: START - 30 } }],
    ['an nbf in the future', 'token_not_yet_valid', { claims: { nbf: START + 31 } }],
    ['an nbf that is not a time', 'token_claims nbf', { claims: { nbf: 'now' } }],
    ['an exp far in the future', 'token_claims exp', { claims: { exp: START + 301 } }],
    ['no events', 'token_claims events', { claims: { events: undefined } }],
    ['events as text', 'token_claims events', { claims: { events: EVENT } }],
    ['events as a list', 'token_claims events', { claims: { events: [EVENT] } }],
    ['no event', 'token_claims events', { claims: { events: {} } }],
    [
      'another event',
      'token_claims events',
      { claims: { events: { 'https://example.com/event': {} } } },
    ],
    ['two events', 'token_claims events', { claims: { events: { [EVENT]: {}, other: {} } } }],
    [
      'an event that is not an object',
      'token_claims events',
      { claims: { events: { [EVENT]: true } } },
    ],
    ['neither sub nor sid', 'token_claims sub', { claims: { sub: undefined } }],
    ['a blank sub', 'token_claims sub', { claims: { sub: ' ' } }],
    ['a sub that is not a text', 'token_claims sub', { claims: { sub: 1, sid: 's-1' } }],
    ['a sid that is not a text', 'token_claims sid', { claims: { sid: {} } }],
    ['a nonce', 'token_claims nonce', { claims: { nonce: 'n' } }],
    ['a nonce that is null', 'token_claims nonce', { claims: { nonce: null } }],
    ['no jti', 'token_claims jti', { claims: { jti: undefined } }],
    ['an empty jti', 'token_claims jti', { claims: { jti: '' } }],
    ['an endless jti', 'token_claims jti', { claims: { jti: 'j'.repeat(257) } }],
  ])('is rejected with %s, and costs no fetch', async (_, reason, sent) => {
    const { scene, store, logOut } = await setUpLogout()
    await expectLogoutFailure(await logOut(sent))
    expect(reasonsIn(scene)).toEqual([`400 ${reason}`])
    expect(store.entries.size).toBe(0)
    expect(scene.issuer.requests).toEqual([])
  })

  it('is rejected without a valid signature', async () => {
    const { scene, store, send, logOut } = await setUpLogout()
    await expectLogoutFailure(await logOut({ key: await createKey() }))
    const none = await forge({ alg: 'none', typ: 'logout+jwt' }, goodLogoutClaims(), unsigned)
    await expectLogoutFailure(await send(none))
    const secret = await forge(
      { alg: 'HS256', typ: 'logout+jwt' },
      goodLogoutClaims(),
      signedBy(scene.issuer.key),
    )
    await expectLogoutFailure(await send(secret))
    for (const token of ['', 'x', 'a.b.c', `${none}.x`])
      await expectLogoutFailure(await send(token))
    expect(store.entries.size).toBe(0)
    const codes = ['token_signature', 'token_malformed', 'token_algorithm']
    expect(reasonsIn(scene)).toEqual(
      [...codes, ...Array(4).fill('token_malformed')].map((code) => `400 ${code}`),
    )
  })

  it('is rejected where the application has no client at its issuer', async () => {
    const { logoutToken, send } = await setUpLogout()
    await expectLogoutFailure(await send(await logoutToken(), { 'https://other.example': CLIENT }))
    await expectLogoutFailure(await send(await logoutToken(), Object.create({ [ISSUER]: CLIENT })))
    await expectLogoutFailure(await send(await logoutToken(), { [ISSUER]: 'other' }))
    await expectLogoutSuccess(await send(await logoutToken(), { [ISSUER]: CLIENT }))
  })

  it('is used once', async () => {
    const { scene, store, logoutToken, send } = await setUpLogout()
    const token = await logoutToken()
    await expectLogoutSuccess(await send(token))
    await expectLogoutFailure(await send(token))
    expect(store.ttls).toHaveLength(1)
    expect(reasonsIn(scene)).toEqual(['400 token_claims jti'])
  })

  it('can be sent again after a 503', async () => {
    const { scene, store, marks, logoutToken, send } = await setUpLogout()
    const token = await logoutToken()
    store.mode = 'broken'
    await expectLogoutFailure(await send(token), 503)
    store.mode = 'good'
    await expectLogoutSuccess(await send(token))
    const throwing: RevokedBefore = {
      ...marks,
      revoke: () => {
        throw new Error('not even a promise')
      },
    }
    await expectLogoutFailure(await send(await logoutToken(), CLIENT, throwing), 503)
    expect(scene.runs).toEqual([])
    const event = { code: 'unavailable', status: 503, logout: true, option: 'revocation' }
    expect(scene.events.filter(({ type }) => type === 'refused')).toEqual([
      expect.objectContaining(event),
      expect.objectContaining(event),
    ])
  })

  it('is a 503 while the keys are out of reach', async () => {
    const { scene, store, logoutToken, send } = await setUpLogout()
    scene.issuer.respondAt(`${ISSUER}/jwks`, () => new Response('', { status: 500 }))
    const token = await logoutToken()
    await expectLogoutFailure(await send(token), 503)
    expect(reasonsIn(scene)).toEqual(['503 unavailable'])
    expect(store.entries.size).toBe(0)
    scene.issuer.respondAt(`${ISSUER}/jwks`, undefined)
    scene.clock.advance(16)
    await expectLogoutSuccess(await send(token))
  })

  it('with unknown keys costs one fetch a minute, and none of those for access tokens', async () => {
    const { scene, logOut } = await setUpLogout()
    const jwks = `${ISSUER}/jwks`
    const fetches = () => scene.issuer.requests.filter((url) => url === jwks).length
    await expectAccepted(scene, scene.ask(`Bearer ${await scene.issuer.token()}`))
    expect(fetches()).toBe(1)
    scene.clock.advance(30)
    for (let time = 0; time < 20; time++) {
      const response = await logOut({ header: { kid: `invented-${time}` } })
      expect([400, 503]).toContain(response.status)
    }
    expect(fetches()).toBe(2)
    // Both fetches for access tokens are left.
    scene.clock.advance(10)
    const added = await createKey('k2')
    scene.issuer.jwks.keys.push(added.jwk)
    await expectAccepted(scene, scene.ask(`Bearer ${await scene.issuer.token({}, { key: added })}`))
    expect(fetches()).toBe(3)
    for (const [seconds, count] of [
      [49, 3],
      [1, 4],
    ] as const) {
      scene.clock.advance(seconds)
      await logOut({ header: { kid: 'invented' }, claims: { exp: START + 120 } })
      expect(fetches()).toBe(count)
    }
  })

  it('has an event with what is expected, and with nothing of an unverified token but its issuer', async () => {
    const { scene, logoutToken, send } = await setUpLogout()
    const secret = 'marker-of-a-logout-token'
    const claims = { jti: secret, sid: secret, sub: secret }
    const tokens = [
      await logoutToken({ claims: { ...claims, aud: secret } }),
      await logoutToken({ claims: { ...claims, iss: 'https://other.example' } }),
      await logoutToken({ claims, header: { typ: secret, kid: secret } }),
      await logoutToken({ claims, key: await createKey() }),
    ]
    const came: unknown[] = []
    for (const token of tokens) came.push(...(await everythingOf(await send(token))))
    const common = { type: 'refused', resource: scene.resource.identifier, status: 400 }
    const own = { ...common, issuer: ISSUER, logout: true }
    expect(scene.events.filter(({ type }) => type === 'refused')).toEqual([
      { ...own, code: 'token_audience', expected: [CLIENT] },
      {
        ...{ ...common, code: 'token_issuer', logout: true },
        ...{ expected: [ISSUER], received: ['https://other.example'] },
      },
      {
        ...{ ...own, code: 'token_type' },
        ...{ expected: ['logout+jwt', 'jwt'], received: ['unregistered'] },
      },
      { ...own, code: 'token_signature' },
    ])
    const secrets = [...spellings(secret), ...tokens.flatMap(partsWorthHiding)]
    expectNowhere(secrets, [...came, scene.events])
  })

  it('is never an access token', async () => {
    const { scene, logoutToken } = await setUpLogout()
    for (const typ of ['logout+jwt', 'JWT']) {
      const token = await logoutToken({
        header: { typ },
        claims: { aud: 'https://rs.example/mcp' },
      })
      await expectRejected(scene, scene.ask(`Bearer ${token}`), invalidToken('token_type'))
    }
  })
})

describe('the request of a logout', () => {
  it.each<[string, RequestInit['body'], RequestInit]>([
    ['has no body', null, {}],
    ['has no token', new URLSearchParams({ token: 'x' }), {}],
    ['has an empty form', new URLSearchParams(), {}],
    ['is JSON', '{"logout_token":"x"}', { headers: { 'Content-Type': 'application/json' } }],
    ['has no type', new TextEncoder().encode('logout_token=x'), {}],
  ])('is a 400 if it %s', async (_, body, init) => {
    const { scene, marks } = await setUpLogout()
    await expectLogoutFailure(await sendBody(scene, body, marks, init))
    expect(reasonsIn(scene)).toEqual(['400 body_invalid'])
  })

  it('is a 400 unless it is a POST', async () => {
    const { scene, marks } = await setUpLogout()
    for (const method of ['GET', 'HEAD', 'OPTIONS', 'DELETE']) {
      const response = await sendBody(scene, null, marks, { method })
      expect([response.status, response.headers.get('Allow')]).toEqual([400, 'POST'])
    }
    expect(scene.events).toEqual([])
  })

  it('is a 400 with two tokens, another type, charset or encoding, or more than 64 KiB', async () => {
    const { scene, marks, store, logoutToken } = await setUpLogout()
    const form = async () => `logout_token=${await logoutToken()}`
    const type = (text: string, more: Record<string, string> = {}) => ({
      headers: { 'Content-Type': text, ...more },
    })
    const urlencoded = 'application/x-www-form-urlencoded'
    const rows: [string, RequestInit][] = [
      [`${await form()}&${await form()}`, type(urlencoded)],
      [await form(), type('multipart/form-data')],
      [await form(), type('text/plain')],
      [await form(), type(`${urlencoded}x`)],
      [await form(), type(`${urlencoded}; charset=utf-16`)],
      [await form(), type(urlencoded, { 'Content-Encoding': 'gzip' })],
      [`${await form()}&x=${'x'.repeat(65_536)}`, type(urlencoded)],
    ]
    for (const [body, init] of rows) {
      await expectLogoutFailure(await sendBody(scene, body, marks, init))
    }
    expect(store.entries.size).toBe(0)
    const other = type(`Application/X-WWW-Form-Urlencoded ; charset=UTF-8`)
    await expectLogoutSuccess(await sendBody(scene, `a=b&${await form()}&c=d`, marks, other))
  })

  it('is a 400 if its body ends in an error, and a 500 if it was read before', async () => {
    const { scene, marks, logoutToken } = await setUpLogout()
    const broken = new ReadableStream({
      start: (controller) => controller.error(new Error('gone')),
    })
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' }
    const init = { headers, duplex: 'half' } as RequestInit
    await expectLogoutFailure(await sendBody(scene, broken, marks, init))
    const request = new Request(PLACE, {
      method: 'POST',
      body: new URLSearchParams({ logout_token: await logoutToken() }),
    })
    await request.text()
    const options = { clientId: CLIENT }
    await expectLogoutFailure(
      await backchannelLogoutResponse(request, scene.resource, marks, options),
      500,
    )
    expect(reasonsIn(scene)).toEqual(['400 body_invalid', '500 internal'])
  })

  it('throws without a client ID', async () => {
    const { scene, marks } = await setUpLogout()
    for (const options of [undefined, {}, { clientId: '' }, { clientId: 1 }, { clientId: null }]) {
      const request = new Request(PLACE, { method: 'POST' })
      await expect(
        backchannelLogoutResponse(request, scene.resource, marks, options as never),
      ).rejects.toThrow(TypeError)
    }
  })
})

/** backchannelLogoutResponse(): logout tokens (OpenID Connect Back-Channel Logout 1.0), and tokens that resemble them. */

import { describe, expect, it } from 'vitest'
import { backchannelLogoutResponse, type RevokedBefore, revokedBefore } from '../../src/index.ts'
import { START } from '../support/clock.ts'
import { forge, signedBy, unsigned } from '../support/forge.ts'
import { createKey, ISSUER, type SigningKey, sign } from '../support/issuer.ts'
import { createMemoryStore } from '../support/memory-store.ts'
import {
  createScene,
  expectAccepted,
  expectRejected,
  invalidToken,
  type Scene,
  type SceneOptions,
} from '../support/scene.ts'

const REVOKED = invalidToken('token_revoked')
const EVENT = 'http://schemas.openid.net/event/backchannel-logout'
const PLACE = 'https://rs.example/backchannel-logout'
const CLIENT = 'client-1'

let serial = 0

function goodClaims(): Record<string, unknown> {
  serial += 1
  return {
    iss: ISSUER,
    aud: CLIENT,
    sub: 'user-1',
    iat: START,
    exp: START + 120,
    jti: `logout-${serial}`,
    events: { [EVENT]: {} },
  }
}

interface Sent {
  readonly claims?: Record<string, unknown>
  readonly header?: Record<string, unknown>
  readonly key?: SigningKey
}

async function setUp(options: SceneOptions = {}) {
  const store = createMemoryStore()
  const marks = revokedBefore(store, { now: () => START })
  const scene = await createScene({ revocation: { isRevoked: marks.isRevoked }, ...options })
  const logoutToken = ({ claims = {}, header = {}, key }: Sent = {}) =>
    sign(
      { ...goodClaims(), ...claims },
      { header: { typ: 'logout+jwt', ...header }, ...(key ? { key } : {}) },
      scene.issuer.key,
    )
  const send = (
    token: string,
    clientId: string | Record<string, string> = CLIENT,
    revocations: RevokedBefore = marks,
  ) => sendBody(scene, new URLSearchParams({ logout_token: token }), revocations, { clientId })
  return {
    scene,
    store,
    marks,
    logoutToken,
    send,
    logOut: async (sent: Sent = {}) => send(await logoutToken(sent)),
  }
}

function sendBody(
  scene: Scene,
  body: RequestInit['body'],
  marks: RevokedBefore,
  { clientId = CLIENT, ...init }: RequestInit & { clientId?: string | Record<string, string> } = {},
): Promise<Response> {
  const request = new Request(PLACE, { method: 'POST', ...init, body: body ?? null })
  return backchannelLogoutResponse(request, scene.resource, marks, { clientId })
}

async function expectSuccess(response: Response): Promise<void> {
  expect([response.status, response.headers.get('Cache-Control')]).toEqual([200, 'no-store'])
  expect(await response.text()).toBe('')
}

async function expectFailure(response: Response, status = 400): Promise<void> {
  const errors: Record<number, string> = {
    400: 'invalid_request',
    500: 'server_error',
    503: 'temporarily_unavailable',
  }
  expect({
    status: response.status,
    cache: response.headers.get('Cache-Control'),
    type: response.headers.get('Content-Type'),
    challenge: response.headers.get('WWW-Authenticate'),
    retry: response.headers.has('Retry-After'),
    body: await response.json(),
  }).toEqual({
    status,
    cache: 'no-store',
    type: 'application/json',
    challenge: null,
    retry: status === 503,
    body: { error: errors[status], error_description: expect.any(String) },
  })
}

describe('a logout token', () => {
  it('ends the tokens of its user at the next request, and not those of a later login', async () => {
    const { scene, logOut } = await setUp()
    const token = await scene.issuer.token()
    await expectAccepted(scene, scene.ask(`Bearer ${token}`))
    await expectSuccess(await logOut())
    await expectRejected(scene, scene.ask(`Bearer ${token}`), REVOKED)
    await expectAccepted(scene, scene.ask(`Bearer ${await scene.issuer.token({ iat: START + 1 })}`))
    await expectAccepted(scene, scene.ask(`Bearer ${await scene.issuer.token({ sub: 'user-2' })}`))
  })

  it('ends one session, and the tokens of its user that name none', async () => {
    const { scene, logOut } = await setUp()
    await expectSuccess(await logOut({ claims: { sid: 's-1' } }))
    const ask = async (claims: Record<string, unknown>) =>
      (await scene.ask(`Bearer ${await scene.issuer.token(claims)}`)).status
    expect(await ask({ sid: 's-1' })).toBe(401)
    expect(await ask({ sid: 's-2' })).toBe(200)
    expect(await ask({})).toBe(401)
    expect(await ask({ sub: 'user-2' })).toBe(200)
  })

  it('ends a session without naming its user', async () => {
    const { scene, logOut } = await setUp()
    await expectSuccess(await logOut({ claims: { sub: undefined, sid: 's-1' } }))
    await expectRejected(
      scene,
      scene.ask(`Bearer ${await scene.issuer.token({ sid: 's-1' })}`),
      REVOKED,
    )
    await expectAccepted(scene, scene.ask(`Bearer ${await scene.issuer.token()}`))
  })

  it('is compared with the own claims of tokens, before claims.subject and mapClaims', async () => {
    const { scene, logOut } = await setUp({
      server: {
        claims: { subject: 'email' },
        mapClaims: ({ sub: _, ...claims }) => ({ ...claims, sub: 'mapped' }),
      },
    })
    const token = await scene.issuer.token({ email: 'user@example.com' })
    const auth = await expectAccepted(scene, scene.ask(`Bearer ${token}`))
    expect(auth.subject).toBe('user@example.com')
    await expectSuccess(await logOut())
    await expectRejected(scene, scene.ask(`Bearer ${token}`), REVOKED)
  })

  it('ends the tokens of another resource that shares the marks and knows the server by another name', async () => {
    const alias = 'https://old.example'
    for (const iss of [ISSUER, alias]) {
      const { scene, marks, logOut } = await setUp({ server: { tokenIssuers: [alias] } })
      const other = await createScene({
        issuer: scene.issuer,
        server: { issuer: alias, jwksUri: `${ISSUER}/jwks` },
        revocation: marks,
      })
      const token = await scene.issuer.token({ iss: alias })
      await expectAccepted(other, other.ask(`Bearer ${token}`))
      await expectSuccess(await logOut({ claims: { iss } }))
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
      const { scene, logOut } = await setUp({ server: { tokenIssuers: [alias] } })
      await expectSuccess(await logOut({ claims: { iss: logoutIssuer } }))
      const token = await scene.issuer.token({ iss: tokenIssuer })
      await expectRejected(scene, scene.ask(`Bearer ${token}`), REVOKED)
    }
  })

  it('ends tokens of its own tenant only', async () => {
    const allowed = { pattern: 'https://as.example/{t}', claim: 'tid', allow: ['a', 'b'] }
    const { scene, logOut } = await setUp({ server: { issuerTemplate: allowed } })
    const tokenOf = (tid: string) => scene.issuer.token({ iss: `https://as.example/${tid}`, tid })
    await expectSuccess(await logOut({ claims: { iss: 'https://as.example/a' } }))
    await expectRejected(scene, scene.ask(`Bearer ${await tokenOf('a')}`), REVOKED)
    await expectAccepted(scene, scene.ask(`Bearer ${await tokenOf('b')}`))
    await expectFailure(await logOut({ claims: { iss: 'https://as.example/c' } }))
    await expectFailure(await logOut({ claims: { iss: 'https://as.example/a', tid: 'b' } }))
  })

  it.each<[string, Sent]>([
    ['typ JWT', { header: { typ: 'JWT' } }],
    ['no typ', { header: { typ: undefined } }],
    ['a typ in full', { header: { typ: 'application/LOGOUT+JWT' } }],
    ['several audiences', { claims: { aud: ['other', CLIENT] } }],
    ['an iat five minutes ago', { claims: { iat: START - 300 } }],
    ['an exp in five minutes', { claims: { exp: START + 300 } }],
    ['no exp, as from Hydra and LemonLDAP::NG', { claims: { exp: undefined } }],
    ['no exp, and an iat of five minutes ago', { claims: { exp: undefined, iat: START - 300 } }],
    ['an exp within the tolerance', { claims: { exp: START - 29 } }],
    ['an nbf within the tolerance', { claims: { nbf: START + 30 } }],
    ['members in its event', { claims: { events: { [EVENT]: { revoke: true } } } }],
    ['a sid that is null', { claims: { sid: null } }],
  ])('may have %s', async (_, sent) => {
    const { scene, logOut } = await setUp()
    await expectSuccess(await logOut(sent))
    const token = await scene.issuer.token({ iat: START - 300 })
    await expectRejected(scene, scene.ask(`Bearer ${token}`), REVOKED)
  })

  it.each<[string, Sent]>([
    ['the typ of an access token', { header: { typ: 'at+jwt' } }],
    ['an empty typ', { header: { typ: '' } }],
    ['a typ that is not a text', { header: { typ: 1 } }],
    ['a critical extension', { header: { crit: ['b64'], b64: true } }],
    ['an endless kid', { header: { kid: 'k'.repeat(257) } }],
    ['no iss', { claims: { iss: undefined } }],
    ['a foreign iss', { claims: { iss: 'https://other.example' } }],
    ['no aud', { claims: { aud: undefined } }],
    ['a foreign aud', { claims: { aud: 'other' } }],
    ['an aud that contains the client ID', { claims: { aud: `${CLIENT}2` } }],
    ['an aud that is not a text', { claims: { aud: [CLIENT, 1] } }],
    ['no iat', { claims: { iat: undefined } }],
    ['an iat as text', { claims: { iat: String(START) } }],
    ['an old iat', { claims: { iat: START - 301 } }],
    ['an iat in the future', { claims: { iat: START + 301, exp: START + 300 } }],
    ['an exp of null', { claims: { exp: null } }],
    ['an exp that is a text', { claims: { exp: String(START + 120) } }],
    ['no exp, and an iat of six minutes ago', { claims: { exp: undefined, iat: START - 360 } }],
    ['an exp that has passed', { claims: { exp: START - 30 } }],
    ['an nbf in the future', { claims: { nbf: START + 31 } }],
    ['an nbf that is not a time', { claims: { nbf: 'now' } }],
    ['an exp far in the future', { claims: { exp: START + 301 } }],
    ['no events', { claims: { events: undefined } }],
    ['events as text', { claims: { events: EVENT } }],
    ['events as a list', { claims: { events: [EVENT] } }],
    ['no event', { claims: { events: {} } }],
    ['another event', { claims: { events: { 'https://example.com/event': {} } } }],
    ['two events', { claims: { events: { [EVENT]: {}, other: {} } } }],
    ['an event that is not an object', { claims: { events: { [EVENT]: true } } }],
    ['neither sub nor sid', { claims: { sub: undefined } }],
    ['a blank sub', { claims: { sub: ' ' } }],
    ['a sub that is not a text', { claims: { sub: 1, sid: 's-1' } }],
    ['a sid that is not a text', { claims: { sid: {} } }],
    ['a nonce', { claims: { nonce: 'n' } }],
    ['a nonce that is null', { claims: { nonce: null } }],
    ['no jti', { claims: { jti: undefined } }],
    ['an empty jti', { claims: { jti: '' } }],
    ['an endless jti', { claims: { jti: 'j'.repeat(257) } }],
  ])('is rejected with %s, and costs no fetch', async (_, sent) => {
    const { scene, store, logOut } = await setUp()
    await expectFailure(await logOut(sent))
    expect(store.entries.size).toBe(0)
    expect(scene.issuer.requests).toEqual([])
  })

  it('is rejected without a valid signature', async () => {
    const { scene, store, send, logOut } = await setUp()
    await expectFailure(await logOut({ key: await createKey() }))
    const none = await forge({ alg: 'none', typ: 'logout+jwt' }, goodClaims(), unsigned)
    await expectFailure(await send(none))
    const secret = await forge(
      { alg: 'HS256', typ: 'logout+jwt' },
      goodClaims(),
      signedBy(scene.issuer.key),
    )
    await expectFailure(await send(secret))
    for (const token of ['', 'x', 'a.b.c', `${none}.x`]) await expectFailure(await send(token))
    expect(store.entries.size).toBe(0)
  })

  it('is rejected where the application has no client at its issuer', async () => {
    const { logoutToken, send } = await setUp()
    await expectFailure(await send(await logoutToken(), { 'https://other.example': CLIENT }))
    await expectFailure(await send(await logoutToken(), Object.create({ [ISSUER]: CLIENT })))
    await expectFailure(await send(await logoutToken(), { [ISSUER]: 'other' }))
    await expectSuccess(await send(await logoutToken(), { [ISSUER]: CLIENT }))
  })

  it('is used once', async () => {
    const { scene, store, logoutToken, send } = await setUp()
    const token = await logoutToken()
    await expectSuccess(await send(token))
    await expectFailure(await send(token))
    expect(store.ttls).toHaveLength(1)
    expect(scene.events.filter(({ type }) => type === 'refused')).toEqual([])
  })

  it('can be sent again after a 503', async () => {
    const { scene, store, marks, logoutToken, send } = await setUp()
    const token = await logoutToken()
    store.mode = 'broken'
    await expectFailure(await send(token), 503)
    store.mode = 'good'
    await expectSuccess(await send(token))
    const throwing: RevokedBefore = {
      ...marks,
      revoke: () => {
        throw new Error('not even a promise')
      },
    }
    await expectFailure(await send(await logoutToken(), CLIENT, throwing), 503)
    expect(scene.runs).toEqual([])
  })

  it('is a 503 while the keys are out of reach', async () => {
    const { scene, store, logoutToken, send } = await setUp()
    scene.issuer.respondAt(`${ISSUER}/jwks`, () => new Response('', { status: 500 }))
    const token = await logoutToken()
    await expectFailure(await send(token), 503)
    expect(store.entries.size).toBe(0)
    scene.issuer.respondAt(`${ISSUER}/jwks`, undefined)
    scene.clock.advance(16)
    await expectSuccess(await send(token))
  })

  it('with unknown keys costs one fetch a minute, and none of those for access tokens', async () => {
    const { scene, logOut } = await setUp()
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
    scene.clock.advance(50)
    await logOut({ header: { kid: 'invented' }, claims: { exp: START + 120 } })
    expect(fetches()).toBe(4)
  })

  it('is never an access token', async () => {
    const { scene, logoutToken } = await setUp()
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
    const { scene, marks } = await setUp()
    await expectFailure(await sendBody(scene, body, marks, init))
  })

  it('is a 400 unless it is a POST', async () => {
    const { scene, marks } = await setUp()
    for (const method of ['GET', 'HEAD', 'OPTIONS', 'DELETE']) {
      const response = await sendBody(scene, null, marks, { method })
      expect([response.status, response.headers.get('Allow')]).toEqual([400, 'POST'])
    }
  })

  it('is a 400 with two tokens, another type, charset or encoding, or more than 64 KiB', async () => {
    const { scene, marks, store, logoutToken } = await setUp()
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
      await expectFailure(await sendBody(scene, body, marks, init))
    }
    expect(store.entries.size).toBe(0)
    const other = type(`Application/X-WWW-Form-Urlencoded ; charset=UTF-8`)
    await expectSuccess(await sendBody(scene, `a=b&${await form()}&c=d`, marks, other))
  })

  it('is a 400 if its body ends in an error, and a 500 if it was read before', async () => {
    const { scene, marks, logoutToken } = await setUp()
    const broken = new ReadableStream({
      start: (controller) => controller.error(new Error('gone')),
    })
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' }
    const init = { headers, duplex: 'half' } as RequestInit
    await expectFailure(await sendBody(scene, broken, marks, init))
    const request = new Request(PLACE, {
      method: 'POST',
      body: new URLSearchParams({ logout_token: await logoutToken() }),
    })
    await request.text()
    const options = { clientId: CLIENT }
    await expectFailure(
      await backchannelLogoutResponse(request, scene.resource, marks, options),
      500,
    )
  })

  it('throws without a client ID', async () => {
    const { scene, marks } = await setUp()
    for (const options of [undefined, {}, { clientId: '' }, { clientId: 1 }, { clientId: null }]) {
      const request = new Request(PLACE, { method: 'POST' })
      await expect(
        backchannelLogoutResponse(request, scene.resource, marks, options as never),
      ).rejects.toThrow(TypeError)
    }
  })
})

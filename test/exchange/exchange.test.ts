/** The results of `exchange()`: what is sent, what is returned, what is kept. */

import { describe, expect, it } from 'vitest'
import { createTokenExchange } from '../../src/exchange/index.ts'
import type { AuthContext } from '../../src/index.ts'
import { START } from '../support/clock.ts'
import {
  API,
  bearerResponse,
  createExchangeScene,
  type Respond,
  TOKEN_ENDPOINT,
} from '../support/exchange.ts'
import { ISSUER } from '../support/issuer.ts'
import { unchecked } from '../support/unchecked.ts'

describe('exchange()', () => {
  it('exchanges the token of the request at the token endpoint of its issuer', async () => {
    const { exchange, auth, token, asked } = await createExchangeScene()
    expect(await exchange.exchange(auth)).toEqual({
      ok: true,
      token: 'exchanged-1',
      tokenType: 'Bearer',
      expiresAt: START + 300,
      scopes: ['orders:read'],
    })
    expect(asked).toHaveLength(1)
    const [seen] = asked
    expect(seen?.url).toBe(TOKEN_ENDPOINT)
    expect(seen?.method).toBe('POST')
    expect(seen?.headers.get('Authorization')).toBe(`Basic ${btoa('notes:secret')}`)
    expect(seen?.headers.get('Content-Type')).toBe('application/x-www-form-urlencoded')
    expect(seen?.form).toEqual({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: token,
      subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      resource: 'https://api.example/v1',
      scope: 'orders:read',
    })
  })

  it('finds the token endpoint by discovery', async () => {
    const urls: string[] = []
    const { auth, scene } = await createExchangeScene()
    const exchange = createTokenExchange({
      authorizationServer: ISSUER,
      client: { id: 'notes', secret: 'secret' },
      target: { audience: 'orders' },
      now: scene.clock.now,
      fetch: async (url) => {
        urls.push(url)
        if (url === TOKEN_ENDPOINT) return bearerResponse(0)
        return Response.json({ issuer: ISSUER, token_endpoint: TOKEN_ENDPOINT })
      },
    })
    expect(await exchange.exchange(auth)).toMatchObject({ ok: true, token: 'exchanged-1' })
    expect(urls).toEqual([`${ISSUER}/.well-known/oauth-authorization-server`, TOKEN_ENDPOINT])
  })

  it('accepts a copy of the context by spread', async () => {
    const { exchange, auth, asked } = await createExchangeScene()
    expect(await exchange.exchange({ ...auth })).toMatchObject({ ok: true })
    expect(await exchange.exchange(auth)).toMatchObject({ ok: true })
    expect(asked).toHaveLength(1)
  })

  it('has functions that can be passed on alone', async () => {
    const { exchange: created, auth, asked, called } = await createExchangeScene()
    const { exchange, fetch, clear } = created
    await expect(exchange(auth)).resolves.toMatchObject({ ok: true })
    clear(auth)
    await expect(fetch(auth, `${API}/`)).resolves.toMatchObject({ status: 200 })
    expect([asked.length, called.length]).toEqual([2, 1])
  })

  it('sends nothing for the context of another issuer, known token or not', async () => {
    const { exchange, auth, asked, strayed } = await createExchangeScene()
    const foreign = { ...auth, issuer: 'https://other.example' }
    expect(await exchange.exchange(foreign)).toEqual({ ok: false, code: 'subject_not_accepted' })
    expect(asked).toEqual([])
    await exchange.exchange(auth)
    expect(await exchange.exchange(foreign)).toEqual({ ok: false, code: 'subject_not_accepted' })
    expect(asked).toHaveLength(1)
    expect(strayed).toEqual([])
  })

  it.each<[string, unknown]>([
    ['an anonymous context', { ok: true, anonymous: true, scopes: [], operations: [] }],
    ['nothing', undefined],
    ['null', null],
    ['a text', 'token'],
    ['an AuthInfo', { token: 't', clientId: 'c', scopes: [] }],
    ['a rejection', new Response(null, { status: 401 })],
  ])('rejects %s with a TypeError', async (_what, auth) => {
    const { exchange, asked, called } = await createExchangeScene()
    await expect(exchange.exchange(auth as AuthContext)).rejects.toThrow(TypeError)
    await expect(exchange.fetch(auth as AuthContext, 'https://api.example/')).rejects.toThrow(
      TypeError,
    )
    expect(() => exchange.clear(auth as AuthContext)).toThrow(TypeError)
    expect([...asked, ...called]).toEqual([])
    const unaddressed = await createExchangeScene({ target: { audience: 'api' } })
    await expect(
      unaddressed.exchange.fetch(auth as AuthContext, 'https://api.example/'),
    ).rejects.toThrow(TypeError)
  })

  it.each([
    { ok: false },
    { anonymous: true },
    { anonymous: undefined },
    { token: '' },
    { token: 5 },
    { issuer: undefined },
    { expiresAt: 'soon' },
  ])('rejects a context with %j with a TypeError', async (change) => {
    const { exchange, auth, asked } = await createExchangeScene()
    const changed = unchecked<AuthContext>({ ...auth, ...change })
    await expect(exchange.exchange(changed)).rejects.toThrow(TypeError)
    expect(() => exchange.clear(changed)).toThrow(TypeError)
    expect(asked).toEqual([])
  })

  it('keeps a token until its margin, and no longer than the inbound token', async () => {
    const { exchange, auth, asked, scene } = await createExchangeScene()
    await exchange.exchange(auth)
    scene.clock.advance(284)
    await exchange.exchange(auth)
    expect(asked).toHaveLength(1)
    scene.clock.advance(1)
    expect(await exchange.exchange(auth)).toMatchObject({ token: 'exchanged-2' })
    const ending = { ...auth, token: 'another', expiresAt: scene.clock.now() + 100 }
    await exchange.exchange(ending)
    scene.clock.advance(84)
    await exchange.exchange(ending)
    expect(asked).toHaveLength(3)
    scene.clock.advance(1)
    await exchange.exchange(ending)
    expect(asked).toHaveLength(4)
  })

  it('does not give a token of the future after the clock was set back', async () => {
    const { exchange, auth, asked, scene } = await createExchangeScene()
    await exchange.exchange(auth)
    scene.clock.advance(-100)
    await exchange.exchange(auth)
    expect(asked).toHaveLength(2)
  })

  it('keeps a token no longer than the token of subjectToken', async () => {
    const token = jwt({ sub: 'user-1', exp: START + 100 })
    const { exchange, auth, asked, scene } = await createExchangeScene({
      subjectToken: async () => ({ token, type: 'urn:ietf:params:oauth:token-type:jwt' }),
    })
    await exchange.exchange(auth)
    scene.clock.advance(84)
    await exchange.exchange(auth)
    expect(asked).toHaveLength(1)
    scene.clock.advance(1)
    await exchange.exchange(auth)
    expect(asked).toHaveLength(2)
  })

  it('takes contexts of further issuers and of allowed tenants only', async () => {
    const { exchange, auth } = await createExchangeScene({
      authorizationServer: {
        issuer: ISSUER,
        metadata: { issuer: ISSUER, token_endpoint: TOKEN_ENDPOINT },
        tokenIssuers: ['https://old.example'],
        issuerTemplate: { pattern: `${ISSUER}/{tenant}`, claim: 'tid', allow: ['acme'] },
      },
    })
    const codes: unknown[] = []
    for (const issuer of ['https://old.example', `${ISSUER}/acme`, `${ISSUER}/other`]) {
      const result = await exchange.exchange({ ...auth, issuer, token: issuer })
      codes.push(result.ok || result.code)
    }
    expect(codes).toEqual([true, true, 'subject_not_accepted'])
  })

  it.each([undefined, -1, 'soon', null, 10])(
    'does not keep a token with expires_in %j',
    async (expiresIn) => {
      const issue = () =>
        Response.json({ access_token: 't', token_type: 'Bearer', expires_in: expiresIn })
      const { exchange, auth, asked } = await createExchangeScene({ issue })
      await exchange.exchange(auth)
      await exchange.exchange(auth)
      expect(asked).toHaveLength(2)
    },
  )

  it('reads expires_in as digits, and the granted scopes', async () => {
    const issue = () =>
      Response.json({ access_token: 't', token_type: 'bearer', expires_in: '60', scope: 'a  b' })
    const { exchange, auth } = await createExchangeScene({ issue })
    expect(await exchange.exchange(auth)).toEqual({
      ok: true,
      token: 't',
      tokenType: 'Bearer',
      expiresAt: START + 60,
      scopes: ['a', 'b'],
    })
  })

  it('runs one exchange for a hundred concurrent calls of one user', async () => {
    const { exchange, auth, asked } = await createExchangeScene()
    const calls = Array.from({ length: 100 }, (_, index) =>
      exchange.exchange(index % 2 === 0 ? auth : { ...auth }),
    )
    const tokens = await Promise.all(calls)
    expect(new Set(tokens.map((each) => each.ok && each.token))).toEqual(new Set(['exchanged-1']))
    expect(asked).toHaveLength(1)
  })

  it('runs one exchange for each user', async () => {
    const { exchange, context, asked } = await createExchangeScene()
    const users = [
      await context({ sub: 'a' }),
      await context({ sub: 'b' }),
      await context({ sub: 'c' }),
    ]
    const tokens = await Promise.all([...users, ...users].map((auth) => exchange.exchange(auth)))
    expect(asked).toHaveLength(3)
    expect(new Set(asked.map(({ form }) => form['subject_token'])).size).toBe(3)
    expect(tokens[0]).toBe(tokens[3])
  })

  it('keeps no more tokens than maxEntries', async () => {
    const { exchange, auth, asked } = await createExchangeScene({ cache: { maxEntries: 2 } })
    const user = (token: string): AuthContext => ({ ...auth, token })
    for (const name of ['a', 'b', 'c']) await exchange.exchange(user(name))
    await exchange.exchange(user('c'))
    await exchange.exchange(user('b'))
    expect(asked).toHaveLength(3)
    await exchange.exchange(user('a'))
    expect(asked).toHaveLength(4)
  })

  it('keeps at most 32 MiB of tokens', async () => {
    const issue = () =>
      Response.json({ access_token: 't'.repeat(60_000), token_type: 'Bearer', expires_in: 300 })
    const { exchange, auth, asked } = await createExchangeScene({ issue })
    const user = (index: number): AuthContext => ({ ...auth, token: `token-${index}` })
    const count = Math.ceil(33_554_432 / 60_000)
    for (let index = 0; index < count; index++) await exchange.exchange(user(index))
    await exchange.exchange(user(1))
    expect(asked).toHaveLength(count)
    await exchange.exchange(user(0))
    expect(asked).toHaveLength(count + 1)
  })

  it('keeps nothing without a cache', async () => {
    const { exchange, auth, asked } = await createExchangeScene({ cache: false })
    await exchange.exchange(auth)
    await exchange.exchange(auth)
    expect(asked).toHaveLength(2)
  })

  it('does not repeat a refused exchange for 5 seconds', async () => {
    const issue = () => Response.json({ error: 'invalid_grant' }, { status: 400 })
    const { exchange, auth, asked, scene } = await createExchangeScene({ issue })
    for (const seconds of [0, 4, 0.9]) {
      scene.clock.advance(seconds)
      expect(await exchange.exchange(auth)).toEqual({ ok: false, code: 'subject_not_accepted' })
    }
    expect(asked).toHaveLength(1)
    scene.clock.advance(0.1)
    await exchange.exchange(auth)
    expect(asked).toHaveLength(2)
  })

  it('forgets the token that a refused exchange replaces, also of a time to come', async () => {
    const issue = (_: unknown, index: number) =>
      index === 1
        ? Response.json({ error: 'invalid_grant' }, { status: 400 })
        : bearerResponse(index)
    const { exchange, auth, scene } = await createExchangeScene({ issue })
    expect(await exchange.exchange(auth)).toMatchObject({ token: 'exchanged-1' })
    scene.clock.advance(-100)
    expect(await exchange.exchange(auth)).toMatchObject({ code: 'subject_not_accepted' })
    scene.clock.advance(110)
    expect(await exchange.exchange(auth)).toMatchObject({ token: 'exchanged-3' })
  })

  it('repeats an exchange after an outage at once', async () => {
    const issue = (_: unknown, index: number) =>
      index === 0 ? new Response(null, { status: 503 }) : bearerResponse(index)
    const { exchange, auth } = await createExchangeScene({ issue })
    expect(await exchange.exchange(auth)).toMatchObject({ ok: false, code: 'unavailable' })
    expect(await exchange.exchange(auth)).toMatchObject({ ok: true })
  })

  it('gives up on a token endpoint that does not answer', async () => {
    const issue = () => new Promise<Response>(() => {})
    const { exchange, auth } = await createExchangeScene({ issue, timeoutMs: 50 })
    expect(await exchange.exchange(auth)).toEqual({
      ok: false,
      code: 'unavailable',
      retryAfterSeconds: 5,
    })
  })

  it('starts a new exchange after clear(), and does not keep the one before it', async () => {
    let release: (() => void) | undefined
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    const issue: Respond = async (_seen, index) => {
      if (index === 0) await held
      return bearerResponse(index)
    }
    const { exchange, auth, asked } = await createExchangeScene({ issue })
    const first = exchange.exchange(auth)
    while (asked.length === 0) await new Promise((resolve) => setTimeout(resolve, 1))
    exchange.clear(auth)
    expect(await exchange.exchange(auth)).toMatchObject({ token: 'exchanged-2' })
    release?.()
    expect(await first).toMatchObject({ token: 'exchanged-1' })
    expect(await exchange.exchange(auth)).toMatchObject({ token: 'exchanged-2' })
    exchange.clear({ ...auth })
    expect(await exchange.exchange(auth)).toMatchObject({ token: 'exchanged-3' })
  })

  it('exchanges again for another actor, not for another token of the same actor', async () => {
    let actor = jwt({ sub: 'notes', jti: '1' })
    const { exchange, auth, asked } = await createExchangeScene({ actorToken: async () => actor })
    await exchange.exchange(auth)
    actor = jwt({ sub: 'notes', jti: '2' })
    await exchange.exchange(auth)
    expect(asked).toHaveLength(1)
    expect(asked[0]?.form).toMatchObject({
      actor_token: jwt({ sub: 'notes', jti: '1' }),
      actor_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    })
    actor = jwt({ sub: 'other' })
    await exchange.exchange(auth)
    expect(asked).toHaveLength(2)
  })

  it.each([{ sub: '' }, { sub: 5 }, {}])(
    'exchanges again for another token of an actor without a name: %j',
    async (claims) => {
      let actor = jwt({ ...claims, jti: '1' })
      const { exchange, auth, asked } = await createExchangeScene({ actorToken: async () => actor })
      await exchange.exchange(auth)
      await exchange.exchange(auth)
      expect(asked).toHaveLength(1)
      actor = jwt({ ...claims, jti: '2' })
      await exchange.exchange(auth)
      expect(asked).toHaveLength(2)
    },
  )

  it('keeps a token of each actor, and forgets all of them in clear()', async () => {
    let actor = ''
    const { exchange, auth, asked } = await createExchangeScene({
      actorToken: async () => jwt({ sub: actor }),
    })
    const tokenFor = async (sub: string) => {
      actor = sub
      const exchanged = await exchange.exchange(auth)
      return exchanged.ok && exchanged.token
    }
    const tokensFor = async (...subs: string[]) => {
      const tokens: unknown[] = []
      for (const sub of subs) tokens.push(await tokenFor(sub))
      return tokens
    }
    expect(await tokensFor('a', 'b', 'a', 'b')).toEqual(
      [1, 2, 1, 2].map((index) => `exchanged-${index}`),
    )
    exchange.clear(auth)
    expect(await tokensFor('b', 'a', 'b')).toEqual([3, 4, 3].map((index) => `exchanged-${index}`))
    expect(asked).toHaveLength(4)
  })

  it('gives a frozen token, whose end is a whole second', async () => {
    const { exchange, auth } = await createExchangeScene({ now: () => START + 0.5 })
    const result = await exchange.exchange(auth)
    expect(result).toEqual({
      ...{ ok: true, token: 'exchanged-1', tokenType: 'Bearer', scopes: ['orders:read'] },
      expiresAt: START + 300,
    })
    expect([result, result.ok && result.scopes].map(Object.isFrozen)).toEqual([true, true])
  })

  it('is misconfigured where the metadata has no usable token endpoint', async () => {
    const { auth, scene } = await createExchangeScene()
    for (const endpoint of [undefined, 'http://as.example/token', 'nowhere']) {
      const exchange = createTokenExchange({
        authorizationServer: ISSUER,
        client: { id: 'notes', secret: 'secret' },
        target: { audience: 'orders' },
        now: scene.clock.now,
        fetch: async () => Response.json({ issuer: ISSUER, token_endpoint: endpoint }),
      })
      expect(await exchange.exchange(auth)).toMatchObject({
        ok: false,
        code: 'misconfigured',
        message: 'The metadata of the authorization server has no token_endpoint that uses https.',
      })
    }
  })
})

function jwt(claims: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${part({ alg: 'ES256' })}.${part(claims)}.c2ln`
}

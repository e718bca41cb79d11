/** Requests to the token endpoint: their fields, their proofs, and the metadata that names the endpoint. */

import { generateKeyPair } from 'jose'
import { describe, expect, it, vi } from 'vitest'
import { createTokenExchange, type TokenExchangeOptions } from '../../src/exchange/index.ts'
import { START } from '../support/clock.ts'
import { API, createExchangeScene, type Respond, TOKEN_ENDPOINT } from '../support/exchange.ts'
import { ISSUER } from '../support/issuer.ts'

const METADATA_URL = `${ISSUER}/.well-known/oauth-authorization-server`

function rejected(status: number, body: object): Response {
  return Response.json(body, { status })
}

/** Answers the first request with this response, and each later one with a bound token. */
function onceThenBound(first: Response): Respond {
  return (_seen, index) =>
    index === 0 ? first : Response.json({ access_token: 'bound', token_type: 'DPoP' })
}

describe('exchange()', () => {
  it('sends a form, and accepts JSON', async () => {
    const { exchange, auth, asked } = await createExchangeScene()
    await exchange.exchange(auth)
    expect(asked.map(({ method, headers }) => [method, Object.fromEntries(headers)])).toEqual([
      [
        'POST',
        {
          accept: 'application/json',
          authorization: `Basic ${btoa('notes:secret')}`,
          'content-type': 'application/x-www-form-urlencoded',
        },
      ],
    ])
  })

  it.each([
    ['400 invalid_dpop_proof', 400, { error: 'invalid_dpop_proof' }],
    ['401 invalid_dpop_proof', 401, { error: 'invalid_dpop_proof' }],
    ['401 use_dpop_nonce', 401, { error: 'use_dpop_nonce' }],
    [
      'a description that names DPoP',
      400,
      { error: 'invalid_request', error_description: 'A dpop proof is missing' },
    ],
  ])('repeats a request with a proof after %s', async (_what, status, body) => {
    const issue = onceThenBound(rejected(status, body))
    const { exchange, auth, asked } = await createExchangeScene({ issue })
    expect(await exchange.exchange(auth)).toMatchObject({ ok: true, tokenType: 'DPoP' })
    expect(asked.map(({ headers }) => headers.has('DPoP'))).toEqual([false, true])
  })

  it.each([
    ['403 invalid_dpop_proof', 403, { error: 'invalid_dpop_proof' }],
    ['402 use_dpop_nonce', 402, { error: 'use_dpop_nonce' }],
    ['invalid_grant', 400, { error: 'invalid_grant' }],
    [
      'a description that names another word',
      400,
      { error: 'invalid_request', error_description: 'dpops' },
    ],
    [
      'a description that is not text',
      400,
      { error: 'invalid_request', error_description: ['dpop'] },
    ],
  ])('does not repeat a request after %s', async (_what, status, body) => {
    const issue = onceThenBound(rejected(status, body))
    const { exchange, auth, asked } = await createExchangeScene({ issue })
    expect(await exchange.exchange(auth)).toMatchObject({ ok: false })
    expect(asked).toHaveLength(1)
  })

  it.each([
    ['invalid_grant', 2],
    ['invalid_scope', 1],
  ])('tries a proof at a server that supports them after %s: %i requests', async (error, count) => {
    const issue = onceThenBound(rejected(400, { error }))
    const metadata = {
      ...{ issuer: ISSUER, token_endpoint: TOKEN_ENDPOINT },
      dpop_signing_alg_values_supported: ['ES256'],
    }
    const authorizationServer = { issuer: ISSUER, metadata }
    const { exchange, auth, asked } = await createExchangeScene({ issue, authorizationServer })
    await exchange.exchange(auth)
    expect(asked).toHaveLength(count)
  })

  it('does not repeat a request after a 400 that is not JSON', async () => {
    const issue = onceThenBound(new Response('<p>Bad Request</p>', { status: 400 }))
    const { exchange, auth, asked } = await createExchangeScene({ issue })
    const message = 'The token endpoint answered with status 400.'
    expect(await exchange.exchange(auth)).toMatchObject({ ok: false, message })
    expect(asked).toHaveLength(1)
  })

  it('uses a token without a binding as a bearer token, also where a proof was sent', async () => {
    const issue: Respond = (_seen, index) =>
      index === 0
        ? rejected(400, { error: 'invalid_dpop_proof' })
        : Response.json({ access_token: 'free', token_type: 'Bearer' })
    const { exchange, auth, called } = await createExchangeScene({ issue })
    await exchange.fetch(auth, `${API}/`)
    const [seen] = called
    expect(seen?.headers.get('Authorization')).toBe('Bearer free')
    expect(seen?.headers.has('DPoP')).toBe(false)
  })

  it('passes on no description that repeats the token of the actor', async () => {
    const issue = () => rejected(400, { error: 'x', error_description: 'The actor actor-token' })
    const actorToken = async () => 'actor-token'
    const { exchange, auth } = await createExchangeScene({ issue, actorToken })
    const message = 'The token endpoint answered with status 400.'
    expect(await exchange.exchange(auth)).toMatchObject({ ok: false, message })
  })

  it('passes on no description that repeats the token of the subject', async () => {
    let token = ''
    const issue = () => rejected(400, { error: 'x', error_description: `The token ${token}` })
    const { exchange, auth } = await createExchangeScene({ issue })
    token = auth.token
    const message = 'The token endpoint answered with status 400.'
    expect(await exchange.exchange(auth)).toMatchObject({ ok: false, message })
  })

  it('passes on a description with the word undefined, where there is no actor', async () => {
    const description = 'The scope orders:read is undefined.'
    const issue = () => rejected(400, { error: 'invalid_scope', error_description: description })
    const { exchange, auth } = await createExchangeScene({ issue })
    const failure = await exchange.exchange(auth)
    expect(failure).toHaveProperty('message', expect.stringContaining(description))
  })

  it('is unavailable until the date of a 503', async () => {
    const headers = { 'Retry-After': new Date((START + 9) * 1000).toUTCString() }
    const issue = () => new Response(null, { status: 503, headers })
    const { exchange, auth } = await createExchangeScene({ issue })
    const outage = { ok: false, code: 'unavailable', retryAfterSeconds: 9 }
    expect(await exchange.exchange(auth)).toMatchObject(outage)
  })

  it('is misconfigured where the key of the client cannot sign', async () => {
    const { privateKey } = await generateKeyPair('ES256')
    const client = { id: 'notes', privateKey, keyId: 'k1' }
    const { exchange, auth, asked } = await createExchangeScene({ client })
    const sign = vi.spyOn(crypto.subtle, 'sign').mockRejectedValue(new Error('no'))
    const failure = await exchange.exchange(auth)
    sign.mockRestore()
    expect(failure).toMatchObject({ ok: false, code: 'misconfigured' })
    expect(asked).toEqual([])
  })

  it('sends no proof after a token that was issued without one', async () => {
    const { exchange, auth, asked } = await createExchangeScene({ cache: false })
    for (let count = 0; count < 2; count++) {
      expect(await exchange.exchange(auth)).toMatchObject({ ok: true })
    }
    expect(asked.map(({ headers }) => headers.has('DPoP'))).toEqual([false, false])
  })

  it.each([undefined, false] as const)(
    'is unavailable where an assertion does not come in time, with cache %j',
    async (cache) => {
      const client = { id: 'notes', assertion: () => new Promise<string>(() => {}) }
      const { exchange, auth, asked } = await createExchangeScene({ client, cache, timeoutMs: 30 })
      expect(await exchange.exchange(auth)).toEqual({
        ...{ ok: false, code: 'unavailable', retryAfterSeconds: 5 },
      })
      expect(asked).toEqual([])
    },
  )
})

describe('exchange() with discovery', () => {
  /** An authorization server whose metadata can fail. */
  async function createDiscovered(options: Partial<TokenExchangeOptions> = {}) {
    const { auth, scene } = await createExchangeScene()
    const state = { isDown: false, asked: 0 }
    const exchange = createTokenExchange({
      authorizationServer: ISSUER,
      client: { id: 'notes', secret: 'secret' },
      target: { audience: 'orders' },
      cache: false,
      now: scene.clock.now,
      fetch: async (url) => {
        if (url === TOKEN_ENDPOINT)
          return Response.json({ access_token: 't', token_type: 'Bearer' })
        state.asked += 1
        if (state.isDown)
          return new Response(null, { status: 503, headers: { 'Retry-After': '9' } })
        return Response.json({ issuer: ISSUER, token_endpoint: TOKEN_ENDPOINT })
      },
      ...options,
    })
    return { exchange, auth, state, advance: scene.clock.advance }
  }

  it('is unavailable, and says so, where the metadata cannot be fetched', async () => {
    const { exchange, auth, state } = await createDiscovered()
    state.isDown = true
    const failure = await exchange.exchange(auth)
    expect(failure).toMatchObject({ ok: false, code: 'unavailable' })
    expect(failure).toHaveProperty('message', expect.stringContaining(METADATA_URL))
  })

  it('uses outdated metadata for an hour while fetching it fails', async () => {
    // The metadata is fresh for ten minutes, and up to a tenth more or less: for ten minutes with this number.
    const random = vi.spyOn(Math, 'random').mockReturnValue(0.5)
    const { exchange, auth, state, advance } = await createDiscovered()
    expect(await exchange.exchange(auth)).toMatchObject({ ok: true })
    random.mockRestore()
    state.isDown = true
    advance(600 + 3599.5)
    expect(await exchange.exchange(auth)).toMatchObject({ ok: true })
    advance(0.5)
    expect(await exchange.exchange(auth)).toMatchObject({ ok: false, code: 'unavailable' })
  })
})

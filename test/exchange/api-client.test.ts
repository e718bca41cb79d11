/** `exchange.fetch`: what is repeated and what is not, and what is left behind. */

import { getEventListeners } from 'node:events'
import { decodeJwt } from 'jose'
import { describe, expect, it } from 'vitest'
import type { TokenExchangeOptions } from '../../src/exchange/index.ts'
import { API, createExchangeScene, type Respond, type Seen } from '../support/exchange.ts'

/** A response whose body says whether it was cancelled. */
function watched(status: number, fields: Record<string, string> = {}) {
  let isCancelled = false
  const body = new ReadableStream({
    cancel() {
      isCancelled = true
    },
  })
  return {
    response: new Response(body, { status, headers: fields }),
    isCancelled: () => isCancelled,
  }
}

const issueBound: Respond = (_seen, index) =>
  Response.json({ access_token: `bound-${index + 1}`, token_type: 'DPoP', expires_in: 300 })

/** A server that issues bound tokens, and an API that answers with these responses in turn. */
function createBoundScene(answers: readonly Response[], options: object = {}) {
  const serve: Respond = (_seen, index) => answers[index] ?? new Response('served')
  return createExchangeScene({ issue: issueBound, serve, ...options })
}

function nonceChallenge(nonce: string): Record<string, string> {
  return { 'WWW-Authenticate': 'DPoP error="use_dpop_nonce"', 'DPoP-Nonce': nonce }
}

/** A server that issues a bound token only for a proof. */
const issueForProof: Respond = (seen, index) =>
  seen.headers.has('DPoP')
    ? issueBound(seen, index)
    : Response.json({ error: 'invalid_dpop_proof' }, { status: 400 })

const tokensOf = (called: readonly Seen[]) =>
  called.map(({ headers }) => headers.get('Authorization'))
const noncesOf = (called: readonly Seen[]) =>
  called.map(({ headers }) => decodeJwt(headers.get('DPoP') ?? '')['nonce'])

describe('exchange.fetch()', () => {
  it.each([
    ['get', 'GET'],
    ['Head', 'HEAD'],
    ['pOST', 'POST'],
    ['put', 'PUT'],
    ['options', 'OPTIONS'],
    ['delete', 'DELETE'],
    // Fetch Standard: other methods are sent as they are written.
    ['patch', 'patch'],
    ['getter', 'getter'],
    ['xput', 'xput'],
    [undefined, 'GET'],
  ])('sends the method %s as %s', async (method, expected) => {
    const { exchange, auth, called } = await createExchangeScene()
    await exchange.fetch(auth, `${API}/`, method === undefined ? {} : { method })
    expect(called.map((seen) => seen.method)).toEqual([expected])
  })

  it.each(['GET', 'head'])('rejects a body of %s', async (method) => {
    const { exchange, auth, asked } = await createExchangeScene()
    const sent = exchange.fetch(auth, `${API}/`, { method, body: 'text' })
    await expect(sent).rejects.toThrow(new TypeError(`A ${method} request has no body.`))
    expect(asked).toEqual([])
  })

  it.each(['xget', 'getter'])('sends a body with the method %s', async (method) => {
    const { exchange, auth, called } = await createExchangeScene()
    await exchange.fetch(auth, `${API}/`, { method, body: 'text' })
    expect(called.map(({ init }) => init.body)).toEqual(['text'])
  })

  it.each([null, undefined])('takes %s for no body and for no signal', async (nothing) => {
    const { exchange, auth, called } = await createExchangeScene()
    const init = { body: nothing, signal: nothing } as RequestInit
    expect((await exchange.fetch(auth, `${API}/`, init)).status).toBe(200)
    expect(called[0]?.init).not.toHaveProperty('duplex')
  })

  it.each([
    ['/orders', 'exchange.fetch needs an absolute URL.'],
    [
      'https://user@api.example/',
      'A URL for exchange.fetch must not contain a user name or password.',
    ],
    [
      'https://c.example/',
      'exchange.fetch sends its token to https://a.example and https://b.example only.',
    ],
  ])('says what is wrong with the URL %s', async (url, message) => {
    const target = { audience: 'api', origins: ['https://a.example', 'https://b.example'] }
    const { exchange, auth } = await createExchangeScene({ target })
    await expect(exchange.fetch(auth, url)).rejects.toThrow(new TypeError(message))
  })

  it('cancels the body of a 401 that it does not return', async () => {
    const first = watched(401)
    const serve: Respond = (_seen, index) => (index === 0 ? first.response : new Response('served'))
    const { exchange, auth } = await createExchangeScene({ serve })
    expect((await exchange.fetch(auth, `${API}/`)).status).toBe(200)
    expect(first.isCancelled()).toBe(true)
  })

  it('leaves the body of a 401 that it returns', async () => {
    const [first, second] = [watched(401), watched(401)]
    const serve: Respond = (_seen, index) => (index === 0 ? first : second).response
    const { exchange, auth } = await createExchangeScene({ serve })
    expect((await exchange.fetch(auth, `${API}/`)).status).toBe(401)
    expect(second.isCancelled()).toBe(false)
  })

  it('repeats a request for a nonce, cancels the body of the challenge, and keeps the later nonce', async () => {
    const challenge = watched(401, nonceChallenge('n1'))
    const served = new Response('served', { headers: { 'DPoP-Nonce': 'n2' } })
    const { exchange, auth, asked, called } = await createBoundScene([challenge.response, served], {
      issue: issueForProof,
    })
    expect((await exchange.fetch(auth, `${API}/`)).status).toBe(200)
    expect(challenge.isCancelled()).toBe(true)
    await exchange.fetch(auth, `${API}/`)
    expect(noncesOf(called)).toEqual([undefined, 'n1', 'n2'])
    expect(tokensOf(called)).toEqual(Array(3).fill('DPoP bound-2'))
    expect(asked).toHaveLength(2)
  })

  it.each<[string, Record<string, string>, number]>([
    ['403 with a nonce', nonceChallenge('n1'), 403],
    ['400 with a nonce', nonceChallenge('n1'), 400],
  ])('returns a %s as it is', async (_what, headers, status) => {
    const { exchange, auth, asked, called } = await createBoundScene(
      [new Response(null, { status, headers })],
      { issue: issueForProof },
    )
    expect((await exchange.fetch(auth, `${API}/`)).status).toBe(status)
    expect([asked.length, called.length]).toEqual([2, 1])
  })

  it.each<[string, Record<string, string>]>([
    ['a nonce with another error', { ...nonceChallenge('n1'), 'WWW-Authenticate': 'DPoP' }],
    ['no nonce', { 'WWW-Authenticate': 'DPoP error="use_dpop_nonce"' }],
  ])('exchanges again after a 401 with %s', async (_what, headers) => {
    const { exchange, auth, called } = await createBoundScene(
      [new Response(null, { status: 401, headers })],
      { issue: issueForProof },
    )
    expect((await exchange.fetch(auth, `${API}/`)).status).toBe(200)
    expect(tokensOf(called)).toEqual(['DPoP bound-2', 'DPoP bound-3'])
  })

  it('exchanges again after a challenge for a nonce that the proof contained', async () => {
    const answers = ['n1', 'n1', 'n2'].map(
      (nonce) => new Response(null, { status: 401, headers: nonceChallenge(nonce) }),
    )
    const { exchange, auth, called } = await createBoundScene(answers, { issue: issueForProof })
    expect((await exchange.fetch(auth, `${API}/`)).status).toBe(200)
    expect(noncesOf(called)).toEqual([undefined, 'n1', 'n1', 'n2'])
    expect(tokensOf(called)).toEqual([
      ...['DPoP bound-2', 'DPoP bound-2'],
      ...['DPoP bound-3', 'DPoP bound-3'],
    ])
  })

  it('exchanges again after a challenge for a nonce of a token that is not bound', async () => {
    const serve: Respond = (_seen, index) =>
      index === 0
        ? new Response(null, { status: 401, headers: nonceChallenge('n1') })
        : new Response('served')
    const { exchange, auth, called } = await createExchangeScene({ serve })
    expect((await exchange.fetch(auth, `${API}/`)).status).toBe(200)
    expect(tokensOf(called)).toEqual(['Bearer exchanged-1', 'Bearer exchanged-2'])
  })

  it('sends a stream once only, also where the API asks for a nonce', async () => {
    const challenge = new Response(null, { status: 401, headers: nonceChallenge('n1') })
    const { exchange, auth, called } = await createBoundScene([challenge], { issue: issueForProof })
    const init = { method: 'POST', body: new Blob(['text']).stream() }
    expect((await exchange.fetch(auth, `${API}/`, init)).status).toBe(401)
    expect(called).toHaveLength(1)
  })

  it('aborts the request to an API that does not answer in time', async () => {
    let signal: AbortSignal | null | undefined
    const serve: Respond = ({ init }) => {
      signal = init.signal
      return new Promise(() => {})
    }
    const { exchange, auth } = await createExchangeScene({ serve, timeoutMs: 50 })
    await expect(exchange.fetch(auth, `${API}/v1?`)).rejects.toMatchObject({
      ...{ code: 'timeout', url: `${API}/v1` },
    })
    expect(signal?.aborted).toBe(true)
  })

  it('rejects with the reason of the signal where fetch itself throws for it', async () => {
    const reason = new Error('enough')
    const controller = new AbortController()
    const serve: Respond = () => {
      controller.abort(reason)
      throw new DOMException('aborted', 'AbortError')
    }
    const { exchange, auth } = await createExchangeScene({ serve })
    const sent = exchange.fetch(auth, `${API}/`, { signal: controller.signal })
    await expect(sent).rejects.toBe(reason)
  })

  it('leaves no listener at the signal of a caller that waits for nothing any more', async () => {
    const { exchange, auth } = await createExchangeScene({ serve: () => Response.error() })
    const { signal } = new AbortController()
    for (let count = 0; count < 3; count++) await exchange.fetch(auth, `${API}/`, { signal })
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })

  it.each<Partial<TokenExchangeOptions>>([
    { target: { audience: 'api' } },
    { target: { audience: 'api', origins: [] } },
  ])('sends nothing without an origin: %j', async (options) => {
    const { exchange, auth, asked } = await createExchangeScene(options)
    await expect(exchange.fetch(auth, `${API}/`)).rejects.toMatchObject({
      ...{ name: 'ExchangeError', failure: { ok: false, code: 'misconfigured' } },
    })
    expect(asked).toEqual([])
  })
})

/** Exchanged tokens that are bound to a key (RFC 9449): demanded by the server or by the API. */

import { calculateJwkThumbprint, decodeJwt, importJWK, type JWK, jwtVerify } from 'jose'
import { describe, expect, it } from 'vitest'
import { START } from '../support/clock.ts'
import {
  API,
  createExchangeScene,
  issueBearer,
  type Seen,
  TOKEN_ENDPOINT,
} from '../support/exchange.ts'
import { ISSUER } from '../support/issuer.ts'

const ATH = 'the digest of the exchanged token'

/** Verifies the proof of a request, and gives its claims and thumbprint. */
async function proofOf({ headers }: Seen) {
  const proof = headers.get('DPoP') ?? ''
  const { protectedHeader, payload } = await jwtVerify(
    proof,
    (header) => importJWK(header.jwk as JWK, header.alg),
    { typ: 'dpop+jwt', currentDate: new Date(START * 1000) },
  )
  const jwk = protectedHeader.jwk as JWK
  expect(jwk).not.toHaveProperty('d')
  return { claims: payload, alg: protectedHeader.alg, jkt: await calculateJwkThumbprint(jwk) }
}

function refuse(error: string, headers: Record<string, string> = {}): Response {
  return Response.json({ error }, { status: 400, headers })
}

function issueBound(index: number): Response {
  return Response.json({ access_token: `bound-${index}`, token_type: 'DPoP', expires_in: 300 })
}

/** A server that demands proofs with a nonce. */
function demanding(seen: Seen, index: number): Response {
  const proof = seen.headers.get('DPoP')
  if (proof === null) return refuse('invalid_dpop_proof')
  if (decodeJwt(proof)['nonce'] !== 'n1') return refuse('use_dpop_nonce', { 'DPoP-Nonce': 'n1' })
  return issueBound(index)
}

describe('exchange()', () => {
  it('sends no proof where none is demanded', async () => {
    const { exchange, auth, asked, called } = await createExchangeScene()
    await exchange.fetch(auth, `${API}/`)
    expect(asked[0]?.headers.get('DPoP')).toBeNull()
    expect(called[0]?.headers.get('DPoP')).toBeNull()
  })

  it('makes a proof where the server demands one, and repeats it with the nonce', async () => {
    const { exchange, auth, asked, context } = await createExchangeScene({ issue: demanding })
    expect(await exchange.exchange(auth)).toMatchObject({ ok: true, tokenType: 'DPoP' })
    expect(asked.map(({ headers }) => headers.has('DPoP'))).toEqual([false, true, true])
    const [, first, second] = await Promise.all(
      asked.map((seen) => (seen.headers.has('DPoP') ? proofOf(seen) : undefined)),
    )
    expect(first?.claims).toEqual({
      jti: expect.any(String),
      htm: 'POST',
      htu: TOKEN_ENDPOINT,
      iat: START,
    })
    expect(second?.claims).toMatchObject({ nonce: 'n1' })
    expect(second?.claims.jti).not.toBe(first?.claims.jti)
    expect(second?.jkt).toBe(first?.jkt)
    // What the server demands is known from now on.
    await exchange.exchange(await context({ sub: 'user-2' }))
    expect(asked).toHaveLength(4)
    expect(asked[3]?.headers.has('DPoP')).toBe(true)
  })

  it.each([
    ['use_dpop_nonce at once', () => refuse('use_dpop_nonce', { 'DPoP-Nonce': 'n1' })],
    [
      'a description that names DPoP',
      () =>
        Response.json(
          { error: 'invalid_grant', error_description: 'DPoP proof JWT not provided' },
          { status: 400 },
        ),
    ],
    ['a bound token without a proof', () => issueBound(0)],
  ])('takes %s as a demand', async (_what, answer) => {
    const issue = (seen: Seen, index: number) => (index === 0 ? answer() : demanding(seen, index))
    const { exchange, auth, asked } = await createExchangeScene({ issue })
    expect(await exchange.exchange(auth)).toMatchObject({ ok: true, tokenType: 'DPoP' })
    expect(asked.length).toBeLessThanOrEqual(3)
  })

  it('tries a proof after invalid_grant, once, where the server supports proofs', async () => {
    const metadata = {
      issuer: ISSUER,
      token_endpoint: TOKEN_ENDPOINT,
      dpop_signing_alg_values_supported: ['ES256'],
    }
    const authorizationServer = { issuer: ISSUER, metadata }
    const issue = (seen: Seen, index: number) =>
      seen.headers.has('DPoP') ? issueBound(index) : refuse('invalid_grant')
    const bound = await createExchangeScene({ issue, authorizationServer })
    expect(await bound.exchange.exchange(bound.auth)).toMatchObject({ ok: true, tokenType: 'DPoP' })
    const refused = await createExchangeScene({
      issue: () => refuse('invalid_grant'),
      authorizationServer,
    })
    expect(await refused.exchange.exchange(refused.auth)).toMatchObject({
      code: 'subject_not_accepted',
    })
    expect(refused.asked).toHaveLength(2)
  })

  it('gives up after three requests', async () => {
    const issue = (_: Seen, index: number) =>
      refuse('use_dpop_nonce', { 'DPoP-Nonce': `n${index}` })
    const { exchange, auth, asked } = await createExchangeScene({ issue })
    expect(await exchange.exchange(auth)).toEqual({ ok: false, code: 'misconfigured' })
    expect(asked).toHaveLength(3)
  })

  it('uses no nonce of more than a thousand characters', async () => {
    const issue = () => refuse('use_dpop_nonce', { 'DPoP-Nonce': 'n'.repeat(1025) })
    const { exchange, auth, asked } = await createExchangeScene({ issue })
    expect(await exchange.exchange(auth)).toEqual({ ok: false, code: 'misconfigured' })
    expect(asked).toHaveLength(2)
    expect((await proofOf(asked[1] as Seen)).claims).not.toHaveProperty('nonce')
  })

  it('does not keep the demand of a server that rejects the proof, too', async () => {
    const issue = (seen: Seen, index: number) =>
      index < 2 ? refuse('invalid_dpop_proof') : issueBearer(seen, index)
    const { exchange, auth, asked, scene } = await createExchangeScene({ issue })
    expect(await exchange.exchange(auth)).toEqual({ ok: false, code: 'misconfigured' })
    scene.clock.advance(5)
    expect(await exchange.exchange(auth)).toMatchObject({ ok: true, tokenType: 'Bearer' })
    expect(asked[2]?.headers.has('DPoP')).toBe(false)
  })

  it('signs with an algorithm of the metadata', async () => {
    for (const [names, alg] of [
      [['RS256', 'EdDSA'], 'EdDSA'],
      [['PS256'], 'PS256'],
      [['ES384', 'ES256'], 'ES256'],
      [['HS256'], 'ES256'],
    ] as const) {
      const metadata = {
        issuer: ISSUER,
        token_endpoint: TOKEN_ENDPOINT,
        dpop_signing_alg_values_supported: [...names],
      }
      const { exchange, auth, asked } = await createExchangeScene({
        issue: demanding,
        authorizationServer: { issuer: ISSUER, metadata },
      })
      expect(await exchange.exchange(auth)).toMatchObject({ tokenType: 'DPoP' })
      expect((await proofOf(asked[2] as Seen)).alg).toBe(alg)
    }
  })
})

describe('exchanges at the same time', () => {
  it('are all repeated with the nonce that a server changed', async () => {
    let nonce = 'n1'
    const issue = (seen: Seen, index: number): Response => {
      const proof = seen.headers.get('DPoP')
      if (proof !== null && decodeJwt(proof)['nonce'] === nonce) return issueBound(index)
      return refuse('use_dpop_nonce', { 'DPoP-Nonce': nonce })
    }
    const { exchange, auth, context } = await createExchangeScene({ issue })
    await exchange.exchange(auth)
    exchange.clear(auth)
    nonce = 'n2'
    const users = [await context({ sub: 'user-2' }), await context({ sub: 'user-3' })]
    const results = await Promise.all([auth, ...users].map((user) => exchange.exchange(user)))
    expect(results.map(({ ok }) => ok)).toEqual([true, true, true])
  })
})

describe('exchange.fetch()', () => {
  it('proves possession to the API, with its nonce, and needs no second exchange for that', async () => {
    const serve = (seen: Seen): Response => {
      const { nonce } = decodeJwt(seen.headers.get('DPoP') ?? '')
      if (nonce === 'api-1') return new Response('served')
      const headers = {
        'WWW-Authenticate': 'DPoP error="use_dpop_nonce", algs="ES256"',
        'DPoP-Nonce': 'api-1',
      }
      return new Response(null, { status: 401, headers })
    }
    const { exchange, auth, asked, called } = await createExchangeScene({ issue: demanding, serve })
    const response = await exchange.fetch(auth, `${API}/v1?x=1#y`, { method: 'delete' })
    expect(await response.text()).toBe('served')
    expect(asked).toHaveLength(3)
    expect(called.map(({ headers }) => headers.get('Authorization'))).toEqual([
      'DPoP bound-2',
      'DPoP bound-2',
    ])
    const proof = await proofOf(called[1] as Seen)
    const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode('bound-2'))
    expect(proof.claims, ATH).toMatchObject({
      htm: 'DELETE',
      htu: `${API}/v1`,
      nonce: 'api-1',
      ath: Buffer.from(digest).toString('base64url'),
    })
    expect(proof.jkt).toBe((await proofOf(asked[2] as Seen)).jkt)
    await exchange.fetch(auth, `${API}/v1`)
    expect([asked.length, called.length]).toEqual([3, 3])
  })

  it('repeats every call for a nonce that several calls get at the same time', async () => {
    const serve = (seen: Seen): Response => {
      if (decodeJwt(seen.headers.get('DPoP') ?? '')['nonce'] === 'api-1') return new Response()
      const headers = {
        'WWW-Authenticate': 'DPoP error="use_dpop_nonce", algs="ES256"',
        'DPoP-Nonce': 'api-1',
      }
      return new Response(null, { status: 401, headers })
    }
    const { exchange, auth, asked, called } = await createExchangeScene({ issue: demanding, serve })
    await exchange.exchange(auth)
    const calls = Array.from({ length: 3 }, () => exchange.fetch(auth, `${API}/`))
    expect((await Promise.all(calls)).map(({ status }) => status)).toEqual([200, 200, 200])
    // None of them has lost its token for that.
    expect([asked.length, called.length]).toEqual([3, 6])
  })

  it('sends the nonce of the token endpoint to no other origin', async () => {
    const { exchange, auth, called } = await createExchangeScene({ issue: demanding })
    await exchange.fetch(auth, `${API}/`)
    expect(called).toHaveLength(1)
    const { claims } = await proofOf(called[0] as Seen)
    expect(claims).not.toHaveProperty('nonce')
  })

  it('requests a bound token where the API offers DPoP', async () => {
    const serve = (seen: Seen): Response =>
      seen.headers.has('DPoP')
        ? new Response('served')
        : new Response(null, {
            status: 401,
            headers: { 'WWW-Authenticate': 'Bearer realm="a", DPoP algs="ES256"' },
          })
    const issue = (seen: Seen, index: number): Response =>
      seen.headers.has('DPoP') ? issueBound(index) : (issueBearer(seen, index) as Response)
    const { exchange, auth, asked } = await createExchangeScene({ issue, serve })
    expect((await exchange.fetch(auth, `${API}/`)).status).toBe(200)
    expect(asked.map(({ headers }) => headers.has('DPoP'))).toEqual([false, true])
  })
})

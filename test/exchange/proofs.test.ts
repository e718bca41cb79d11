/** The proofs of exchanged tokens, the nonces of servers, and what the challenge of an API asks for. */

import { createHash } from 'node:crypto'
import { decodeProtectedHeader, importJWK, type JWK, jwtVerify } from 'jose'
import { describe, expect, it } from 'vitest'
import { asksForNonce, offersDpop, Proofs } from '../../src/exchange/proofs.ts'
import { processorTime } from '../support/processor-time.ts'

function challenged(text: string): Response {
  return new Response(null, { status: 401, headers: { 'WWW-Authenticate': text } })
}

const URL_AT_API = 'https://api.example/orders'

function nonceOf(value: string): Response {
  return new Response(null, { headers: { 'DPoP-Nonce': value } })
}

/** The header and the claims of a proof, whose signature is verified with the key that it carries. */
async function open(proof: string): Promise<{ header: object; claims: Record<string, unknown> }> {
  const { jwk } = decodeProtectedHeader(proof)
  const key = await importJWK(jwk as JWK, decodeProtectedHeader(proof).alg ?? '')
  const currentDate = new Date(1000 * 1000)
  const { payload, protectedHeader } = await jwtVerify(proof, key, { currentDate })
  return { header: protectedHeader, claims: payload }
}

describe('Proofs', () => {
  it.each([
    [['ES256'], 'ES256', { kty: 'EC', crv: 'P-256' }, ['crv', 'kty', 'x', 'y']],
    [['PS256', 'none'], 'PS256', { kty: 'RSA', e: 'AQAB' }, ['e', 'kty', 'n']],
    [['RS256'], 'RS256', { kty: 'RSA', e: 'AQAB' }, ['e', 'kty', 'n']],
    [['EdDSA'], 'EdDSA', { kty: 'OKP', crv: 'Ed25519' }, ['crv', 'kty', 'x']],
    [['HS256'], 'ES256', { kty: 'EC' }, ['crv', 'kty', 'x', 'y']],
    ['RS256', 'ES256', { kty: 'EC' }, ['crv', 'kty', 'x', 'y']],
    [undefined, 'ES256', { kty: 'EC' }, ['crv', 'kty', 'x', 'y']],
  ])(
    'of servers that accept %j have the algorithm %s',
    async (accepted, algorithm, members, names) => {
      const proofs = new Proofs(() => 1000)
      const key = await proofs.key(accepted)
      expect(key.algorithm).toBe(algorithm)
      expect(key.jwk).toMatchObject(members)
      expect(Object.keys(key.jwk).sort()).toEqual(names)
      expect(key.privateKey.extractable).toBe(false)
      if (key.jwk.n) expect(Buffer.from(key.jwk.n, 'base64url')).toHaveLength(256)
      const { header } = await open(
        await proofs.proof(key, { method: 'GET', url: URL_AT_API, nonce: undefined }),
      )
      expect(header).toEqual({ typ: 'dpop+jwt', alg: algorithm, jwk: key.jwk })
    },
  )

  it('have one key, also where two requests start at the same time', async () => {
    const proofs = new Proofs(() => 1000)
    const [one, other] = await Promise.all([proofs.key(['ES256']), proofs.key(['EdDSA'])])
    expect(one).toBe(other)
    expect(await proofs.key(['EdDSA'])).toBe(one)
  })

  it('contain the method, the URL without query and fragment, the time, the hash of the token and the nonce', async () => {
    const proofs = new Proofs(() => 1000.9)
    const key = await proofs.key(undefined)
    const url = `${URL_AT_API}?a=1\n2#b?c`
    const target = { method: 'PATCH', url, token: 'token', nonce: 'one' }
    const { claims } = await open(await proofs.proof(key, target))
    expect(claims).toEqual({
      jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
      ...{ htm: 'PATCH', htu: URL_AT_API, iat: 1000 },
      ath: createHash('sha256').update('token').digest('base64url'),
      nonce: 'one',
    })
  })

  it('contain no hash at a token endpoint, no nonce without one, and an identifier of their own', async () => {
    const proofs = new Proofs(() => 1000)
    const key = await proofs.key(undefined)
    const target = { method: 'POST', url: `${URL_AT_API}?`, nonce: undefined }
    const make = () => proofs.proof(key, target)
    const [one, other] = [await open(await make()), await open(await make())]
    expect(Object.keys(one.claims).sort()).toEqual(['htm', 'htu', 'iat', 'jti'])
    expect(one.claims['htu']).toBe(URL_AT_API)
    expect(one.claims['jti']).not.toBe(other.claims['jti'])
  })

  it('store the last nonce of an origin', () => {
    const proofs = new Proofs(() => 1000)
    const note = (nonce: string, sent?: string) => proofs.note(URL_AT_API, nonceOf(nonce), sent)
    expect([note('one'), note('one'), note('one', 'one'), note('two', 'one')]).toEqual([
      ...[true, true, false, true],
    ])
    expect([note(''), note('x'.repeat(1025))]).toEqual([false, false])
    expect(proofs.note(URL_AT_API, new Response(), undefined)).toBe(false)
    expect(proofs.nonce('https://api.example/other?query')).toBe('two')
    expect(proofs.nonce('https://other.example/orders')).toBeUndefined()
    expect(note('x'.repeat(1024))).toBe(true)
    expect(proofs.nonce(URL_AT_API)).toBe('x'.repeat(1024))
  })

  it('store the nonces of 64 origins', () => {
    const proofs = new Proofs(() => 1000)
    const urls = Array.from({ length: 65 }, (_, index) => `https://${index}.example/`)
    for (const url of urls) proofs.note(url, nonceOf('nonce'), undefined)
    expect(urls.filter((url) => proofs.nonce(url) === undefined)).toEqual(['https://0.example/'])
  })
})

describe('offersDpop()', () => {
  it.each([
    ['DPoP', true],
    ['DPoP algs="ES256"', true],
    ['dpop', true],
    ['Bearer, DPoP', true],
    ['Bearer realm="x",DPoP,Basic', true],
    ['Bearer', false],
    ['Bearer DPoP', false],
    ['XDPoP', false],
    ['DPoPX', false],
    ['', false],
  ])('reads %j', (text, expected) => {
    expect(offersDpop(challenged(text))).toBe(expected)
  })

  it('reads a response without a challenge', () => {
    const response = new Response(null, { status: 401 })
    expect([offersDpop(response), asksForNonce(response)]).toEqual([false, false])
  })
})

describe('asksForNonce()', () => {
  it.each([
    ['DPoP error="use_dpop_nonce"', true],
    ['DPoP error=use_dpop_nonce, algs="ES256"', true],
    ['Bearer error="invalid_token", dpop algs="ES256", Error="use_dpop_nonce"', true],
    // RFC 9110 §5.6.3: recipients remove white space around the equals sign.
    ['DPoP error\t= "use_dpop_nonce"', true],
    [String.raw`DPoP error="use\_dpop\_nonce"`, true],
    ['DPoP error "use_dpop_nonce"', false],
    ['DPoP error="invalid_token"', false],
    ['Bearer error="use_dpop_nonce"', false],
    ['error="use_dpop_nonce" DPoP', false],
    ['DPoP error="use_dpop_nonce2"', false],
    ['', false],
  ])('reads %j', (text, expected) => {
    expect(asksForNonce(challenged(text))).toBe(expected)
  })

  it('takes a time that grows with the length of the challenge, not with its square', () => {
    const challenge = challenged(`${'DPoP error=,'.repeat(100_000)}error${' '.repeat(100_000)}x`)
    let answers: unknown[] = []
    const time = processorTime(() => {
      answers = [asksForNonce(challenge), offersDpop(challenge)]
    })
    expect(answers).toEqual([false, true])
    expect(time).toBeLessThan(2000)
  })
})

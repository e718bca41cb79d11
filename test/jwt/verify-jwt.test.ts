import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { beforeAll, describe, expect, it } from 'vitest'
import { createKeySet } from '../../src/authorization-server/key-set.ts'
import { KeySource } from '../../src/authorization-server/key-source.ts'
import type { KeyQuery } from '../../src/authorization-server/select-keys.ts'
import type { Jwk } from '../../src/contract/documents.ts'
import { givenDocument } from '../../src/documents/kept-document.ts'
import { RequestBudget } from '../../src/documents/request-budget.ts'
import { audienceRejection } from '../../src/jwt/audience.ts'
import { parseCompactJwt } from '../../src/jwt/compact-jwt.ts'
import { checkJwt, type JwtRules, verifySignature } from '../../src/jwt/verify-jwt.ts'
import { succeed } from '../../src/lib/result.ts'
import { START } from '../support/clock.ts'
import { RESOURCE } from '../support/issuer.ts'

const HEADER = { typ: 'at+jwt', alg: 'ES256', kid: 'k' }
const CLAIMS = {
  iss: 'https://as.example',
  sub: 'alice',
  client_id: 'app',
  jti: 'j',
  aud: RESOURCE,
  iat: START,
  exp: START + 60,
}

const RULES: JwtRules = {
  profile: 'standard',
  algorithms: new Set(['ES256']),
  requiredClaims: ['sub'],
  evidence: { names: undefined, isReplaced: false },
  audience: {
    resource: RESOURCE,
    accepted: [RESOURCE, 'other'],
    allowMissing: false,
    substitute: undefined,
  },
  times: { toleranceSeconds: 30, maxAgeSeconds: undefined },
}

interface Changes {
  readonly header?: Record<string, unknown>
  readonly claims?: Record<string, unknown>
  readonly rules?: Partial<JwtRules>
  readonly reportsAudience?: boolean
}

function check({ header, claims, rules, reportsAudience = false }: Changes = {}) {
  const jwt = { header: { ...HEADER, ...header }, claims: { ...CLAIMS, ...claims } }
  return checkJwt(jwt, { ...RULES, ...rules }, START, reportsAudience)
}

/** The code of the rejection, or `undefined`. */
function codeOf(changes: Changes): string | undefined {
  const outcome = check(changes)
  return outcome.ok ? undefined : outcome.error.code
}

describe('checkJwt()', () => {
  it('gives the audience of the token, and the accepted value in it', () => {
    expect(check({ claims: { aud: ['x', 'other'] } })).toEqual({
      ok: true,
      value: { audience: ['x', 'other'], matched: 'other', isAccepted: true },
    })
  })

  it('accepts a kid of up to 256 characters', () => {
    expect(codeOf({ header: { kid: 'k'.repeat(256) } })).toBeUndefined()
    expect(codeOf({ header: { kid: undefined } })).toBeUndefined()
    expect(codeOf({ header: { kid: 'k'.repeat(257) } })).toBe('token_key')
    for (const kid of [5, null, ['k'], { length: 1 }]) {
      expect(codeOf({ header: { kid } })).toBe('token_key')
    }
  })

  it.each<[string, Changes]>([
    ['token_type', { header: { typ: 'JOSE' } }],
    ['token_algorithm', { header: { alg: 'RS256' } }],
    ['token_algorithm', { header: { alg: 5 } }],
    ['token_malformed', { header: { crit: [] } }],
    ['token_malformed', { header: { b64: false } }],
    ['token_expired', { claims: { exp: START - 30 } }],
    ['token_claims', { claims: { sub: undefined } }],
    ['token_claims', { claims: { jti: '' }, rules: { profile: 'rfc9068' } }],
    ['token_type', { claims: { aud: 'other', nonce: 'n' } }],
    ['token_audience', { claims: { aud: 'them' } }],
  ])('rejects with %s: %j', (code, changes) => {
    expect(codeOf(changes)).toBe(code)
  })

  it('names the claim that is missing', () => {
    const error = (claim: string) => ({ ok: false, error: { code: 'token_claims', claim } })
    expect(check({ claims: { sub: undefined } })).toEqual(error('sub'))
    expect(check({ claims: { jti: undefined }, rules: { profile: 'rfc9068' } })).toEqual(
      error('jti'),
    )
  })

  it('checks the token type by claims under the standard profile only', () => {
    const changes = { claims: { aud: 'other', nonce: 'n' }, rules: { profile: 'rfc9068' as const } }
    expect(codeOf(changes)).toBeUndefined()
  })

  it('compares exp to the second', () => {
    expect(codeOf({ claims: { exp: START - 29 } })).toBeUndefined()
    expect(codeOf({ claims: { nbf: START + 30 } })).toBeUndefined()
    expect(codeOf({ claims: { nbf: START + 31 } })).toBe('token_not_yet_valid')
  })

  it('reports no audience before the signature is verified', () => {
    expect(check({ claims: { aud: 'them' } })).toEqual({
      ok: false,
      error: { code: 'token_audience', expected: [RESOURCE, 'other'], received: undefined },
    })
  })

  it('passes a token for another audience where the caller reports audiences', () => {
    const compared = { audience: ['them'], matched: undefined, isAccepted: false }
    expect(check({ claims: { aud: 'them' }, reportsAudience: true })).toEqual({
      ok: true,
      value: compared,
    })
    expect(audienceRejection(RULES.audience, compared.audience)).toEqual({
      code: 'token_audience',
      expected: [RESOURCE, 'other'],
      received: ['them'],
    })
  })
})

describe('verifySignature()', () => {
  const FORGED = { ok: false, error: { code: 'token_signature' } }
  const UNDECIDED = { ok: false, error: { code: 'unavailable', retryAfterSeconds: 7 } } as const
  const NO_OTHERS = { ok: false, error: { code: 'token_key' } } as const

  let signer: CryptoKeyPair
  let ours: Jwk
  let another: Jwk

  beforeAll(async () => {
    signer = await generateKeyPair('ES256')
    ours = (await exportJWK(signer.publicKey)) as Jwk
    another = (await exportJWK((await generateKeyPair('ES256')).publicKey)) as Jwk
  })

  /** The result for a token of this server, and how often other keys were requested. */
  async function verify(
    kid: string | undefined,
    first: readonly Jwk[],
    others: readonly Jwk[] | typeof UNDECIDED | typeof NO_OTHERS,
    change: (token: string) => string = (token) => token,
  ) {
    const token = await new SignJWT({ iss: 'https://as.example' })
      .setProtectedHeader({ alg: 'ES256', ...(kid === undefined ? {} : { kid }) })
      .sign(signer.privateKey)
    const jwt = parseCompactJwt(token)
    if (jwt === undefined) throw new Error('This is a JWT')
    const queries: KeyQuery[] = []
    const triedKeys: (readonly Jwk[])[] = []
    const found = (keys: readonly Jwk[]) => succeed(createKeySet({ keys }).keys)
    const keys = new KeySource(givenDocument(createKeySet({ keys: [] }), 'https://as.example'), {
      now: () => START,
      acceptsKeyIssuer: () => true,
      report: () => {},
    })
    const arrival = { arrivedAt: START - 1, copyThen: {} }
    keys.arrival = () => arrival
    keys.find = async (query) => {
      queries.push(query)
      return found(first)
    }
    keys.findOthers = async (query, tried) => {
      queries.push(query)
      triedKeys.push(tried.map(({ jwk }) => jwk))
      return 'ok' in others ? others : found(others)
    }
    const decision = await verifySignature(change(token), jwt, keys, new RequestBudget())
    const query = { algorithm: 'ES256', kid, issuer: 'https://as.example', ...arrival }
    for (const each of queries) expect(each).toStrictEqual(query)
    // The keys of every round, none of them twice.
    const rounds = [first, ...('ok' in others ? [] : [others, others])].slice(0, triedKeys.length)
    expect(triedKeys).toEqual(rounds.map((_, index) => rounds.slice(0, index + 1).flat()))
    return { decision, asked: triedKeys.length }
  }

  it('gives the key that signed, from the first or the later keys', async () => {
    const at = { ok: true, value: { jwk: ours } }
    expect(await verify('k', [another, ours], [])).toMatchObject({ decision: at, asked: 0 })
    expect(await verify(undefined, [another], [another, ours])).toMatchObject({
      decision: at,
      asked: 1,
    })
  })

  it('requests other keys for a token with a kid, too', async () => {
    const at = { ok: true, value: { jwk: ours } }
    expect(await verify('k', [another], [ours])).toMatchObject({ decision: at, asked: 1 })
    expect(await verify('k', [another], NO_OTHERS)).toEqual({ decision: FORGED, asked: 1 })
  })

  it('requests no other keys for a signature of the wrong length', async () => {
    for (const change of [
      (token: string) => `${token}AA`,
      (token: string) => token.slice(0, -2),
      (token: string) => token.slice(0, token.lastIndexOf('.') + 1),
    ]) {
      expect(await verify('k', [another], [ours], change)).toEqual({ decision: FORGED, asked: 0 })
    }
  })

  it('is inconclusive where a candidate key cannot be imported', async () => {
    const decision = { ok: false, error: { code: 'unavailable', retryAfterSeconds: 15 } }
    const broken = { ...ours, x: 'AA' } as Jwk
    expect(await verify('k', [broken, another], [ours])).toEqual({ decision, asked: 0 })
    expect(await verify(undefined, [another], [broken])).toEqual({ decision, asked: 1 })
    expect(await verify('k', [broken, ours], [])).toMatchObject({
      decision: { ok: true },
      asked: 0,
    })
  })

  it('rejects a token that no candidate has signed', async () => {
    expect(await verify(undefined, [another], NO_OTHERS)).toEqual({ decision: FORGED, asked: 1 })
    // A source never gives a key twice. If it did, the fourth round would be the last one.
    expect(await verify(undefined, [another], [another])).toEqual({ decision: FORGED, asked: 3 })
  })

  it('is inconclusive while other keys are unavailable', async () => {
    expect(await verify(undefined, [another], UNDECIDED)).toEqual({
      decision: UNDECIDED,
      asked: 1,
    })
  })
})

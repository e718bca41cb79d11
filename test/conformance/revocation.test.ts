/** The option `revocation`, for every token format and every entry point. */

import { describe, expect, it } from 'vitest'
import {
  isAuthError,
  type RevocationOptions,
  type RevocationQuery,
  revokedBefore,
  verifyAccessToken,
} from '../../src/index.ts'
import { START } from '../support/clock.ts'
import { boundToken, createHolder, makeProof } from '../support/holder.ts'
import { createOpaqueScene, TOKEN } from '../support/introspection.ts'
import { ISSUER } from '../support/issuer.ts'
import { createMemoryStore } from '../support/memory-store.ts'
import {
  createScene,
  expectAccepted,
  expectFault,
  expectRejected,
  invalidToken,
  rejectionCodes,
  type SceneOptions,
} from '../support/scene.ts'

const REVOKED = invalidToken('token_revoked')

/** A source with a given result that records its calls. */
function createSource(initial: () => unknown = () => false) {
  const source = { answer: initial, asked: [] as RevocationQuery[] }
  const isRevoked = (query: RevocationQuery): boolean => {
    source.asked.push(query)
    return source.answer() as boolean
  }
  return Object.assign(source, { isRevoked })
}

/** The order of P-256 (FIPS 186-5). */
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n

/** The same token with the other valid signature: `n - s` in place of `s`. */
function withOtherSignature(token: string): string {
  const signed = token.slice(0, token.lastIndexOf('.'))
  const hex = Buffer.from(token.slice(signed.length + 1), 'base64url').toString('hex')
  const other = (ORDER - BigInt(`0x${hex.slice(64)}`)).toString(16).padStart(64, '0')
  return `${signed}.${Buffer.from(hex.slice(0, 64) + other, 'hex').toString('base64url')}`
}

async function setUp(options: SceneOptions = {}, further: RevocationOptions = {}) {
  const source = createSource()
  const scene = await createScene({
    revocation: { isRevoked: source.isRevoked, ...further },
    ...options,
  })
  return { ...scene, source, scene }
}

describe('isRevoked', () => {
  it('SEC-06: a token that is revoked is rejected at its next request, cached or not', async () => {
    const { scene, source } = await setUp()
    const token = await scene.issuer.token()
    await expectAccepted(scene, scene.ask(`Bearer ${token}`))
    await expectAccepted(scene, scene.ask(`Bearer ${token}`))
    expect(scene.events.filter(({ type }) => type === 'accepted')).toEqual([
      expect.objectContaining({ cached: false }),
      expect.objectContaining({ cached: true }),
    ])
    source.answer = () => true
    await expectRejected(scene, scene.ask(`Bearer ${token}`), REVOKED)
    expect(scene.events.at(-1)).toMatchObject({ code: 'token_revoked', issuer: ISSUER })
    source.answer = () => false
    await expectAccepted(scene, scene.ask(`Bearer ${token}`))
    expect(source.asked).toHaveLength(4)
  })

  it('gets the claims of the token itself, and the names of the context', async () => {
    const { scene, source } = await setUp({
      server: {
        claims: { subject: 'email' },
        mapClaims: (claims) => ({ ...claims, sub: 'mapped', sid: 'mapped', jti: 'mapped', iat: 1 }),
      },
    })
    const token = await scene.issuer.token({ sid: 'session-1', email: 'user@example.com' })
    await expectAccepted(scene, scene.ask(`Bearer ${token}`))
    expect(source.asked).toEqual([
      {
        issuer: ISSUER,
        sub: 'user-1',
        subject: 'user@example.com',
        clientId: 'client-1',
        tokenId: 'token-1',
        sessionId: 'session-1',
        issuedAt: START,
        expiresAt: START + 3600,
      },
    ])
  })

  it('gets another digest for the other form of an ECDSA signature, and the same jti, sub and session', async () => {
    const { scene, source } = await setUp()
    for (const jti of [undefined, 'token-1']) {
      source.asked = []
      const token = await scene.issuer.token({ jti, sid: 'session-1' })
      await expectAccepted(scene, scene.ask(`Bearer ${token}`))
      await expectAccepted(scene, scene.ask(`Bearer ${withOtherSignature(token)}`))
      const [first, second] = source.asked
      expect({ ...second, tokenId: '' }).toEqual({ ...first, tokenId: '' })
      expect(second?.tokenId === first?.tokenId).toBe(jti !== undefined)
    }
    const accessToken = { kind: 'jwt', requiredClaims: ['jti'] } as const
    const strict = await setUp({ server: { accessToken } })
    const token = await strict.issuer.token({ jti: undefined })
    await expectRejected(strict.scene, strict.ask(`Bearer ${token}`), invalidToken('token_claims'))
  })

  it('gets a digest where the token has no jti, and nothing for claims that it does not have', async () => {
    const { scene, source } = await setUp()
    const claims = { jti: undefined, sub: undefined, client_id: undefined, iat: undefined }
    const token = await scene.issuer.token(claims)
    await expectAccepted(scene, scene.ask(`Bearer ${token}`))
    const digest = new Uint8Array(
      await crypto.subtle.digest('SHA-256', new TextEncoder().encode(token)),
    )
    expect(source.asked).toEqual([
      {
        issuer: ISSUER,
        sub: undefined,
        subject: undefined,
        clientId: undefined,
        tokenId: Buffer.from(digest).toString('base64url').slice(0, 22),
        sessionId: undefined,
        issuedAt: undefined,
        expiresAt: START + 3600,
      },
    ])
  })

  it.each([
    [42, '42'],
    [0, '0'],
    [4.5, undefined],
    [2 ** 53, undefined],
    [['42'], undefined],
  ])(
    'gets a sub of %j as %j: a number by its text, if it has all its digits',
    async (sub, text) => {
      const { scene, source } = await setUp()
      const auth = await expectAccepted(
        scene,
        scene.ask(`Bearer ${await scene.issuer.token({ sub })}`),
      )
      expect(auth.subject).toBeUndefined()
      expect(source.asked).toMatchObject([{ sub: text, subject: undefined }])
    },
  )

  it('is asked for an alias of the issuer under both names', async () => {
    const alias = 'https://old.example'
    const { scene, source } = await setUp({ server: { tokenIssuers: [alias] } })
    const token = await scene.issuer.token({ iss: alias })
    await expectAccepted(scene, scene.ask(`Bearer ${token}`))
    expect(source.asked.map(({ issuer }) => issuer)).toEqual([alias, ISSUER])
  })

  it("revokes under 'accept' by one name of the issuer, although the other fails or hangs", async () => {
    const alias = 'https://old.example'
    const fail = () => Promise.reject(new Error('out of reach'))
    const hang = () => new Promise<boolean>(() => {})
    for (const [name, other] of [alias, ISSUER].flatMap((each) => [
      [each, fail] as const,
      [each, hang] as const,
    ])) {
      const isRevoked = async ({ issuer }: RevocationQuery): Promise<boolean> =>
        issuer === name || other()
      const scene = await createScene({
        server: { tokenIssuers: [alias] },
        revocation: { isRevoked, whenUnavailable: 'accept', timeoutMs: 50 },
      })
      const token = await scene.issuer.token({ iss: alias })
      await expectRejected(scene, scene.ask(`Bearer ${token}`), REVOKED)
    }
  })

  it('is asked for a tenant under its own name only', async () => {
    const { scene, source } = await setUp({
      server: {
        issuerTemplate: { pattern: 'https://as.example/{tenantid}', claim: 'tid', allow: ['a'] },
      },
    })
    const token = await scene.issuer.token({ iss: 'https://as.example/a', tid: 'a' })
    await expectAccepted(scene, scene.ask(`Bearer ${token}`))
    expect(source.asked.map(({ issuer }) => issuer)).toEqual(['https://as.example/a'])
  })

  it('is asked after the binding and before the body and the scopes', async () => {
    const holder = await createHolder()
    const { scene, source } = await setUp({
      dpop: true,
      requiredScopes: ['write'],
      operations: { '*': ['admin'] },
    })
    const token = await boundToken(scene.issuer, holder)
    source.answer = () => true
    expect((await scene.ask(`DPoP ${token}`)).status).toBe(401)
    expect(source.asked).toHaveLength(0)
    const headers = { DPoP: await makeProof(holder, token) }
    const response = await scene.ask(`DPoP ${token}`, { headers, body: 'not JSON' })
    expect([response.status, rejectionCodes(scene)]).toEqual([
      401,
      ['dpop_proof_missing', 'token_revoked'],
    ])
    // The proof was not consumed.
    source.answer = () => false
    const repeated = await scene.ask(`DPoP ${token}`, { headers, body: 'not JSON' })
    expect([repeated.status, rejectionCodes(scene).at(-1)]).toEqual([400, 'body_invalid'])
  })

  it('is not asked about invalid tokens and anonymous requests', async () => {
    const { scene, source } = await setUp({ requirements: { optional: true } })
    expect((await scene.ask()).status).toBe(200)
    await expectRejected(
      scene,
      scene.ask(`Bearer ${await scene.issuer.token({ exp: 1 })}`),
      invalidToken('token_expired'),
    )
    expect(source.asked).toEqual([])
  })

  it('decides about introspected tokens, cached or not', async () => {
    for (const cacheSeconds of [0, 60]) {
      const source = createSource()
      const scene = await createOpaqueScene({
        introspection: { cacheSeconds },
        revocation: { isRevoked: source.isRevoked },
      })
      await expectAccepted(scene, scene.present())
      source.answer = () => true
      await expectRejected(scene, scene.present(), REVOKED)
      expect(source.asked[0]).toMatchObject({ sub: 'user-1', tokenId: 'token-1', issuedAt: START })
      expect(scene.asked).toHaveLength(cacheSeconds === 0 ? 2 : 1)
    }
  })

  it('decides about custom tokens, credentials elsewhere and bare tokens', async () => {
    const verify = async () => ({ sub: 'user-1', aud: 'https://rs.example/mcp', exp: START + 60 })
    const { scene, source } = await setUp({
      server: { accessToken: { kind: 'custom', verify } },
      token: (request) => request.headers.get('X-Token') ?? undefined,
    })
    const headers = { 'X-Token': TOKEN }
    await expectAccepted(scene, scene.ask(undefined, { headers }))
    expect((await verifyAccessToken(TOKEN, scene.resource)).subject).toBe('user-1')
    source.answer = () => true
    await expectRejected(scene, scene.ask(undefined, { headers }), REVOKED)
    const thrown = await verifyAccessToken(TOKEN, scene.resource).catch((error: unknown) => error)
    expect(isAuthError(thrown) && [thrown.code, thrown.status]).toEqual(['token_revoked', 401])
    expect(source.asked).toHaveLength(4)
  })

  it('takes revokedBefore over a store', async () => {
    const store = createMemoryStore()
    const marks = revokedBefore(store, { now: () => START })
    const scene = await createScene({ revocation: { isRevoked: marks.isRevoked } })
    const token = await scene.issuer.token()
    await expectAccepted(scene, scene.ask(`Bearer ${token}`))
    await marks.revoke({ issuer: ISSUER, sub: 'user-1' })
    await expectRejected(scene, scene.ask(`Bearer ${token}`), REVOKED)
    const numbered = await scene.issuer.token({ sub: 42 })
    await expectAccepted(scene, scene.ask(`Bearer ${numbered}`))
    await marks.revoke({ issuer: ISSUER, sub: '42' })
    await expectRejected(scene, scene.ask(`Bearer ${numbered}`), REVOKED)
    const later = await scene.issuer.token({ iat: START + 1 })
    await expectAccepted(scene, scene.ask(`Bearer ${later}`))
    await expectRejected(
      scene,
      scene.ask(`Bearer ${await scene.issuer.token({ iat: undefined })}`),
      REVOKED,
    )
    store.mode = 'broken'
    await expectFault(scene, scene.ask(`Bearer ${later}`), 'unavailable')
  })
})

describe('whenUnavailable', () => {
  const FAILURES: readonly (readonly [string, () => unknown])[] = [
    ['throws', () => fail(new Error('the store is down'))],
    ['rejects', () => Promise.reject(new Error('the store is down'))],
    ['never answers', () => new Promise(() => {})],
  ]

  it.each(FAILURES)("'reject' is a 503 where the source %s", async (_, answer) => {
    const { scene, source } = await setUp({}, { timeoutMs: 20 })
    const token = await scene.issuer.token()
    await expectAccepted(scene, scene.ask(`Bearer ${token}`))
    source.answer = answer
    await expectFault(scene, scene.ask(`Bearer ${token}`), 'unavailable')
    source.answer = () => false
    await expectAccepted(scene, scene.ask(`Bearer ${token}`))
  })

  it.each(FAILURES)("'accept' accepts the token where the source %s", async (_, answer) => {
    const { scene, source } = await setUp({}, { timeoutMs: 20, whenUnavailable: 'accept' })
    const token = await scene.issuer.token()
    source.answer = answer
    for (let time = 0; time < 3; time++) await expectAccepted(scene, scene.ask(`Bearer ${token}`))
    const warnings = () => scene.events.filter(({ type }) => type === 'warning')
    expect(warnings()).toEqual([
      {
        type: 'warning',
        path: 'revocation',
        message:
          "cannot be asked, and tokens are accepted without it, as whenUnavailable: 'accept' says",
      },
    ])
    scene.clock.advance(60)
    await expectAccepted(scene, scene.ask(`Bearer ${token}`))
    expect(warnings()).toHaveLength(2)
    // A clock that was set back must not silence the warning.
    scene.clock.advance(-60)
    await expectAccepted(scene, scene.ask(`Bearer ${token}`))
    expect(warnings()).toHaveLength(3)
    source.answer = () => true
    await expectRejected(scene, scene.ask(`Bearer ${token}`), REVOKED)
  })

  it.each(['reject', 'accept'] as const)(
    'does not decide about an result that is not a boolean: a 500 (%s)',
    async (whenUnavailable) => {
      const { scene, source } = await setUp({}, { whenUnavailable })
      const token = await scene.issuer.token()
      for (const answer of [undefined, null, 0, 'false', {}, Promise.resolve('no')]) {
        source.answer = () => answer
        await expectFault(scene, scene.ask(`Bearer ${token}`), 'internal')
      }
    },
  )
})

describe('the option', () => {
  const problemsOf = async (revocation: unknown): Promise<unknown> => {
    try {
      await createScene({ revocation: revocation as RevocationOptions })
      return []
    } catch (error) {
      return (error as { problems: { path: string }[] }).problems.map(({ path }) => path)
    }
  }

  it.each<[unknown, string[]]>([
    [{}, ['revocation']],
    [{ statusList: false }, ['revocation']],
    [{ isRevoked: undefined, statusList: undefined }, ['revocation']],
    [{ isRevoked: true }, ['revocation.isRevoked']],
    [{ isRevoked: () => false, timeoutMs: 0 }, ['revocation.timeoutMs']],
    [{ isRevoked: () => false, whenUnavailable: 'pass' }, ['revocation.whenUnavailable']],
    [{ isRevoked: () => false, revoked: [] }, ['revocation.revoked']],
    [true, ['revocation']],
    [Object.create({ isRevoked: () => false }), ['revocation']],
    [{ isRevoked: () => false, timeoutMs: undefined, whenUnavailable: undefined }, []],
    [undefined, []],
  ])('%j has problems at %j', async (revocation, paths) => {
    expect(await problemsOf(revocation)).toEqual(paths)
  })
})

function fail(error: Error): never {
  throw error
}

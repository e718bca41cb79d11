/** Bugs of other libraries with bound tokens: none of them is here. */

import { describe, expect, it } from 'vitest'
import { protectedResource } from '../../src/index.ts'
import { BAD_PROOF, badToken, expectDpopRejection } from '../support/binding.ts'
import { parseChallenges } from '../support/challenge.ts'
import { boundToken, createHolder, digest, makeProof, prove } from '../support/holder.ts'
import { METADATA_URL } from '../support/issuer.ts'
import {
  createScene,
  expectAccepted,
  expectFault,
  expectRejected,
  invalidToken,
  rejectionCodes,
} from '../support/scene.ts'

describe('oauth4webapi', () => {
  it('C3: a missing proof, an invalid one and a missing token have different errors', async () => {
    const holder = await createHolder()
    const scene = await createScene({ dpop: true })
    const token = await boundToken(scene.issuer, holder)
    await expectDpopRejection(scene, scene.ask(`DPoP ${token}`), {
      ...BAD_PROOF,
      code: 'dpop_proof_missing',
    })
    const headers = await prove(holder, token, { claims: { htm: 'GET' } })
    await expectDpopRejection(scene, scene.ask(undefined, { headers }), BAD_PROOF)
    await expectDpopRejection(scene, scene.ask(), { code: 'credentials_missing', status: 401 })
    await expectDpopRejection(scene, scene.ask('DPoP "'), {
      code: 'credentials_malformed',
      status: 400,
      error: 'invalid_request',
    })
  })

  it('C4: nonces, replay and the window are options, and certificates are supported', async () => {
    const holder = await createHolder()
    const certificate = digest('certificate')
    const nonce = { secret: 'x'.repeat(32) }
    const dpop = { nonce, windowSeconds: 10, replay: { add: async () => false } }
    const scene = await createScene({ dpop, mtls: true, requirements: { certificate } })
    const token = await boundToken(scene.issuer, holder)
    const first = await scene.ask(undefined, { headers: await prove(holder, token) })
    const claims = { nonce: first.headers.get('DPoP-Nonce') }
    await scene.ask(undefined, { headers: await prove(holder, token, { claims }) })
    scene.clock.advance(11)
    await scene.ask(undefined, { headers: await prove(holder, token, { claims }) })
    expect(rejectionCodes(scene)).toEqual([
      'dpop_nonce',
      'dpop_proof_replayed',
      'dpop_proof_invalid',
    ])
    const bound = await scene.issuer.token({ cnf: { 'x5t#S256': certificate } })
    await expectAccepted(scene, scene.ask(`Bearer ${bound}`))
  })
})

describe('better-auth', () => {
  it('G2: a certificate-bound token is not accepted as a plain Bearer token', async () => {
    for (const dpop of [false, true]) {
      const scene = await createScene({ dpop })
      const token = await scene.issuer.token({ cnf: { 'x5t#S256': digest('certificate') } })
      const response = await scene.ask(`Bearer ${token}`)
      expect(response.status).toBe(401)
      expect(rejectionCodes(scene)).toEqual(['binding_unsupported'])
      expect(scene.runs).toEqual([])
    }
  })

  it('G2: a token whose jkt is not a string is rejected', async () => {
    const scene = await createScene({ dpop: true })
    for (const jkt of [5, null, true, ['x'], {}]) {
      const token = await scene.issuer.token({ cnf: { jkt } })
      const expected = badToken('binding_unsupported', 'Bearer')
      await expectDpopRejection(scene, scene.ask(`Bearer ${token}`), expected)
    }
  })

  it('G3: a principal that fills the replay memory is rejected, others are not', async () => {
    const [greedy, modest] = [await createHolder('Ed25519'), await createHolder('Ed25519')]
    const workers = { userAgent: 'Cloudflare-Workers' }
    const before = Object.getOwnPropertyDescriptor(globalThis, 'navigator')
    Object.defineProperty(globalThis, 'navigator', { value: workers, configurable: true })
    try {
      const scene = await createScene({ dpop: true })
      const token = await boundToken(scene.issuer, greedy)
      const send = async () => scene.ask(undefined, { headers: await prove(greedy, token) })
      // 5 % of the 20,000 proofs that an isolate on Workers stores.
      for (let count = 0; count < 1000; count++) expect((await send()).status).toBe(200)
      await expectFault(scene, send(), 'unavailable')
      const other = await boundToken(scene.issuer, modest, { sub: 'user-2' })
      await expectAccepted(scene, scene.ask(undefined, { headers: await prove(modest, other) }))
      scene.clock.advance(301)
      const iat = scene.clock.now()
      const later = await prove(greedy, token, { claims: { iat } })
      await expectAccepted(scene, scene.ask(undefined, { headers: later }))
    } finally {
      if (before === undefined) Reflect.deleteProperty(globalThis, 'navigator')
      else Object.defineProperty(globalThis, 'navigator', before)
    }
  })

  it('G3: the time window of proofs is symmetric', async () => {
    const holder = await createHolder()
    const scene = await createScene({ dpop: true })
    const token = await boundToken(scene.issuer, holder)
    for (const offset of [-60, 60]) {
      const claims = { iat: scene.clock.now() + offset }
      const headers = await prove(holder, token, { claims })
      await expectAccepted(scene, scene.ask(undefined, { headers }))
    }
  })

  it('G4: a DPoP error keeps the Bearer challenge and resource_metadata', async () => {
    const scene = await createScene({ dpop: true })
    const response = await scene.ask('DPoP bad')
    const challenges = parseChallenges(response.headers.get('WWW-Authenticate') ?? '')
    expect(challenges).toMatchObject([
      { scheme: 'Bearer', params: { resource_metadata: METADATA_URL } },
      { scheme: 'DPoP', params: { error: 'invalid_token', resource_metadata: METADATA_URL } },
    ])
  })

  it('G4: a browser reads the nonce and the challenge, and may send a proof', async () => {
    const Origin = 'https://app.example'
    const holder = await createHolder()
    const nonce = { secret: 'x'.repeat(32) }
    const scene = await createScene({ dpop: { nonce }, origins: [Origin] })
    const preflight = new Request('https://rs.example/mcp', {
      method: 'OPTIONS',
      headers: {
        Origin,
        'Access-Control-Request-Method': 'POST',
        'Access-Control-Request-Headers': 'authorization, dpop',
      },
    })
    const allowed = (await scene.send(preflight)).headers.get('Access-Control-Allow-Headers')
    expect(allowed?.split(', ')).toEqual(expect.arrayContaining(['Authorization', 'DPoP']))
    const token = await boundToken(scene.issuer, holder)
    const headers = { ...(await prove(holder, token)), Origin }
    const response = await scene.ask(undefined, { headers })
    expect(response.headers.get('DPoP-Nonce')).toMatch(/^[!#-[\]-~]+$/)
    expect(response.headers.get('Access-Control-Allow-Origin')).toBe(Origin)
    expect(response.headers.get('Access-Control-Expose-Headers')?.split(', ')).toEqual(
      expect.arrayContaining(['WWW-Authenticate', 'DPoP-Nonce']),
    )
  })

  it('G4: every metadata document allows all origins', async () => {
    const scene = await createScene({ dpop: true })
    const response = await scene.send(new Request(METADATA_URL))
    expect(response.headers.get('Access-Control-Allow-Origin')).toBe('*')
    const options = await scene.send(new Request(METADATA_URL, { method: 'OPTIONS' }))
    expect(options.status).toBeLessThan(300)
  })
})

describe('auth0', () => {
  it('D7: a certificate binding is not ignored if mTLS is off', async () => {
    const scene = await createScene()
    const token = await scene.issuer.token({ cnf: { 'x5t#S256': digest('certificate') } })
    await expectRejected(scene, scene.ask(`Bearer ${token}`), invalidToken('binding_unsupported'))
  })

  it('D7: the method is compared case-sensitively', async () => {
    const holder = await createHolder()
    const scene = await createScene({ dpop: true })
    const token = await boundToken(scene.issuer, holder)
    const headers = await prove(holder, token, { claims: { htm: 'post' } })
    await expectDpopRejection(scene, scene.ask(undefined, { headers }), BAD_PROOF)
  })
})

describe('Spring and other downgrades', () => {
  it('a bound token is rejected as Bearer, also with a valid proof, also from the cache', async () => {
    const holder = await createHolder()
    const scene = await createScene({ dpop: true })
    const token = await boundToken(scene.issuer, holder)
    const DPoP = await makeProof(holder, token)
    const expected = badToken('binding_missing', 'Bearer')
    const asBearer = { Authorization: `Bearer ${token}`, DPoP }
    await expectDpopRejection(scene, scene.ask(undefined, { headers: asBearer }), expected)
    await expectAccepted(scene, scene.ask(undefined, { headers: await prove(holder, token) }))
    await expectDpopRejection(scene, scene.ask(undefined, { headers: asBearer }), expected)
  })

  it('a bound token is rejected as Bearer if DPoP is off, and with the token option', async () => {
    const holder = await createHolder()
    const off = await createScene()
    const token = await boundToken(off.issuer, holder)
    await expectRejected(off, off.ask(`Bearer ${token}`), invalidToken('binding_unsupported'))
    const elsewhere = await createScene({
      token: (request) => request.headers.get('X-Token') ?? undefined,
    })
    const headers = { 'X-Token': await boundToken(elsewhere.issuer, holder) }
    const response = await elsewhere.ask(undefined, { headers })
    expect(response.status).toBe(401)
    expect(rejectionCodes(elsewhere)).toEqual(['binding_unsupported'])
  })

  it('current elliptic curves are accepted, including EdDSA', async () => {
    const holder = await createHolder('Ed25519')
    const scene = await createScene({ dpop: true })
    const token = await boundToken(scene.issuer, holder)
    await expectAccepted(scene, scene.ask(undefined, { headers: await prove(holder, token) }))
  })

  it('a full or broken replay store rejects every request', async () => {
    const holder = await createHolder()
    for (const add of [
      () => Promise.reject(new Error('down')),
      () => {
        throw new Error('down')
      },
      async () => undefined,
      async () => 1,
      async () => 'OK',
    ]) {
      const replay = { add } as never
      const scene = await createScene({ dpop: { replay } })
      const token = await boundToken(scene.issuer, holder)
      const headers = await prove(holder, token)
      await expectFault(scene, scene.ask(undefined, { headers }), 'unavailable')
    }
  })

  it('creating a resource has no side effects', () => {
    const made = () =>
      protectedResource({
        resource: 'https://rs.example/mcp',
        authorizationServers: ['https://as.example'],
        dpop: { nonce: { secret: 'x'.repeat(32) } },
        mtls: true,
        now: () => {
          throw new Error('no clock yet')
        },
        fetch: () => {
          throw new Error('no network yet')
        },
      })
    expect(made).not.toThrow()
  })
})

/** DPO: access tokens that are bound to a key (RFC 9449, SEP-1932): credentials, key, scheme and challenge. */

import { beforeAll, describe, expect, it } from 'vitest'
import {
  ALGORITHMS,
  BAD_PROOF,
  badToken,
  challengesOf,
  type DpopRejection,
  expectDpopRejection,
} from '../support/binding.ts'
import { createBoundScene } from '../support/bound-scene.ts'
import { parseChallenges } from '../support/challenge.ts'
import { START } from '../support/clock.ts'
import { boundToken, createHolder, type Holder, makeProof, prove } from '../support/holder.ts'
import { createIssuer, METADATA_URL } from '../support/issuer.ts'
import { createScene, expectAccepted, rejectionCodes } from '../support/scene.ts'

let holder: Holder
let thief: Holder

beforeAll(async () => {
  holder = await createHolder()
  thief = await createHolder()
})

const MISSING_PROOF: DpopRejection = { ...BAD_PROOF, code: 'dpop_proof_missing' }

describe('the credentials', () => {
  it.each(['DPoP', 'dpop', 'DPOP', 'dPoP'])(
    'DPO-01 accepts a bound token with the scheme %s and one proof',
    async (scheme) => {
      const { scene, token } = await createBoundScene(holder)
      const headers = {
        Authorization: `${scheme} ${token}`,
        DPoP: await makeProof(holder, token),
      }
      const auth = await expectAccepted(scene, scene.ask(undefined, { headers }))
      expect(auth.scheme).toBe('DPoP')
      expect(auth.token).toBe(token)
    },
  )

  it('DPO-01 rejects two proofs, however they are joined', async () => {
    const { scene, token } = await createBoundScene(holder)
    const [one, other] = [await makeProof(holder, token), await makeProof(holder, token)]
    const two = new Headers({ Authorization: `DPoP ${token}` })
    two.append('DPoP', one)
    two.append('DPoP', other)
    await expectDpopRejection(scene, scene.ask(undefined, { headers: two }), BAD_PROOF)
    for (const joined of [`${one}, ${other}`, `${one},`, `,${one}`, `${one} ${other}`]) {
      const headers = { Authorization: `DPoP ${token}`, DPoP: joined }
      await expectDpopRejection(scene, scene.ask(undefined, { headers }), BAD_PROOF)
    }
  })

  it('DPO-02 rejects the DPoP scheme without a proof', async () => {
    const { scene, token } = await createBoundScene(holder)
    await expectDpopRejection(scene, scene.ask(`DPoP ${token}`), MISSING_PROOF)
    const headers = { Authorization: `DPoP ${token}`, DPoP: '' }
    await expectDpopRejection(scene, scene.ask(undefined, { headers }), MISSING_PROOF)
  })

  it('DPO-02 ignores the DPoP scheme where DPoP is not enabled', async () => {
    const { scene, show } = await createBoundScene(holder, false)
    const response = await show()
    expect(response.status).toBe(401)
    expect(response.headers.get('WWW-Authenticate')).toBe(
      `Bearer resource_metadata="${METADATA_URL}"`,
    )
    expect(rejectionCodes(scene)).toEqual(['credentials_missing'])
    expect(scene.runs).toEqual([])
  })
})

describe('the key', () => {
  it('DPO-13 rejects a valid proof of another key', async () => {
    const { scene, token } = await createBoundScene(holder)
    const headers = await prove(thief, token)
    await expectDpopRejection(
      scene,
      scene.ask(undefined, { headers }),
      badToken('binding_mismatch'),
    )
  })

  it('DPO-13 rejects another key for a cached token, and still accepts the right one', async () => {
    const { scene, token, show } = await createBoundScene(holder)
    await expectAccepted(scene, show())
    const headers = await prove(thief, token)
    await expectDpopRejection(
      scene,
      scene.ask(undefined, { headers }),
      badToken('binding_mismatch'),
    )
    await expectAccepted(scene, show())
  })

  it('DPO-13 rejects an invalid thumbprint', async () => {
    const scene = await createScene({ dpop: true })
    for (const jkt of [`${holder.thumbprint}=`, '', holder.thumbprint.toLowerCase()]) {
      const token = await scene.issuer.token({ cnf: { jkt } })
      const headers = await prove(holder, token)
      await expectDpopRejection(
        scene,
        scene.ask(undefined, { headers }),
        badToken('binding_mismatch'),
      )
    }
    for (const jkt of [5, null, [holder.thumbprint]]) {
      const token = await scene.issuer.token({ cnf: { jkt } })
      const headers = await prove(holder, token)
      await expectDpopRejection(
        scene,
        scene.ask(undefined, { headers }),
        badToken('binding_unsupported'),
      )
    }
  })

  it('DPO-14 distinguishes an invalid proof from an invalid token, both 401', async () => {
    const { scene, token, show } = await createBoundScene(holder)
    await expectDpopRejection(scene, show({ claims: { htm: 'GET' } }), BAD_PROOF)
    await expectDpopRejection(scene, scene.ask(`DPoP ${token}`), MISSING_PROOF)
    const expired = await boundToken(scene.issuer, holder, { exp: START - 100 })
    for (const [headers, code] of [
      [await prove(thief, token), 'binding_mismatch'],
      [await prove(holder, expired), 'token_expired'],
    ] as const) {
      await expectDpopRejection(scene, scene.ask(undefined, { headers }), badToken(code))
    }
  })
})

describe('the scheme', () => {
  it('DPO-15 rejects a bound token as Bearer, with a proof or without', async () => {
    const { scene, token } = await createBoundScene(holder)
    const expected = badToken('binding_missing', 'Bearer')
    await expectDpopRejection(scene, scene.ask(`Bearer ${token}`), expected)
    const headers = { Authorization: `Bearer ${token}`, DPoP: await makeProof(holder, token) }
    await expectDpopRejection(scene, scene.ask(undefined, { headers }), expected)
  })

  it('DPO-15 rejects it as Bearer after it was accepted as DPoP', async () => {
    const { scene, token, show } = await createBoundScene(holder)
    await expectAccepted(scene, show())
    await expectDpopRejection(
      scene,
      scene.ask(`Bearer ${token}`),
      badToken('binding_missing', 'Bearer'),
    )
  })

  it('DPO-16 rejects an unbound token as DPoP', async () => {
    const scene = await createScene({ dpop: true })
    const token = await scene.issuer.token()
    const headers = await prove(holder, token)
    await expectDpopRejection(scene, scene.ask(undefined, { headers }), badToken('binding_missing'))
    // As Bearer it is accepted, with any DPoP header.
    await expectAccepted(scene, scene.ask(`Bearer ${token}`))
    await expectAccepted(
      scene,
      scene.ask(undefined, { headers: { Authorization: `Bearer ${token}`, DPoP: 'a, b' } }),
    )
  })

  it('DPO-17 accepts bound tokens only where DPoP is required, and challenges for DPoP only', async () => {
    const { scene, token, show } = await createBoundScene(holder, { required: true })
    const plain = await scene.issuer.token()
    const only: DpopRejection = {
      code: 'binding_missing',
      status: 401,
      error: 'invalid_token',
      challenges: ['DPoP'],
      challengesWithError: [],
    }
    for (const authorization of [`Bearer ${plain}`, `Bearer ${token}`]) {
      await expectDpopRejection(scene, scene.ask(authorization), only)
    }
    await expectDpopRejection(scene, scene.ask(), {
      code: 'credentials_missing',
      status: 401,
      challenges: ['DPoP'],
    })
    const headers = await prove(holder, plain)
    await expectDpopRejection(scene, scene.ask(undefined, { headers }), {
      ...only,
      challengesWithError: ['DPoP'],
    })
    await expectAccepted(scene, show())
  })
})

describe('the challenge', () => {
  it('DPO-18 has the algorithms of the metadata, and resource_metadata', async () => {
    for (const algorithms of [undefined, ['ES256'], ['EdDSA', 'ES384']]) {
      const scene = await createScene({ dpop: { algorithms } })
      const response = await scene.ask('DPoP none')
      const [, challenge] = parseChallenges(response.headers.get('WWW-Authenticate') ?? '')
      expect(challenge?.params).toMatchObject({
        algs: (algorithms ?? ALGORITHMS).join(' '),
        resource_metadata: METADATA_URL,
      })
      const metadata = scene.resource.metadata['dpop_signing_alg_values_supported']
      expect(challenge?.params['algs']?.split(' ')).toEqual(metadata)
    }
  })

  it('DPO-19 has both schemes without an error for a request without credentials', async () => {
    const scene = await createScene({ dpop: true })
    const expected = { code: 'credentials_missing', status: 401 } as const
    const response = await expectDpopRejection(scene, scene.ask(), expected)
    expect(response.headers.get('WWW-Authenticate')).toBe(
      `Bearer resource_metadata="${METADATA_URL}", DPoP algs="${ALGORITHMS.join(' ')}", resource_metadata="${METADATA_URL}"`,
    )
    await expectDpopRejection(scene, scene.ask('Basic dTpw'), expected)
  })
})

describe('the other checks', () => {
  it.each([
    ['another audience', { aud: 'https://other.example' }, 'token_audience'],
    ['an unknown issuer', { iss: 'https://evil.example' }, 'token_issuer'],
    ['exp in the past', { exp: START - 100 }, 'token_expired'],
    ['nbf in the future', { nbf: START + 100 }, 'token_not_yet_valid'],
  ] as const)(
    'DPO-24 rejects, with a valid proof, a token with %s',
    async (_title, claims, code) => {
      const scene = await createScene({ dpop: true })
      const token = await boundToken(scene.issuer, holder, claims)
      const headers = await prove(holder, token)
      await expectDpopRejection(scene, scene.ask(undefined, { headers }), badToken(code))
    },
  )

  it('DPO-24 rejects, with a valid proof, a token without a scope', async () => {
    const { scene, show } = await createBoundScene(holder, true, { requiredScopes: ['write'] })
    const response = await show()
    expect(response.status).toBe(403)
    expect(response.headers.get('WWW-Authenticate')).toBe(
      challengesOf({
        code: 'scope_insufficient',
        status: 403,
        error: 'insufficient_scope',
        details: 'scope="write"',
      }),
    )
    expect(rejectionCodes(scene)).toEqual(['scope_insufficient'])
    expect(scene.runs).toEqual([])
  })

  it('DPO-24 rejects, with a valid proof, a token with an invalid signature', async () => {
    const scene = await createScene({ dpop: true })
    const stranger = await createIssuer()
    const token = await boundToken(stranger, holder)
    const headers = await prove(holder, token)
    await expectDpopRejection(scene, scene.ask(undefined, { headers }), badToken('token_signature'))
  })
})

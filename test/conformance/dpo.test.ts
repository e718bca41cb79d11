/** DPO: sender-constrained access with DPoP (RFC 9449, SEP-1932). */

import { createHash } from 'node:crypto'
import { calculateJwkThumbprint } from 'jose'
import { beforeAll, describe, expect, it } from 'vitest'
import type { DpopOptions, ReplayStore } from '../../src/index.ts'
import {
  ALGORITHMS,
  BAD_PROOF,
  badToken,
  challengesOf,
  type DpopRejection,
  refusedBound,
} from '../support/binding.ts'
import { parseChallenges } from '../support/challenge.ts'
import { START } from '../support/clock.ts'
import {
  assemble,
  boundToken,
  createHolder,
  type Holder,
  makeProof,
  type ProofChanges,
  proofClaims,
  prove,
  signAnything,
} from '../support/holder.ts'
import { createIssuer, METADATA_URL, RESOURCE } from '../support/issuer.ts'
import { accepted, createScene, reasons, type Scene, type SceneOptions } from '../support/scene.ts'

const SECRET = 'a secret of at least thirty-two bytes'

let holder: Holder
let thief: Holder

beforeAll(async () => {
  holder = await createHolder()
  thief = await createHolder()
})

interface BoundScene {
  readonly scene: Scene
  readonly token: string
  /** Sends the token with a proof that differs from a valid one by these changes. */
  readonly show: (changes?: ProofChanges, init?: RequestInit) => Promise<Response>
}

async function createBoundScene(
  dpop: boolean | DpopOptions = true,
  options: SceneOptions = {},
): Promise<BoundScene> {
  const scene = await createScene({ dpop, ...options })
  const token = await boundToken(scene.issuer, holder)
  const show: BoundScene['show'] = async (changes, init) =>
    scene.ask(undefined, { ...init, headers: await prove(holder, token, changes) })
  return { scene, token, show }
}

const MISSING_PROOF: DpopRejection = { ...BAD_PROOF, code: 'dpop_proof_missing' }
const REPLAYED: DpopRejection = { ...BAD_PROOF, code: 'dpop_proof_replayed' }
const WANTS_NONCE: DpopRejection = { code: 'dpop_nonce', status: 401, error: 'use_dpop_nonce' }

describe('the credentials', () => {
  it.each(['DPoP', 'dpop', 'DPOP', 'dPoP'])(
    'DPO-01 accepts a bound token with the scheme %s and one proof',
    async (scheme) => {
      const { scene, token } = await createBoundScene()
      const headers = {
        Authorization: `${scheme} ${token}`,
        DPoP: await makeProof(holder, token),
      }
      const auth = await accepted(scene, scene.ask(undefined, { headers }))
      expect(auth.scheme).toBe('DPoP')
      expect(auth.token).toBe(token)
    },
  )

  it('DPO-01 rejects two proofs, however they are joined', async () => {
    const { scene, token } = await createBoundScene()
    const [one, other] = [await makeProof(holder, token), await makeProof(holder, token)]
    const two = new Headers({ Authorization: `DPoP ${token}` })
    two.append('DPoP', one)
    two.append('DPoP', other)
    await refusedBound(scene, scene.ask(undefined, { headers: two }), BAD_PROOF)
    for (const joined of [`${one}, ${other}`, `${one},`, `,${one}`, `${one} ${other}`]) {
      const headers = { Authorization: `DPoP ${token}`, DPoP: joined }
      await refusedBound(scene, scene.ask(undefined, { headers }), BAD_PROOF)
    }
  })

  it('DPO-02 rejects the DPoP scheme without a proof', async () => {
    const { scene, token } = await createBoundScene()
    await refusedBound(scene, scene.ask(`DPoP ${token}`), MISSING_PROOF)
    const headers = { Authorization: `DPoP ${token}`, DPoP: '' }
    await refusedBound(scene, scene.ask(undefined, { headers }), MISSING_PROOF)
  })

  it('DPO-02 ignores the DPoP scheme where DPoP is not enabled', async () => {
    const { scene, show } = await createBoundScene(false)
    const response = await show()
    expect(response.status).toBe(401)
    expect(response.headers.get('WWW-Authenticate')).toBe(
      `Bearer resource_metadata="${METADATA_URL}"`,
    )
    expect(reasons(scene)).toEqual(['credentials_missing'])
    expect(scene.runs).toEqual([])
  })
})

describe('the header of the proof', () => {
  it.each(['JWT', 'at+jwt', 'DPOP+JWT', 'application/dpop+jwt', 'dpop', 5, undefined])(
    'DPO-03 rejects the type %s',
    async (typ) => {
      const { scene, show } = await createBoundScene()
      await refusedBound(scene, show({ header: { typ } }), BAD_PROOF)
    },
  )

  it('DPO-04 rejects a proof signed with a shared secret', async () => {
    const { scene, show } = await createBoundScene()
    const key = new TextEncoder().encode(SECRET)
    await refusedBound(scene, show({ header: { alg: 'HS256' }, key }), BAD_PROOF)
  })

  it('DPO-04 rejects a proof signed with the public key as a secret', async () => {
    const { scene, token } = await createBoundScene()
    const key = new TextEncoder().encode(JSON.stringify(holder.jwk))
    const proof = await makeProof(holder, token, { header: { alg: 'HS256' }, key })
    const headers = { Authorization: `DPoP ${token}`, DPoP: proof }
    await refusedBound(scene, scene.ask(undefined, { headers }), BAD_PROOF)
  })

  it.each(['none', 'None', 'nOnE', '', undefined, 5, ['ES256']])(
    'DPO-04 rejects the algorithm %j',
    async (alg) => {
      const { scene, token } = await createBoundScene()
      const header = { typ: 'dpop+jwt', alg, jwk: holder.jwk }
      for (const signature of ['', 'AAAA']) {
        const proof = assemble(header, proofClaims(token), signature)
        const headers = { Authorization: `DPoP ${token}`, DPoP: proof }
        await refusedBound(scene, scene.ask(undefined, { headers }), BAD_PROOF)
      }
    },
  )

  it('DPO-04 rejects an algorithm that is not on the list, and names the list', async () => {
    const { scene, show } = await createBoundScene({ algorithms: ['PS256', 'Ed25519'] })
    await refusedBound(scene, show(), { ...BAD_PROOF, algs: 'PS256 Ed25519' })
  })

  it.each(['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519', 'PS256', 'RS256', 'RS512'])(
    'DPO-04 accepts the algorithm %s',
    async (algorithm) => {
      const other = await createHolder(algorithm)
      const scene = await createScene({ dpop: true })
      const token = await boundToken(scene.issuer, other)
      await accepted(scene, scene.ask(undefined, { headers: await prove(other, token) }))
    },
  )

  it('DPO-04 rejects a proof whose algorithm is not that of its key', async () => {
    const { scene, token } = await createBoundScene()
    const other = await createHolder('ES384')
    const proof = await makeProof(other, token, { header: { alg: 'ES384', jwk: holder.jwk } })
    const headers = { Authorization: `DPoP ${token}`, DPoP: proof }
    await refusedBound(scene, scene.ask(undefined, { headers }), BAD_PROOF)
  })

  it('DPO-04 rejects a proof whose key names another algorithm of the same type', async () => {
    const rsa = await createHolder('PS256')
    const scene = await createScene({ dpop: true })
    const token = await boundToken(scene.issuer, rsa)
    const headers = await prove(rsa, token, { header: { jwk: { ...rsa.jwk, alg: 'RS256' } } })
    await refusedBound(scene, scene.ask(undefined, { headers }), BAD_PROOF)
  })

  it('DPO-05 rejects a private key in the header', async () => {
    const { scene, show } = await createBoundScene()
    await refusedBound(scene, show({ header: { jwk: holder.privateJwk } }), BAD_PROOF)
  })

  it('DPO-05 rejects a private RSA key in the header, whole or in part', async () => {
    const rsa = await createHolder('PS256')
    const scene = await createScene({ dpop: true })
    const token = await boundToken(scene.issuer, rsa)
    for (const name of ['d', 'p', 'q', 'dp', 'dq', 'qi'] as const) {
      const jwk = { ...rsa.jwk, [name]: rsa.privateJwk[name] }
      const headers = await prove(rsa, token, { header: { jwk } })
      await refusedBound(scene, scene.ask(undefined, { headers }), BAD_PROOF)
    }
  })

  it.each([
    ['none', undefined],
    ['text', 'key'],
    ['an array', [{}]],
    ['null', null],
    ['an empty object', {}],
    ['a secret', { kty: 'oct', k: 'c2VjcmV0' }],
    ['a point that is not on the curve', { kty: 'EC', crv: 'P-256', x: 'AAAA', y: 'AAAA' }],
  ])('DPO-05 rejects %s as a key', async (_title, jwk) => {
    const { scene, show } = await createBoundScene()
    const answer = await show({ header: { jwk } })
    const wrongKey = reasons(scene).at(-1) === 'binding_mismatch'
    await refusedBound(scene, answer, wrongKey ? badToken('binding_mismatch') : BAD_PROOF)
  })

  it('DPO-05 rejects a key that is weak or for another use', async () => {
    const { scene, show } = await createBoundScene()
    for (const extra of [{ use: 'enc' }, { key_ops: ['sign'] }, { alg: 'ES384' }]) {
      await refusedBound(scene, show({ header: { jwk: { ...holder.jwk, ...extra } } }), BAD_PROOF)
    }
  })

  it('DPO-05 rejects a signature of another key, and an empty signature', async () => {
    const { scene, token, show } = await createBoundScene()
    await refusedBound(scene, show({ key: thief.keys.privateKey }), BAD_PROOF)
    const [header, claims, signature = ''] = (await makeProof(holder, token)).split('.')
    const tampered = signature.startsWith('A') ? `B${signature.slice(1)}` : `A${signature.slice(1)}`
    for (const proof of [`${header}.${claims}.${tampered}`, `${header}.${claims}.`]) {
      const headers = { Authorization: `DPoP ${token}`, DPoP: proof }
      await refusedBound(scene, scene.ask(undefined, { headers }), BAD_PROOF)
    }
  })

  it('DPO-05 rejects critical extensions', async () => {
    const { scene, token } = await createBoundScene()
    const header = { typ: 'dpop+jwt', alg: 'ES256', jwk: holder.jwk }
    const good = await signAnything(holder, header, proofClaims(token))
    const asGood = { Authorization: `DPoP ${token}`, DPoP: good }
    await accepted(scene, scene.ask(undefined, { headers: asGood }))
    for (const extra of [{ crit: ['b64'], b64: true }, { crit: ['x'], x: 1 }, { b64: true }]) {
      const proof = await signAnything(holder, { ...header, ...extra }, proofClaims(token))
      const headers = { Authorization: `DPoP ${token}`, DPoP: proof }
      await refusedBound(scene, scene.ask(undefined, { headers }), BAD_PROOF)
    }
  })
})

describe('the claims of the proof', () => {
  it.each(['jti', 'htm', 'htu', 'iat', 'ath'])(
    'DPO-06 rejects a proof without %s',
    async (name) => {
      const { scene, show } = await createBoundScene()
      await refusedBound(scene, show({ claims: { [name]: undefined } }), BAD_PROOF)
    },
  )

  it.each([
    ['jti', 5],
    ['jti', ''],
    ['jti', ['a']],
    ['htm', ['POST']],
    ['htu', [RESOURCE]],
    ['htu', null],
    ['iat', String(START)],
    ['iat', null],
    ['ath', 5],
    ['ath', ''],
  ])('DPO-06 rejects %s as %j', async (name, value) => {
    const { scene, token } = await createBoundScene()
    const header = { typ: 'dpop+jwt', alg: 'ES256', jwk: holder.jwk }
    const proof = await signAnything(holder, header, { ...proofClaims(token), [name]: value })
    const headers = { Authorization: `DPoP ${token}`, DPoP: proof }
    await refusedBound(scene, scene.ask(undefined, { headers }), BAD_PROOF)
  })

  it('DPO-06 accepts further header parameters and claims', async () => {
    const { scene, show } = await createBoundScene()
    const jwk = { ...holder.jwk, kid: 'mine', use: 'sig', alg: 'ES256', key_ops: ['verify'] }
    const changes = { header: { kid: 'x', jwk }, claims: { exp: 1, nonce: 'unasked', foo: [1] } }
    await accepted(scene, show(changes))
  })

  it.each([
    ['POST', 'post'],
    ['POST', 'GET'],
    ['GET', 'get'],
    ['GET', 'POST'],
    ['DELETE', 'Delete'],
    ['HEAD', 'GET'],
  ])('DPO-07 rejects, for %s, a proof for %s', async (method, htm) => {
    const { scene, show } = await createBoundScene()
    await refusedBound(scene, show({ claims: { htm } }, { method }), BAD_PROOF)
  })

  it.each(['GET', 'HEAD', 'DELETE', 'PUT', 'PATCH'])(
    'DPO-07 accepts a proof for %s',
    async (htm) => {
      const { scene, show } = await createBoundScene()
      await accepted(scene, show({ claims: { htm } }, { method: htm }))
    },
  )

  it('DPO-08 ignores query and fragment on both sides', async () => {
    const { scene, token } = await createBoundScene()
    for (const [url, htu] of [
      [`${RESOURCE}?x=1`, RESOURCE],
      [RESOURCE, `${RESOURCE}?x=1`],
      [`${RESOURCE}?x=1`, `${RESOURCE}?y=2#z`],
    ] as const) {
      const headers = await prove(holder, token, { claims: { htu } })
      await accepted(scene, scene.send(new Request(url, { method: 'POST', headers })))
    }
  })

  it.each([
    'https://rs.example/other',
    'https://rs.example/mcp/other',
    'https://rs.example/',
    'https://rs.example',
    'https://other.example/mcp',
    'http://rs.example/mcp',
    'https://rs.example:8443/mcp',
    'https://rs.example.evil/mcp',
    'https://rs.example@evil.example/mcp',
    'https://user@rs.example/mcp',
    '/mcp',
    'mcp',
    'https://rs.example/MCP',
    '',
  ])('DPO-08 rejects the target %s', async (htu) => {
    const { scene, show } = await createBoundScene()
    await refusedBound(scene, show({ claims: { htu } }), BAD_PROOF)
  })

  it.each([
    'HTTPS://RS.example:443/mcp',
    'https://RS.EXAMPLE/mcp',
    'https://rs.example:443/mcp',
    'https://rs.example/%6d%63%70',
    'https://rs.example/x/../mcp',
    'https://rs.example/./mcp',
    'https://rs.example/%2E/mcp',
  ])('DPO-09 accepts the target written as %s', async (htu) => {
    const { scene, show } = await createBoundScene()
    await accepted(scene, show({ claims: { htu } }))
  })

  it.each([
    'https://rs.example/mcp/',
    'https://rs.example//mcp',
    'https://rs.example/mcp//',
    'https://rs.example/mcp%2F',
    'https://rs.example\\mcp',
    'https:/rs.example/mcp',
    'https:rs.example/mcp',
    ' https://rs.example/mcp',
    'https://rs.example/mcp ',
    'https://rs.example/m\tcp',
    'https://rs.example/mcp\n',
  ])('DPO-09 rejects the target written as %j', async (htu) => {
    const { scene, show } = await createBoundScene()
    await refusedBound(scene, show({ claims: { htu } }), BAD_PROOF)
  })

  it.each([
    'http://127.0.0.1:3000/mcp',
    'http://127.0.0.1:3000/internal/path',
    'http://backend/',
    'https://attacker.example/mcp',
  ])('DPO-10 expects the public URL for a request to %s', async (url) => {
    const { scene, token } = await createBoundScene()
    const send = (headers: Record<string, string>) =>
      scene.send(new Request(url, { method: 'POST', headers }))
    await accepted(scene, send(await prove(holder, token)))
    const internal = await prove(holder, token, { claims: { htu: url } })
    await refusedBound(scene, send(internal), BAD_PROOF)
  })

  it('DPO-10 expects the path of the request where it is below the resource', async () => {
    const { scene, token } = await createBoundScene()
    const url = 'http://127.0.0.1:3000/mcp/sessions/1'
    const send = (headers: Record<string, string>) =>
      scene.send(new Request(url, { method: 'POST', headers }))
    const htu = 'https://rs.example/mcp/sessions/1'
    await accepted(scene, send(await prove(holder, token, { claims: { htu } })))
    await refusedBound(scene, send(await prove(holder, token)), BAD_PROOF)
  })

  it('DPO-10 ignores Host and X-Forwarded-*', async () => {
    const { scene, token } = await createBoundScene()
    const forged = { Host: 'evil.example', 'X-Forwarded-Host': 'evil.example', Forwarded: 'host=e' }
    const htu = 'https://evil.example/mcp'
    const headers = { ...(await prove(holder, token, { claims: { htu } })), ...forged }
    await refusedBound(scene, scene.ask(undefined, { headers }), BAD_PROOF)
  })

  it.each([-290, -1, 0, 290])('DPO-11 accepts a proof made %d s from now', async (offset) => {
    const { scene, show } = await createBoundScene()
    await accepted(scene, show({ claims: { iat: START + offset } }))
  })

  it.each([-301, -86_400, 301, 86_400, -START, Number.MAX_VALUE])(
    'DPO-11 rejects a proof made %d s from now',
    async (offset) => {
      const { scene, show } = await createBoundScene()
      await refusedBound(scene, show({ claims: { iat: START + offset } }), BAD_PROOF)
    },
  )

  it('DPO-11 applies the configured window', async () => {
    const { scene, show } = await createBoundScene({ windowSeconds: 10 })
    await accepted(scene, show({ claims: { iat: START - 9 } }))
    await accepted(scene, show({ claims: { iat: START + 9 } }))
    await refusedBound(scene, show({ claims: { iat: START - 11 } }), BAD_PROOF)
    await refusedBound(scene, show({ claims: { iat: START + 11 } }), BAD_PROOF)
  })

  it('DPO-12 rejects a proof for another token', async () => {
    const { scene, token } = await createBoundScene()
    const other = await boundToken(scene.issuer, holder, { jti: 'another' })
    const headers = { Authorization: `DPoP ${token}`, DPoP: await makeProof(holder, other) }
    await refusedBound(scene, scene.ask(undefined, { headers }), BAD_PROOF)
    const padded = `${createHash('sha256').update(token).digest('base64url')}=`
    const again = await prove(holder, token, { claims: { ath: padded } })
    await refusedBound(scene, scene.ask(undefined, { headers: again }), BAD_PROOF)
  })
})

describe('the key', () => {
  it('DPO-13 rejects a valid proof of another key', async () => {
    const { scene, token } = await createBoundScene()
    const headers = await prove(thief, token)
    await refusedBound(scene, scene.ask(undefined, { headers }), badToken('binding_mismatch'))
  })

  it('DPO-13 rejects another key for a cached token, and still accepts the right one', async () => {
    const { scene, token, show } = await createBoundScene()
    await accepted(scene, show())
    const headers = await prove(thief, token)
    await refusedBound(scene, scene.ask(undefined, { headers }), badToken('binding_mismatch'))
    await accepted(scene, show())
  })

  it('DPO-13 rejects an invalid thumbprint', async () => {
    const scene = await createScene({ dpop: true })
    for (const jkt of [`${holder.thumbprint}=`, '', holder.thumbprint.toLowerCase()]) {
      const token = await scene.issuer.token({ cnf: { jkt } })
      const headers = await prove(holder, token)
      await refusedBound(scene, scene.ask(undefined, { headers }), badToken('binding_mismatch'))
    }
    for (const jkt of [5, null, [holder.thumbprint]]) {
      const token = await scene.issuer.token({ cnf: { jkt } })
      const headers = await prove(holder, token)
      await refusedBound(scene, scene.ask(undefined, { headers }), badToken('binding_unsupported'))
    }
  })

  it('DPO-14 distinguishes an invalid proof from an invalid token, both 401', async () => {
    const { scene, token, show } = await createBoundScene()
    await refusedBound(scene, show({ claims: { htm: 'GET' } }), BAD_PROOF)
    await refusedBound(scene, scene.ask(`DPoP ${token}`), MISSING_PROOF)
    const expired = await boundToken(scene.issuer, holder, { exp: START - 100 })
    for (const [headers, code] of [
      [await prove(thief, token), 'binding_mismatch'],
      [await prove(holder, expired), 'token_expired'],
    ] as const) {
      await refusedBound(scene, scene.ask(undefined, { headers }), badToken(code))
    }
  })
})

describe('the scheme', () => {
  it('DPO-15 rejects a bound token as Bearer, with a proof or without', async () => {
    const { scene, token } = await createBoundScene()
    const expected = badToken('binding_missing', 'Bearer')
    await refusedBound(scene, scene.ask(`Bearer ${token}`), expected)
    const headers = { Authorization: `Bearer ${token}`, DPoP: await makeProof(holder, token) }
    await refusedBound(scene, scene.ask(undefined, { headers }), expected)
  })

  it('DPO-15 rejects it as Bearer after it was accepted as DPoP', async () => {
    const { scene, token, show } = await createBoundScene()
    await accepted(scene, show())
    await refusedBound(scene, scene.ask(`Bearer ${token}`), badToken('binding_missing', 'Bearer'))
  })

  it('DPO-16 rejects an unbound token as DPoP', async () => {
    const scene = await createScene({ dpop: true })
    const token = await scene.issuer.token()
    const headers = await prove(holder, token)
    await refusedBound(scene, scene.ask(undefined, { headers }), badToken('binding_missing'))
    // As Bearer it is accepted, with any DPoP header.
    await accepted(scene, scene.ask(`Bearer ${token}`))
    await accepted(
      scene,
      scene.ask(undefined, { headers: { Authorization: `Bearer ${token}`, DPoP: 'a, b' } }),
    )
  })

  it('DPO-17 accepts bound tokens only where DPoP is required, and challenges for DPoP only', async () => {
    const { scene, token, show } = await createBoundScene({ required: true })
    const plain = await scene.issuer.token()
    const only: DpopRejection = {
      code: 'binding_missing',
      status: 401,
      error: 'invalid_token',
      offered: ['DPoP'],
      told: [],
    }
    for (const authorization of [`Bearer ${plain}`, `Bearer ${token}`]) {
      await refusedBound(scene, scene.ask(authorization), only)
    }
    await refusedBound(scene, scene.ask(), {
      code: 'credentials_missing',
      status: 401,
      offered: ['DPoP'],
    })
    const headers = await prove(holder, plain)
    await refusedBound(scene, scene.ask(undefined, { headers }), { ...only, told: ['DPoP'] })
    await accepted(scene, show())
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
    const response = await refusedBound(scene, scene.ask(), expected)
    expect(response.headers.get('WWW-Authenticate')).toBe(
      `Bearer resource_metadata="${METADATA_URL}", DPoP algs="${ALGORITHMS.join(' ')}", resource_metadata="${METADATA_URL}"`,
    )
    await refusedBound(scene, scene.ask('Basic dTpw'), expected)
  })
})

describe('nonces', () => {
  const nonce = { secret: SECRET, lifetimeSeconds: 60 }

  async function askForNonce({ scene, show }: BoundScene): Promise<string> {
    const response = await refusedBound(scene, show(), WANTS_NONCE)
    return response.headers.get('DPoP-Nonce') ?? ''
  }

  it('DPO-20 requires a nonce, provides it, and accepts it', async () => {
    const bound = await createBoundScene({ nonce })
    const given = await askForNonce(bound)
    expect(given).toMatch(/^[!#-[\]-~]+$/)
    const response = await bound.show({ claims: { nonce: given } })
    expect(response.status).toBe(200)
    expect(response.headers.get('DPoP-Nonce')).toBeNull()
  })

  it('DPO-20 provides a new nonce when the old one has expired', async () => {
    const bound = await createBoundScene({ nonce })
    const given = await askForNonce(bound)
    bound.scene.clock.advance(59)
    await accepted(bound.scene, bound.show({ claims: { nonce: given } }))
    bound.scene.clock.advance(1)
    const response = await refusedBound(
      bound.scene,
      bound.show({ claims: { nonce: given } }),
      WANTS_NONCE,
    )
    const next = response.headers.get('DPoP-Nonce') ?? ''
    expect(next).not.toBe(given)
    await accepted(bound.scene, bound.show({ claims: { nonce: next } }))
  })

  it('DPO-21 rejects proofs without a nonce where nonces are configured', async () => {
    const bound = await createBoundScene({ nonce })
    const given = await askForNonce(bound)
    await accepted(bound.scene, bound.show({ claims: { nonce: given } }))
    await askForNonce(bound)
  })

  it('DPO-21 accepts its own nonces only', async () => {
    const bound = await createBoundScene({ nonce })
    const given = await askForNonce(bound)
    const last = given.endsWith('A') ? 'B' : 'A'
    for (const wrong of [
      '',
      'nonce',
      5,
      [given],
      `${given} `,
      `0${given}`,
      given.toUpperCase(),
      given.slice(0, -1) + last,
      given.slice(1),
      `${given}${given}`,
      'x'.repeat(4000),
    ]) {
      const answer = bound.show({ claims: { nonce: wrong } })
      await refusedBound(bound.scene, answer, WANTS_NONCE)
    }
  })

  it('DPO-21 makes unpredictable nonces of safe characters', async () => {
    const [one, other] = [await createBoundScene({ nonce }), await createBoundScene({ nonce })]
    const given = await askForNonce(one)
    expect(given).toBe(await askForNonce(other))
    one.scene.clock.advance(1)
    expect(await askForNonce(one)).not.toBe(given)
    const strangers = await createBoundScene({ nonce: { secret: 'x'.repeat(32) } })
    expect(await askForNonce(strangers)).not.toBe(given)
    const elsewhere = await createScene({ dpop: { nonce }, resource: 'https://rs.example/other' })
    const token = await boundToken(elsewhere.issuer, holder, { aud: 'https://rs.example/other' })
    const claims = { htu: 'https://rs.example/other', nonce: given }
    const headers = await prove(holder, token, { claims })
    const response = await elsewhere.ask(undefined, { headers })
    expect(response.headers.get('DPoP-Nonce')).not.toBe(given)
    expect(reasons(elsewhere)).toEqual(['dpop_nonce'])
  })

  it('DPO-21 accepts nonces of the previous secret', async () => {
    const before = await createBoundScene({ nonce: { secret: 'y'.repeat(32) } })
    const given = await askForNonce(before)
    const after = await createBoundScene({ nonce: { secret: [SECRET, 'y'.repeat(32)] } })
    const response = await after.show({ claims: { nonce: given } })
    expect(response.status).toBe(200)
    const next = response.headers.get('DPoP-Nonce') ?? ''
    expect(next).not.toBe('')
    const later = await createBoundScene({ nonce: { secret: SECRET } })
    await refusedBound(later.scene, later.show({ claims: { nonce: given } }), WANTS_NONCE)
    await accepted(later.scene, later.show({ claims: { nonce: next } }))
  })

  it('DPO-22 provides the next nonce in a response, with no-store, before the old one expires', async () => {
    const answer = () => new Response('done', { headers: { 'Cache-Control': 'max-age=60' } })
    const bound = await createBoundScene({ nonce }, { answer })
    const given = await askForNonce(bound)
    const early = await bound.show({ claims: { nonce: given } })
    expect(early.headers.get('Cache-Control')).toBe('max-age=60')
    bound.scene.clock.advance(31)
    const late = await bound.show({ claims: { nonce: given } })
    expect(late.status).toBe(200)
    expect(late.headers.get('Cache-Control')).toBe('no-store')
    const next = late.headers.get('DPoP-Nonce') ?? ''
    expect(next).toMatch(/^[!#-[\]-~]+$/)
    expect(next).not.toContain(',')
    bound.scene.clock.advance(31)
    await accepted(bound.scene, bound.show({ claims: { nonce: next } }))
  })

  it('DPO-22 replaces a DPoP-Nonce header of the handler', async () => {
    const answer = () => new Response('done', { headers: { 'DPoP-Nonce': 'of-the-server' } })
    const bound = await createBoundScene({ nonce }, { answer })
    const given = await askForNonce(bound)
    bound.scene.clock.advance(31)
    const late = await bound.show({ claims: { nonce: given } })
    expect(late.headers.get('DPoP-Nonce')).not.toContain('of-the-server')
    await refusedBound(bound.scene, bound.show({ claims: { nonce: 'of-the-server' } }), WANTS_NONCE)
  })
})

describe('replay', () => {
  it('DPO-23 accepts a proof once', async () => {
    const { scene, token } = await createBoundScene()
    const headers = await prove(holder, token)
    await accepted(scene, scene.ask(undefined, { headers }))
    await refusedBound(scene, scene.ask(undefined, { headers }), REPLAYED)
    scene.clock.advance(299)
    await refusedBound(scene, scene.ask(undefined, { headers }), REPLAYED)
    scene.clock.advance(1)
    await refusedBound(scene, scene.ask(undefined, { headers }), BAD_PROOF)
  })

  it('DPO-23 accepts one of many concurrent copies', async () => {
    const { scene, token } = await createBoundScene()
    const headers = await prove(holder, token)
    const responses = await Promise.all(
      Array.from({ length: 20 }, () => scene.ask(undefined, { headers })),
    )
    expect(responses.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(scene.runs).toHaveLength(1)
  })

  it('DPO-23 detects a replay in any spelling', async () => {
    const { scene, token } = await createBoundScene()
    const claims = { jti: 'the same', htu: RESOURCE }
    const first = await prove(holder, token, { claims })
    await accepted(scene, scene.ask(undefined, { headers: first }))
    for (const htu of [RESOURCE, 'HTTPS://RS.example:443/mcp', `${RESOURCE}?x`]) {
      const headers = await prove(holder, token, { claims: { ...claims, htu } })
      await refusedBound(scene, scene.ask(undefined, { headers }), REPLAYED)
    }
  })

  it('DPO-23 accepts the same jti from another key, and for another URI', async () => {
    const { scene, token } = await createBoundScene()
    const claims = { jti: 'the same' }
    await accepted(scene, scene.ask(undefined, { headers: await prove(holder, token, { claims }) }))
    const other = await boundToken(scene.issuer, thief)
    await accepted(scene, scene.ask(undefined, { headers: await prove(thief, other, { claims }) }))
    const htu = `${RESOURCE}/elsewhere`
    const headers = await prove(holder, token, { claims: { ...claims, htu } })
    await accepted(scene, scene.send(new Request(htu, { method: 'POST', headers })))
  })

  it('DPO-23 calls the replay store with a digest and an expiry', async () => {
    const asked: [string, number][] = []
    const replay: ReplayStore = {
      add: async (...proof) => {
        asked.push(proof)
        return asked.filter(([key]) => key === proof[0]).length === 1
      },
    }
    const { scene, token } = await createBoundScene({ replay })
    const headers = await prove(holder, token, { claims: { jti: 'once', iat: START - 20 } })
    await accepted(scene, scene.ask(undefined, { headers }))
    await refusedBound(scene, scene.ask(undefined, { headers }), REPLAYED)
    expect(asked).toHaveLength(2)
    const [key = '', expiresAt] = asked[0] ?? []
    expect(key).toMatch(/^[A-Za-z0-9_-]{43}$/)
    expect(expiresAt).toBe(START - 20 + 300)
    expect(headers.DPoP).not.toContain(key)
  })

  it('DPO-23 calls the replay store after all other checks', async () => {
    let asked = 0
    const replay: ReplayStore = {
      add: async () => {
        asked += 1
        return true
      },
    }
    const { scene, token, show } = await createBoundScene({ replay }, { requiredScopes: ['write'] })
    await show()
    await show({ claims: { htm: 'GET' } })
    await show({ key: thief.keys.privateKey })
    await scene.ask(`Bearer ${token}`)
    expect(reasons(scene)).toEqual([
      'scope_insufficient',
      'dpop_proof_invalid',
      'dpop_proof_invalid',
      'binding_missing',
    ])
    expect(asked).toBe(0)
  })

  it('DPO-23 accepts replays within the window with replay: false', async () => {
    const { scene, token } = await createBoundScene({ replay: false })
    const headers = await prove(holder, token)
    await accepted(scene, scene.ask(undefined, { headers }))
    await accepted(scene, scene.ask(undefined, { headers }))
  })

  it('DPO-25 accepts a long jti, a content_digest, and a target without a path for the root', async () => {
    const { scene, show } = await createBoundScene()
    const content_digest = { alg: 'sha-256', value: 'x' }
    await accepted(scene, show({ claims: { jti: 'x'.repeat(1024), content_digest } }))
    await accepted(scene, show({ claims: { content_digest: 'sha-256=:AAAA:' } }))
    const resource = 'https://rs.example'
    const root = await createScene({ dpop: true, resource })
    const token = await boundToken(root.issuer, holder, { aud: resource })
    for (const htu of [
      'https://rs.example',
      'https://rs.example/',
      'https://rs.example?x=1',
      'HTTPS://RS.EXAMPLE:443#y',
    ]) {
      const headers = await prove(holder, token, { claims: { htu } })
      await accepted(root, root.ask(undefined, { headers }))
    }
  })

  it('DPO-26 costs no more for padding, dots and commas than for letters', async () => {
    const scene = await createScene({ dpop: true })
    const token = await boundToken(scene.issuer, holder)
    const cost = async (name: 'DPoP' | 'Authorization', value: string): Promise<number> => {
      const headers = { Authorization: `DPoP ${token}`, DPoP: 'x', [name]: value }
      let least = Number.POSITIVE_INFINITY
      for (let count = 0; count < 5; count++) {
        const start = performance.now()
        const response = await scene.ask(undefined, { headers })
        least = Math.min(least, performance.now() - start)
        expect(response.status).toBeGreaterThanOrEqual(400)
      }
      return least
    }
    const runs = scene.runs.length
    for (const [name, prefix, length] of [
      ['DPoP', '', 8192],
      ['Authorization', 'DPoP ', 16_379],
      ['Authorization', 'Bearer ', 16_377],
    ] as const) {
      const usual = await cost(name, `${prefix}${'a'.repeat(length)}`)
      for (const filler of [
        '=',
        'a=',
        '.',
        ' ',
        ',',
        ', ',
        '-',
        '%',
        '\\',
        '"',
        'bearer ,',
        'eyJ',
        '~',
      ]) {
        for (const [start, end] of [
          ['', ''],
          ['', 'x'],
          ['', '.x.y'],
          ['', 'x.x.y'],
          ['e', 'x.x.'],
          ['x.', '.y'],
          ['eyJhbGciOiJub25lIn0.', '.x'],
        ] as const) {
          const size = length - start.length - end.length
          const text = filler.repeat(size / filler.length)
          const value = `${prefix}${start}${text}${end}`
          // Quadratic cost would be forty times as high, or more.
          expect(await cost(name, value), JSON.stringify(value.slice(0, 60))).toBeLessThan(
            10 * usual + 5,
          )
        }
      }
    }
    expect(scene.runs).toHaveLength(runs)
  })

  it('DPO-05, JWK-21: a proof key with a forgeable signature is rejected', async () => {
    const rsa = await createHolder('RS256')
    const jwk = { ...rsa.jwk, e: 'AQ' }
    const scene = await createScene({ dpop: true })
    const thumbprint = await calculateJwkThumbprint(jwk)
    const token = await boundToken(scene.issuer, { ...rsa, thumbprint })
    const headers = await prove(rsa, token, { header: { jwk } })
    await refusedBound(scene, scene.ask(undefined, { headers }), BAD_PROOF)
  })

  it('DPO-23 rejects an oversized jti, and an oversized proof', async () => {
    const { scene, show } = await createBoundScene()
    await accepted(scene, show({ claims: { jti: 'x'.repeat(1024) } }))
    await refusedBound(scene, show({ claims: { jti: 'x'.repeat(1025) } }), BAD_PROOF)
    await refusedBound(scene, show({ claims: { jti: 'x'.repeat(10_000) } }), BAD_PROOF)
    await accepted(scene, show({ claims: { extra: 'x'.repeat(5000) } }))
    await refusedBound(scene, show({ claims: { extra: 'x'.repeat(6000) } }), BAD_PROOF)
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
      await refusedBound(scene, scene.ask(undefined, { headers }), badToken(code))
    },
  )

  it('DPO-24 rejects, with a valid proof, a token without a scope', async () => {
    const { scene, show } = await createBoundScene(true, { requiredScopes: ['write'] })
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
    expect(reasons(scene)).toEqual(['scope_insufficient'])
    expect(scene.runs).toEqual([])
  })

  it('DPO-24 rejects, with a valid proof, a token with an invalid signature', async () => {
    const scene = await createScene({ dpop: true })
    const stranger = await createIssuer()
    const token = await boundToken(stranger, holder)
    const headers = await prove(holder, token)
    await refusedBound(scene, scene.ask(undefined, { headers }), badToken('token_signature'))
  })
})

it('DPO-23: a proof that expires while the body is read is rejected', async () => {
  // A replay store drops a proof when it expires; with a slow body a copy could be used after that.
  const seen: string[] = []
  const add = async (key: string) => seen.push(key) > 0
  const scene = await createScene({ dpop: { replay: { add } }, operations: { '*': [] } })
  const headers = await prove(holder, await boundToken(scene.issuer, holder))
  const source = {
    pull(controller: ReadableStreamDefaultController) {
      scene.clock.advance(301)
      controller.enqueue(new TextEncoder().encode('{"method":"ping"}'))
      controller.close()
    },
  }
  const body = new ReadableStream(source, { highWaterMark: 0 })
  const init = { headers, body, duplex: 'half' } as RequestInit
  expect((await scene.ask(undefined, init)).status).toBe(401)
  expect(scene.events.at(-1)).toMatchObject({ code: 'dpop_proof_invalid' })
  expect([seen, scene.runs]).toEqual([[], []])
})

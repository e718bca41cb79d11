/** DPO: the header and the claims of a DPoP proof (RFC 9449 §4). */

import { createHash } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import type { RefusedEvent } from '../../src/index.ts'
import { BAD_PROOF, badToken, expectDpopRejection } from '../support/binding.ts'
import { createBoundScene } from '../support/bound-scene.ts'
import { START } from '../support/clock.ts'
import {
  assemble,
  boundToken,
  createHolder,
  type Holder,
  makeProof,
  proofClaims,
  prove,
  signAnything,
} from '../support/holder.ts'
import { RESOURCE } from '../support/issuer.ts'
import { createScene, expectAccepted, rejectionCodes } from '../support/scene.ts'

const SECRET = 'a secret of at least thirty-two bytes'

let holder: Holder
let thief: Holder

beforeAll(async () => {
  holder = await createHolder()
  thief = await createHolder()
})

describe('the event of a rejected proof', () => {
  const INTERNAL = 'http://10.0.0.7:3000/mcp'

  it.each<[string, object, object]>([
    ['DPO-07 names htm', { htm: 'post' }, { claim: 'htm' }],
    [
      'DPO-08 has the URI of a client behind a proxy',
      { htu: INTERNAL },
      { claim: 'htu', received: [INTERNAL] },
    ],
    [
      'DPO-08 has the URI without its query',
      { htu: `${RESOURCE}/?secret=1#secret` },
      { claim: 'htu', received: [`${RESOURCE}/`] },
    ],
    ['DPO-08 does not repeat a text that is not a URI', { htu: 'a b' }, { claim: 'htu' }],
    ['DPO-06 names a missing htu', { htu: undefined }, { claim: 'htu' }],
    [
      'DPO-11 has the time of the proof',
      { iat: START - 600 },
      { claim: 'iat', received: [String(START - 600)] },
    ],
    [
      'DPO-11 shows milliseconds',
      { iat: START * 1000 },
      { claim: 'iat', received: [String(START * 1000)] },
    ],
    ['DPO-11 does not repeat an object', { iat: { toString: null } }, { claim: 'iat' }],
    ['DPO-12 names ath, and repeats no digest', { ath: 'x' }, { claim: 'ath' }],
    ['DPO-06 names no malformed jti', { jti: '' }, {}],
  ])('%s', async (_, claims, cause) => {
    const { scene, show } = await createBoundScene(holder)
    await expectDpopRejection(scene, show({ claims: { ...claims } }), BAD_PROOF)
    const { received, claim } = scene.events.at(-1) as RefusedEvent
    expect({ received, claim }).toEqual(cause)
  })

  it('DPO-05 names no claim if the signature is invalid', async () => {
    const { scene, show } = await createBoundScene(holder)
    await expectDpopRejection(scene, show({ key: thief.keys.privateKey }), BAD_PROOF)
    expect(Object.keys(scene.events.at(-1) ?? {})).not.toContain('claim')
  })
})

describe('the header of the proof', () => {
  it.each(['JWT', 'at+jwt', 'DPOP+JWT', 'application/dpop+jwt', 'dpop', 5, undefined])(
    'DPO-03 rejects the type %s',
    async (typ) => {
      const { scene, show } = await createBoundScene(holder)
      await expectDpopRejection(scene, show({ header: { typ } }), BAD_PROOF)
    },
  )

  it('DPO-04 rejects a proof signed with a shared secret', async () => {
    const { scene, show } = await createBoundScene(holder)
    const key = new TextEncoder().encode(SECRET)
    await expectDpopRejection(scene, show({ header: { alg: 'HS256' }, key }), BAD_PROOF)
  })

  it('DPO-04 rejects a proof signed with the public key as a secret', async () => {
    const { scene, token } = await createBoundScene(holder)
    const key = new TextEncoder().encode(JSON.stringify(holder.jwk))
    const proof = await makeProof(holder, token, { header: { alg: 'HS256' }, key })
    const headers = { Authorization: `DPoP ${token}`, DPoP: proof }
    await expectDpopRejection(scene, scene.ask(undefined, { headers }), BAD_PROOF)
  })

  it.each(['none', 'None', 'nOnE', '', undefined, 5, ['ES256']])(
    'DPO-04 rejects the algorithm %j',
    async (alg) => {
      const { scene, token } = await createBoundScene(holder)
      const header = { typ: 'dpop+jwt', alg, jwk: holder.jwk }
      for (const signature of ['', 'AAAA']) {
        const proof = assemble(header, proofClaims(token), signature)
        const headers = { Authorization: `DPoP ${token}`, DPoP: proof }
        await expectDpopRejection(scene, scene.ask(undefined, { headers }), BAD_PROOF)
      }
    },
  )

  it('DPO-04 rejects an algorithm that is not on the list, and names the list', async () => {
    const { scene, show } = await createBoundScene(holder, { algorithms: ['PS256', 'Ed25519'] })
    await expectDpopRejection(scene, show(), { ...BAD_PROOF, algs: 'PS256 Ed25519' })
  })

  it.each(['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519', 'PS256', 'RS256', 'RS512'])(
    'DPO-04 accepts the algorithm %s',
    async (algorithm) => {
      const other = await createHolder(algorithm)
      const scene = await createScene({ dpop: true })
      const token = await boundToken(scene.issuer, other)
      await expectAccepted(scene, scene.ask(undefined, { headers: await prove(other, token) }))
    },
  )

  it('DPO-04 rejects a proof whose algorithm is not that of its key', async () => {
    const { scene, token } = await createBoundScene(holder)
    const other = await createHolder('ES384')
    const proof = await makeProof(other, token, { header: { alg: 'ES384', jwk: holder.jwk } })
    const headers = { Authorization: `DPoP ${token}`, DPoP: proof }
    await expectDpopRejection(scene, scene.ask(undefined, { headers }), BAD_PROOF)
  })

  it('DPO-04 rejects a proof whose key names another algorithm of the same type', async () => {
    const rsa = await createHolder('PS256')
    const scene = await createScene({ dpop: true })
    const token = await boundToken(scene.issuer, rsa)
    const headers = await prove(rsa, token, { header: { jwk: { ...rsa.jwk, alg: 'RS256' } } })
    await expectDpopRejection(scene, scene.ask(undefined, { headers }), BAD_PROOF)
  })

  it('DPO-05 rejects a private key in the header', async () => {
    const { scene, show } = await createBoundScene(holder)
    await expectDpopRejection(scene, show({ header: { jwk: holder.privateJwk } }), BAD_PROOF)
  })

  it('DPO-05 rejects a private RSA key in the header, whole or in part', async () => {
    const rsa = await createHolder('PS256')
    const scene = await createScene({ dpop: true })
    const token = await boundToken(scene.issuer, rsa)
    for (const name of ['d', 'p', 'q', 'dp', 'dq', 'qi'] as const) {
      const jwk = { ...rsa.jwk, [name]: rsa.privateJwk[name] }
      const headers = await prove(rsa, token, { header: { jwk } })
      await expectDpopRejection(scene, scene.ask(undefined, { headers }), BAD_PROOF)
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
    const { scene, show } = await createBoundScene(holder)
    const answer = await show({ header: { jwk } })
    const wrongKey = rejectionCodes(scene).at(-1) === 'binding_mismatch'
    await expectDpopRejection(scene, answer, wrongKey ? badToken('binding_mismatch') : BAD_PROOF)
  })

  it('DPO-05 rejects a key that is weak or for another use', async () => {
    const { scene, show } = await createBoundScene(holder)
    for (const extra of [{ use: 'enc' }, { key_ops: ['sign'] }, { alg: 'ES384' }]) {
      await expectDpopRejection(
        scene,
        show({ header: { jwk: { ...holder.jwk, ...extra } } }),
        BAD_PROOF,
      )
    }
  })

  it('DPO-05 rejects a signature of another key, and an empty signature', async () => {
    const { scene, token, show } = await createBoundScene(holder)
    await expectDpopRejection(scene, show({ key: thief.keys.privateKey }), BAD_PROOF)
    const [header, claims, signature = ''] = (await makeProof(holder, token)).split('.')
    const tampered = signature.startsWith('A') ? `B${signature.slice(1)}` : `A${signature.slice(1)}`
    for (const proof of [`${header}.${claims}.${tampered}`, `${header}.${claims}.`]) {
      const headers = { Authorization: `DPoP ${token}`, DPoP: proof }
      await expectDpopRejection(scene, scene.ask(undefined, { headers }), BAD_PROOF)
    }
  })

  it('DPO-05 rejects critical extensions', async () => {
    const { scene, token } = await createBoundScene(holder)
    const header = { typ: 'dpop+jwt', alg: 'ES256', jwk: holder.jwk }
    const good = await signAnything(holder, header, proofClaims(token))
    const asGood = { Authorization: `DPoP ${token}`, DPoP: good }
    await expectAccepted(scene, scene.ask(undefined, { headers: asGood }))
    for (const extra of [{ crit: ['b64'], b64: true }, { crit: ['x'], x: 1 }, { b64: true }]) {
      const proof = await signAnything(holder, { ...header, ...extra }, proofClaims(token))
      const headers = { Authorization: `DPoP ${token}`, DPoP: proof }
      await expectDpopRejection(scene, scene.ask(undefined, { headers }), BAD_PROOF)
    }
  })
})

describe('the claims of the proof', () => {
  it.each(['jti', 'htm', 'htu', 'iat', 'ath'])(
    'DPO-06 rejects a proof without %s',
    async (name) => {
      const { scene, show } = await createBoundScene(holder)
      await expectDpopRejection(scene, show({ claims: { [name]: undefined } }), BAD_PROOF)
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
    const { scene, token } = await createBoundScene(holder)
    const header = { typ: 'dpop+jwt', alg: 'ES256', jwk: holder.jwk }
    const proof = await signAnything(holder, header, { ...proofClaims(token), [name]: value })
    const headers = { Authorization: `DPoP ${token}`, DPoP: proof }
    await expectDpopRejection(scene, scene.ask(undefined, { headers }), BAD_PROOF)
  })

  it('DPO-06 accepts further header parameters and claims', async () => {
    const { scene, show } = await createBoundScene(holder)
    const jwk = { ...holder.jwk, kid: 'mine', use: 'sig', alg: 'ES256', key_ops: ['verify'] }
    const changes = { header: { kid: 'x', jwk }, claims: { iss: 'x', nonce: 'unasked', foo: [1] } }
    await expectAccepted(scene, show(changes))
  })

  it.each([
    ['POST', 'post'],
    ['POST', 'GET'],
    ['GET', 'get'],
    ['GET', 'POST'],
    ['DELETE', 'Delete'],
    ['HEAD', 'GET'],
  ])('DPO-07 rejects, for %s, a proof for %s', async (method, htm) => {
    const { scene, show } = await createBoundScene(holder)
    await expectDpopRejection(scene, show({ claims: { htm } }, { method }), BAD_PROOF)
  })

  it.each(['GET', 'HEAD', 'DELETE', 'PUT', 'PATCH'])(
    'DPO-07 accepts a proof for %s',
    async (htm) => {
      const { scene, show } = await createBoundScene(holder)
      await expectAccepted(scene, show({ claims: { htm } }, { method: htm }))
    },
  )

  it('DPO-08 ignores query and fragment on both sides', async () => {
    const { scene, token } = await createBoundScene(holder)
    for (const [url, htu] of [
      [`${RESOURCE}?x=1`, RESOURCE],
      [RESOURCE, `${RESOURCE}?x=1`],
      [`${RESOURCE}?x=1`, `${RESOURCE}?y=2#z`],
    ] as const) {
      const headers = await prove(holder, token, { claims: { htu } })
      await expectAccepted(scene, scene.send(new Request(url, { method: 'POST', headers })))
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
    const { scene, show } = await createBoundScene(holder)
    await expectDpopRejection(scene, show({ claims: { htu } }), BAD_PROOF)
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
    const { scene, show } = await createBoundScene(holder)
    await expectAccepted(scene, show({ claims: { htu } }))
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
    const { scene, show } = await createBoundScene(holder)
    await expectDpopRejection(scene, show({ claims: { htu } }), BAD_PROOF)
  })

  it.each([
    'http://127.0.0.1:3000/mcp',
    'http://127.0.0.1:3000/internal/path',
    'http://backend/',
    'https://attacker.example/mcp',
  ])('DPO-10 expects the public URL for a request to %s', async (url) => {
    const { scene, token } = await createBoundScene(holder)
    const send = (headers: Record<string, string>) =>
      scene.send(new Request(url, { method: 'POST', headers }))
    await expectAccepted(scene, send(await prove(holder, token)))
    const internal = await prove(holder, token, { claims: { htu: url } })
    await expectDpopRejection(scene, send(internal), BAD_PROOF)
  })

  it('DPO-10 expects the path of the request where it is below the resource', async () => {
    const { scene, token } = await createBoundScene(holder)
    const url = 'http://127.0.0.1:3000/mcp/sessions/1'
    const send = (headers: Record<string, string>) =>
      scene.send(new Request(url, { method: 'POST', headers }))
    const htu = 'https://rs.example/mcp/sessions/1'
    await expectAccepted(scene, send(await prove(holder, token, { claims: { htu } })))
    await expectDpopRejection(scene, send(await prove(holder, token)), BAD_PROOF)
  })

  it('DPO-10 ignores Host and X-Forwarded-*', async () => {
    const { scene, token } = await createBoundScene(holder)
    const forged = { Host: 'evil.example', 'X-Forwarded-Host': 'evil.example', Forwarded: 'host=e' }
    const htu = 'https://evil.example/mcp'
    const headers = { ...(await prove(holder, token, { claims: { htu } })), ...forged }
    await expectDpopRejection(scene, scene.ask(undefined, { headers }), BAD_PROOF)
  })

  it.each([-290, -1, 0, 290])('DPO-11 accepts a proof made %d s from now', async (offset) => {
    const { scene, show } = await createBoundScene(holder)
    await expectAccepted(scene, show({ claims: { iat: START + offset } }))
  })

  it.each([-301, -86_400, 301, 86_400, -START, Number.MAX_VALUE])(
    'DPO-11 rejects a proof made %d s from now, with and without a replay store',
    async (offset) => {
      for (const options of [{}, { replay: false as const }]) {
        const { scene, show } = await createBoundScene(holder, options)
        await expectDpopRejection(scene, show({ claims: { iat: START + offset } }), BAD_PROOF)
      }
    },
  )

  it('DPO-11 applies the configured window', async () => {
    const { scene, show } = await createBoundScene(holder, { windowSeconds: 10 })
    await expectAccepted(scene, show({ claims: { iat: START - 9 } }))
    await expectAccepted(scene, show({ claims: { iat: START + 9 } }))
    await expectDpopRejection(scene, show({ claims: { iat: START - 11 } }), BAD_PROOF)
    await expectDpopRejection(scene, show({ claims: { iat: START + 11 } }), BAD_PROOF)
  })

  it.each([
    { exp: START + 1 },
    { exp: START - 29 },
    { nbf: START },
    { nbf: START + 30 },
    { exp: START + 30.5, nbf: START - 60 },
    { iat: START + 299, nbf: START + 299 },
    { iat: START + 299, nbf: START + 30, exp: START + 359 },
  ])('DPO-11 accepts a proof with %j', async (claims) => {
    const { scene, show } = await createBoundScene(holder)
    await expectAccepted(scene, show({ claims }))
  })

  it.each([
    { exp: START - 30 },
    { exp: 1 },
    { exp: String(START + 60) },
    { exp: null },
    { nbf: START + 31 },
    { iat: START + 300, nbf: START + 299 },
    { iat: START + 301, nbf: START + 301 },
    { iat: START + 60, nbf: START + 60, exp: START - 30 },
    { iat: null, nbf: null },
    { nbf: 'now' },
    { nbf: null },
  ])('DPO-11 rejects a proof with %j', async (claims) => {
    const { scene, show } = await createBoundScene(holder)
    await expectDpopRejection(scene, show({ claims }), BAD_PROOF)
  })

  it('DPO-11 applies the tolerance of the resource to exp and nbf', async () => {
    const { scene, show } = await createBoundScene(holder, {}, { clockToleranceSeconds: 0 })
    await expectDpopRejection(scene, show({ claims: { exp: START } }), BAD_PROOF)
    await expectDpopRejection(scene, show({ claims: { nbf: START + 1 } }), BAD_PROOF)
    await expectAccepted(scene, show({ claims: { exp: START + 1, nbf: START } }))
  })

  it('DPO-12 rejects a proof for another token', async () => {
    const { scene, token } = await createBoundScene(holder)
    const other = await boundToken(scene.issuer, holder, { jti: 'another' })
    const headers = { Authorization: `DPoP ${token}`, DPoP: await makeProof(holder, other) }
    await expectDpopRejection(scene, scene.ask(undefined, { headers }), BAD_PROOF)
    const padded = `${createHash('sha256').update(token).digest('base64url')}=`
    for (const ath of [padded, undefined]) {
      const again = await prove(holder, token, { claims: { ath } })
      await expectDpopRejection(scene, scene.ask(undefined, { headers: again }), BAD_PROOF)
    }
  })
})

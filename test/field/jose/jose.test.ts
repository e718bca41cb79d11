/**
 * Implementations of JOSE in Python, Ruby, Go, Perl, Erlang, C and JavaScript. Each signs with every algorithm it has and
 * publishes its keys as it writes them: this library accepts each token, and none with a changed character. In the
 * other direction, each verifies what this library signs. Those that are not installed are skipped by name.
 * Costs 30 seconds to install and 40 to run.
 */

import { createPublicKey } from 'node:crypto'
import { type Jwk, protect, protectedResource } from 'mcp-gatehouse'
import { describe, expect, it } from 'vitest'
import { createReferee, RESOURCE } from '../authorization-servers/referee.ts'
import { COMMAND_PEERS } from './command-peers.ts'
import { JAVASCRIPT_PEERS } from './javascript-peers.ts'
import { signAll } from './own-tokens.ts'
import { ES, type Minted, type Peer, PROGRAM_PEERS, type PublicJwk } from './peers.ts'

const ISSUER = 'https://auth.example'
/** Of the keys for ES512, three of four have a coordinate that begins with a zero byte. */
const KEYS = 5
const PEERS = [...PROGRAM_PEERS, ...COMMAND_PEERS, ...JAVASCRIPT_PEERS]
const missing = PEERS.filter(({ isThere }) => !isThere)

for (const { name } of missing) console.log(`Skipped: ${name} is not installed.`)

describe.each(PEERS.filter(({ isThere }) => isThere))('$name', (peer) => {
  it('signs tokens and proofs that pass, and none with a changed character does', async () => {
    const { minted } = await peer.run({ algorithms: algorithmsOf(peer), claims, cases: [] })
    expect(new Set(minted.map(({ alg }) => alg))).toEqual(new Set(peer.algorithms))
    const keys = minted.map(keyOf)
    const server = { issuer: ISSUER, jwks: { keys } }
    const { send, context } = createReferee(server)
    const sendBound = boundSender(server)
    for (const { alg, token, bound, proof } of minted) {
      if (isOdd(peer, alg, token)) {
        expect(await send(token)).toBe('401 token_signature')
        continue
      }
      expect({ alg, token, result: await send(token) }).toEqual({ alg, token, result: '200' })
      expect(context()).toMatchObject({ subject: 'user-1', scopes: ['notes:read'] })
      if (bound === undefined || proof === undefined) continue
      const isGood = !isOdd(peer, alg, bound) && !isOdd(peer, alg, proof)
      const status = isGood ? 200 : 401
      expect({ alg, proof, status: await sendBound(bound, proof) }).toEqual({ alg, proof, status })
      if (isGood) expect(await send(bound)).toBe('401 binding_unsupported')
    }
    for (const alg of peer.algorithms) {
      const { token = '', bound = '', proof } = minted.find((each) => each.alg === alg) ?? {}
      for (const changed of changesOf(token)) {
        expect({ changed, result: await send(changed) }).toMatchObject({
          changed,
          result: expect.stringMatching(/^401 token_/),
        })
      }
      if (proof === undefined) continue
      for (const changed of changesOf(proof)) expect(await sendBound(bound, changed)).toBe(401)
    }
  })

  it('verifies what this library signs', async () => {
    const own = (await Promise.all(peer.algorithms.map(signAll))).flat()
    const cases = own.flatMap((each) => [each, { ...each, token: forge(each.token) }])
    const { verified } = await peer.run({ algorithms: [], claims, cases })
    const results = own.map(({ what, alg }, index) => ({
      what,
      alg,
      good: verified[2 * index],
      forged: verified[2 * index + 1],
    }))
    const expected = own.map(({ what, alg, token }) => {
      const { typ = 'JWT' } = headerOf(token)
      return { what, alg, good: peer.types?.includes(typ) ?? true, forged: false }
    })
    expect(results).toEqual(expected)
    expect(own).toHaveLength(5 * peer.algorithms.length)
  })
})

const now = Math.floor(Date.now() / 1000)
const claims = {
  token: {
    iss: ISSUER,
    aud: RESOURCE,
    sub: 'user-1',
    client_id: 'app',
    scope: 'notes:read',
    iat: now,
    exp: now + 3600,
    jti: 'token-1',
  },
  proof: { htm: 'POST', htu: RESOURCE, iat: now, jti: 'proof-1' },
}

/** Elliptic curves many times, because their numbers have leading zeros now and then. */
function algorithmsOf({ algorithms }: Peer): string[] {
  return algorithms.flatMap((alg) => Array<string>(ES.includes(alg) ? KEYS : 1).fill(alg))
}

function isOdd(peer: Peer, alg: string, token: string): boolean {
  const [, , signature = ''] = token.split('.')
  return peer.isOdd?.(alg, Buffer.from(signature, 'base64url')) ?? false
}

/** As the implementation writes it. A PEM has no name, so its key has none, and tokens name another. */
function keyOf({ public: published, token, alg }: Minted): Jwk {
  if (typeof published !== 'string') return published as Jwk
  const { kid } = headerOf(token)
  return { ...createPublicKey(published).export({ format: 'jwk' }), kid, alg } as Jwk
}

function headerOf(token: string): { readonly kid?: string; readonly typ?: string } {
  const [header = ''] = token.split('.')
  return JSON.parse(Buffer.from(header, 'base64url').toString()) as PublicJwk
}

function boundSender(server: { issuer: string; jwks: { keys: Jwk[] } }) {
  const resource = protectedResource({
    resource: RESOURCE,
    authorizationServers: [server],
    // The peers sign with all that they have, and each proof is sent many times.
    dpop: { required: true, replay: false },
  })
  const respond = protect(resource, () => new Response())
  return async (token: string, proof: string): Promise<number> => {
    const headers = { Authorization: `DPoP ${token}`, DPoP: proof }
    return (await respond(new Request(RESOURCE, { method: 'POST', headers }))).status
  }
}

/** One character changed in each: every thirteenth, and the last of each part, which may have unused bits. */
function* changesOf(token: string): Generator<string> {
  for (let index = 0; index < token.length; index += 1) {
    const isLast = token[index + 1] === '.' || index === token.length - 1
    if (token[index] === '.' || (index % 13 !== 0 && !isLast)) continue
    const other = token[index] === 'A' ? 'B' : 'A'
    yield token.slice(0, index) + other + token.slice(index + 1)
  }
}

/** Another signature of the same length. */
function forge(token: string): string {
  const [head, payload, signature = ''] = token.split('.')
  const bytes = Buffer.from(signature, 'base64url')
  bytes[10] = (bytes[10] ?? 0) ^ 1
  return `${head}.${payload}.${bytes.toString('base64url')}`
}

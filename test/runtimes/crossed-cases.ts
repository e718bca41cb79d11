/** Generated requests for crossed resources: most are valid, and the others have one defect. */

import { randomUUID } from 'node:crypto'
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT } from 'jose'
import { digest } from '../support/holder.ts'
import {
  AUDIENCE,
  COUNT,
  type Crossing,
  createRandom,
  ISSUER,
  KINDS,
  ORIGIN,
  optionsOf,
  pathOf,
} from './crossed-app.ts'

export interface Case {
  readonly index: number
  readonly method: string
  readonly target: string
  readonly fields: readonly (readonly [name: string, value: string])[]
  readonly body: string | undefined
  /** Where the body is cut in two; `undefined`: it has a length, and comes at once. */
  readonly cut: number | undefined
}

const CERTIFICATE = 'ab'.repeat(32)
const call = (name: string, amount: number) => ({
  ...{ jsonrpc: '2.0', id: 1, method: 'tools/call' },
  params: { name, arguments: { amount, text: 'café 😀' } },
})
const LIST = { jsonrpc: '2.0', id: 1, method: 'tools/list' }
const GOOD_BODIES = [call('read', 1), call('delete', 1), LIST].map((each) => JSON.stringify(each))
const BODIES = [
  ...[call('read', 2), [LIST, LIST], [], null, 'text', { ...LIST, method: 'x' }].map((each) =>
    JSON.stringify(each),
  ),
  ...['', '{"jsonrpc"', `\ufeff${JSON.stringify(LIST)}`, '{"method":"tools/list","method":"x"}'],
  JSON.stringify({ ...LIST, params: { text: 'x'.repeat(3000) } }),
]

export async function createCases({ now, seed }: Omit<Crossing, 'jwk'>) {
  const [keys, holder] = await Promise.all([
    generateKeyPair('ES256', { extractable: true }),
    generateKeyPair('ES256', { extractable: true }),
  ])
  const holderJwk = await exportJWK(holder.publicKey)
  const jkt = await calculateJwkThumbprint(holderJwk)
  const jwk = { ...(await exportJWK(keys.publicKey)), kid: 'k1', alg: 'ES256' }
  const crossing: Crossing = { now, seed, jwk }
  const { next, pick } = createRandom(seed)
  /** Rarely another value than the good one. */
  const odd = <Item>(good: Item, ...others: Item[]): Item => (next() < 0.04 ? pick(others) : good)

  const best = {
    ...{ iss: ISSUER, aud: AUDIENCE, sub: 'user-1', client_id: 'client-1' },
    ...{ scope: 'read write mcp admin', acr: 'gold', auth_time: now - 20 },
    ...{ iat: now - 30, exp: now + 3600 },
  }
  const claimsFor = (cnf: object) => ({
    ...best,
    ...cnf,
    ...odd<object>(
      {},
      ...['read', 'mcp', 'admin', undefined].map((scope) => ({ scope })),
      ...['revoked', 'unknown', 'user-2', undefined].map((sub) => ({ sub })),
      ...[{ exp: now - 100 }, { exp: now - 10 }, { nbf: now + 100 }, { aud: 'other' }],
      ...[{ iss: 'https://evil.example' }, { acr: 'iron' }, { auth_time: now - 999 }],
      ...[{ act: { sub: 'agent' } }, { cnf: { jkt: 'x'.repeat(43) } }, { cnf: 'text' }],
      { cnf: { 'x5t#S256': Buffer.from(CERTIFICATE, 'hex').toString('base64url') } },
    ),
  })

  async function sign(claims: object, isJwt: boolean): Promise<string> {
    const text = JSON.stringify(claims)
    if (!isJwt) return Buffer.from(text).toString('base64url')
    return new SignJWT(JSON.parse(text))
      .setProtectedHeader({ alg: 'ES256', kid: 'k1', typ: 'at+jwt' })
      .sign(keys.privateKey)
  }

  async function prove(token: string, htm: string, htu: string, nonce: string | undefined) {
    const claims = { jti: randomUUID(), htm, htu, iat: now, ath: digest(token), nonce }
    const changes = odd<object>({}, { htm: 'x' }, { htu: ORIGIN }, { jti: 'again' }, { ath: 'x' })
    return new SignJWT(JSON.parse(JSON.stringify({ ...claims, ...changes })))
      .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk: holderJwk })
      .sign(holder.privateKey)
  }

  /** @param issued A session id or a nonce that a resource has issued. */
  async function make(issued: { sessions: readonly string[]; nonce: string | undefined }) {
    const index = Math.floor(next() * COUNT)
    const options = optionsOf(crossing, index)
    const { dpop } = options
    const isRequired = typeof dpop === 'object' && 'required' in dpop
    const isBound = dpop !== undefined && (isRequired || next() < 0.5)
    const method = odd(pick(['POST', 'POST', 'POST', 'GET', 'DELETE']), 'PUT', 'OPTIONS', 'HEAD')
    const query = `?do=${pick(KINDS)}`
    const path = pathOf(index) + odd('', '/', '/x', '/a%20b', '/metadata')
    const document = `/.well-known/oauth-protected-resource${pathOf(index)}`
    const token = await sign(claimsFor(isBound ? { cnf: { jkt } } : {}), options.format === 'jwt')
    const scheme = odd(isBound ? 'DPoP' : 'Bearer', 'Bearer', 'DPoP', 'bearer')
    const fields: [string, string][] = []
    const spelt = odd(token, `${token}x`, `"${token}"`, `${token}, Bearer ${token}`, 'x')
    const name = odd(options.token ? 'X-Token' : 'Authorization', 'authorization', 'X-Token', 'X')
    fields.push([name, name === 'X-Token' ? spelt : `${scheme} ${spelt}`])
    if (next() < 0.02) fields.push(['AUTHORIZATION', `Bearer ${token}`])
    if (isBound && next() < 0.97) {
      fields.push(['DPoP', await prove(token, method, ORIGIN + path, issued.nonce)])
    }
    if (next() < 0.3) {
      const own = Array.isArray(options.origins) ? 'https://app.example' : ORIGIN
      fields.push(['Origin', odd(own, 'https://evil.example', 'null', `${own}/`)])
    }
    if (method === 'OPTIONS') fields.push(['Access-Control-Request-Method', 'POST'])
    if (next() < 0.1) fields.push(['X-Client-Cert', odd(CERTIFICATE, 'cd'.repeat(32), 'x')])
    if (next() < 0.2) {
      fields.push(['Mcp-Session-Id', pick([...issued.sessions, 'session-1', 'x'.repeat(1100)])])
    }
    if (next() < 0.05) fields.push(['Mcp-Method', pick(['tools/list', 'subscriptions/listen'])])
    if (next() < 0.05) fields.push(['X-Twice', 'a'], ['x-twice', 'b'])
    const body =
      method === 'POST' || method === 'PUT' ? odd(pick(GOOD_BODIES), ...BODIES) : undefined
    if (body !== undefined) fields.push(['Content-Type', odd('application/json', 'text/plain')])
    const target = odd(path + query, path, document)
    const cut = next() < 0.3 ? Math.floor(next() * (body ?? '').length) : undefined
    return { index, method, target, fields, body, cut } satisfies Case
  }
  return { crossing, make }
}

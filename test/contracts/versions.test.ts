/**
 * Machines of several versions share stores and secrets while an upgrade is under way. What they share is compared with
 * what earlier versions wrote: documents, proofs and nonces with 0.1.0, session ids and marks with the first version
 * that had them.
 */

import { importJWK } from 'jose'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { durableObjectReplayStore } from '../../adapters/cloudflare/index.ts'
import { denoKvDocumentStore, denoKvReplayStore } from '../../adapters/deno/index.ts'
import { type ProtectedResourceOptions, revokedBefore } from '../../src/index.ts'
import { START } from '../support/clock.ts'
import { createDenoKv } from '../support/deno-kv.ts'
import { boundToken, type Holder, prove } from '../support/holder.ts'
import { createIssuer, ISSUER, type SigningKey, type TestIssuer } from '../support/issuer.ts'
import { createMemoryStore, type MemoryStore } from '../support/memory-store.ts'
import { createScene } from '../support/scene.ts'

const SECRET = 'a secret of at least thirty-two bytes'
const PUBLIC_JWK = {
  kty: 'EC',
  crv: 'P-256',
  x: 'sdZZIkB1UktX-NWEir-epgbnJo0mEJ4WGGCMiirwut8',
  y: 'OnPSJqYiK20J5CQEu46Y8Vf6myNO-2zmbSMLem2Q1Ng',
}
const PRIVATE_JWK = { ...PUBLIC_JWK, d: '31ZPSTqrfG-IMlb4fgdi9TSt3YD2n3ar4JBFkiJypCU' }
const THUMBPRINT = 'R2PEb1wu3Y7-oYWICQZguop9mgSZQR1hwgacGfTiKdE'

const METADATA = `{"v":1,"issuer":"${ISSUER}","kind":"metadata","url":"${ISSUER}/.well-known/oauth-authorization-server","body":{"issuer":"${ISSUER}","jwks_uri":"${ISSUER}/jwks"},"fetchedAt":1800000000,"freshUntil":1800000600}`
const KEYS = `{"v":1,"issuer":"${ISSUER}","kind":"keys","url":"${ISSUER}/jwks","body":{"keys":[{"kty":"EC","crv":"P-256","x":"${PUBLIC_JWK.x}","y":"${PUBLIC_JWK.y}","kid":"k1","alg":"ES256"}]},"fetchedAt":1800000000,"freshUntil":1800000600}`
const DOCUMENTS = [
  [
    'mcp-gatehouse:9iUw11fnqC375cW7ox7dUOTrxt6KjqeQCB6YdekXpGU',
    `-7WlaG_JTmu2_8l8vUon9U2QlC4PsHxgIevBQCpPprU.${METADATA}`,
  ],
  [
    'mcp-gatehouse:Bpq7OHsK2BI8Yxy_iuInsGoyO7CwmIDvumg6fWMELU0',
    `jjE3aDiI7fQaAZAtDQG_QE1C52KcElB2P_XwYOHtCBg.${KEYS}`,
  ],
] as const
const NONCE = 'tro8w0.q4Un97JMJdAUqC2WyyaiDWIOqnmVUGkeLM5wkJWJ3jM'
const PROOF = 'n5auXoyaocfB1oaNDgDZ9CNoSa7bN6yV-z5sa9OmD7s'
const SESSION_ID = 'session-1.V8608GZml7DXcPbELS2jdHQZIkxL22vkfAcL2EYFvRE'
const MARKS = [
  [{ sub: 'user-1' }, 'b1vAJYj-CIJU6C1fUQ565qcNK9I8ARsozwMAXycQ81U'],
  [{ sub: 'user-2', sessionId: 'session-1' }, '-63fhpNhjHalO0I6QOf5VZEl9g3yP0uaOev7-uEZr8o'],
  [{ sub: 'user-2', sessionId: 'session-1' }, 'OYqSdx11R0FE5JDQmv_29nkItma0Pj4K76PWvcl58TU'],
  [{ clientId: 'client-1' }, 'YJ1QcydxNVObn5QEG8oAyNnvp8FIHICE_uabwgm3--s'],
] as const

let issuer: TestIssuer
let holder: Holder

beforeAll(async () => {
  const privateKey = (await importJWK(PRIVATE_JWK, 'ES256')) as CryptoKey
  const publicKey = (await importJWK(PUBLIC_JWK, 'ES256')) as CryptoKey
  const key: SigningKey = { privateKey, jwk: { ...PUBLIC_JWK, kid: 'k1', alg: 'ES256' } }
  issuer = await createIssuer(ISSUER, key)
  holder = {
    ...{ algorithm: 'ES256', keys: { privateKey, publicKey }, jwk: PUBLIC_JWK },
    ...{ privateJwk: PRIVATE_JWK, thumbprint: THUMBPRINT },
  }
})
afterEach(() => void vi.restoreAllMocks())

async function setUp(store: MemoryStore, options: Partial<ProtectedResourceOptions> = {}) {
  const before = issuer.requests.length
  const scene = await createScene({
    ...{ issuer, documentStore: store, documentStoreSecret: SECRET, ...options },
    handler: (request) => {
      const id = request.headers.get('Mcp-Session-Id')
      return new Response(id, { headers: { 'Mcp-Session-Id': 'session-1' } })
    },
  })
  return { ...scene, fetches: () => issuer.requests.length - before }
}

describe('what versions share', () => {
  it('documents are stored as 0.1.0 stores them', async () => {
    // No variation of the fresh time.
    vi.spyOn(Math, 'random').mockReturnValue(0.5)
    const store = createMemoryStore()
    const { ask } = await setUp(store)
    expect((await ask(`Bearer ${await issuer.token()}`)).status).toBe(200)
    await vi.waitUntil(() => store.entries.size === 2)
    expect([...store.entries]).toEqual(DOCUMENTS)
  })

  it('documents that 0.1.0 stored are used without a fetch', async () => {
    const store = createMemoryStore()
    for (const [key, value] of DOCUMENTS) store.entries.set(key, value)
    const { ask, fetches } = await setUp(store)
    expect((await ask(`Bearer ${await issuer.token()}`)).status).toBe(200)
    expect(fetches()).toBe(0)
  })

  it('nonces and the keys of used proofs are those of 0.1.0', async () => {
    const added: string[] = []
    const add = async (key: string): Promise<boolean> => added.push(key) > 0
    const { ask } = await setUp(createMemoryStore(), {
      dpop: { nonce: { secret: SECRET }, replay: { add } },
    })
    const token = await boundToken(issuer, holder)
    const present = async (claims: Record<string, unknown>) => {
      const { Authorization, ...headers } = await prove(holder, token, { claims })
      return ask(Authorization, { headers })
    }
    expect((await present({})).headers.get('DPoP-Nonce')).toBe(NONCE)
    expect((await present({ jti: 'proof-1', nonce: NONCE })).status).toBe(200)
    expect(added).toEqual([PROOF])
  })

  it('entries of Deno KV are those of 0.1.0', async () => {
    const kv = createDenoKv()
    await denoKvReplayStore(kv).add('digest', START)
    await denoKvDocumentStore(kv).set('key', 'é', 60)
    const proof = await kv.get(['mcp-gatehouse', 'replay', 'digest'])
    const document = await kv.get(['mcp-gatehouse', 'document', 'key', 0])
    expect([proof.value, document.value]).toEqual([
      START,
      { count: 1, bytes: Uint8Array.of(0xc3, 0xa9) },
    ])
  })

  it('calls of replay objects are those of 0.1.0: a Worker may call the object of another version', async () => {
    const calls: unknown[] = []
    const store = durableObjectReplayStore({
      idFromName: (name) => name,
      get: (id) => ({
        fetch: async (_url, { method, body }) => ({ status: calls.push([id, method, body]) + 200 }),
      }),
    })
    expect(await store.add('digest', START)).toBe(true)
    expect(calls).toEqual([['d', 'POST', '["digest",1800000000]']])
  })

  it('session ids are those of the first version with sessions', async () => {
    const { ask } = await setUp(createMemoryStore(), { sessions: { secret: SECRET } })
    const authorization = `Bearer ${await issuer.token()}`
    expect((await ask(authorization)).headers.get('Mcp-Session-Id')).toBe(SESSION_ID)
    const response = await ask(authorization, { headers: { 'Mcp-Session-Id': SESSION_ID } })
    expect([response.status, await response.text()]).toEqual([200, 'session-1'])
  })

  it.each(MARKS)(
    'the mark of %o is that of the first version with revocation',
    async (who, key) => {
      const store = createMemoryStore()
      const { revoke } = revokedBefore(store, { now: () => START })
      await revoke({ issuer: ISSUER, ...who })
      expect(store.entries.get(`mcp-gatehouse:${key}`)).toBe(String(START))
    },
  )
})

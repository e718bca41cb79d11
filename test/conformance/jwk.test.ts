/** JWK: which keys of a key set verify signatures. */

import { createHash } from 'node:crypto'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { ConfigError, type Jwk } from '../../src/index.ts'
import { forge, signedBy } from '../support/forge.ts'
import { createIssuer, createKey, goodClaims, type SigningKey } from '../support/issuer.ts'
import { present, publishing, tokenOf } from '../support/published-keys.ts'
import {
  createScene,
  expectAccepted,
  expectFault,
  expectRejected,
  invalidToken,
  type Scene,
} from '../support/scene.ts'

const AS_METADATA = 'https://as.example/.well-known/oauth-authorization-server'

let rsa: SigningKey
let es256: SigningKey

beforeAll(async () => {
  rsa = await createKey('rsa', 'RS256')
  es256 = await createKey('ec')
})

function outcomesOf(scene: Scene): string[] {
  return scene.events.flatMap((event) => (event.type === 'document' ? [event.outcome] : []))
}

function marked(document: object, mark = '\ufeff'): Response {
  const headers = { 'Content-Type': 'application/json' }
  return new Response(`${mark}${JSON.stringify(document)}`, { headers })
}

function modulus(bits: number, last: number): string {
  return Buffer.from([...Array(bits / 8 - 1).fill(0xff), last]).toString('base64url')
}

/** A token "signed" for exponent 1: then the padded digest is the signature (RFC 8017 §9.2). */
function selfSigned({ kid }: { kid?: string }): Promise<string> {
  return forge({ alg: 'RS256', typ: 'at+jwt', ...(kid && { kid }) }, goodClaims(), (input) => {
    const prefix = '3031300d060960864801650304020105000420'
    const digest = createHash('sha256').update(input).digest('hex')
    const ones = 'ff'.repeat(256 - 3 - (prefix.length + digest.length) / 2)
    return Buffer.from(`0001${ones}00${prefix}${digest}`, 'hex')
  })
}

function without(jwk: Jwk, ...names: string[]): Jwk {
  return Object.fromEntries(Object.entries(jwk).filter(([name]) => !names.includes(name)))
}

describe('the key set', () => {
  it('JWK-01: unusable keys are skipped', async () => {
    const scene = await publishing([
      { kty: 'XYZ', kid: 'ec' },
      { kid: 'ec' },
      {},
      { kty: 'EC', crv: 'P-256', kid: 'ec', x: es256.jwk['x'] },
      { kty: 'EC', crv: 'secp256k1', kid: 'ec', x: es256.jwk['x'], y: es256.jwk['y'] },
      { kty: 'EC', crv: 'P-256', kid: 'ec', x: 'AA', y: 'AA' },
      { ...es256.jwk, x: 5 },
      { kty: 'RSA', kid: 'ec', e: 'AQAB' },
      { ...es256.jwk, kid: 5 },
      { kty: 'oct', kid: 'ec', k: 'c2VjcmV0' },
      es256.jwk,
    ])
    expect((await expectAccepted(scene, present(scene, tokenOf(es256)))).subject).toBe('user-1')
    const outcomes = scene.events.map((event) => (event.type === 'document' ? event.outcome : ''))
    expect(outcomes).toContain('key_skipped')
  })

  it('JWK-20: entries that are not objects are ignored, and members that are null are absent', async () => {
    const nulls = { use: null, key_ops: null, alg: null, x5c: null, issuer: null, crv: null }
    const scene = await publishing([
      null,
      'x',
      5,
      true,
      [],
      [es256.jwk],
      { ...nulls, ...without(rsa.jwk, 'use', 'alg'), kid: null },
      { ...nulls, ...without(es256.jwk, 'use', 'alg'), d: null, k: null },
    ])
    await expectAccepted(scene, present(scene, tokenOf(es256)))
    // A key whose name is null has no name.
    await expectAccepted(scene, present(scene, tokenOf(rsa, { kid: undefined })))
    await expectRejected(
      scene,
      present(scene, tokenOf(rsa, { kid: 'null' })),
      invalidToken('token_key'),
    )
    expect(outcomesOf(scene)).not.toContain('key_skipped')
  })

  it('JWK-20: members of the metadata that are null are absent', async () => {
    const scene = await createScene()
    const { metadata } = scene.issuer
    const nulls = { introspection_endpoint: null, scopes_supported: null, token_endpoint: null }
    scene.issuer.respondAt(AS_METADATA, () => Response.json({ ...nulls, ...metadata }))
    await expectAccepted(scene, present(scene, scene.issuer.token()))
    const without = await createScene()
    without.issuer.respondAt(AS_METADATA, () => Response.json({ ...metadata, jwks_uri: null }))
    await expectFault(without, present(without, without.issuer.token()), 'unavailable')
  })

  it('JWK-20: a byte order mark before a document is not part of it', async () => {
    const scene = await createScene()
    const { metadata, jwks } = scene.issuer
    scene.issuer.respondAt(AS_METADATA, () => marked(metadata))
    scene.issuer.respondAt('https://as.example/jwks', () => marked(jwks))
    await expectAccepted(scene, present(scene, scene.issuer.token()))
    const twice = await createScene()
    twice.issuer.respondAt('https://as.example/jwks', () => marked(jwks, '\ufeff\ufeff'))
    await expectFault(twice, present(twice, twice.issuer.token()), 'unavailable')
    const wide = await createScene()
    const utf16 = Buffer.from(`\ufeff${JSON.stringify(wide.issuer.jwks)}`, 'utf16le')
    wide.issuer.respondAt('https://as.example/jwks', () => new Response(utf16))
    await expectFault(wide, present(wide, wide.issuer.token()), 'unavailable')
  })

  it('JWK-23: key sets are requested by their own media type and by the common one', async () => {
    const asked = new Map<string, string | null>()
    const issuer = await createIssuer()
    const scene = await createScene({
      issuer,
      fetch: (url, init) => {
        asked.set(url, new Headers(init?.headers).get('Accept'))
        return issuer.fetch(url, init)
      },
    })
    await expectAccepted(scene, present(scene, issuer.token()))
    expect([...asked]).toEqual([
      [AS_METADATA, 'application/json'],
      ['https://as.example/jwks', 'application/jwk-set+json, application/json'],
    ])
  })

  it.each([
    ['1', 'AQ'],
    ['1 with leading zeros', 'AAAAAQ'],
    ['0', 'AA'],
    ['2', 'Ag'],
    ['65536', 'AQAA'],
    ['2^33 + 1', 'AgAAAAE'],
    ['2^2047 + 1', Buffer.from(`80${'00'.repeat(254)}01`, 'hex').toString('base64url')],
  ])('JWK-21: an RSA key with exponent %s is skipped and causes no 401', async (_, e) => {
    const scene = await publishing([es256.jwk, { ...rsa.jwk, e }])
    await expectAccepted(scene, present(scene, tokenOf(es256)))
    expect(outcomesOf(scene)).toContain('key_skipped')
    for (const token of [selfSigned({ kid: 'rsa' }), selfSigned({}), tokenOf(rsa)]) {
      const response = await expectFault(scene, present(scene, token), 'unavailable')
      expect(response.headers.get('Retry-After')).toBe('15')
    }
    await expectAccepted(scene, present(scene, tokenOf(es256)))
  })

  it('JWK-21: a set with only such keys is a failed fetch', async () => {
    const scene = await publishing([{ ...rsa.jwk, e: 'AQ' }])
    await expectFault(scene, present(scene, selfSigned({ kid: 'rsa' })), 'unavailable')
    expect(outcomesOf(scene)).toContain('key_skipped')
  })

  it.each(['Aw', 'EQ', 'AQAB', 'AAEAAQ', 'AQAAAAE'])(
    'JWK-21: an RSA key with exponent %s is a key like any other',
    async (e) => {
      const scene = await publishing([rsa.jwk, { ...rsa.jwk, kid: 'other', e }])
      await expectAccepted(scene, present(scene, tokenOf(rsa)))
      expect(outcomesOf(scene)).not.toContain('key_skipped')
    },
  )

  it('JWK-21: a key whose modulus is even or too long for every runtime is skipped and causes no 401', async () => {
    for (const n of [modulus(2048, 0xfe), modulus(16_392, 0xff)]) {
      const scene = await publishing([es256.jwk, { ...rsa.jwk, n }])
      await expectAccepted(scene, present(scene, tokenOf(es256)))
      expect(outcomesOf(scene)).toContain('key_skipped')
      await expectFault(scene, present(scene, tokenOf(rsa)), 'unavailable')
    }
  })

  it('JWK-21: a key that the runtime cannot import or verify with is skipped at its first token', async () => {
    const scene = await publishing([es256.jwk, rsa.jwk])
    await expectAccepted(scene, present(scene, tokenOf(es256)))
    const token = await tokenOf(rsa)
    const verify = vi.spyOn(crypto.subtle, 'verify').mockImplementation(() => {
      throw new DOMException('The key is too long', 'OperationError')
    })
    try {
      for (const _ of [1, 2]) await expectFault(scene, present(scene, token), 'unavailable')
    } finally {
      verify.mockRestore()
    }
    expect(outcomesOf(scene).filter((outcome) => outcome === 'key_skipped')).toHaveLength(1)
    await expectFault(scene, present(scene, token), 'unavailable')
    await expectAccepted(scene, present(scene, tokenOf(es256)))
  })

  it('JWK-21: the same rules apply to configured keys', async () => {
    const by = (keys: readonly Jwk[]) => createScene({ server: { jwks: { keys } } })
    await expect(by([{ ...rsa.jwk, e: 'AQ' }])).rejects.toThrow(ConfigError)
    const scene = await by([es256.jwk, { ...rsa.jwk, e: 'AQ' }])
    await expectFault(scene, present(scene, selfSigned({ kid: 'rsa' })), 'unavailable')
    await expectAccepted(scene, present(scene, tokenOf(es256)))
  })

  it.each([{}, { keys: {} }, { keys: null }, { keys: ['x'] }, { key: [] }])(
    'JWK-01: %j is not a key set, which is a 503 and not a 401',
    async (set) => {
      const scene = await createScene()
      scene.issuer.respondAt('https://as.example/jwks', () => Response.json(set))
      await expectFault(scene, present(scene, scene.issuer.token()), 'unavailable')
    },
  )

  it('JWK-02: a kid is compared case-sensitively', async () => {
    const scene = await publishing([{ ...es256.jwk, kid: 'abc' }])
    await expectAccepted(scene, present(scene, tokenOf(es256, { kid: 'abc' })))
    for (const kid of ['ABC', 'abc ', '']) {
      await expectRejected(
        scene,
        present(scene, tokenOf(es256, { kid })),
        invalidToken('token_key'),
      )
    }
  })

  it.each([5, null, ['ec'], { kid: 'ec' }, true, 'k'.repeat(257)])(
    'JWK-02: a kid that is %j is rejected without asking for keys',
    async (kid) => {
      const scene = await publishing([es256.jwk])
      const header = { alg: 'ES256', typ: 'at+jwt', kid }
      const token = forge(header, goodClaims(), signedBy(es256))
      await expectRejected(scene, present(scene, token), invalidToken('token_key'))
      expect(scene.issuer.requests).toEqual([])
    },
  )

  it('JWK-02: a kid of 256 characters is accepted', async () => {
    const kid = 'k'.repeat(256)
    const scene = await publishing([{ ...es256.jwk, kid }])
    await expectAccepted(scene, present(scene, tokenOf(es256, { kid })))
  })

  it('JWK-02: a kid selects only its own key, even if another key verifies the signature', async () => {
    const other = await createKey('other')
    const scene = await publishing([es256.jwk, other.jwk])
    const answer = present(scene, tokenOf(other, { kid: 'ec' }))
    await expectRejected(scene, answer, invalidToken('token_signature'))
  })

  it('JWK-03: the key must have the type and curve of the algorithm', async () => {
    const es384 = await createKey('p384', 'ES384')
    const ed = await createKey('ed', 'Ed25519')
    const bare = [rsa, es256, es384, ed].map(({ jwk }) => without(jwk, 'alg'))
    const scene = await publishing(bare)
    for (const key of [rsa, es256, es384, ed])
      await expectAccepted(scene, present(scene, tokenOf(key)))
    for (const kid of ['rsa', 'p384', 'ed']) {
      await expectRejected(
        scene,
        present(scene, tokenOf(es256, { kid })),
        invalidToken('token_key'),
      )
    }
    const crossed = tokenOf(rsa, { kid: 'ec' })
    await expectRejected(scene, present(scene, crossed), invalidToken('token_key'))
    const wrongHash = forge({ alg: 'ES384', kid: 'ec' }, goodClaims(), signedBy(es256))
    await expectRejected(scene, present(scene, wrongHash), invalidToken('token_key'))
  })

  it('JWK-04: a key with alg verifies no other algorithm', async () => {
    const pss = await toPss(rsa)
    const stated = await publishing([{ ...rsa.jwk, alg: 'RS256' }])
    await expectAccepted(stated, present(stated, tokenOf(rsa)))
    await expectRejected(stated, present(stated, tokenOf(pss)), invalidToken('token_key'))
    // Without a statement the same signature holds, so it was the statement that mattered.
    const silent = await publishing([without(rsa.jwk, 'alg')])
    await expectAccepted(silent, present(silent, tokenOf(pss)))
  })

  it.each([
    ['use: enc', { use: 'enc' }],
    ['an unknown use', { use: 'tls' }],
    ['a use that is not a string', { use: 5 }],
  ])('JWK-05: a key with %s verifies nothing', async (_, change) => {
    const spare = await createKey('spare')
    const scene = await publishing([{ ...es256.jwk, ...change }, spare.jwk])
    await expectRejected(scene, present(scene, tokenOf(es256)), invalidToken('token_key'))
    const anonymous = tokenOf(es256, { kid: undefined })
    await expectRejected(scene, present(scene, anonymous), invalidToken('token_signature'))
    await expectAccepted(scene, present(scene, tokenOf(spare)))
  })

  it('JWK-05: a set without any key for signatures is a failed fetch', async () => {
    const scene = await publishing([{ ...es256.jwk, use: 'enc' }])
    await expectFault(scene, present(scene, tokenOf(es256)), 'unavailable')
  })

  it.each([
    [['encrypt'], 'sig'],
    [['encrypt'], undefined],
    [[], undefined],
    [['sign'], 'sig'],
    ['verify', 'sig'],
    [['verify', 'encrypt'], 'sig'],
    [['verify'], 'enc'],
  ])('JWK-06: key_ops %j with use %j verifies nothing', async (operations, use) => {
    const spare = await createKey('spare')
    const key = { ...without(es256.jwk, 'use'), key_ops: operations, ...(use && { use }) }
    const scene = await publishing([key, spare.jwk])
    await expectRejected(scene, present(scene, tokenOf(es256)), invalidToken('token_key'))
    await expectAccepted(scene, present(scene, tokenOf(spare)))
  })

  it.each([
    [['verify'], 'sig'],
    [['verify'], undefined],
    [['sign', 'verify'], 'sig'],
    [['verify', 'verify'], 'sig'],
    [['verify', 'encrypt'], undefined],
  ])('JWK-06: key_ops %j with use %j verifies', async (operations, use) => {
    const key = { ...without(es256.jwk, 'use'), key_ops: operations, ...(use && { use }) }
    const scene = await publishing([key])
    await expectAccepted(scene, present(scene, tokenOf(es256)))
  })

  it('JWK-07: without kid every suitable key is tried', async () => {
    const second = await createKey('rsa2', 'RS256')
    const scene = await publishing([rsa.jwk, es256.jwk, second.jwk])
    for (const key of [rsa, second, es256]) {
      await expectAccepted(scene, present(scene, tokenOf(key, { kid: undefined })))
    }
    const stranger = await createKey('rsa3', 'RS256')
    const answer = present(scene, tokenOf(stranger, { kid: undefined }))
    await expectRejected(scene, answer, invalidToken('token_signature'))
  })

  it('JWK-07: a key without kid verifies only tokens without kid', async () => {
    const scene = await publishing([without(es256.jwk, 'kid')])
    await expectAccepted(scene, present(scene, tokenOf(es256, { kid: undefined })))
    await expectRejected(scene, present(scene, tokenOf(es256)), invalidToken('token_key'))
  })

  it('JWK-07: two keys with one kid are both tried', async () => {
    const twin = await createKey('ec')
    const scene = await publishing([es256.jwk, twin.jwk])
    for (const key of [es256, twin]) await expectAccepted(scene, present(scene, tokenOf(key)))
  })
})

/** The same RSA key for PSS: what one key could do if its `alg` did not say otherwise. */
async function toPss({ privateKey, jwk }: SigningKey): Promise<SigningKey> {
  const pkcs8 = await crypto.subtle.exportKey('pkcs8', privateKey)
  const pss = { name: 'RSA-PSS', hash: 'SHA-256' }
  const imported = await crypto.subtle.importKey('pkcs8', pkcs8, pss, false, ['sign'])
  return { privateKey: imported, jwk: { ...jwk, alg: 'PS256' } }
}

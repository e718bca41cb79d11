/** JWK: key sets and signatures. */

import {
  createHash,
  createHmac,
  createPublicKey,
  createSign,
  generateKeyPairSync,
  type KeyObject,
  sign as nodeSign,
} from 'node:crypto'
import { CompactEncrypt, CompactSign, exportJWK, exportSPKI, generateKeyPair } from 'jose'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { type AuthErrorCode, ConfigError, type Jwk, protectedResource } from '../../src/index.ts'
import { forge, partsOf, segment, signedBy, unsigned } from '../support/forge.ts'
import {
  createIssuer,
  createKey,
  goodClaims,
  RESOURCE,
  type SigningKey,
  sign,
} from '../support/issuer.ts'
import {
  accepted,
  createScene,
  faulted,
  invalidToken,
  malformed,
  refused,
  type Scene,
  type SceneOptions,
} from '../support/scene.ts'

const AS_METADATA = 'https://as.example/.well-known/oauth-authorization-server'

let rsa: SigningKey
let es256: SigningKey

beforeAll(async () => {
  rsa = await createKey('rsa', 'RS256')
  es256 = await createKey('ec')
})

/** A scene whose issuer publishes exactly these keys. */
async function publishing(keys: readonly unknown[], options: SceneOptions = {}): Promise<Scene> {
  const scene = await createScene(options)
  scene.issuer.answer('https://as.example/jwks', () => Response.json({ keys }))
  return scene
}

function tokenOf(key: SigningKey, header: Record<string, unknown> = {}): Promise<string> {
  return sign(goodClaims(), { header }, key)
}

async function present(scene: Scene, token: string | Promise<string>): Promise<Response> {
  return scene.ask(`Bearer ${await token}`)
}

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
    expect((await accepted(scene, present(scene, tokenOf(es256)))).subject).toBe('user-1')
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
    await accepted(scene, present(scene, tokenOf(es256)))
    // A key whose name is null has no name.
    await accepted(scene, present(scene, tokenOf(rsa, { kid: undefined })))
    await refused(scene, present(scene, tokenOf(rsa, { kid: 'null' })), invalidToken('token_key'))
    expect(outcomesOf(scene)).not.toContain('key_skipped')
  })

  it('JWK-20: members of the metadata that are null are absent', async () => {
    const scene = await createScene()
    const { metadata } = scene.issuer
    const nulls = { introspection_endpoint: null, scopes_supported: null, token_endpoint: null }
    scene.issuer.answer(AS_METADATA, () => Response.json({ ...nulls, ...metadata }))
    await accepted(scene, present(scene, scene.issuer.token()))
    const without = await createScene()
    without.issuer.answer(AS_METADATA, () => Response.json({ ...metadata, jwks_uri: null }))
    await faulted(without, present(without, without.issuer.token()), 'unavailable')
  })

  it('JWK-20: a byte order mark before a document is not part of it', async () => {
    const scene = await createScene()
    const { metadata, jwks } = scene.issuer
    scene.issuer.answer(AS_METADATA, () => marked(metadata))
    scene.issuer.answer('https://as.example/jwks', () => marked(jwks))
    await accepted(scene, present(scene, scene.issuer.token()))
    const twice = await createScene()
    twice.issuer.answer('https://as.example/jwks', () => marked(jwks, '\ufeff\ufeff'))
    await faulted(twice, present(twice, twice.issuer.token()), 'unavailable')
    const wide = await createScene()
    const utf16 = Buffer.from(`\ufeff${JSON.stringify(wide.issuer.jwks)}`, 'utf16le')
    wide.issuer.answer('https://as.example/jwks', () => new Response(utf16))
    await faulted(wide, present(wide, wide.issuer.token()), 'unavailable')
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
    await accepted(scene, present(scene, issuer.token()))
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
    await accepted(scene, present(scene, tokenOf(es256)))
    expect(outcomesOf(scene)).toContain('key_skipped')
    for (const token of [selfSigned({ kid: 'rsa' }), selfSigned({}), tokenOf(rsa)]) {
      const response = await faulted(scene, present(scene, token), 'unavailable')
      expect(response.headers.get('Retry-After')).toBe('15')
    }
    await accepted(scene, present(scene, tokenOf(es256)))
  })

  it('JWK-21: a set with only such keys is a failed fetch', async () => {
    const scene = await publishing([{ ...rsa.jwk, e: 'AQ' }])
    await faulted(scene, present(scene, selfSigned({ kid: 'rsa' })), 'unavailable')
    expect(outcomesOf(scene)).toContain('key_skipped')
  })

  it.each(['Aw', 'EQ', 'AQAB', 'AAEAAQ', 'AQAAAAE'])(
    'JWK-21: an RSA key with exponent %s is a key like any other',
    async (e) => {
      const scene = await publishing([rsa.jwk, { ...rsa.jwk, kid: 'other', e }])
      await accepted(scene, present(scene, tokenOf(rsa)))
      expect(outcomesOf(scene)).not.toContain('key_skipped')
    },
  )

  it('JWK-21: a key whose modulus is even or too long for every runtime is skipped and causes no 401', async () => {
    for (const n of [modulus(2048, 0xfe), modulus(16_392, 0xff)]) {
      const scene = await publishing([es256.jwk, { ...rsa.jwk, n }])
      await accepted(scene, present(scene, tokenOf(es256)))
      expect(outcomesOf(scene)).toContain('key_skipped')
      await faulted(scene, present(scene, tokenOf(rsa)), 'unavailable')
    }
  })

  it('JWK-21: a key that the runtime cannot import or verify with is skipped at its first token', async () => {
    const scene = await publishing([es256.jwk, rsa.jwk])
    await accepted(scene, present(scene, tokenOf(es256)))
    const token = await tokenOf(rsa)
    const verify = vi.spyOn(crypto.subtle, 'verify').mockImplementation(() => {
      throw new DOMException('The key is too long', 'OperationError')
    })
    try {
      for (const _ of [1, 2]) await faulted(scene, present(scene, token), 'unavailable')
    } finally {
      verify.mockRestore()
    }
    expect(outcomesOf(scene).filter((outcome) => outcome === 'key_skipped')).toHaveLength(1)
    await faulted(scene, present(scene, token), 'unavailable')
    await accepted(scene, present(scene, tokenOf(es256)))
  })

  it('JWK-21: the same rules apply to configured keys', async () => {
    const by = (keys: readonly Jwk[]) => createScene({ server: { jwks: { keys } } })
    await expect(by([{ ...rsa.jwk, e: 'AQ' }])).rejects.toThrow(ConfigError)
    const scene = await by([es256.jwk, { ...rsa.jwk, e: 'AQ' }])
    await faulted(scene, present(scene, selfSigned({ kid: 'rsa' })), 'unavailable')
    await accepted(scene, present(scene, tokenOf(es256)))
  })

  it.each([{}, { keys: {} }, { keys: null }, { keys: ['x'] }, { key: [] }])(
    'JWK-01: %j is not a key set, which is a 503 and not a 401',
    async (set) => {
      const scene = await createScene()
      scene.issuer.answer('https://as.example/jwks', () => Response.json(set))
      await faulted(scene, present(scene, scene.issuer.token()), 'unavailable')
    },
  )

  it('JWK-02: a kid is compared case-sensitively', async () => {
    const scene = await publishing([{ ...es256.jwk, kid: 'abc' }])
    await accepted(scene, present(scene, tokenOf(es256, { kid: 'abc' })))
    for (const kid of ['ABC', 'abc ', '']) {
      await refused(scene, present(scene, tokenOf(es256, { kid })), invalidToken('token_key'))
    }
  })

  it.each([5, null, ['ec'], { kid: 'ec' }, true, 'k'.repeat(257)])(
    'JWK-02: a kid that is %j is rejected without asking for keys',
    async (kid) => {
      const scene = await publishing([es256.jwk])
      const header = { alg: 'ES256', typ: 'at+jwt', kid }
      const token = forge(header, goodClaims(), signedBy(es256))
      await refused(scene, present(scene, token), invalidToken('token_key'))
      expect(scene.issuer.requests).toEqual([])
    },
  )

  it('JWK-02: a kid of 256 characters is accepted', async () => {
    const kid = 'k'.repeat(256)
    const scene = await publishing([{ ...es256.jwk, kid }])
    await accepted(scene, present(scene, tokenOf(es256, { kid })))
  })

  it('JWK-02: a kid selects only its own key, even if another key verifies the signature', async () => {
    const other = await createKey('other')
    const scene = await publishing([es256.jwk, other.jwk])
    const answer = present(scene, tokenOf(other, { kid: 'ec' }))
    await refused(scene, answer, invalidToken('token_signature'))
  })

  it('JWK-03: the key must have the type and curve of the algorithm', async () => {
    const es384 = await createKey('p384', 'ES384')
    const ed = await createKey('ed', 'Ed25519')
    const bare = [rsa, es256, es384, ed].map(({ jwk }) => without(jwk, 'alg'))
    const scene = await publishing(bare)
    for (const key of [rsa, es256, es384, ed]) await accepted(scene, present(scene, tokenOf(key)))
    for (const kid of ['rsa', 'p384', 'ed']) {
      await refused(scene, present(scene, tokenOf(es256, { kid })), invalidToken('token_key'))
    }
    const crossed = tokenOf(rsa, { kid: 'ec' })
    await refused(scene, present(scene, crossed), invalidToken('token_key'))
    const wrongHash = forge({ alg: 'ES384', kid: 'ec' }, goodClaims(), signedBy(es256))
    await refused(scene, present(scene, wrongHash), invalidToken('token_key'))
  })

  it('JWK-04: a key with alg verifies no other algorithm', async () => {
    const pss = await toPss(rsa)
    const stated = await publishing([{ ...rsa.jwk, alg: 'RS256' }])
    await accepted(stated, present(stated, tokenOf(rsa)))
    await refused(stated, present(stated, tokenOf(pss)), invalidToken('token_key'))
    // Without a statement the same signature holds, so it was the statement that mattered.
    const silent = await publishing([without(rsa.jwk, 'alg')])
    await accepted(silent, present(silent, tokenOf(pss)))
  })

  it.each([
    ['use: enc', { use: 'enc' }],
    ['an unknown use', { use: 'tls' }],
    ['a use that is not a string', { use: 5 }],
  ])('JWK-05: a key with %s verifies nothing', async (_, change) => {
    const spare = await createKey('spare')
    const scene = await publishing([{ ...es256.jwk, ...change }, spare.jwk])
    await refused(scene, present(scene, tokenOf(es256)), invalidToken('token_key'))
    const anonymous = tokenOf(es256, { kid: undefined })
    await refused(scene, present(scene, anonymous), invalidToken('token_signature'))
    await accepted(scene, present(scene, tokenOf(spare)))
  })

  it('JWK-05: a set without any key for signatures is a failed fetch', async () => {
    const scene = await publishing([{ ...es256.jwk, use: 'enc' }])
    await faulted(scene, present(scene, tokenOf(es256)), 'unavailable')
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
    await refused(scene, present(scene, tokenOf(es256)), invalidToken('token_key'))
    await accepted(scene, present(scene, tokenOf(spare)))
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
    await accepted(scene, present(scene, tokenOf(es256)))
  })

  it('JWK-07: without kid every suitable key is tried', async () => {
    const second = await createKey('rsa2', 'RS256')
    const scene = await publishing([rsa.jwk, es256.jwk, second.jwk])
    for (const key of [rsa, second, es256]) {
      await accepted(scene, present(scene, tokenOf(key, { kid: undefined })))
    }
    const stranger = await createKey('rsa3', 'RS256')
    const answer = present(scene, tokenOf(stranger, { kid: undefined }))
    await refused(scene, answer, invalidToken('token_signature'))
  })

  it('JWK-07: a key without kid verifies only tokens without kid', async () => {
    const scene = await publishing([without(es256.jwk, 'kid')])
    await accepted(scene, present(scene, tokenOf(es256, { kid: undefined })))
    await refused(scene, present(scene, tokenOf(es256)), invalidToken('token_key'))
  })

  it('JWK-07: two keys with one kid are both tried', async () => {
    const twin = await createKey('ec')
    const scene = await publishing([es256.jwk, twin.jwk])
    for (const key of [es256, twin]) await accepted(scene, present(scene, tokenOf(key)))
  })
})

describe('the algorithm', () => {
  it.each(['none', 'None', 'NONE', 'nOnE', 'none ', '', 'null'])(
    'JWK-09: alg %j is rejected, signed or not',
    async (alg) => {
      const scene = await publishing([es256.jwk])
      const header = { alg, kid: 'ec', typ: 'at+jwt' }
      const signed = forge(header, goodClaims(), signedBy(es256))
      await refused(scene, present(scene, signed), invalidToken('token_algorithm'))
      const bare = forge(header, goodClaims(), unsigned)
      await refused(scene, present(scene, bare), invalidToken('token_malformed'))
      expect(scene.issuer.requests).toEqual([])
    },
  )

  it.each(['es256', 'Es256', 'ES256K', 'HS256', 'RSA1_5', 'dir', 'constructor', '__proto__'])(
    'JWK-09: alg %s is not on the list',
    async (alg) => {
      const scene = await publishing([es256.jwk])
      const token = forge(`{"alg":"${alg}","kid":"ec"}`, goodClaims(), signedBy(es256))
      await refused(scene, present(scene, token), invalidToken('token_algorithm'))
    },
  )

  it.each([null, 5, ['ES256'], { ES256: true }, true])(
    'JWK-09: alg %j is rejected',
    async (alg) => {
      const scene = await publishing([es256.jwk])
      const token = forge({ alg, kid: 'ec' }, goodClaims(), signedBy(es256))
      await refused(scene, present(scene, token), invalidToken('token_algorithm'))
    },
  )

  it('JWK-09: each server has its own list', async () => {
    const accessToken = { kind: 'jwt' as const, algorithms: ['ES256'] }
    const scene = await publishing([rsa.jwk, es256.jwk], { server: { accessToken } })
    await accepted(scene, present(scene, tokenOf(es256)))
    await refused(scene, present(scene, tokenOf(rsa)), invalidToken('token_algorithm'))
  })

  it.each(['HS256', 'none', 'es256', 'RS1', 'ECDH-ES', 'toString'])(
    'JWK-09: %s cannot be put on the list',
    (name) => {
      const accessToken = { kind: 'jwt' as const, algorithms: ['ES256', name] }
      const authorizationServers = [{ issuer: 'https://as.example', accessToken }]
      const build = () => protectedResource({ resource: RESOURCE, authorizationServers })
      expect(build).toThrow(ConfigError)
      expect(build).toThrow(/accessToken\.algorithms/)
    },
  )

  /** The forms in which a careless verifier might hold the public key. */
  const SECRETS: readonly [string, (key: KeyObject, jwk: Jwk) => string | Buffer][] = [
    ['PEM', (key) => key.export({ type: 'spki', format: 'pem' })],
    [
      'PEM without its last line break',
      (key) => key.export({ type: 'spki', format: 'pem' }).toString().trim(),
    ],
    ['PKCS #1 PEM', (key) => key.export({ type: 'pkcs1', format: 'pem' })],
    ['DER', (key) => key.export({ type: 'spki', format: 'der' })],
    ['PKCS #1 DER', (key) => key.export({ type: 'pkcs1', format: 'der' })],
    ['JWK', (_, jwk) => JSON.stringify(jwk)],
    ['modulus', (_, jwk) => Buffer.from(jwk['n'] as string, 'base64url')],
  ]
  it.each(
    SECRETS.flatMap(([form, secretOf]) =>
      (['HS256', 'HS384', 'HS512'] as const).map((alg) => ({ form, secretOf, alg })),
    ),
  )('JWK-10: $alg with the RSA public key as $form is rejected', async ({ secretOf, alg }) => {
    const scene = await publishing([rsa.jwk, without(rsa.jwk, 'alg', 'use')])
    const publicKey = createPublicKey({ key: rsa.jwk as never, format: 'jwk' })
    const secret = secretOf(publicKey, rsa.jwk)
    for (const kid of ['rsa', undefined]) {
      const token = forge({ alg, kid, typ: 'at+jwt' }, goodClaims(), (input) =>
        createHmac(alg.replace('HS', 'sha'), secret).update(input).digest(),
      )
      await refused(scene, present(scene, token), invalidToken('token_algorithm'))
    }
    expect(scene.issuer.requests).toEqual([])
    await accepted(scene, present(scene, tokenOf(rsa)))
  })

  it('JWK-10: the PEM of that key equals the one that jose writes', async () => {
    const publicKey = createPublicKey({ key: rsa.jwk as never, format: 'jwk' })
    const imported = await crypto.subtle.importKey(
      'jwk',
      { ...rsa.jwk, key_ops: ['verify'] } as JsonWebKey,
      { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
      true,
      ['verify'],
    )
    const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString()
    expect((await exportSPKI(imported)).trim()).toBe(pem.trim())
  })

  it('JWK-10: a published symmetric key verifies nothing', async () => {
    const secret = Buffer.from('a secret of more than thirty-two bytes')
    const oct = { kty: 'oct', kid: 'hmac', alg: 'HS256', k: secret.toString('base64url') }
    const scene = await publishing([oct, es256.jwk])
    const hmac = (input: Uint8Array): Buffer => createHmac('sha256', secret).update(input).digest()
    const token = forge({ alg: 'HS256', kid: 'hmac' }, goodClaims(), hmac)
    await refused(scene, present(scene, token), invalidToken('token_algorithm'))
    const disguised = forge({ alg: 'ES256', kid: 'hmac' }, goodClaims(), hmac)
    await refused(scene, present(scene, disguised), invalidToken('token_key'))
  })

  it.each([
    'RS256',
    'RS384',
    'RS512',
    'PS256',
    'PS384',
    'PS512',
    'ES256',
    'ES384',
    'ES512',
    'EdDSA',
  ])('JWK-11: %s is accepted by default', async (alg) => {
    const key = await createKey('k', alg)
    const scene = await publishing([key.jwk])
    expect((await accepted(scene, present(scene, tokenOf(key)))).subject).toBe('user-1')
  })

  it('JWK-12: an RSA key of 1024 bits is rejected, also with a valid signature', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 })
    const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'small', use: 'sig' }
    const scene = await publishing([jwk, rsa.jwk])
    const byNode = (input: Uint8Array): Buffer =>
      createSign('sha256').update(input).sign(privateKey)
    const named = forge({ alg: 'RS256', kid: 'small' }, goodClaims(), byNode)
    await refused(scene, present(scene, named), invalidToken('token_key'))
    const unnamed = forge({ alg: 'RS256' }, goodClaims(), byNode)
    await refused(scene, present(scene, unnamed), invalidToken('token_signature'))
    const alone = await publishing([jwk])
    await faulted(alone, present(alone, named), 'unavailable')
  })

  it('JWK-12: an ECDSA signature is rejected in DER and accepted in raw form', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'ec' }
    const scene = await publishing([jwk])
    const signedAs = (dsaEncoding: 'der' | 'ieee-p1363'): Promise<string> =>
      forge({ alg: 'ES256', kid: 'ec' }, goodClaims(), (input) =>
        nodeSign('sha256', input, { key: privateKey, dsaEncoding }),
      )
    await accepted(scene, present(scene, signedAs('ieee-p1363')))
    await refused(scene, present(scene, signedAs('der')), invalidToken('token_signature'))
  })

  it.each([
    ['empty', () => Buffer.alloc(0), 'token_malformed'],
    ['of one byte', () => Buffer.alloc(1, 1), 'token_signature'],
    ['of zeros', () => Buffer.alloc(64), 'token_signature'],
    ['a byte short', (raw: Uint8Array) => raw.subarray(0, 63), 'token_signature'],
    ['a byte long', (raw: Uint8Array) => Buffer.concat([raw, Buffer.alloc(1)]), 'token_signature'],
  ] as const)('JWK-12: an ECDSA signature that is %s is refused', async (_, change, code) => {
    const scene = await publishing([es256.jwk])
    const token = forge({ alg: 'ES256', kid: 'ec' }, goodClaims(), async (input) =>
      change(await signedBy(es256)(input)),
    )
    await refused(scene, present(scene, token), invalidToken(code))
  })

  it.each(['ML-DSA-44', 'ML-DSA-65', 'ML-DSA-87'])('JWK-22: %s is verified', async (alg) => {
    const key = await createKey('k', alg)
    const scene = await publishing([key.jwk])
    expect((await accepted(scene, present(scene, tokenOf(key)))).subject).toBe('user-1')
    const other = { ...(await createKey('k', alg)), jwk: key.jwk }
    await refused(scene, present(scene, tokenOf(other)), invalidToken('token_signature'))
  })

  it('JWK-22: a key without alg, with another alg, or with its private part is not used', async () => {
    const key = await createKey('k', 'ML-DSA-65')
    for (const jwk of [
      without(key.jwk, 'alg'),
      { ...key.jwk, alg: 'ML-DSA-44' },
      { ...key.jwk, alg: 'ES256' },
      { ...key.jwk, priv: 'AAAA' },
      without(key.jwk, 'pub'),
      { ...key.jwk, kty: 'OKP' },
    ]) {
      const scene = await publishing([jwk, es256.jwk])
      await refused(scene, present(scene, tokenOf(key)), invalidToken('token_key'))
    }
  })

  it('JWK-22: a key that the runtime cannot import is skipped with an event', async () => {
    const key = await createKey('k', 'ML-DSA-65')
    const scene = await publishing([{ ...key.jwk, pub: 'AAAA' }, es256.jwk])
    await faulted(scene, present(scene, tokenOf(key)), 'unavailable')
    const outcomes = scene.events.map((event) => event.type === 'document' && event.outcome)
    expect(outcomes).toContain('key_skipped')
  })

  it('JWK-19: Ed25519 and EdDSA are two names of one algorithm', async () => {
    const key = await createKey('ed', 'Ed25519')
    for (const stated of ['Ed25519', 'EdDSA', undefined]) {
      const jwk = { ...without(key.jwk, 'alg'), ...(stated && { alg: stated }) }
      const scene = await publishing([jwk])
      for (const alg of ['Ed25519', 'EdDSA']) {
        const auth = await accepted(scene, present(scene, tokenOf(key, { alg })))
        expect(auth.subject).toBe('user-1')
      }
    }
  })
})

describe('the header', () => {
  it.each([
    { crit: ['x'], x: 1 },
    { crit: ['x'] },
    { crit: [] },
    { crit: 'exp' },
    { crit: ['exp'], exp: 1_900_000_000 },
    { crit: ['alg'] },
    { crit: null },
    { crit: {} },
    { crit: ['b64'], b64: false },
    { crit: ['b64'], b64: true },
    { b64: false },
  ])('JWK-13: %j is refused', async (further) => {
    const scene = await publishing([es256.jwk])
    const header = { alg: 'ES256', kid: 'ec', typ: 'at+jwt', ...further }
    const token = forge(header, goodClaims(), signedBy(es256))
    await refused(scene, present(scene, token), invalidToken('token_malformed'))
    expect(scene.issuer.requests).toEqual([])
  })

  it.each([
    { foo: 1 },
    { cty: 'JWT' },
    { x5t: 'abc' },
    { zip: 'DEF' },
    { nonce: 'n' },
    { kty: 'oct' },
  ])('JWK-14: %j is ignored', async (further) => {
    const scene = await publishing([es256.jwk])
    const header = { alg: 'ES256', kid: 'ec', typ: 'at+jwt', ...further }
    const token = forge(header, goodClaims(), signedBy(es256))
    expect((await accepted(scene, present(scene, token))).subject).toBe('user-1')
  })

  /** A repeated member: the last one counts, for the decision and for the handler. */
  function twice(claims: Record<string, unknown>, name: string, first: unknown): string {
    return `{${JSON.stringify(name)}:${JSON.stringify(first)},${JSON.stringify(claims).slice(1)}`
  }

  it('JWK-15: of two aud members the last one counts, in the decision and in the context', async () => {
    const scene = await publishing([es256.jwk])
    const header = { alg: 'ES256', kid: 'ec' }
    const foreign = twice({ ...goodClaims(), aud: 'https://other.example' }, 'aud', RESOURCE)
    const refusedToken = forge(header, foreign, signedBy(es256))
    await refused(scene, present(scene, refusedToken), invalidToken('token_audience'))
    const ours = forge(header, twice(goodClaims(), 'aud', 'https://other.example'), signedBy(es256))
    const auth = await accepted(scene, present(scene, ours))
    expect([auth.audience, auth.claims['aud']]).toEqual([[RESOURCE], RESOURCE])
  })

  it.each([
    ['iss', 'https://evil.example', 'token_issuer'],
    ['exp', 1, 'token_expired'],
    ['cnf', { jkt: 'x' }, 'binding_unsupported'],
  ] as const)('JWK-15: a second %s is read', async (name, last, code) => {
    const scene = await publishing([es256.jwk])
    const text = twice({ ...goodClaims(), [name]: last }, name, goodClaims()[name] ?? null)
    const token = forge({ alg: 'ES256', kid: 'ec' }, text, signedBy(es256))
    await refused(scene, present(scene, token), invalidToken(code))
  })

  it('JWK-15: a second alg, typ or scope is read', async () => {
    const scene = await publishing([es256.jwk])
    const cases: [string, AuthErrorCode][] = [
      ['{"alg":"ES256","kid":"ec","alg":"none"}', 'token_algorithm'],
      ['{"typ":"at+jwt","alg":"ES256","kid":"ec","typ":"dpop+jwt"}', 'token_type'],
    ]
    for (const [header, code] of cases) {
      const token = forge(header, goodClaims(), signedBy(es256))
      await refused(scene, present(scene, token), invalidToken(code))
    }
    const scopes = twice(goodClaims(), 'scope', 'admin')
    const token = forge({ alg: 'ES256', kid: 'ec' }, scopes, signedBy(es256))
    expect((await accepted(scene, present(scene, token))).scopes).toEqual(['read'])
  })

  it('JWK-15: names of Object.prototype are ordinary claims', async () => {
    const scene = await publishing([es256.jwk])
    const text = `{"__proto__":{"aud":"${RESOURCE}","scope":"admin"},${JSON.stringify({ ...goodClaims(), aud: undefined, scope: undefined }).slice(1)}`
    const token = forge({ alg: 'ES256', kid: 'ec' }, text, signedBy(es256))
    await refused(scene, present(scene, token), invalidToken('token_audience'))
  })

  it('JWK-16: key parameters in the header of a token are ignored', async () => {
    const attacker = await createKey('mine')
    const { publicKey } = await generateKeyPair('ES256')
    const scene = await publishing([es256.jwk])
    for (const kid of ['mine', 'ec', undefined]) {
      for (const offer of [
        { jwk: attacker.jwk },
        { jwk: await exportJWK(publicKey), jku: 'https://evil.example/jwks' },
        { jku: 'https://evil.example/jwks' },
        { x5u: 'https://evil.example/cert' },
        { x5c: ['MIIB'] },
      ]) {
        const header = { alg: 'ES256', kid, typ: 'at+jwt', ...offer }
        const token = forge(header, goodClaims(), signedBy(attacker))
        const code = kid === 'mine' ? 'token_key' : 'token_signature'
        await refused(scene, present(scene, token), invalidToken(code))
      }
    }
    expect(scene.issuer.requests.filter((url) => !url.startsWith('https://as.example/'))).toEqual(
      [],
    )
    const header = { alg: 'ES256', kid: 'ec', jwk: attacker.jwk, jku: 'https://evil.example/jwks' }
    await accepted(scene, present(scene, forge(header, goodClaims(), signedBy(es256))))
  })
})

describe('the serialisation', () => {
  it.each<[string, (parts: [string, string, string]) => string]>([
    ['padding after the signature', ([h, p, s]) => `${h}.${p}.${s}==`],
    ['a fourth part', ([h, p, s]) => `${h}.${p}.${s}.${s}`],
    ['an empty fourth part', ([h, p, s]) => `${h}.${p}.${s}.`],
    ['two parts', ([h, p]) => `${h}.${p}`],
    ['no signature', ([h, p]) => `${h}.${p}.`],
    ['no payload', ([h, , s]) => `${h}..${s}`],
    ['no header', ([, p, s]) => `.${p}.${s}`],
    ['dots only', () => '..'],
    ['+ in the signature', ([h, p, s]) => `${h}.${p}.+${s.slice(1)}`],
    ['/ in the signature', ([h, p, s]) => `${h}.${p}./${s.slice(1)}`],
    ['~ in the payload', ([h, p, s]) => `${h}.~${p}.${s}`],
    ['left-over bits in the signature', ([h, p, s]) => `${h}.${p}.${respelt(s)}`],
    ['an impossible length', ([h, p, s]) => `${h}.${p}.${s}AAA`],
    ['a header that is not JSON', ([, p, s]) => `${segment('alg')}.${p}.${s}`],
    ['a header that is a list', ([, p, s]) => `${segment('["alg"]')}.${p}.${s}`],
    ['padding within', ([h, p, s]) => `${h}=.${p}.${s}`],
    ['a header without alg', ([, p, s]) => `${segment('{}')}.${p}.${s}`],
    ['a payload that is a list', ([h, , s]) => `${h}.${segment('[]')}.${s}`],
    ['a payload that is not JSON', ([h, , s]) => `${h}.${segment('{"a":')}.${s}`],
    [
      'a payload with a byte order mark',
      ([h, p, s]) => `${h}.${segment(`\ufeff${Buffer.from(p, 'base64url')}`)}.${s}`,
    ],
    [
      'a payload that is not UTF-8',
      ([h, , s]) => `${h}.${Buffer.from([0x7b, 0xff, 0x7d]).toString('base64url')}.${s}`,
    ],
  ])('JWK-17: a token with %s is refused', async (_, change) => {
    const scene = await createScene()
    const token = await scene.issuer.token()
    const changed = change(partsOf(token))
    await refused(scene, present(scene, changed), invalidToken('token_malformed'))
    expect(scene.issuer.requests).toEqual([])
    await accepted(scene, present(scene, token))
  })

  it('JWK-17: a token with padding inside is malformed', async () => {
    const scene = await createScene()
    const [header, payload, signature] = partsOf(await scene.issuer.token())
    const answer = present(scene, `${header}=.${payload}.${signature}`)
    await refused(scene, answer, invalidToken('token_malformed'))
  })

  it.each<[string, (parts: [string, string, string]) => string]>([
    ['white space', ([h, p, s]) => `${h}. ${p}.${s}`],
    ['braces', ([h, p, s]) => JSON.stringify({ protected: h, payload: p, signature: s })],
    [
      'general JSON',
      ([h, p, s]) => JSON.stringify({ payload: p, signatures: [{ protected: h, signature: s }] }),
    ],
  ])('JWK-17: a token with %s is malformed credentials', async (_, change) => {
    const scene = await createScene()
    const changed = change(partsOf(await scene.issuer.token()))
    await refused(scene, present(scene, changed), malformed())
  })

  it.each(['ECDH-ES', 'ECDH-ES+A256KW'])(
    'JWK-18: a token that %s encrypted is not an access token, also with a signed one inside',
    async (alg) => {
      const scene = await createScene()
      const { publicKey } = await generateKeyPair('ECDH-ES')
      for (const text of [JSON.stringify(goodClaims()), await scene.issuer.token()]) {
        const encrypted = await new CompactEncrypt(new TextEncoder().encode(text))
          .setProtectedHeader({ alg, enc: 'A256GCM', typ: 'at+jwt', cty: 'JWT', kid: 'k1' })
          .encrypt(publicKey)
        expect(encrypted.split('.')).toHaveLength(5)
        await refused(scene, present(scene, encrypted), invalidToken('token_malformed'))
      }
    },
  )

  it('JWK-18: a signed token around a token is not unwrapped', async () => {
    const scene = await createScene()
    const inner = await scene.issuer.token()
    const outer = await new CompactSign(new TextEncoder().encode(inner))
      .setProtectedHeader({ alg: 'ES256', kid: 'k1', cty: 'JWT' })
      .sign(scene.issuer.key.privateKey)
    await refused(scene, present(scene, outer), invalidToken('token_malformed'))
  })
})

/** The same bytes, written with other bits where base64url has none to spare. */
function respelt(segmentText: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const last = alphabet.indexOf(segmentText.at(-1) as string)
  const text = segmentText.slice(0, -1) + alphabet.charAt(last ^ 1)
  expect(Buffer.from(text, 'base64url')).toEqual(Buffer.from(segmentText, 'base64url'))
  return text
}

/** The same RSA key for PSS: what one key could do if its `alg` did not say otherwise. */
async function toPss({ privateKey, jwk }: SigningKey): Promise<SigningKey> {
  const pkcs8 = await crypto.subtle.exportKey('pkcs8', privateKey)
  const pss = { name: 'RSA-PSS', hash: 'SHA-256' }
  const imported = await crypto.subtle.importKey('pkcs8', pkcs8, pss, false, ['sign'])
  return { privateKey: imported, jwk: { ...jwk, alg: 'PS256' } }
}

/**
 * Every algorithm we verify (RFC 7518 §3.1, RFC 9864). Asymmetric only: with a published key set nothing
 * else makes sense.
 */

/** What keys of an algorithm are like, and what WebCrypto has to be told of it. */
export interface SignatureAlgorithm {
  readonly kty: 'RSA' | 'EC' | 'OKP'
  readonly crv?: string
  /** How long its signatures are; those of RSA are as long as the key. */
  readonly signatureBytes?: number
  /** For importing keys and for verifying alike: each takes what it needs. */
  readonly parameters: {
    readonly name: string
    readonly hash?: string
    readonly namedCurve?: string
    readonly saltLength?: number
  }
}

const PKCS1 = 'RSASSA-PKCS1-v1_5'
const PSS = 'RSA-PSS'
const ECDSA = 'ECDSA'
const ED25519: SignatureAlgorithm = {
  kty: 'OKP',
  crv: 'Ed25519',
  signatureBytes: 64,
  parameters: { name: 'Ed25519' },
}

const ALGORITHMS: Readonly<Record<string, SignatureAlgorithm>> = {
  RS256: { kty: 'RSA', parameters: { name: PKCS1, hash: 'SHA-256' } },
  RS384: { kty: 'RSA', parameters: { name: PKCS1, hash: 'SHA-384' } },
  RS512: { kty: 'RSA', parameters: { name: PKCS1, hash: 'SHA-512' } },
  // RFC 7518 §3.5: the salt is as long as the hash.
  PS256: { kty: 'RSA', parameters: { name: PSS, hash: 'SHA-256', saltLength: 32 } },
  PS384: { kty: 'RSA', parameters: { name: PSS, hash: 'SHA-384', saltLength: 48 } },
  PS512: { kty: 'RSA', parameters: { name: PSS, hash: 'SHA-512', saltLength: 64 } },
  ES256: {
    kty: 'EC',
    crv: 'P-256',
    signatureBytes: 64,
    parameters: { name: ECDSA, namedCurve: 'P-256', hash: 'SHA-256' },
  },
  ES384: {
    kty: 'EC',
    crv: 'P-384',
    signatureBytes: 96,
    parameters: { name: ECDSA, namedCurve: 'P-384', hash: 'SHA-384' },
  },
  ES512: {
    kty: 'EC',
    crv: 'P-521',
    signatureBytes: 132,
    parameters: { name: ECDSA, namedCurve: 'P-521', hash: 'SHA-512' },
  },
  EdDSA: ED25519,
  // RFC 9864 renames it without changing it.
  Ed25519: ED25519,
}

/** The names of all algorithms that can be allowed, in order of preference for nothing. */
export const SUPPORTED_ALGORITHMS: readonly string[] = /* @__PURE__ */ Object.keys(ALGORITHMS)

/** Own members only: a token may name its algorithm `constructor`. */
export function algorithmNamed(name: string): SignatureAlgorithm | undefined {
  return Object.hasOwn(ALGORITHMS, name) ? ALGORITHMS[name] : undefined
}

export function isSupportedAlgorithm(name: string): boolean {
  return algorithmNamed(name) !== undefined
}

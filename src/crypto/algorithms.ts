/**
 * The JWS algorithms (RFC 7518 §3.1, RFC 9864, RFC 9964). A further algorithm is added to the table below, and
 * nowhere else. All are asymmetric: published key sets contain public keys only.
 */

/** The keys and signatures of an algorithm, and its WebCrypto parameters. */
export interface SignatureAlgorithm {
  readonly kty: 'RSA' | 'EC' | 'OKP' | 'AKP'
  readonly crv?: string
  /** The length of a signature; RSA signatures are as long as the key. */
  readonly signatureBytes?: number
  /** For `importKey` and `verify`: each reads the members it needs. */
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

/** Of the algorithms for one key type or curve, the first is the one that keys sign with by default. */
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
  // RFC 9864 renames EdDSA with this curve. Both names are the same object: see isSameAlgorithm.
  Ed25519: ED25519,
  // RFC 9964 §4: the name of the parameter set is the `alg` of the key, too. FIPS 204 §4: the lengths.
  'ML-DSA-44': { kty: 'AKP', signatureBytes: 2420, parameters: { name: 'ML-DSA-44' } },
  'ML-DSA-65': { kty: 'AKP', signatureBytes: 3309, parameters: { name: 'ML-DSA-65' } },
  'ML-DSA-87': { kty: 'AKP', signatureBytes: 4627, parameters: { name: 'ML-DSA-87' } },
}

/** The names of all algorithms that are verified here. */
export const SUPPORTED_ALGORITHMS: readonly string[] = /* @__PURE__ */ Object.keys(ALGORITHMS)

/**
 * The same for DPoP proofs, in the order of challenges: the algorithms that most clients have first. Without
 * ML-DSA: a proof contains the key and a signature, which are too long for a field together.
 */
export const PROOF_ALGORITHMS: readonly string[] = /* @__PURE__ */ [
  ECDSA,
  'Ed25519',
  PSS,
  PKCS1,
].flatMap((scheme) =>
  SUPPORTED_ALGORITHMS.filter((name) => ALGORITHMS[name]?.parameters.name === scheme),
)

/** IANA "JSON Web Signature and Encryption Algorithms", those for signatures. */
export const REGISTERED_ALGORITHMS: ReadonlySet<string> = /* @__PURE__ */ new Set(
  // A call that is marked pure, because bundlers keep a spread of a variable.
  /* @__PURE__ */ SUPPORTED_ALGORITHMS.concat([
    'none',
    'HS256',
    'HS384',
    'HS512',
    'ES256K',
    'Ed448',
  ]),
)

/** Own members only: the `alg` of a token may be `constructor`. */
export function algorithmNamed(name: string): SignatureAlgorithm | undefined {
  return Object.hasOwn(ALGORITHMS, name) ? ALGORITHMS[name] : undefined
}

/** Whether tokens with this algorithm can be verified. */
export function isSupportedAlgorithm(name: string): boolean {
  return algorithmNamed(name) !== undefined
}

/** Whether two names are the same algorithm: RFC 9864 renames one without changing it. */
export function isSameAlgorithm(one: string, other: string): boolean {
  const algorithm = algorithmNamed(one)
  return one === other || (algorithm !== undefined && algorithm === algorithmNamed(other))
}

/** The algorithm that keys of a type (RSA) or a curve sign with by default. */
export function defaultAlgorithmOf(typeOrCurve: unknown): string | undefined {
  return SUPPORTED_ALGORITHMS.find((name) => {
    const { kty, crv = kty } = ALGORITHMS[name] as SignatureAlgorithm
    return crv === typeOrCurve
  })
}

/** The algorithm of a `CryptoKey` for signatures; `undefined` if it is not supported. */
export function algorithmOfCryptoKey({ algorithm }: CryptoKey): string | undefined {
  const { name, namedCurve, hash } = algorithm as KeyAlgorithm & {
    readonly namedCurve?: unknown
    readonly hash?: { readonly name?: unknown }
  }
  return SUPPORTED_ALGORITHMS.find((each) => {
    const { kty, parameters } = ALGORITHMS[each] as SignatureAlgorithm
    if (parameters.name !== name) return false
    if (kty === 'EC') return parameters.namedCurve === namedCurve
    return kty !== 'RSA' || parameters.hash === hash?.name
  })
}

/** The outcomes by key and runtime. `keys.test.ts` compares them with the runtimes; the page is made of them. */

export const RUNTIMES = ['Node', 'Bun', 'Deno', 'workerd'] as const

export type Runtime = (typeof RUNTIMES)[number]

/** A value for each of {@link RUNTIMES}. */
export type Row = readonly [string, string, string, string]

/** At the guard, and of WebCrypto alone: the words of `tryKeys`. */
export const TABLE: Readonly<Record<string, readonly [guard: Row, platform: Row]>> = {
  'RSA 1024': [all('refused'), all('valid')],
  'RSA 2048': [all('verified'), all('valid')],
  'RSA 3072': [all('verified'), all('valid')],
  'RSA 4096': [all('verified'), all('valid')],
  'RSA 4104': [
    ['verified', 'verified', 'skipped', 'verified'],
    ['valid', 'valid', 'no verify', 'valid'],
  ],
  'RSA 8192': [
    ['verified', 'verified', 'skipped', 'verified'],
    ['valid', 'valid', 'no verify', 'valid'],
  ],
  'RSA 8200': [
    ['verified', 'verified', 'skipped', 'skipped'],
    ['valid', 'valid', 'no verify', 'invalid'],
  ],
  'RSA 16384': [
    ['verified', 'verified', 'skipped', 'skipped'],
    ['valid', 'valid', 'no verify', 'invalid'],
  ],
  'RSA 16392': [all('skipped'), ['invalid', 'invalid', 'no verify', 'no import']],
  'RSA 2048, exponent 3': [all('verified'), all('valid')],
  'RSA 2048, exponent 17': [all('verified'), all('valid')],
  'RSA 2048, exponent 2^32 + 15': [
    ['verified', 'verified', 'verified', 'skipped'],
    ['valid', 'valid', 'valid', 'no import'],
  ],
  'RSA 2048, exponent 2^33 + 17': [all('skipped'), ['valid', 'invalid', 'no verify', 'no import']],
  'RSA 2048, exponent 1': [all('skipped'), ['valid', 'invalid', 'no verify', 'no import']],
  'RSA 2048, exponent 65536': [all('skipped'), ['invalid', 'invalid', 'no verify', 'no import']],
  'P-256': [all('verified'), all('valid')],
  'P-384': [all('verified'), all('valid')],
  'P-521': [all('verified'), all('valid')],
  'Ed25519, alg EdDSA, token EdDSA': [all('verified'), all('valid')],
  'Ed25519, alg EdDSA, token Ed25519': [all('verified'), all('valid')],
  'Ed25519, alg Ed25519, token EdDSA': [all('verified'), ['valid', 'valid', 'valid', 'no import']],
  'Ed25519, alg Ed25519, token Ed25519': [
    all('verified'),
    ['valid', 'valid', 'valid', 'no import'],
  ],
  Ed448: [all('refused'), ['valid', 'no import', 'no import', 'no import']],
  secp256k1: [all('refused'), all('no import')],
  'ML-DSA-44': [
    ['verified', 'verified', 'verified', 'skipped'],
    ['valid', 'valid', 'valid', 'no import'],
  ],
  'ML-DSA-65': [
    ['verified', 'verified', 'verified', 'skipped'],
    ['valid', 'valid', 'valid', 'no import'],
  ],
  'ML-DSA-87': [
    ['verified', 'verified', 'verified', 'skipped'],
    ['valid', 'valid', 'valid', 'no import'],
  ],
  'ML-DSA-65, without alg': [all('refused'), all('no import')],
  'P-256, alg null, use null': [all('verified'), ['no import', 'no import', 'valid', 'no import']],
  'P-256, key_ops sign and verify': [all('verified'), all('valid')],
  'P-256, ext false': [all('verified'), all('valid')],
  'P-256, a coordinate without its leading zero': [all('verified'), all('valid')],
  'RSA 2048, modulus with padding': [all('verified'), all('valid')],
  'P-256, coordinates with padding': [all('verified'), all('valid')],
  'P-256, coordinates in base64': [
    ['verified', 'skipped', 'skipped', 'verified'],
    ['valid', 'no import', 'no import', 'valid'],
  ],
}

function all(value: string): Row {
  return [value, value, value, value]
}

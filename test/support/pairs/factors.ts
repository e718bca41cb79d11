/** Options, tokens and requests that meet in pairs. The first value of each is the usual one. */

import { START } from '../clock.ts'
import { ISSUER, RESOURCE } from '../issuer.ts'

export const OTHER_AUDIENCE = 'api://other'
export const SECOND_ISSUER = 'https://second.example'
export const ALIAS = 'https://alias.example'
export const CERTIFICATE = 'A'.repeat(43)
export const APP = 'https://app.example'

/** How the claims of each token differ from those of a good one. `jkt` is replaced by the thumbprint of the holder. */
export const TOKENS = {
  good: {},
  noScope: { scope: undefined },
  both: { scope: 'read write' },
  admin: { scope: 'admin' },
  permissions: { scope: undefined, permissions: ['read', 'write'] },
  expired: { exp: START - 30 },
  late: { exp: START - 29 },
  early: { nbf: START + 31 },
  old: { iat: START - 91 },
  aging: { iat: START - 61 },
  noIat: { iat: undefined },
  noExp: { exp: undefined },
  foreign: { aud: 'https://other.example' },
  other: { aud: OTHER_AUDIENCE },
  several: { aud: ['https://other.example', RESOURCE] },
  noAudience: { aud: undefined },
  identity: { aud: OTHER_AUDIENCE, nonce: 'n' },
  bare: { aud: OTHER_AUDIENCE, scope: undefined, client_id: undefined, jti: undefined },
  alias: { iss: ALIAS },
  second: { iss: SECOND_ISSUER },
  tenant: { iss: `${ISSUER}/t1`, tid: 't1' },
  otherTenant: { iss: `${ISSUER}/t2`, tid: 't2' },
  mixedTenant: { iss: `${ISSUER}/t1`, tid: 't2' },
  unknownIssuer: { iss: `${ISSUER}/` },
  forged: {},
  unknownKey: {},
  dpopType: {},
  untyped: {},
  holder: { cnf: { jkt: '' } },
  certified: { cnf: { 'x5t#S256': CERTIFICATE } },
  twofold: { cnf: { jkt: '', 'x5t#S256': CERTIFICATE } },
  unknownBinding: { cnf: { other: 'x' } },
  agent: { act: { sub: 'agent' } },
  stranger: { act: { sub: 'stranger', act: { sub: 'agent' } } },
  oddActor: { act: 'agent' },
  revoked: { sub: 'revoked' },
  noSubject: { sub: undefined },
  unnamed: { sub: undefined, client_id: undefined },
  number: { sub: 42 },
  blank: { sub: ' ' },
  named: { uid: 'user-2', app: 'app-2' },
  weak: { acr: 'password' },
  oldLogin: { auth_time: START - 331 },
  withTenant: { tenant: 'acme' },
  opaque: {},
  inactive: {},
  broken: {},
} as const satisfies Record<string, Record<string, unknown>>

export type TokenName = keyof typeof TOKENS

/** Tokens that are not JWTs. */
export const OPAQUE: ReadonlySet<TokenName> = new Set(['opaque', 'inactive', 'broken'])

export const FACTORS = {
  entry: ['main', 'core'],
  dpop: ['off', 'on', 'required'],
  mtls: ['off', 'on', 'required'],
  operations: ['none', 'table', 'decision', 'report'],
  actors: ['any', 'none', 'agent', 'throws'],
  revocation: ['none', 'subject', 'throws', 'accepts'],
  sessions: ['off', 'on'],
  format: ['jwt', 'rfc9068', 'withCustom', 'custom', 'introspection'],
  audience: ['resource', 'other', 'both'],
  missingAudience: ['rejected', 'accepted'],
  issuers: ['one', 'alias', 'template', 'function', 'throws'],
  claims: ['usual', 'named'],
  mapClaims: ['none', 'adds', 'rejects', 'throws'],
  maxAge: ['none', 'minute'],
  requiredClaims: ['none', 'empty', 'tenant'],
  hierarchy: ['none', 'chain'],
  requiredScopes: ['none', 'read', 'write'],
  challengeScopes: ['needed', 'none', 'offered'],
  repeat: ['off', 'on'],
  tolerance: ['usual', 'none'],
  cache: ['on', 'off'],
  source: ['authorization', 'field', 'throws'],
  origins: ['own', 'any', 'listed'],
  getStream: ['on', 'off'],
  audit: ['off', 'writes', 'throws'],
  listener: ['listens', 'throws'],
  metadataUrl: ['derived', 'below'],
  servers: ['one', 'two'],
  documents: ['given', 'fetched', 'down'],
  scopes: ['none', 'write', 'any'],
  acr: ['none', 'strong'],
  login: ['none', 'recent'],
  optional: ['no', 'yes'],
  token: Object.keys(TOKENS) as TokenName[],
  scheme: ['Bearer', 'DPoP', 'Basic', 'none', 'twice', 'malformed', 'field'],
  proof: ['good', 'none', 'other', 'ath', 'two'],
  certificate: ['none', 'own', 'other'],
  method: ['POST', 'GET', 'DELETE'],
  body: [
    'read',
    'write',
    'help',
    'any',
    'deny',
    'batch',
    'mixed',
    'response',
    'ambiguous',
    'empty',
  ],
  origin: ['none', 'own', 'app', 'null'],
  session: ['none', 'own', 'forged'],
} as const

export type Factor = keyof typeof FACTORS
export type Case = { readonly [Name in Factor]: (typeof FACTORS)[Name][number] }

/** Every factor with its first value. */
export const USUAL = Object.fromEntries(
  Object.entries(FACTORS).map(([name, [first]]) => [name, first]),
) as unknown as Case

/** A token that is bound to a key, with its proof. */
export const BOUND: Case = { ...USUAL, dpop: 'on', token: 'holder', scheme: 'DPoP' }
/** A public operation, called without a token. */
export const ANONYMOUS: Case = {
  ...USUAL,
  ...({ operations: 'table', optional: 'yes', scheme: 'none', body: 'help' } as const),
}
/** A token with more scopes than a call needs. */
export const SCOPED: Case = {
  ...USUAL,
  ...({ operations: 'table', requiredScopes: 'read', hierarchy: 'chain', token: 'both' } as const),
}

/** For each pair of values of two factors, the case that differs from `base` in these only. */
export function* pairsAround(base: Case, names: readonly Factor[]): Generator<Case> {
  for (const [index, one] of names.entries()) {
    for (const value of othersOf(base, one)) {
      yield { ...base, [one]: value }
      for (const two of names.slice(index + 1)) {
        for (const second of othersOf(base, two)) yield { ...base, [one]: value, [two]: second }
      }
    }
  }
}

function othersOf(base: Case, name: Factor): readonly string[] {
  return FACTORS[name].filter((value) => value !== base[name])
}

/** What a case has that the usual one has not, for messages. */
export function differencesOf(each: Case): string {
  const names = Object.keys(FACTORS) as Factor[]
  const changed = names.filter((name) => each[name] !== USUAL[name])
  return changed.map((name) => `${name}: ${each[name]}`).join(', ')
}

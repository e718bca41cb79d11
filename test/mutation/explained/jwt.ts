/** Mutants of src/jwt that no caller can observe. */

import { ABSENT, NARROWING, NOT_INHERITED, type Reasons, SHORTCUT } from './reasons.ts'

export const JWT: Reasons = [
  [
    'src/jwt/audience.ts',
    ABSENT,
    [
      [
        '{ audience: [], matched: undefined, isAccepted: policy.allowMissing }',
        '({ audience: [], isAccepted: policy.allowMissing })',
      ],
    ],
  ],
  [
    'src/jwt/compact-jwt.ts',
    'the condition is for the compiler: `undefined` is not JSON.',
    [['text === undefined', 'false']],
  ],
  ['src/jwt/compact-jwt.ts', NOT_INHERITED, [["Object.hasOwn(header, 'alg')", "'alg' in header"]]],
  [
    'src/jwt/registered-names.ts',
    'for the compiler: a set of strings contains strings only.',
    [
      [
        "typeof alg === 'string' && REGISTERED_ALGORITHMS.has(alg)",
        'REGISTERED_ALGORITHMS.has(alg)',
      ],
    ],
  ],
  ['src/jwt/token-type.ts', 'neither string is a type.', [["''", "'mutant'"]]],
  [
    'src/jwt/token-type.ts',
    NOT_INHERITED,
    [["Object.hasOwn(claims, 'events')", "'events' in claims"]],
  ],
  [
    'src/jwt/verify-jwt.ts',
    NARROWING,
    [["typeof alg !== 'string' || !rules.algorithms.has(alg)", '!rules.algorithms.has(alg)']],
  ],
  [
    'src/jwt/verify-jwt.ts',
    'a value that is awaited is the same value, later.',
    [
      ['isPromise(finding)', 'true'],
      ['isPromise(verifying)', 'true'],
    ],
  ],
  [
    'src/jwt/verify-jwt.ts',
    SHORTCUT,
    [
      [
        'imported ?? (await keys.importKey(candidate, algorithm))',
        '(await keys.importKey(candidate, algorithm))',
      ],
    ],
  ],
  [
    'src/jwt/header.ts',
    NOT_INHERITED,
    [
      ["Object.hasOwn(header, 'crit')", "'crit' in header"],
      ["Object.hasOwn(header, 'b64')", "'b64' in header"],
    ],
  ],
  [
    'src/jwt/read-claims.ts',
    'a shortcut: a text with a visible character is not blank.',
    [['!VISIBLE_ASCII.test(text) && blank().test(text)', 'blank().test(text)']],
  ],
  [
    'src/jwt/compact-jwt.ts',
    'no base64url has 257 characters.',
    [['256', '257', 'MAX_SAME_LENGTH']],
  ],
  ['src/jwt/compact-jwt.ts', NOT_INHERITED, [["Object.hasOwn(header, 'jwk')", "'jwk' in header"]]],
  [
    'src/jwt/read-actor.ts',
    'for the compiler: what is not an object has no member that names an actor.',
    [['!isObject(act) || depth > MAX_DEPTH', 'depth > MAX_DEPTH']],
  ],
  [
    'src/jwt/verified-token.ts',
    ABSENT,
    [
      [
        "{ issuer, authority: reading.authority, subject, actor: actor.value, clientId: readClientId(claims, reading.profile, reading.names?.clientId), granted, scopes, audience: Object.freeze([...audience]) as string[], expiresAt: verified['exp'] as number, issuedAt: typeof verified['iat'] === 'number' ? verified['iat'] : 0, claims, extra: Object.freeze({ issuer, subject, claims }), confirmation: verified['cnf'], original: reading.mapClaims === undefined ? claims : revocableClaims(verified), digest: undefined, key, }",
        "({ issuer, authority: reading.authority, subject, actor: actor.value, clientId: readClientId(claims, reading.profile, reading.names?.clientId), granted, scopes, audience: Object.freeze([...audience]) as string[], expiresAt: verified['exp'] as number, issuedAt: typeof verified['iat'] === 'number' ? verified['iat'] : 0, claims, extra: Object.freeze({ issuer, subject, claims }), confirmation: verified['cnf'], original: reading.mapClaims === undefined ? claims : revocableClaims(verified), key })",
      ],
    ],
  ],
]

/** The features of the main entry: their names, their options, and the rules for these. */

import { describe, expect, it } from 'vitest'
import { ALL_FEATURES } from '../../src/features/all.ts'
import { protectedResource } from '../../src/index.ts'
import { problemPairs } from '../support/config-problems.ts'

const ISSUER = 'https://as.example'
const SECRET = 's'.repeat(32)
const run = () => {}
const TIMER = 'expected a number of milliseconds above 0 and below 2147483648, found a string'
const FORMATS = [
  'rfc9440',
  'pem-urlencoded',
  'pem',
  'base64-der',
  'xfcc',
  'sha256-hex',
  'sha256-base64',
]
const ONE_OF_FORMATS = `must be ${FORMATS.map((each) => `'${each}'`).join(' or ')}`
const NO_SOURCE = 'has no source of revocations; add isRevoked, or statusList: true'

/** A private key, of RFC 7515 appendix A.3. */
const PRIVATE_KEY = {
  kty: 'EC',
  crv: 'P-256',
  x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
  y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
  d: 'jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI',
}

/** The mistakes in options of the main entry. */
function problemsOf(options: object): [path: string, message: string][] {
  const create = () =>
    protectedResource({
      resource: 'https://rs.example/mcp',
      authorizationServers: [ISSUER],
      onEvent: run,
      ...options,
    })
  return problemPairs(create)
}

function serverWith(accessToken: unknown): object {
  return { authorizationServers: [{ issuer: ISSUER, accessToken }] }
}

it('features as values belong to the core entry, which the mistake names', () => {
  expect(problemsOf({ features: [] })).toEqual([
    [
      'features',
      "expected features with different names (import { protectedResource } from 'mcp-gatehouse/core'), found an array",
    ],
  ])
})

it('all features have their names and kinds, in the order of their checks', () => {
  expect(ALL_FEATURES.map(({ name, kind }) => [name, kind])).toEqual([
    ['operations', 'operations'],
    ['mtls', 'binding'],
    ['dpop', 'binding'],
    ['introspection', 'tokenFormat'],
    ['custom', 'tokenFormat'],
    ['revocation', 'resource'],
    ['sessions', 'resource'],
    ['audit', 'resource'],
  ])
  expect(ALL_FEATURES.map((feature) => Object.getPrototypeOf(feature))).toEqual(
    ALL_FEATURES.map(() => null),
  )
})

describe('the options of a feature are correct', () => {
  const introspection = { kind: 'introspection', clientId: 'us' }
  it.each<[string, object]>([
    [
      'dpop',
      {
        dpop: {
          required: true,
          algorithms: ['ES256'],
          windowSeconds: 60,
          nonce: { secret: SECRET, lifetimeSeconds: 60 },
          replay: { add: run },
        },
      },
    ],
    ['dpop without a store', { dpop: { replay: false } }],
    ['dpop: true', { dpop: true }],
    ...FORMATS.map((format): [string, object] => [
      `mtls with ${format}`,
      { mtls: { required: true, dangerouslyTrustHeader: 'X-Cert', format } },
    ]),
    ['operations by a function', { operations: run, decisionMode: 'enforce' }],
    [
      'operations',
      {
        operations: { '*': ['a'] },
        customMethods: ['x/y'],
        maxBodyBytes: 5,
        bodyTimeoutMs: 5,
        decisionTimeoutMs: 5,
        decisionMode: 'report',
      },
    ],
    [
      'revocation',
      {
        revocation: {
          isRevoked: run,
          revoke: run,
          statusList: false,
          whenUnavailable: 'accept',
          timeoutMs: 5,
        },
      },
    ],
    ['revocation by lists', { revocation: { statusList: true, whenUnavailable: 'reject' } }],
    ['sessions', { sessions: { secret: [SECRET] } }],
    ['audit', { audit: run }],
    [
      'introspection with a secret',
      serverWith({
        ...introspection,
        endpoint: `${ISSUER}/introspect`,
        clientSecret: 's',
        authMethod: 'client_secret_post',
        cacheSeconds: 5,
        signedResponse: true,
        accepts: run,
      }),
    ],
    [
      'introspection with a key',
      serverWith({ ...introspection, privateKey: PRIVATE_KEY, keyId: 'key-1' }),
    ],
    ['custom', serverWith({ kind: 'custom', verify: run, accepts: run, cacheSeconds: 5 })],
  ])('%s', (_, options) => {
    expect(problemsOf(options)).toEqual([])
  })
})

describe('every mistake in the options of a feature is reported', () => {
  const FORMAT = 'authorizationServers[0].accessToken'
  const ACCEPTS =
    'is required, because another entry also accepts opaque tokens; it selects the tokens of this server, so that no server receives those of another'
  it.each<[string, object, [string, string][]]>([
    [
      'dpop',
      {
        dpop: {
          required: 1,
          algorithms: 'x',
          windowSeconds: 'x',
          nonce: { secret: 5, lifetimeSeconds: 'x' },
          replay: { add: 5 },
        },
      },
      [
        ['dpop.required', 'expected a boolean, found a number'],
        ['dpop.algorithms', 'expected an array, found a string'],
        ['dpop.windowSeconds', 'expected a number above 0, found a string'],
        ['dpop.nonce.secret', 'expected a string or an array of strings, found a number'],
        ['dpop.nonce.lifetimeSeconds', 'expected a number above 0, found a string'],
        ['dpop.replay.add', 'expected a function, found a number'],
      ],
    ],
    [
      'a window of DPoP',
      { dpop: { windowSeconds: 0.5 } },
      [['dpop.windowSeconds', 'must be between 1 and 3600 seconds']],
    ],
    ['dpop.nonce', { dpop: { nonce: {} } }, [['dpop.nonce.secret', 'is missing']]],
    ['dpop.replay', { dpop: { replay: true } }, [['dpop.replay', 'must be a store or false']]],
    ['dpop: 5', { dpop: 5 }, [['dpop', 'expected a boolean or an object, found a number']]],
    [
      'mtls',
      { mtls: { required: 1, dangerouslyTrustHeader: 5, format: 'x' } },
      [
        ['mtls.required', 'expected a boolean, found a number'],
        ['mtls.dangerouslyTrustHeader', 'expected a string, found a number'],
        ['mtls.format', ONE_OF_FORMATS],
      ],
    ],
    [
      'operations',
      {
        operations: 5,
        customMethods: 5,
        maxBodyBytes: 'x',
        bodyTimeoutMs: 'x',
        decisionTimeoutMs: 'x',
        decisionMode: 'x',
      },
      [
        ['operations', 'expected an object or a function, found a number'],
        ['customMethods', 'expected an array, found a number'],
        ['maxBodyBytes', 'expected a number above 0, found a string'],
        ['bodyTimeoutMs', TIMER],
        ['decisionTimeoutMs', TIMER],
        ['decisionMode', "must be 'enforce' or 'report'"],
      ],
    ],
    [
      'revocation',
      {
        revocation: {
          isRevoked: 5,
          revoke: 5,
          statusList: 5,
          whenUnavailable: 'x',
          timeoutMs: 'x',
        },
      },
      [
        ['revocation.isRevoked', 'expected a function, found a number'],
        ['revocation.revoke', 'expected a function, found a number'],
        ['revocation.statusList', 'expected a boolean, found a number'],
        ['revocation.whenUnavailable', "must be 'reject' or 'accept'"],
        ['revocation.timeoutMs', TIMER],
      ],
    ],
    ['no source of revocations', { revocation: {} }, [['revocation', NO_SOURCE]]],
    ['no list', { revocation: { statusList: false } }, [['revocation', NO_SOURCE]]],
    [
      'sessions',
      { sessions: { secret: 5 } },
      [['sessions.secret', 'expected a string or an array of strings, found a number']],
    ],
    ['no secret', { sessions: {} }, [['sessions.secret', 'is missing']]],
    [
      'a short secret',
      { sessions: { secret: 's' } },
      [['sessions.secret', 'must be at least 32 random bytes']],
    ],
    ['audit', { audit: 5 }, [['audit', 'expected a function, found a number']]],
    [
      'introspection',
      serverWith({
        kind: 'introspection',
        endpoint: 5,
        clientId: 5,
        clientSecret: 5,
        keyId: 5,
        cacheSeconds: 'x',
        signedResponse: 5,
        accepts: 5,
        authMethod: 'x',
      }),
      [
        [`${FORMAT}.clientId`, 'expected a string, found a number'],
        [`${FORMAT}.endpoint`, 'expected a string, found a number'],
        [`${FORMAT}.clientSecret`, 'expected a string, found a number'],
        [`${FORMAT}.keyId`, 'expected a string, found a number'],
        [
          `${FORMAT}.authMethod`,
          "must be 'client_secret_basic' or 'client_secret_post' or 'private_key_jwt'",
        ],
        [`${FORMAT}.cacheSeconds`, 'expected a number of at least 0, found a string'],
        [`${FORMAT}.signedResponse`, 'expected a boolean, found a number'],
        [`${FORMAT}.accepts`, 'expected a function, found a number'],
      ],
    ],
    [
      'an endpoint without TLS',
      serverWith({
        kind: 'introspection',
        endpoint: 'http://as.example',
        clientId: 'us',
        clientSecret: 's',
      }),
      [
        [
          `${FORMAT}.endpoint`,
          'must be an https URL; plain http is allowed for loopback addresses, and beyond them only with dangerouslyAllowHttp',
        ],
      ],
    ],
    [
      'custom',
      serverWith({ kind: 'custom', verify: 5, accepts: 5, cacheSeconds: 'x' }),
      [
        [`${FORMAT}.verify`, 'expected a function, found a number'],
        [`${FORMAT}.accepts`, 'expected a function, found a number'],
        [`${FORMAT}.cacheSeconds`, 'expected a number of at least 0, found a string'],
      ],
    ],
    ...[
      { kind: 'custom', verify: run },
      { kind: 'introspection', clientId: 'us', clientSecret: 's' },
    ].map((format): [string, object, [string, string][]] => [
      `two formats of the kind ${format.kind}`,
      {
        authorizationServers: [ISSUER, 'https://other.example'].map((issuer) => ({
          issuer,
          accessToken: format,
        })),
      },
      [
        [`${FORMAT}.accepts`, ACCEPTS],
        ['authorizationServers[1].accessToken.accepts', ACCEPTS],
      ],
    ]),
  ])('%s', (_, options, problems) => {
    expect(problemsOf(options)).toEqual(problems)
  })
})

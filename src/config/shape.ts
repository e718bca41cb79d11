/** The shape of options: which there are, and of what type. What their values mean is in `rules.ts`. */

import * as v from 'valibot'
import type { ConfigProblem } from '../errors.ts'
import { isObject, kindOf } from '../lib/json.ts'
import { KEY_SET } from '../metadata/authorization-server.ts'
import {
  ANYTHING,
  findMisfits,
  listOf,
  listOr,
  objectOf,
  objectOr,
  type Shape,
  type Shapes,
  TEXT,
  TEXTS,
} from '../metadata/shapes.ts'

const FLAG = v.boolean('a boolean')
const FUNCTION = v.function('a function')
const COUNT = numeral((value) => value >= 0 && value < Infinity, 'a number of at least 0')
const POSITIVE = numeral((value) => value > 0 && value < Infinity, 'a number above 0')
const SECONDS = numeral(
  (value) => Number.isSafeInteger(value) && value >= 0,
  'a whole number of at least 0',
)
const NO_OPTION = v.never('is not an option; remove it or correct its spelling')
const MEMBERS = v.custom(isObject, 'an object')
const TEXT_OR_TEXTS = listOr(TEXTS, v.string('a string or an array of strings'))

const JWT = options(
  { kind: ANYTHING },
  {
    profile: oneOf(['standard', 'rfc9068']),
    algorithms: TEXTS,
    requiredClaims: TEXTS,
    maxTokenAgeSeconds: POSITIVE,
  },
)

const INTROSPECTION = options(
  { kind: ANYTHING, clientId: TEXT },
  {
    endpoint: TEXT,
    clientSecret: TEXT,
    privateKey: ANYTHING,
    keyId: TEXT,
    authMethod: oneOf(['client_secret_basic', 'client_secret_post', 'private_key_jwt']),
    cacheSeconds: COUNT,
    signedResponse: FLAG,
    accepts: FUNCTION,
  },
)

const CUSTOM = options(
  { kind: ANYTHING, verify: FUNCTION },
  { accepts: FUNCTION, cacheSeconds: COUNT },
)

const UNKNOWN_KIND = objectOf({ kind: oneOf(['jwt', 'introspection', 'custom']) })

const KIND = objectOr(
  v.lazy((value) => kindShape(value as { readonly kind?: unknown })),
  oneOf(['jwt'], "'jwt', or an object whose kind is 'jwt', 'introspection' or 'custom'"),
)
const SERVER = options(
  { issuer: TEXT },
  {
    fetch: FUNCTION,
    timeoutMs: POSITIVE,
    maxBytes: POSITIVE,
    dangerouslyAllowHttp: FLAG,
    type: oneOf(['oauth', 'oidc']),
    transform: FUNCTION,
    metadata: MEMBERS,
    metadataUrl: TEXT,
    jwks: KEY_SET,
    jwksUri: TEXT,
    audience: TEXT_OR_TEXTS,
    dangerouslyAllowMissingAudience: FLAG,
    accessToken: listOr(listOf(KIND), KIND),
    mapClaims: FUNCTION,
    tokenIssuers: TEXTS,
    claims: options(
      {},
      { scope: TEXT_OR_TEXTS, clientId: TEXT_OR_TEXTS, audience: TEXT, subject: TEXT },
    ),
    issuerTemplate: options({
      pattern: TEXT_OR_TEXTS,
      claim: TEXT,
      allow: listOr(TEXTS, v.function('an array of tenants or a function')),
    }),
  },
)

const DPOP = options(
  {},
  {
    required: FLAG,
    algorithms: TEXTS,
    windowSeconds: POSITIVE,
    nonce: options({ secret: TEXT_OR_TEXTS }, { lifetimeSeconds: POSITIVE }),
    replay: objectOr(objectOf({ add: FUNCTION }), oneOf([false], 'a store or false')),
  },
)

const MTLS = options({}, { required: FLAG, dangerouslyTrustHeader: TEXT })
const FLAG_OR_OBJECT = v.boolean('a boolean or an object')

const RESOURCE = options(
  {
    resource: TEXT,
    authorizationServers: listOf(objectOr(SERVER, v.string('an issuer or an object with issuer'))),
  },
  {
    scopesSupported: TEXTS,
    metadata: MEMBERS,
    audience: TEXT_OR_TEXTS,
    requiredScopes: TEXTS,
    challengeScopes: TEXTS,
    scopeHierarchy: objectOf({}, {}, TEXTS),
    operations: objectOr(ANYTHING, v.function('an object or a function')),
    repeatGrantedScopes: FLAG,
    metadataMaxAgeSeconds: SECONDS,
    dpop: objectOr(DPOP, FLAG_OR_OBJECT),
    mtls: objectOr(MTLS, FLAG_OR_OBJECT),
    token: FUNCTION,
    origins: listOr(TEXTS, oneOf(['*'], "'*' or an array of origins")),
    maxBodyBytes: POSITIVE,
    endStreamsAtExpiry: oneOf(['listening', 'all', false], "'listening', 'all' or false"),
    serveAuthorizationServerMetadata: FLAG,
    clockToleranceSeconds: COUNT,
    tokenCache: objectOr(
      options({}, { maxEntries: POSITIVE, maxAgeSeconds: POSITIVE }),
      oneOf([false], 'false or an object'),
    ),
    documentStore: objectOf({ get: FUNCTION, set: FUNCTION }),
    documentStoreSecret: TEXT_OR_TEXTS,
    staleIfErrorSeconds: COUNT,
    fetch: FUNCTION,
    now: FUNCTION,
    onEvent: FUNCTION,
    measureDurations: FLAG,
    dangerouslyAllowHttp: FLAG,
  },
)

/** Every option of the wrong type, and every option that does not exist. */
export function shapeProblems(options: unknown): ConfigProblem[] {
  return isObject(options)
    ? findMisfits(RESOURCE, options)
    : [{ path: 'options', message: `expected an object, found ${kindOf(options)}` }]
}

/** An object with these members and no others. */
function options(required: Shapes, optional?: Shapes): Shape {
  return objectOf(required, optional, NO_OPTION)
}

function numeral(isFine: (value: number) => boolean, expected: string): Shape {
  return v.custom((value) => typeof value === 'number' && isFine(value), expected)
}

function oneOf(
  values: readonly unknown[],
  expected: string = values.map((value) => `'${value}'`).join(' or '),
): Shape {
  return v.custom((value) => values.includes(value), expected)
}

/** A kind says itself which it is; only one that does not is asked for that. */
function kindShape({ kind }: { readonly kind?: unknown }): Shape {
  if (kind === 'jwt') return JWT
  if (kind === 'introspection') return INTROSPECTION
  return kind === 'custom' ? CUSTOM : UNKNOWN_KIND
}

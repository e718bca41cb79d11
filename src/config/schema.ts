/** The schema of the options: their names and types. `rules.ts` checks their values. */

import type { ConfigProblem } from '../contract/errors.ts'
import { isObject, kindOf } from '../lib/json.ts'
import { KEY_SET } from '../metadata/authorization-server.ts'
import {
  anything,
  findViolations,
  listOf,
  listOr,
  numeral,
  objectBy,
  objectOf,
  objectOr,
  oneOf,
  strictObjectOf,
  typed,
  valueThat,
} from '../schema/shapes.ts'

const TEXT = typed('string')
const TEXTS = listOf(TEXT)
const FLAG = typed('boolean')
const FUNCTION = typed('function')
const COUNT = numeral((value) => value >= 0 && value < Infinity, 'a number of at least 0')
const POSITIVE = numeral((value) => value > 0 && value < Infinity, 'a number above 0')
const SECONDS = numeral(
  (value) => Number.isSafeInteger(value) && value >= 0,
  'a whole number of at least 0',
)
/** Timers use 32 bits: a longer delay fires at once. */
const TIMER = numeral(
  (value) => value > 0 && value < 2 ** 31,
  'a number of milliseconds above 0 and below 2147483648',
)
const MEMBERS = valueThat(isObject, 'an object')
const TEXT_OR_TEXTS = listOr(TEXTS, typed('string', 'a string or an array of strings'))

const JWT = strictObjectOf(
  { kind: anything() },
  {
    profile: oneOf(['standard', 'rfc9068']),
    algorithms: TEXTS,
    requiredClaims: TEXTS,
    maxTokenAgeSeconds: POSITIVE,
  },
)

const AUTH_METHOD = oneOf(['client_secret_basic', 'client_secret_post', 'private_key_jwt'])

const INTROSPECTION = strictObjectOf(
  { kind: anything(), clientId: TEXT },
  {
    endpoint: TEXT,
    clientSecret: TEXT,
    privateKey: anything(),
    keyId: TEXT,
    authMethod: AUTH_METHOD,
    cacheSeconds: COUNT,
    signedResponse: FLAG,
    accepts: FUNCTION,
  },
)

/** This server as a client of an authorization server. */
export const CLIENT = strictObjectOf(
  { id: TEXT },
  {
    secret: TEXT,
    privateKey: anything(),
    keyId: TEXT,
    assertion: FUNCTION,
    authMethod: AUTH_METHOD,
  },
)

const CUSTOM = strictObjectOf(
  { kind: anything(), verify: FUNCTION },
  { accepts: FUNCTION, cacheSeconds: COUNT },
)

const KIND = objectOr(
  objectBy('kind', { jwt: JWT, introspection: INTROSPECTION, custom: CUSTOM }),
  oneOf(['jwt'], "'jwt', or an object whose kind is 'jwt', 'introspection' or 'custom'"),
)

/** The options of an authorization server. */
export const SERVER = strictObjectOf(
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
    claims: strictObjectOf(
      {},
      {
        scope: TEXT_OR_TEXTS,
        clientId: TEXT_OR_TEXTS,
        audience: TEXT,
        subject: TEXT,
        scopePrefix: TEXT,
      },
    ),
    issuerTemplate: strictObjectOf(
      {
        pattern: TEXT_OR_TEXTS,
        claim: TEXT,
        allow: listOr(TEXTS, typed('function', 'an array of tenants or a function')),
      },
      { issuerFits: oneOf(['pattern', 'tenant']) },
    ),
    advertised: FLAG,
    ignoreKeyIssuer: FLAG,
  },
)

const DPOP = strictObjectOf(
  {},
  {
    required: FLAG,
    algorithms: TEXTS,
    windowSeconds: POSITIVE,
    nonce: strictObjectOf({ secret: TEXT_OR_TEXTS }, { lifetimeSeconds: POSITIVE }),
    replay: objectOr(objectOf({ add: FUNCTION }), oneOf([false], 'a store or false')),
  },
)

const MTLS = strictObjectOf({}, { required: FLAG, dangerouslyTrustHeader: TEXT })
const REVOCATION = strictObjectOf(
  {},
  {
    isRevoked: FUNCTION,
    statusList: FLAG,
    whenUnavailable: oneOf(['reject', 'accept']),
    timeoutMs: TIMER,
  },
)
const FLAG_OR_OBJECT = typed('boolean', 'a boolean or an object')

const ACTORS = valueThat(
  (value) => value === 'any' || value === 'none' || typeof value === 'function',
  "'any', 'none' or a function",
)

const RESOURCE = strictObjectOf(
  {
    resource: TEXT,
    authorizationServers: listOf(
      objectOr(SERVER, typed('string', 'an issuer or an object with issuer')),
    ),
  },
  {
    scopesSupported: TEXTS,
    metadata: MEMBERS,
    metadataUrl: TEXT,
    audience: TEXT_OR_TEXTS,
    requiredScopes: TEXTS,
    challengeScopes: TEXTS,
    scopeHierarchy: objectOf({}, {}, TEXTS),
    operations: objectOr(anything(), typed('function', 'an object or a function')),
    customMethods: TEXTS,
    repeatGrantedScopes: FLAG,
    metadataMaxAgeSeconds: SECONDS,
    dpop: objectOr(DPOP, FLAG_OR_OBJECT),
    mtls: objectOr(MTLS, FLAG_OR_OBJECT),
    revocation: REVOCATION,
    sessions: strictObjectOf({ secret: TEXT_OR_TEXTS }),
    token: FUNCTION,
    origins: listOr(TEXTS, oneOf(['*'], "'*' or an array of origins")),
    maxBodyBytes: POSITIVE,
    getStream: FLAG,
    bodyTimeoutMs: TIMER,
    decisionTimeoutMs: TIMER,
    decisionMode: oneOf(['enforce', 'report']),
    acceptActors: ACTORS,
    endStreamsAtExpiry: oneOf(['listening', 'all', false], "'listening', 'all' or false"),
    serveAuthorizationServerMetadata: FLAG,
    clockToleranceSeconds: COUNT,
    tokenCache: objectOr(
      strictObjectOf({}, { maxEntries: POSITIVE, maxAgeSeconds: POSITIVE }),
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

/** Collects every option of a wrong type and every unknown option. */
export function schemaProblems(options: unknown): ConfigProblem[] {
  return isObject(options)
    ? findViolations(RESOURCE, options)
    : [{ path: 'options', message: `expected an object, found ${kindOf(options)}` }]
}

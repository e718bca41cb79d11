/** The schema of the options: their names and types. `rules.ts` checks their values. */

import type { ConfigProblem } from '../contract/config-error.ts'
import { isObject, kindOf } from '../lib/json.ts'
import { KEY_SET } from '../metadata/authorization-server.ts'
import type { Feature, TokenFormats } from '../resource/feature.ts'
import {
  anything,
  findViolations,
  listOf,
  listOr,
  objectBy,
  objectOf,
  objectOr,
  oneOf,
  type Shape,
  strictObjectOf,
  typed,
  valueThat,
} from '../schema/shapes.ts'
import {
  COUNT,
  FLAG,
  FUNCTION,
  MEMBERS,
  POSITIVE,
  SECONDS,
  TEXT,
  TEXT_OR_TEXTS,
  TEXTS,
} from './option-types.ts'

const JWT = strictObjectOf(
  { kind: anything() },
  {
    profile: oneOf(['standard', 'rfc9068']),
    algorithms: TEXTS,
    requiredClaims: TEXTS,
    maxTokenAgeSeconds: POSITIVE,
  },
)

const CLAIM_NAMES = strictObjectOf(
  {},
  {
    scope: TEXT_OR_TEXTS,
    clientId: TEXT_OR_TEXTS,
    audience: TEXT,
    subject: TEXT,
    scopePrefix: TEXT,
  },
)

const ISSUER_TEMPLATE = strictObjectOf(
  {
    pattern: TEXT_OR_TEXTS,
    claim: TEXT,
    allow: listOr(TEXTS, typed('function', 'an array of tenants or a function')),
  },
  { issuerFits: oneOf(['pattern', 'tenant']) },
)

const TOKEN_CACHE = objectOr(
  strictObjectOf({}, { maxEntries: POSITIVE, maxBytes: POSITIVE, maxAgeSeconds: POSITIVE }),
  oneOf([false], 'false or an object'),
)

const ACTORS = valueThat(
  (value) => value === 'any' || value === 'none' || typeof value === 'function',
  "'any', 'none' or a function",
)

/** Collects every option of a wrong type and every unknown option. */
export function schemaProblems(
  options: unknown,
  features: readonly Feature[],
  formats: TokenFormats,
): ConfigProblem[] {
  if (!isObject(options)) {
    return [{ path: 'options', message: `expected an object, found ${kindOf(options)}` }]
  }
  return findViolations(resourceShape(features, formats), options)
}

/** The members of one server. */
// @__NO_SIDE_EFFECTS__
export function serverShape(format: Shape): Shape {
  return strictObjectOf(
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
      accessToken: listOr(listOf(format), format),
      mapClaims: FUNCTION,
      tokenIssuers: TEXTS,
      claims: CLAIM_NAMES,
      issuerTemplate: ISSUER_TEMPLATE,
      advertised: FLAG,
      dangerouslyIgnoreKeyIssuer: FLAG,
    },
  )
}

/** The schema of a token format. */
function formatShape(formats: TokenFormats): Shape {
  const shapes: Record<string, Shape> = {
    jwt: JWT,
    introspection: ofFeature('introspection(options)'),
    custom: ofFeature('custom(options)'),
  }
  for (const { name, shape } of Object.values(formats)) shapes[name] = shape
  return objectOr(
    objectBy('kind', shapes),
    oneOf(['jwt'], "'jwt', or an object whose kind is 'jwt', 'introspection' or 'custom'"),
  )
}

/** An option of a feature that is not plugged in: only the core entry has such resources. */
// @__NO_SIDE_EFFECTS__
function ofFeature(call: string): Shape {
  const name = call.replace(/\W.*/, '')
  return valueThat(() => false, `${call} (import { ${name} } from 'mcp-gatehouse/core')`)
}

/** The members of a resource. The shapes of its features replace those of the same name. */
function resourceShape(features: readonly Feature[], formats: TokenFormats): Shape {
  const shapes: Record<string, Shape> = {
    scopesSupported: TEXTS,
    metadata: MEMBERS,
    metadataUrl: TEXT,
    audience: TEXT_OR_TEXTS,
    requiredScopes: TEXTS,
    challengeScopes: TEXTS,
    scopeHierarchy: objectOf({}, {}, TEXTS),
    operations: ofFeature('operations(policy)'),
    customMethods: ofFeature('operations(policy, { customMethods })'),
    repeatGrantedScopes: FLAG,
    metadataMaxAgeSeconds: SECONDS,
    dpop: ofFeature('dpop()'),
    mtls: ofFeature('mtls()'),
    revocation: ofFeature('revocation(options)'),
    audit: ofFeature('audit(write)'),
    features: valueThat(() => false, 'an array of features with different names'),
    sessions: ofFeature('sessions({ secret })'),
    token: FUNCTION,
    origins: listOr(TEXTS, oneOf(['*'], "'*' or an array of origins")),
    maxBodyBytes: ofFeature('operations(policy, { maxBodyBytes })'),
    getStream: FLAG,
    bodyTimeoutMs: ofFeature('operations(policy, { bodyTimeoutMs })'),
    decisionTimeoutMs: ofFeature('operations(policy, { decisionTimeoutMs })'),
    decisionMode: ofFeature('operations(policy, { decisionMode })'),
    acceptActors: ACTORS,
    endStreamsAtExpiry: oneOf(['listening', 'all', false], "'listening', 'all' or false"),
    serveAuthorizationServerMetadata: FLAG,
    clockToleranceSeconds: COUNT,
    tokenCache: TOKEN_CACHE,
    documentStore: objectOf({ get: FUNCTION, set: FUNCTION }),
    documentStoreSecret: TEXT_OR_TEXTS,
    staleIfErrorSeconds: COUNT,
    fetch: FUNCTION,
    now: FUNCTION,
    onEvent: FUNCTION,
    measureDurations: FLAG,
    dangerouslyAllowHttp: FLAG,
  }
  for (const feature of features) {
    if (feature.kind !== 'tokenFormat') Object.assign(shapes, feature.shapes)
  }
  return strictObjectOf(
    {
      resource: TEXT,
      authorizationServers: listOf(
        objectOr(
          serverShape(formatShape(formats)),
          typed('string', 'an issuer or an object with issuer'),
        ),
      ),
    },
    shapes,
  )
}

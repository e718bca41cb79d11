/** The schema of the options: their names and types, and what each value must be. `rules.ts` compares them. */

import type { JsonObject } from '../lib/json.ts'
import { KEY_SET } from '../metadata/authorization-server.ts'
import type { Feature, TokenFormats } from '../resource/feature.ts'
import {
  anything,
  listOf,
  listOr,
  objectBy,
  objectOf,
  objectOr,
  oneOf,
  ruled,
  type Shape,
  type SortedViolations,
  sortViolations,
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
  SCOPES,
  SECONDS,
  TEXT,
  TEXT_OR_TEXTS,
  TEXTS,
} from './option-types.ts'
import { scopePrefixProblem } from './scope-prefix-rules.ts'
import { algorithmsProblem } from './token-format-rules.ts'
import {
  audienceProblem,
  clockToleranceProblem,
  emptyProblem,
  namesProblem,
  originProblem,
  storeSecretProblem,
  tenantProblem,
  tenantsProblem,
} from './value-rules.ts'

const NAME = ruled(TEXT, emptyProblem)
const NAMES = listOr(ruled(listOf(NAME), namesProblem), ruled(TEXT_OR_TEXTS, emptyProblem))
const AUDIENCE = ruled(TEXT_OR_TEXTS, audienceProblem)

const JWT = strictObjectOf(
  { kind: anything() },
  {
    profile: oneOf(['standard', 'rfc9068']),
    algorithms: ruled(TEXTS, algorithmsProblem),
    requiredClaims: listOf(NAME),
    maxTokenAgeSeconds: POSITIVE,
  },
)

const CLAIM_NAMES = strictObjectOf(
  {},
  {
    scope: NAMES,
    clientId: NAMES,
    audience: TEXT,
    subject: NAME,
    scopePrefix: ruled(TEXT, scopePrefixProblem),
  },
)

const ISSUER_TEMPLATE = strictObjectOf(
  {
    pattern: TEXT_OR_TEXTS,
    claim: NAME,
    allow: listOr(
      ruled(listOf(ruled(TEXT, tenantProblem)), tenantsProblem),
      typed('function', 'an array of tenants or a function'),
    ),
  },
  { issuerFits: oneOf(['pattern', 'tenant']) },
)

const STORE_SECRET = ruled(
  listOr(listOf(ruled(TEXT, storeSecretProblem)), TEXT_OR_TEXTS),
  storeSecretProblem,
)

const TOKEN_CACHE = objectOr(
  strictObjectOf({}, { maxEntries: POSITIVE, maxBytes: POSITIVE, maxAgeSeconds: POSITIVE }),
  oneOf([false], 'false or an object'),
)

const ACTORS = valueThat(
  (value) => value === 'any' || value === 'none' || typeof value === 'function',
  "'any', 'none' or a function",
)

/** Collects every unknown option and wrong type, and every value that is a mistake by itself. */
export function schemaProblems(
  options: JsonObject,
  features: readonly Feature[],
  formats: TokenFormats,
): SortedViolations {
  return sortViolations(resourceShape(features, formats), options)
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
      audience: AUDIENCE,
      dangerouslyAllowMissingAudience: FLAG,
      accessToken: listOr(listOf(format), format),
      mapClaims: FUNCTION,
      tokenIssuers: listOf(NAME),
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
    scopesSupported: SCOPES,
    metadata: MEMBERS,
    metadataUrl: TEXT,
    audience: AUDIENCE,
    requiredScopes: SCOPES,
    challengeScopes: SCOPES,
    scopeHierarchy: objectOf({}, {}, TEXTS),
    operations: ofFeature('operations(policy)'),
    customMethods: ofFeature('operations(policy, { customMethods })'),
    repeatGrantedScopes: FLAG,
    metadataMaxAgeSeconds: SECONDS,
    dpop: ofFeature('dpop()'),
    mtls: ofFeature('mtls()'),
    revocation: ofFeature('revocation(options)'),
    audit: ofFeature('audit(write)'),
    features: valueThat(
      () => false,
      "features with different names (import { protectedResource } from 'mcp-gatehouse/core')",
    ),
    sessions: ofFeature('sessions({ secret })'),
    token: FUNCTION,
    origins: listOr(listOf(ruled(TEXT, originProblem)), oneOf(['*'], "'*' or an array of origins")),
    maxBodyBytes: ofFeature('operations(policy, { maxBodyBytes })'),
    getStream: FLAG,
    bodyTimeoutMs: ofFeature('operations(policy, { bodyTimeoutMs })'),
    decisionTimeoutMs: ofFeature('operations(policy, { decisionTimeoutMs })'),
    decisionMode: ofFeature('operations(policy, { decisionMode })'),
    acceptActors: ACTORS,
    endStreamsAtExpiry: oneOf(['listening', 'all', false], "'listening', 'all' or false"),
    serveAuthorizationServerMetadata: FLAG,
    clockToleranceSeconds: ruled(COUNT, clockToleranceProblem),
    tokenCache: TOKEN_CACHE,
    documentStore: objectOf({ get: FUNCTION, set: FUNCTION }),
    documentStoreSecret: STORE_SECRET,
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

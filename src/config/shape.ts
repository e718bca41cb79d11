/** The shape of options: which there are, and of what type. What their values mean is in `rules.ts`. */

import * as v from 'valibot'
import type { ConfigProblem } from '../errors.ts'
import { kindOf } from '../lib/json.ts'

const TEXTS = v.array(v.string())
const TEXT_OR_TEXTS = v.union([v.string(), TEXTS], 'a string or an array of strings')
const FUNCTION = v.function()
const COUNT = v.pipe(
  v.number(),
  v.check((value) => Number.isFinite(value) && value >= 0, 'must be a number of at least 0'),
)
const POSITIVE = v.pipe(
  v.number(),
  v.check((value) => Number.isFinite(value) && value > 0, 'must be a number above 0'),
)
const MEMBERS = v.record(v.string(), v.unknown())

const JWT = v.strictObject({
  kind: v.literal('jwt'),
  profile: v.optional(v.picklist(['standard', 'rfc9068'])),
  algorithms: v.optional(TEXTS),
  requiredClaims: v.optional(TEXTS),
  maxTokenAgeSeconds: v.optional(POSITIVE),
})

const INTROSPECTION = v.strictObject({
  kind: v.literal('introspection'),
  endpoint: v.optional(v.string()),
  clientId: v.string(),
  clientSecret: v.optional(v.string()),
  privateKey: v.optional(v.unknown()),
  keyId: v.optional(v.string()),
  authMethod: v.optional(
    v.picklist(['client_secret_basic', 'client_secret_post', 'private_key_jwt']),
  ),
  cacheSeconds: v.optional(COUNT),
  signedResponse: v.optional(v.boolean()),
  accepts: v.optional(FUNCTION),
})

const CUSTOM = v.strictObject({
  kind: v.literal('custom'),
  accepts: v.optional(FUNCTION),
  cacheSeconds: v.optional(COUNT),
  verify: FUNCTION,
})

const KIND = v.union(
  [v.literal('jwt'), v.variant('kind', [JWT, INTROSPECTION, CUSTOM])],
  "'jwt', or an object whose kind is 'jwt', 'introspection' or 'custom'",
)

const SERVER = v.strictObject({
  issuer: v.string(),
  fetch: v.optional(FUNCTION),
  timeoutMs: v.optional(POSITIVE),
  maxBytes: v.optional(POSITIVE),
  dangerouslyAllowHttp: v.optional(v.boolean()),
  type: v.optional(v.picklist(['oauth', 'oidc'])),
  transform: v.optional(FUNCTION),
  metadata: v.optional(MEMBERS),
  metadataUrl: v.optional(v.string()),
  jwks: v.optional(v.looseObject({ keys: v.array(v.looseObject({})) })),
  jwksUri: v.optional(v.string()),
  audience: v.optional(TEXT_OR_TEXTS),
  dangerouslyAllowMissingAudience: v.optional(v.boolean()),
  accessToken: v.optional(
    v.union([KIND, v.array(KIND)], 'a kind of access token or a list of kinds'),
  ),
  mapClaims: v.optional(FUNCTION),
  tokenIssuers: v.optional(TEXTS),
  claims: v.optional(
    v.strictObject({
      scope: v.optional(TEXT_OR_TEXTS),
      clientId: v.optional(TEXT_OR_TEXTS),
      audience: v.optional(v.string()),
      subject: v.optional(v.string()),
    }),
  ),
  issuerTemplate: v.optional(
    v.strictObject({
      pattern: TEXT_OR_TEXTS,
      claim: v.string(),
      allow: v.union([TEXTS, FUNCTION], 'an array of tenants or a function'),
    }),
  ),
})

const STORE = v.looseObject({ get: FUNCTION, set: FUNCTION })

const DPOP = v.strictObject({
  required: v.optional(v.boolean()),
  algorithms: v.optional(TEXTS),
  windowSeconds: v.optional(POSITIVE),
  nonce: v.optional(
    v.strictObject({ secret: TEXT_OR_TEXTS, lifetimeSeconds: v.optional(POSITIVE) }),
  ),
  replay: v.optional(
    v.union([v.literal(false), v.looseObject({ add: FUNCTION })], 'a store or false'),
  ),
})

const MTLS = v.strictObject({
  required: v.optional(v.boolean()),
  dangerouslyTrustHeader: v.optional(v.string()),
})

const RESOURCE = v.strictObject({
  resource: v.string(),
  authorizationServers: v.array(
    v.union([v.string(), SERVER], 'an issuer or an object with issuer'),
  ),
  scopesSupported: v.optional(TEXTS),
  metadata: v.optional(MEMBERS),
  audience: v.optional(TEXT_OR_TEXTS),
  requiredScopes: v.optional(TEXTS),
  challengeScopes: v.optional(TEXTS),
  scopeHierarchy: v.optional(v.record(v.string(), TEXTS)),
  operations: v.optional(v.union([FUNCTION, MEMBERS], 'an object or a function')),
  repeatGrantedScopes: v.optional(v.boolean()),
  metadataMaxAgeSeconds: v.optional(COUNT),
  dpop: v.optional(v.union([v.boolean(), DPOP], 'a boolean or an object')),
  mtls: v.optional(v.union([v.boolean(), MTLS], 'a boolean or an object')),
  token: v.optional(FUNCTION),
  origins: v.optional(v.union([v.literal('*'), TEXTS], "'*' or an array of origins")),
  maxBodyBytes: v.optional(POSITIVE),
  endStreamsAtExpiry: v.optional(
    v.union([v.literal(false), v.picklist(['listening', 'all'])], "'listening', 'all' or false"),
  ),
  serveAuthorizationServerMetadata: v.optional(v.boolean()),
  clockToleranceSeconds: v.optional(COUNT),
  tokenCache: v.optional(
    v.union(
      [
        v.literal(false),
        v.strictObject({ maxEntries: v.optional(POSITIVE), maxAgeSeconds: v.optional(POSITIVE) }),
      ],
      'false or an object',
    ),
  ),
  documentStore: v.optional(STORE),
  documentStoreSecret: v.optional(TEXT_OR_TEXTS),
  staleIfErrorSeconds: v.optional(COUNT),
  fetch: v.optional(FUNCTION),
  now: v.optional(FUNCTION),
  onEvent: v.optional(FUNCTION),
  dangerouslyAllowHttp: v.optional(v.boolean()),
})

/** Every option of the wrong type, and every option that does not exist. */
export function shapeProblems(options: unknown): ConfigProblem[] {
  const parsed = v.safeParse(RESOURCE, options)
  return parsed.success ? [] : parsed.issues.flatMap((issue) => problemsOf(issue, ''))
}

/** A value that fits none of several shapes is explained by the shape that it came closest to. */
function problemsOf(issue: v.BaseIssue<unknown>, parent: string): ConfigProblem[] {
  const path = parent + pathOf(issue)
  const nested = closest(issue)
  if (nested.length > 0) return nested.flatMap((each) => problemsOf(each, path))
  return [{ path: path === '' ? 'options' : path.replace(/^\./, ''), message: messageOf(issue) }]
}

/** Only an issue within the value says more than that the value fits none of the shapes. */
function closest(issue: v.BaseIssue<unknown>): readonly v.BaseIssue<unknown>[] {
  if (issue.type !== 'union') return []
  return (issue.issues ?? []).filter((each) => each.path !== undefined || each.type === 'union')
}

function messageOf(issue: v.BaseIssue<unknown>): string {
  if (issue.kind === 'validation') return issue.message
  if (issue.expected === 'never') return 'is not an option; remove it or correct its spelling'
  const expected = issue.type === 'union' ? issue.message : (issue.expected ?? 'another value')
  return `expected ${expected}, found ${kindOf(issue.input)}`
}

function pathOf(issue: v.BaseIssue<unknown>): string {
  return (issue.path ?? [])
    .map(({ key }) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
}

/** The shape of options: which there are, and of what type. What their values mean is in `rules.ts`. */

import * as v from 'valibot'
import type { ConfigProblem } from '../errors.ts'
import { isObject, kindOf } from '../lib/json.ts'

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
const SECONDS = v.pipe(
  v.number(),
  v.check(
    (value) => Number.isSafeInteger(value) && value >= 0,
    'must be a whole number of at least 0',
  ),
)
const MEMBERS = v.custom<Record<string, unknown>>(isObject, 'an object')

/**
 * An object with these members and no others. `strictObject` would name only the first of several
 * unknown ones.
 */
function named<Entries extends v.ObjectEntries>(entries: Entries) {
  return v.pipe(
    v.looseObject(entries),
    v.rawCheck(({ dataset: { value }, addIssue }) => {
      if (!isObject(value)) return
      for (const key of Object.keys(value)) {
        if (Object.hasOwn(entries, key)) continue
        const path = {
          type: 'object',
          origin: 'key',
          input: value,
          key,
          value: value[key],
        } as const
        addIssue({ message: 'is not an option; remove it or correct its spelling', path: [path] })
      }
    }),
  )
}

const JWT = named({
  kind: v.literal('jwt'),
  profile: v.optional(v.picklist(['standard', 'rfc9068'])),
  algorithms: v.optional(TEXTS),
  requiredClaims: v.optional(TEXTS),
  maxTokenAgeSeconds: v.optional(POSITIVE),
})

const INTROSPECTION = named({
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

const CUSTOM = named({
  kind: v.literal('custom'),
  accepts: v.optional(FUNCTION),
  cacheSeconds: v.optional(COUNT),
  verify: FUNCTION,
})

const KIND = v.union(
  [v.literal('jwt'), v.variant('kind', [JWT, INTROSPECTION, CUSTOM])],
  "'jwt', or an object whose kind is 'jwt', 'introspection' or 'custom'",
)

const SERVER = named({
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
    named({
      scope: v.optional(TEXT_OR_TEXTS),
      clientId: v.optional(TEXT_OR_TEXTS),
      audience: v.optional(v.string()),
      subject: v.optional(v.string()),
    }),
  ),
  issuerTemplate: v.optional(
    named({
      pattern: TEXT_OR_TEXTS,
      claim: v.string(),
      allow: v.union([TEXTS, FUNCTION], 'an array of tenants or a function'),
    }),
  ),
})

const STORE = v.looseObject({ get: FUNCTION, set: FUNCTION })

const DPOP = named({
  required: v.optional(v.boolean()),
  algorithms: v.optional(TEXTS),
  windowSeconds: v.optional(POSITIVE),
  nonce: v.optional(named({ secret: TEXT_OR_TEXTS, lifetimeSeconds: v.optional(POSITIVE) })),
  replay: v.optional(
    v.union([v.literal(false), v.looseObject({ add: FUNCTION })], 'a store or false'),
  ),
})

const MTLS = named({
  required: v.optional(v.boolean()),
  dangerouslyTrustHeader: v.optional(v.string()),
})

const RESOURCE = named({
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
  metadataMaxAgeSeconds: v.optional(SECONDS),
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
        named({ maxEntries: v.optional(POSITIVE), maxAgeSeconds: v.optional(POSITIVE) }),
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
  measureDurations: v.optional(v.boolean()),
  dangerouslyAllowHttp: v.optional(v.boolean()),
})

/** Every option of the wrong type, and every option that does not exist. */
export function shapeProblems(options: unknown): ConfigProblem[] {
  if (!isObject(options)) {
    return [{ path: 'options', message: `expected an object, found ${kindOf(options)}` }]
  }
  const parsed = v.safeParse(RESOURCE, options)
  return parsed.success ? [] : parsed.issues.flatMap((issue) => problemsOf(issue, ''))
}

/** A value that fits none of several shapes is explained by the shape that it came closest to. */
function problemsOf(issue: v.BaseIssue<unknown>, parent: string): ConfigProblem[] {
  const path = parent + pathOf(issue)
  const nested = closest(issue)
  if (nested.length > 0) return nested.flatMap((each) => problemsOf(each, path))
  return [{ path: path.replace(/^\./, ''), message: messageOf(issue) }]
}

/** Only an issue within the value says more than that the value fits none of the shapes. */
function closest(issue: v.BaseIssue<unknown>): readonly v.BaseIssue<unknown>[] {
  if (issue.type !== 'union') return []
  const nested = issue.issues ?? []
  // Of "one or a list of them" a list is meant by whoever gives a list, and by nobody else.
  if (Array.isArray(issue.input)) return nested.filter((each) => each.path?.[0]?.type === 'array')
  return nested.filter((each) => each.path !== undefined || each.type === 'union')
}

function messageOf(issue: v.BaseIssue<unknown>): string {
  if (issue.kind === 'validation') return issue.message
  // Valibot reports a missing member as an issue of the object, and a wrong one as the member's own.
  if (issue.type.endsWith('_object') && issue.path !== undefined) return 'is missing'
  const isNamed = issue.type === 'union' || issue.type === 'custom'
  const expected = isNamed ? issue.message : expectedOf(issue)
  return `expected ${expected}, found ${Number.isNaN(issue.input) ? 'NaN' : kindOf(issue.input)}`
}

const NAMES: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  boolean: 'a boolean',
  Array: 'an array',
  Object: 'an object',
  Function: 'a function',
}

function expectedOf({ expected }: v.BaseIssue<unknown>): string {
  return NAMES[expected ?? ''] ?? expected?.replace(/^\((.*)\)$/, '$1') ?? 'another value'
}

function pathOf(issue: v.BaseIssue<unknown>): string {
  return (issue.path ?? [])
    .map(({ key }) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
}

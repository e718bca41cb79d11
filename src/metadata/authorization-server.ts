/** Authorization server metadata and key sets as documents: what may stand in them. */

import * as v from 'valibot'
import { kindOf } from '../lib/json.ts'
import { fail, type Result, succeed } from '../lib/result.ts'
import { isSecureTransport, parseUrl } from '../lib/safe-url.ts'
import type { AuthorizationServerMetadata, JwkSet } from '../options.ts'

/**
 * RFC 8414 §2 and OpenID Connect Discovery §3: what is known is type-checked, what is unknown stays.
 * Members that only concern clients are not required of a server: we do not police what we do not use.
 */
const METADATA = v.looseObject({
  issuer: v.string(),
  jwks_uri: v.optional(v.string()),
  introspection_endpoint: v.optional(v.string()),
  authorization_endpoint: v.optional(v.string()),
  token_endpoint: v.optional(v.string()),
  registration_endpoint: v.optional(v.string()),
  scopes_supported: v.optional(v.array(v.string())),
  response_types_supported: v.optional(v.array(v.string())),
  grant_types_supported: v.optional(v.array(v.string())),
  code_challenge_methods_supported: v.optional(v.array(v.string())),
  introspection_endpoint_auth_methods_supported: v.optional(v.array(v.string())),
  dpop_signing_alg_values_supported: v.optional(v.array(v.string())),
  protected_resources: v.optional(v.array(v.string())),
})

/** RFC 7517 §5; what a key needs is judged key by key, so that one odd key does not cost the set. */
const KEY_SET = v.looseObject({ keys: v.array(v.looseObject({})) })

/** The endpoints that we call ourselves, and that must therefore be https (RFC 8414 §2). */
const CALLED = ['jwks_uri', 'introspection_endpoint'] as const

/** Which member of a document does not fit, and why, without its value. */
export interface Misfit {
  /** Such as `jwks_uri`; `document` for the whole of it. */
  readonly member: string
  readonly message: string
}

/** Checks a metadata document. */
export function parseAuthorizationServerMetadata(
  document: unknown,
  allowHttp: boolean,
): Result<AuthorizationServerMetadata, Misfit> {
  const parsed = parseWith(METADATA, document)
  if (!parsed.ok) return parsed
  for (const member of CALLED) {
    const message = endpointProblem(parsed.value[member], allowHttp)
    if (message !== undefined) return fail({ member, message })
  }
  return succeed(parsed.value as AuthorizationServerMetadata)
}

/** Checks a key set document, but not the keys in it. Fails with a sentence. */
export function parseKeySet(document: unknown): Result<JwkSet, string> {
  const parsed = parseWith(KEY_SET, document)
  return parsed.ok ? parsed : fail(formatMisfit(parsed.error))
}

export function formatMisfit({ member, message }: Misfit): string {
  return `${member}: ${message}`
}

/** What is wrong with a URL that we are going to call. */
export function endpointProblem(
  endpoint: string | undefined,
  allowHttp: boolean,
): string | undefined {
  if (endpoint === undefined) return undefined
  const url = parseUrl(endpoint)
  if (url === undefined) return 'is not a URL'
  if (!isSecureTransport(url, allowHttp)) {
    return 'must be an https URL; plain http is for loopback addresses only'
  }
  return url.username === '' && url.password === ''
    ? undefined
    : 'must not hold a user name or password'
}

/** Judges, and returns the document itself: it is passed on in the order in which it was served. */
function parseWith<Schema extends v.GenericSchema>(
  schema: Schema,
  document: unknown,
): Result<v.InferOutput<Schema>, Misfit> {
  const parsed = v.safeParse(schema, document, { abortEarly: true })
  return parsed.success
    ? succeed(document as v.InferOutput<Schema>)
    : fail(describeIssue(parsed.issues[0]))
}

/** Valibot's own messages repeat the input; ours say what kind of thing was found instead. */
function describeIssue(issue: v.BaseIssue<unknown>): Misfit {
  const member = v.getDotPath(issue) ?? 'document'
  if (issue.input === undefined) return { member, message: 'is missing' }
  const expected = issue.expected?.replace('Array', 'array').replace('Object', 'object')
  const message = `expected ${expected ?? 'another value'}, found ${kindOf(issue.input)}`
  return { member, message }
}

/** Authorization server metadata and key sets as documents: what may stand in them. */

import type { AuthorizationServerMetadata, JwkSet } from '../contract/documents.ts'
import { isObject } from '../lib/json.ts'
import { fail, type Result, succeed } from '../lib/result.ts'
import { isSecureTransport, parseUrl } from '../lib/safe-url.ts'
import { anything, findMisfits, listOf, objectOf, type Shape, typed } from '../schema/shapes.ts'

const TEXT = typed('string')
const TEXTS = listOf(TEXT)

/**
 * RFC 8414 §2 and OpenID Connect Discovery §3: what is known is type-checked, what is unknown stays.
 * Members that only concern clients are not required of a server: we do not police what we do not use.
 */
const METADATA = objectOf(
  { issuer: TEXT },
  {
    jwks_uri: TEXT,
    introspection_endpoint: TEXT,
    authorization_endpoint: TEXT,
    token_endpoint: TEXT,
    registration_endpoint: TEXT,
    scopes_supported: TEXTS,
    response_types_supported: TEXTS,
    grant_types_supported: TEXTS,
    code_challenge_methods_supported: TEXTS,
    introspection_endpoint_auth_methods_supported: TEXTS,
    dpop_signing_alg_values_supported: TEXTS,
    protected_resources: TEXTS,
  },
)

/** RFC 7517 §5; what a key needs is judged key by key, so that one odd key does not cost the set. */
export const KEY_SET = objectOf({ keys: listOf(objectOf({})) })
/** A published set may hold entries that are not keys: they are ignored (RFC 7517 §5). */
const PUBLISHED_KEY_SET = objectOf({ keys: listOf(anything()) })

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
  const parsed = parseWith<AuthorizationServerMetadata>(METADATA, document)
  if (!parsed.ok) return parsed
  for (const member of CALLED) {
    const message = endpointProblem(parsed.value[member] as string | undefined, allowHttp)
    if (message !== undefined) return fail({ member, message })
  }
  return parsed
}

/** Checks a key set document, but not the keys in it. Fails with a sentence. */
export function parseKeySet(document: unknown): Result<JwkSet, string> {
  const parsed = parseWith<{ readonly keys: readonly unknown[] }>(PUBLISHED_KEY_SET, document)
  if (!parsed.ok) return fail(formatMisfit(parsed.error))
  return succeed({ keys: parsed.value.keys.filter(isObject) })
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
function parseWith<Document>(shape: Shape, document: unknown): Result<Document, Misfit> {
  const [misfit] = findMisfits(shape, document, 'first')
  if (misfit === undefined) return succeed(document as Document)
  return fail({ member: misfit.path || 'document', message: misfit.message })
}

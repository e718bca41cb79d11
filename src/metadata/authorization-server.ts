/** Schemas of authorization server metadata and key sets. */

import type { AuthorizationServerMetadata, JwkSet } from '../contract/documents.ts'
import { endpointProblem } from '../identifiers/url-problem.ts'
import { isObject } from '../lib/json.ts'
import { fail, type Result, succeed } from '../lib/result.ts'
import { anything, findViolation, listOf, objectOf, type Shape, typed } from '../schema/shapes.ts'

const TEXT = typed('string')
const TEXTS = listOf(TEXT)

/**
 * RFC 8414 §2 and OpenID Connect Discovery §3: known members are type-checked, unknown members stay.
 * Members that only clients use are not required.
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

/** RFC 7517 §5. Keys are checked one by one later, so that one invalid key does not invalidate the set. */
export const KEY_SET = objectOf({ keys: listOf(objectOf({})) })
/** Entries of a published set that are not keys are ignored (RFC 7517 §5). */
const PUBLISHED_KEY_SET = objectOf({ keys: listOf(anything()) })

/** The URLs that this library fetches. They must use https (RFC 8414 §2). */
const CALLED = ['jwks_uri', 'introspection_endpoint'] as const

/** A mistake in a document. Does not contain the value. */
interface DocumentViolation {
  /** The member, such as `jwks_uri`; `document` for the document itself. */
  readonly member: string
  readonly message: string
}

/** Parses a metadata document. */
export function parseAuthorizationServerMetadata(
  document: unknown,
  allowHttp: boolean,
): Result<AuthorizationServerMetadata, DocumentViolation> {
  const parsed = parseWith<AuthorizationServerMetadata>(METADATA, document)
  if (!parsed.ok) return parsed
  for (const member of CALLED) {
    const message = endpointProblem(parsed.value[member] as string | undefined, allowHttp)
    if (message !== undefined) return fail({ member, message })
  }
  return parsed
}

/** Parses a key set, but not its keys. Fails with a sentence. */
export function parseKeySet(document: unknown): Result<JwkSet, string> {
  const parsed = parseWith<{ readonly keys: readonly unknown[] }>(PUBLISHED_KEY_SET, document)
  if (!parsed.ok) return fail(formatViolation(parsed.error))
  return succeed({ keys: parsed.value.keys.filter(isObject) })
}

/** Member and message as one sentence. */
export function formatViolation({ member, message }: DocumentViolation): string {
  return `${member}: ${message}`
}

/** Returns the document itself, so that its members keep their order. */
function parseWith<Document>(shape: Shape, document: unknown): Result<Document, DocumentViolation> {
  const violation = findViolation(shape, document)
  if (violation === undefined) return succeed(document as Document)
  return fail({ member: violation.path || 'document', message: violation.message })
}

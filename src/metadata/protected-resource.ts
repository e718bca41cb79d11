/** Builds the protected resource metadata (RFC 9728 §2). */

import type { ProtectedResourceMetadata } from '../contract/documents.ts'

/** The values of the document. `further` holds the members that the application configures. */
export interface ProtectedResourceFacts {
  readonly resource: string
  readonly issuers: readonly string[]
  readonly scopesSupported: readonly string[]
  /** Whether tokens are read from `Authorization` and not with the `token` option. */
  readonly usesAuthorizationHeader: boolean
  /** The members that features add. */
  readonly features: Readonly<Record<string, unknown>>
  readonly further: Readonly<Record<string, unknown>>
}

/** Members that are derived from options, so that the document states what is enforced. */
export const OWN_MEMBERS: ReadonlySet<string> = /* @__PURE__ */ new Set([
  'resource',
  'authorization_servers',
  'scopes_supported',
  'dpop_signing_alg_values_supported',
  'dpop_bound_access_tokens_required',
  'tls_client_certificate_bound_access_tokens',
])

/**
 * Builds the document. Members without a value are omitted (RFC 9728 §3.2), except a configured
 * `bearer_methods_supported: []`, which states that no bearer method is supported.
 */
export function buildProtectedResourceMetadata(
  facts: ProtectedResourceFacts,
): ProtectedResourceMetadata {
  return {
    resource: facts.resource,
    authorization_servers: facts.issuers,
    ...withoutBlanks({
      scopes_supported: facts.scopesSupported,
      bearer_methods_supported: facts.usesAuthorizationHeader ? ['header'] : undefined,
      ...facts.features,
    }),
    ...withoutBlanks(facts.further),
  }
}

function withoutBlanks(members: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(members).filter(([name, value]) =>
      name === 'bearer_methods_supported' ? value != null : !isBlank(value),
    ),
  )
}

function isBlank(value: unknown): boolean {
  return value === undefined || value === null || (Array.isArray(value) && value.length === 0)
}

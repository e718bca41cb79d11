/** The metadata of a test issuer: everything that an MCP client requires. */

import type { AuthorizationServerMetadata } from '../contract/documents.ts'
import { SUPPORTED_ALGORITHMS } from '../crypto/algorithms.ts'
import { definedMembers } from '../lib/own-members.ts'

/**
 * A document that the issuer serves, counts the requests for, and can make fail.
 *
 * @example
 * ```ts
 * async function statusWhile(failure: TestFailure, document: TestDocument) {
 *   const issuer = createTestIssuer({ resource: 'https://api.example.com/notes' })
 *   issuer.fail(failure, document)
 *   const handle = protect(resourceFor(issuer), () => new Response('done'))
 *   const headers = { Authorization: `Bearer ${await issuer.token()}` }
 *   return (await handle(new Request('https://api.example.com/notes', { headers }))).status
 * }
 * ```
 */
export type TestDocument = 'metadata' | 'jwks' | 'introspection'

/** Builds the document. Members of `further` win; `undefined` leaves a member out. */
export function buildTestMetadata(
  issuer: string,
  algorithm: string,
  further: Readonly<Record<string, unknown>> = {},
): AuthorizationServerMetadata {
  const base = issuer.replace(/\/$/, '')
  return definedMembers({
    issuer,
    authorization_endpoint: `${base}/authorize`,
    token_endpoint: `${base}/token`,
    jwks_uri: `${base}/jwks`,
    introspection_endpoint: `${base}/introspect`,
    response_types_supported: ['code'],
    grant_types_supported: ['authorization_code', 'refresh_token'],
    code_challenge_methods_supported: ['S256'],
    token_endpoint_auth_methods_supported: ['none', 'client_secret_basic'],
    introspection_endpoint_auth_methods_supported: ['client_secret_basic', 'private_key_jwt'],
    // RFC 8414 §2: required beside `private_key_jwt`.
    introspection_endpoint_auth_signing_alg_values_supported: [...SUPPORTED_ALGORITHMS],
    introspection_signing_alg_values_supported: [algorithm],
    dpop_signing_alg_values_supported: ['ES256'],
    // OpenID Connect Discovery 1.0 §3 requires them, and some clients reject the document without them.
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: [algorithm],
    client_id_metadata_document_supported: true,
    authorization_response_iss_parameter_supported: true,
    ...further,
  })
}

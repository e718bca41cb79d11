/** Checks how well an authorization server suits MCP clients, according to its metadata. Fetches nothing. */

import type { AuthorizationServerMetadata } from '../contract/documents.ts'
import { CHECKS } from './authorization-server-checks.ts'

/**
 * A result of {@link checkAuthorizationServer}.
 *
 * @example
 * ```ts
 * async function findProblems(): Promise<string[]> {
 *   const metadata = await discoverAuthorizationServer('https://auth.example.com')
 *   const findings: readonly Finding[] = checkAuthorizationServer(metadata)
 *   return findings
 *     .filter(({ level }) => level !== 'pass')
 *     .map(({ id, message }) => `${id} ${message}`)
 * }
 * ```
 */
export interface Finding {
  /** The ID of the check. It is the same in every version. */
  id: string
  /**
   * `error`: clients or this resource cannot work with the server. `warning`: some clients cannot, or
   * they work less safely. `pass`: no mistake.
   */
  level: 'error' | 'warning' | 'pass'
  /** The consequence for MCP clients and, unless the level is `pass`, the fix. Contains no remote text. */
  message: string
  /** The section of the standard. */
  spec: string
}

/**
 * Checks how well an authorization server suits MCP clients, according to its metadata, for a start-up
 * log, a test or a command line. The result changes nothing: a resource accepts tokens of any server
 * whose tokens it can verify.
 *
 * Checks: the form of the issuer; the types of known members; authorization and token endpoint, the
 * code flow, PKCE with S256, client registration (metadata documents or dynamic), the issuer
 * parameter, keys, DPoP algorithms, public clients, refresh tokens, scopes, whether the server lists
 * the resource, and the presence of signed metadata; the form of the scopes and of the resource, where a
 * provider rejects others; scopes that the server does not publish; enterprise-managed authorization.
 *
 * Does not check: whether the metadata is true. The server may support more or less than it publishes.
 *
 * @param metadata The document, by wire names, as `discoverAuthorizationServer` returns it.
 * @param resource The resource identifier.
 * @param scopes The scopes that challenges of the resource and its metadata name.
 * @returns One finding per check, always in the same order, including those of level `pass`.
 * @example
 * ```ts
 * async function findProblems(): Promise<string[]> {
 *   const metadata = await discoverAuthorizationServer('https://auth.example.com')
 *   const findings: readonly Finding[] = checkAuthorizationServer(metadata)
 *   return findings
 *     .filter(({ level }) => level !== 'pass')
 *     .map(({ id, message }) => `${id} ${message}`)
 * }
 * ```
 * @see {@link https://www.rfc-editor.org/rfc/rfc8414.html#section-2 RFC 8414 §2}
 */
export function checkAuthorizationServer(
  metadata: AuthorizationServerMetadata,
  resource?: string,
  scopes: readonly string[] = [],
): Finding[] {
  const about = { resource, scopes }
  return CHECKS.map(({ id, spec, run }) => ({ id, ...run(metadata, about), spec }))
}

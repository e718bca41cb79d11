/** URLs of authorization server metadata (RFC 8414 §3.1, OpenID Connect Discovery §4.1). */

import type { AuthorizationServerType } from '../contract/documents.ts'

/** RFC 8414 §3: the registered well-known path. MCP 2025-03-26 clients request it at the origin of the MCP server. */
export const AUTHORIZATION_SERVER_PATH = '/.well-known/oauth-authorization-server'

/** OpenID Connect Discovery §4. */
export const OPENID_PATH = '/.well-known/openid-configuration'

/**
 * Lists the possible URLs of the metadata of an issuer, in the order in which clients try them.
 *
 * @param issuer The issuer identifier.
 * @param type `'oauth'`: the RFC 8414 path, inserted after the host. `'oidc'`: the OpenID Connect path,
 * appended to the issuer. Omitted: the order of MCP 2025-11-25 and later. For an issuer with a path,
 * that is OAuth inserted, OpenID inserted, OpenID appended.
 * @returns One to three URLs.
 * @throws {TypeError} If the issuer is not an absolute URL.
 * @example
 * ```ts
 * const type: AuthorizationServerType = 'oauth'
 * const urls = authorizationServerMetadataUrls('https://auth.example.com/acme', type)
 * // → ['https://auth.example.com/.well-known/oauth-authorization-server/acme']
 * ```
 * @see {@link https://www.rfc-editor.org/rfc/rfc8414.html#section-3.1 RFC 8414 §3.1}
 */
export function authorizationServerMetadataUrls(
  issuer: string,
  type?: AuthorizationServerType,
): string[] {
  const url = new URL(issuer)
  const origin = `${url.protocol}//${url.host}`
  const path = url.pathname.replace(/\/$/, '')
  const oauth = origin + AUTHORIZATION_SERVER_PATH + path
  const oidc = origin + path + OPENID_PATH
  if (type === 'oauth') return [oauth]
  if (type === 'oidc') return [oidc]
  return path === '' ? [oauth, oidc] : [oauth, origin + OPENID_PATH + path, oidc]
}

/** The formats of access token that a server issues. */

import type { AccessTokenKind, AuthorizationServerOptions } from '../contract/options.ts'

/** Where nothing is configured, a server issues JWTs. */
export function tokenFormatsOf(server: AuthorizationServerOptions): readonly AccessTokenKind[] {
  const { accessToken = 'jwt' } = server
  return Array.isArray(accessToken) ? accessToken : [accessToken as AccessTokenKind]
}

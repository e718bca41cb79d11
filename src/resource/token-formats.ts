/** The formats of the access tokens that a server issues. */

import type { AccessTokenKind } from '../contract/access-token-options.ts'
import type { AuthorizationServerOptions } from '../contract/authorization-server-options.ts'

/** Without configuration a server issues JWTs. */
export function tokenFormatsOf(server: AuthorizationServerOptions): readonly AccessTokenKind[] {
  const { accessToken = 'jwt' } = server
  return Array.isArray(accessToken) ? accessToken : [accessToken as AccessTokenKind]
}

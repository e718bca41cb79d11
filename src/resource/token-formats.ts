/** The formats of the access tokens that a server issues. */

import type { AccessTokenKind, JwtOptions } from '../contract/access-token-options.ts'
import type { AuthorizationServerOptions } from '../contract/authorization-server-options.ts'
import { ownMembers } from '../lib/own-members.ts'
import { isList } from '../lib/to-list.ts'

/** A format with its options. */
export type TokenFormat = Exclude<AccessTokenKind, string>

const JWT: JwtOptions = /* @__PURE__ */ ownMembers<JwtOptions>({ kind: 'jwt' })

/** Without configuration a server issues JWTs. */
export function tokenFormatsOf(server: AuthorizationServerOptions): readonly TokenFormat[] {
  const { accessToken = 'jwt' } = server
  const formats = isList<AccessTokenKind>(accessToken) ? accessToken : [accessToken]
  return formats.map((format) => (format === 'jwt' ? JWT : format))
}

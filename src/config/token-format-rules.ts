/** Rules for the token formats of the option `accessToken` of one server. */

import type { AuthorizationServerOptions } from '../contract/authorization-server-options.ts'
import { SUPPORTED_ALGORITHMS } from '../crypto/algorithms.ts'
import { ownMember } from '../lib/own-members.ts'
import type { TokenFormats } from '../resource/feature.ts'
import { type TokenFormat, tokenFormatsOf } from '../resource/token-formats.ts'
import type { Report } from './report.ts'

/** Whether verification needs the server's key set: for its tokens or for its signed responses. */
export function needsKeys(server: AuthorizationServerOptions, formats: TokenFormats): boolean {
  return tokenFormatsOf(server).some(
    (format) => isJwt(format) || ownMember(formats, format.kind)?.needsKeys?.(format) === true,
  )
}

/** The further members that the formats need in the metadata of the server. */
export function neededMembers(
  server: AuthorizationServerOptions,
  formats: TokenFormats,
): readonly string[] {
  return tokenFormatsOf(server).flatMap(
    (format) => ownMember(formats, format.kind)?.neededMember?.(format) ?? [],
  )
}

/** Reports every mistake in the token formats of one server. */
export function checkTokenFormats(
  server: AuthorizationServerOptions,
  formats: TokenFormats,
  allowHttp: boolean,
  report: Report,
): void {
  const kinds = tokenFormatsOf(server)
  if (kinds.length === 0) report('accessToken', "is empty; leave it out for 'jwt'")
  if (kinds.filter(isJwt).length > 1)
    report('accessToken', 'contains JWT twice; remove one of them')
  for (const [index, format] of kinds.entries()) {
    const path = pathOf(server, index)
    const reportHere: Report = (member, message) => report(`${path}.${member}`, message)
    ownMember(formats, format.kind)?.check?.(format, allowHttp, reportHere)
  }
}

/** The mistake in a list of allowed algorithms. */
export function algorithmsProblem(
  algorithms: readonly string[],
  supported: readonly string[] = SUPPORTED_ALGORITHMS,
): string | undefined {
  return algorithms.length > 0 && algorithms.every((each) => supported.includes(each))
    ? undefined
    : `must be among ${supported.join(', ')}`
}

/** The path of a token format. A single one may stand without a list. */
export function pathOf({ accessToken }: AuthorizationServerOptions, index: number): string {
  return Array.isArray(accessToken) ? `accessToken[${index}]` : 'accessToken'
}

function isJwt({ kind }: TokenFormat): boolean {
  return kind === 'jwt'
}

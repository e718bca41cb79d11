/** Rules for the token formats of the option `accessToken`, per server and across servers. */

import type {
  AccessTokenKind,
  CustomTokenOptions,
  IntrospectionOptions,
} from '../contract/access-token-options.ts'
import type { AuthorizationServerOptions } from '../contract/authorization-server-options.ts'
import { isSupportedAlgorithm, SUPPORTED_ALGORITHMS } from '../crypto/algorithms.ts'
import { endpointProblem } from '../metadata/authorization-server.ts'
import { tokenFormatsOf } from '../resource/token-formats.ts'
import { type ClientNames, checkClient } from './client-rules.ts'
import type { Report } from './report.ts'

type OpaqueOptions = IntrospectionOptions | CustomTokenOptions

/** Whether verification needs the server's key set: for its tokens or for its signed responses. */
export function needsKeys(server: AuthorizationServerOptions): boolean {
  return tokenFormatsOf(server).some(
    (format) => isJwt(format) || (isIntrospection(format) && format.signedResponse === true),
  )
}

/** Whether the introspection endpoint is read from the metadata. */
export function needsIntrospectionEndpoint(server: AuthorizationServerOptions): boolean {
  return tokenFormatsOf(server).some(
    (format) => isIntrospection(format) && format.endpoint === undefined,
  )
}

/** Reports every mistake in the token formats of one server. */
export function checkTokenFormats(
  server: AuthorizationServerOptions,
  allowHttp: boolean,
  report: Report,
): void {
  const formats = tokenFormatsOf(server)
  if (formats.length === 0) report('accessToken', "is empty; leave it out for 'jwt'")
  if (formats.filter(isJwt).length > 1) report('accessToken', 'contains JWT twice')
  for (const [index, format] of formats.entries()) {
    if (format === 'jwt') continue
    const path = pathOf(server, index)
    const reportHere: Report = (member, message) => report(`${path}.${member}`, message)
    if (format.kind === 'jwt') reportHere('algorithms', algorithmsProblem(format.algorithms))
    if (isIntrospection(format)) checkIntrospection(format, allowHttp, reportHere)
  }
}

/** Reports a missing `accepts`. Opaque tokens do not name their server, so several entries need it. */
export function checkAccepts(
  servers: readonly (AuthorizationServerOptions | undefined)[],
  report: Report,
): void {
  const takers = servers.flatMap((server, serverIndex) => {
    if (server === undefined) return []
    const base = `authorizationServers[${serverIndex}]`
    return tokenFormatsOf(server).flatMap((format, index) =>
      isOpaque(format) ? [{ format, path: `${base}.${pathOf(server, index)}.accepts` }] : [],
    )
  })
  if (takers.length < 2) return
  const message =
    'is required, because another entry also accepts opaque tokens; it selects the tokens of this server, so that no server receives those of another'
  for (const { format, path } of takers) if (format.accepts === undefined) report(path, message)
}

/** The mistake in a list of allowed algorithms. */
export function algorithmsProblem(algorithms: readonly string[] | undefined): string | undefined {
  if (algorithms === undefined) return undefined
  return algorithms.length > 0 && algorithms.every(isSupportedAlgorithm)
    ? undefined
    : `must be among ${SUPPORTED_ALGORITHMS.join(', ')}`
}

function checkIntrospection(
  options: IntrospectionOptions,
  allowHttp: boolean,
  report: Report,
): void {
  const { endpoint, clientId: id, clientSecret: secret, privateKey, keyId, authMethod } = options
  report('endpoint', endpointProblem(endpoint, allowHttp))
  checkClient({ id, secret, privateKey, keyId, authMethod }, INTROSPECTION_CLIENT, report)
}

const INTROSPECTION_CLIENT: ClientNames = {
  id: 'clientId',
  secret: 'clientSecret',
  missing: 'is missing; introspection requests must be authenticated (RFC 7662 §2.1)',
}

/** The path of a token format. A single one may stand without a list. */
function pathOf({ accessToken }: AuthorizationServerOptions, index: number): string {
  return Array.isArray(accessToken) ? `accessToken[${index}]` : 'accessToken'
}

function isJwt(format: AccessTokenKind): boolean {
  return format === 'jwt' || format.kind === 'jwt'
}

function isIntrospection(format: AccessTokenKind): format is IntrospectionOptions {
  return typeof format === 'object' && format.kind === 'introspection'
}

function isOpaque(format: AccessTokenKind): format is OpaqueOptions {
  return typeof format === 'object' && format.kind !== 'jwt'
}

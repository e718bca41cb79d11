/** Rules for the token formats of the option `accessToken`, per server and across servers. */

import type {
  AccessTokenKind,
  CustomTokenOptions,
  IntrospectionOptions,
} from '../contract/access-token-options.ts'
import type { AuthorizationServerOptions } from '../contract/authorization-server-options.ts'
import { isSupportedAlgorithm, SUPPORTED_ALGORITHMS } from '../crypto/algorithms.ts'
import { privateKeyProblem } from '../crypto/private-key.ts'
import { endpointProblem } from '../metadata/authorization-server.ts'
import { tokenFormatsOf } from '../resource/token-formats.ts'
import type { Report } from './report.ts'

type OpaqueOptions = IntrospectionOptions | CustomTokenOptions

/** Whether verification needs the server's key set: for its tokens or for its signed responses. */
export function needsKeys(server: AuthorizationServerOptions): boolean {
  return tokenFormatsOf(server).some(
    (kind) => isJwt(kind) || (isIntrospection(kind) && kind.signedResponse === true),
  )
}

/** Whether the introspection endpoint is read from the metadata. */
export function needsIntrospectionEndpoint(server: AuthorizationServerOptions): boolean {
  return tokenFormatsOf(server).some((kind) => isIntrospection(kind) && kind.endpoint === undefined)
}

/** Reports every mistake in the token formats of one server. */
export function checkKinds(
  server: AuthorizationServerOptions,
  allowHttp: boolean,
  report: Report,
): void {
  const kinds = tokenFormatsOf(server)
  if (kinds.length === 0) report('accessToken', "is empty; leave it out for 'jwt'")
  if (kinds.filter(isJwt).length > 1) report('accessToken', 'contains JWT twice')
  for (const [index, kind] of kinds.entries()) {
    if (kind === 'jwt') continue
    const path = pathOf(server, index)
    const reportHere: Report = (member, message) => report(`${path}.${member}`, message)
    if (kind.kind === 'jwt') reportHere('algorithms', algorithmsProblem(kind.algorithms))
    if (isIntrospection(kind)) checkIntrospection(kind, allowHttp, reportHere)
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
    return tokenFormatsOf(server).flatMap((kind, index) =>
      isOpaque(kind) ? [{ kind, path: `${base}.${pathOf(server, index)}.accepts` }] : [],
    )
  })
  if (takers.length < 2) return
  const message =
    'is required, because another entry also accepts opaque tokens; it selects the tokens of this server, so that no server receives those of another'
  for (const { kind, path } of takers) if (kind.accepts === undefined) report(path, message)
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
  const { endpoint, clientId, clientSecret, privateKey, keyId, authMethod } = options
  report('endpoint', endpointProblem(endpoint, allowHttp))
  if (clientId === '') report('clientId', 'is empty')
  if (clientSecret === '') report('clientSecret', 'is empty')
  if (privateKey !== undefined) report('privateKey', privateKeyProblem(privateKey))
  if (clientSecret === undefined && privateKey === undefined) {
    const method = authMethod === 'private_key_jwt' ? 'privateKey' : 'clientSecret'
    report(method, 'is missing; introspection requests must be authenticated (RFC 7662 §2.1)')
  } else if (clientSecret !== undefined && privateKey !== undefined) {
    report('clientSecret', 'cannot be combined with privateKey; remove one of them')
  } else if (authMethod !== undefined) {
    const isKeyMethod = authMethod === 'private_key_jwt'
    if (isKeyMethod !== (privateKey !== undefined)) {
      report('authMethod', `requires ${isKeyMethod ? 'privateKey' : 'clientSecret'}`)
    }
  }
  if (keyId !== undefined && privateKey === undefined) report('keyId', 'requires privateKey')
}

/** The path of a token format. A single one may stand without a list. */
function pathOf({ accessToken }: AuthorizationServerOptions, index: number): string {
  return Array.isArray(accessToken) ? `accessToken[${index}]` : 'accessToken'
}

function isJwt(kind: AccessTokenKind): boolean {
  return kind === 'jwt' || kind.kind === 'jwt'
}

function isIntrospection(kind: AccessTokenKind): kind is IntrospectionOptions {
  return typeof kind === 'object' && kind.kind === 'introspection'
}

function isOpaque(kind: AccessTokenKind): kind is OpaqueOptions {
  return typeof kind === 'object' && kind.kind !== 'jwt'
}

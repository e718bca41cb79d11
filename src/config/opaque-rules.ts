/** Rules for the options of opaque tokens: of introspection, and across the servers that accept them. */

import type { IntrospectionOptions, JwtOptions } from '../contract/access-token-options.ts'
import { endpointProblem } from '../identifiers/url-problem.ts'
import type { CheckedServers } from '../resource/feature.ts'
import { type TokenFormat, tokenFormatsOf } from '../resource/token-formats.ts'
import { type ClientNames, checkClient } from './client-rules.ts'
import type { Report } from './report.ts'
import { pathOf } from './token-format-rules.ts'

/** Reports every mistake in the options of introspection. */
export function checkIntrospection(
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

/** Reports a missing `accepts`. Opaque tokens do not name their server, so several entries need it. */
export function checkAccepts(servers: CheckedServers, report: Report): void {
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

function isOpaque(format: TokenFormat): format is Exclude<TokenFormat, JwtOptions> {
  return format.kind !== 'jwt'
}

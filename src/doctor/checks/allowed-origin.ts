/** `Access-Control-Allow-Origin` as browsers read it (Fetch §3.3.3). */

import type { Exchange } from '../collect/http-client.ts'
import { quoteUntrusted } from '../finding.ts'

/** Why a browser does not accept the value. */
export function originProblem({ headers }: Exchange): string {
  const allowed = headers.get('Access-Control-Allow-Origin')
  if (allowed === null) return ''
  if (allowed.includes(',')) {
    return `: Access-Control-Allow-Origin has two values, as when a proxy and the server each send one (${quoteUntrusted(allowed)})`
  }
  return allowed.endsWith('/') ? ': the value ends with a slash, and an origin has none' : ''
}

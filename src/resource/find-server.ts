/** Finds the server that issued a token. */

import type { IssuerMatch } from '../identifiers/issuer-matcher.ts'
import type { ServerState } from './state.ts'

/** The server with this issuer, and how it matches. Nothing else of an unverified token decides. */
export function findServer(
  issuer: unknown,
  servers: readonly ServerState[],
): { readonly server: ServerState; readonly match: IssuerMatch } | undefined {
  if (typeof issuer !== 'string') return undefined
  for (const server of servers) {
    const match = server.matches(issuer)
    if (match !== undefined) return { server, match }
  }
  return undefined
}

/** Rules for scopes in options. */

import { isChallengeable, isScopeToken } from '../scope/scope.ts'

/** The mistake in a scope: its grammar, or that only an authorization server can use it. */
export function scopeProblem(scope: string): string | undefined {
  if (!isScopeToken(scope)) {
    return 'is not a scope; a scope is one or more visible ASCII characters except " and \\ (RFC 6749 §3.3)'
  }
  if (isChallengeable(scope)) return undefined
  return 'must not be requested by a resource (MCP 2026-07-28, Refresh Tokens); clients add it themselves'
}

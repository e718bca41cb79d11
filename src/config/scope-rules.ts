/** What lists of scopes in options must hold. */

import { isChallengeable, isScopeToken } from '../scope/scope.ts'

/** What is wrong with a scope: its grammar, or that only an authorization server understands it. */
export function scopeProblem(scope: string): string | undefined {
  if (!isScopeToken(scope)) {
    return 'is not a scope: one or more visible ASCII characters but " and \\ (RFC 6749 §3.3)'
  }
  if (isChallengeable(scope)) return undefined
  return 'must not be asked for by a resource (MCP 2026-07-28, Refresh Tokens); clients add it themselves'
}

/** Scopes and lists of them (RFC 6749 §3.3): case-sensitive; order and duplicates do not matter. */

/** RFC 6749 §3.3: printable ASCII without space, `"` and `\`. */
const SCOPE_TOKEN = /^[\x21\x23-\x5b\x5d-\x7e]+$/

/** Whether a text is one scope. */
export function isScopeToken(text: string): boolean {
  return SCOPE_TOKEN.test(text)
}

/**
 * Whether a challenge may name this scope. `offline_access` concerns the authorization server only
 * (MCP 2026-07-28, Refresh Tokens).
 */
export function isChallengeable(scope: string): boolean {
  return scope !== 'offline_access'
}

/** Splits a `scope` string at one or more spaces. */
export function parseScope(text: string): string[] {
  return unique(text.split(' ').filter((scope) => scope !== ''))
}

/** The scopes that a challenge can name, each once. */
export function nameableScopes(scopes: readonly string[]): string[] {
  return unique(scopes.filter((scope) => isScopeToken(scope) && isChallengeable(scope)))
}

/** Formats the `scope` of a challenge. Scopes that a challenge cannot name are omitted. */
export function formatScope(scopes: readonly string[]): string {
  return nameableScopes(scopes).join(' ')
}

/** The scopes of several lists, each once, in order of first appearance. */
export function unionOf(...lists: readonly (readonly string[])[]): string[] {
  return unique(lists.flat())
}

function unique(scopes: readonly string[]): string[] {
  return [...new Set(scopes)]
}

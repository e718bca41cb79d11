/** Scope tokens and lists of them (RFC 6749 §3.3): case-sensitive, order and repetition irrelevant. */

/** RFC 6749 §3.3: printable ASCII without space, `"` and `\`. */
const SCOPE_TOKEN = /^[\x21\x23-\x5b\x5d-\x7e]+$/

export function isScopeToken(text: string): boolean {
  return SCOPE_TOKEN.test(text)
}

/** Scopes that only mean something to the authorization server (MCP 2026-07-28, Refresh Tokens). */
export function isChallengeable(scope: string): boolean {
  return scope !== 'offline_access'
}

/** Splits a `scope` string. RFC 6749 separates by single spaces; more of them do no harm. */
export function parseScope(text: string): string[] {
  return unique(text.split(' ').filter((scope) => scope !== ''))
}

/** Writes the `scope` of a challenge, leaving out what a header cannot and a challenge must not carry. */
export function formatScope(scopes: readonly string[]): string {
  return unique(scopes.filter((scope) => isScopeToken(scope) && isChallengeable(scope))).join(' ')
}

/** The scopes of several lists, each once, in order of first appearance. */
export function unionOf(...lists: readonly (readonly string[])[]): string[] {
  return unique(lists.flat())
}

function unique(scopes: readonly string[]): string[] {
  return [...new Set(scopes)]
}

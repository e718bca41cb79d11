/**
 * Scopes that a server shortens in its tokens. Entra issues `notes.read` for the requested
 * `api://app/notes.read`; clients can request the long form only, so everything here uses that form.
 */

import type { ConfigProblem } from '../contract/config-error.ts'
import { isObject, textsOf } from '../lib/json.ts'

/** The prefixes of the scopes of a resource's servers. */
export interface ScopePrefixes {
  /** Each with its final slash. */
  readonly prefixes: readonly string[]
  /** Whether every scope of every server has a prefix, so that a scope without one is never granted. */
  readonly coverEveryScope: boolean
}

/** What this module reads of the options of a server. */
interface PrefixedServer {
  readonly claims?:
    | {
        readonly scope?: string | readonly string[] | undefined
        readonly scopePrefix?: string | undefined
      }
    | undefined
}

/** The claim of Entra's app roles. Their names are never prefixed. */
export const APP_ROLES_CLAIM = 'roles'

/** Collects the prefixes of a resource's servers; `undefined` if no server has one. */
export function scopePrefixesOf(servers: readonly PrefixedServer[]): ScopePrefixes | undefined {
  const prefixes = servers.flatMap(({ claims }) =>
    claims?.scopePrefix === undefined ? [] : [withFinalSlash(claims.scopePrefix)],
  )
  if (prefixes.length === 0) return undefined
  const coverEveryScope =
    prefixes.length === servers.length && !servers.some(({ claims }) => readsAppRoles(claims))
  return { prefixes, coverEveryScope }
}

/** Adds the prefix to each scope that does not begin with it. */
export function addPrefix(scopes: readonly string[], prefix: string): string[] {
  const begin = withFinalSlash(prefix)
  return scopes.map((scope) => (scope === '' || scope.startsWith(begin) ? scope : begin + scope))
}

/** The mistake in a scope that begins with none of the prefixes. */
export function prefixProblem(scope: string, { prefixes }: ScopePrefixes): string | undefined {
  if (prefixes.some((prefix) => scope.startsWith(prefix))) return undefined
  return `does not begin with the claims.scopePrefix of a server (${[...new Set(prefixes)].join(', ')}), so no token contains it; write the scope as clients request it`
}

/** The same mistake in each scope of a list or of `{ anyOf }`. Any other rule names no scopes. */
export function prefixProblems(
  path: string,
  rule: unknown,
  prefixes: ScopePrefixes,
): ConfigProblem[] {
  const [place, scopes] = isObject(rule) ? [`${path}.anyOf`, rule['anyOf']] : [path, rule]
  return textsOf(scopes).flatMap((scope, index) => {
    const message = prefixProblem(scope, prefixes)
    return message === undefined ? [] : [{ path: `${place}[${index}]`, message }]
  })
}

function readsAppRoles(claims: PrefixedServer['claims']): boolean {
  return [claims?.scope ?? []].flat().includes(APP_ROLES_CLAIM)
}

function withFinalSlash(prefix: string): string {
  return prefix.endsWith('/') ? prefix : `${prefix}/`
}

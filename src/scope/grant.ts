/** The scopes that a token grants: those in its claim, and those that they imply. */

import { BoundedMap } from '../lib/bounded-map.ts'
import { deepFreeze } from '../lib/json.ts'
import type { ScopeClosure } from './hierarchy.ts'
import { parseScope } from './scope.ts'

/** Frozen: all tokens with the same scope string share it. */
interface Grant {
  /** The scopes in the token, each once. */
  readonly granted: readonly string[]
  /** The same with the scopes that they imply under the hierarchy. */
  readonly scopes: string[]
}

/** Reads the value of a scope claim: a string, or a list of strings. */
export type GrantReader = (claimed: string | readonly string[]) => Grant

/** Cached scope strings. Most servers write few different ones. */
const MAX_TEXTS = 256
/** Longer strings are not cached: an introspection response can contain thousands of scopes. */
const MAX_LENGTH = 1024

/** Creates a reader that caches the grants of recent scope strings. */
export function createGrantReader(closure: ScopeClosure): GrantReader {
  const known = new BoundedMap<Grant>({ maxEntries: MAX_TEXTS })
  const grantOf = (granted: readonly string[]): Grant =>
    deepFreeze({ granted, scopes: closure(granted) })
  return (claimed) => {
    if (typeof claimed !== 'string') return grantOf([...new Set(claimed)])
    const cached = known.get(claimed)
    if (cached !== undefined) return cached
    const grant = grantOf(parseScope(claimed))
    if (claimed.length > MAX_LENGTH) return grant
    known.set(claimed, grant)
    return grant
  }
}

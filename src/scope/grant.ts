/** What a token grants: the scopes as its claim has them, and all that they amount to. */

import { BoundedMap } from '../lib/bounded-map.ts'
import { deepFreeze } from '../lib/json.ts'
import type { ScopeClosure } from './hierarchy.ts'
import { parseScope } from './scope.ts'

/** Frozen: shared by all tokens with the same text. */
export interface Grant {
  /** As the token says, each scope once. */
  readonly granted: readonly string[]
  /** What that amounts to under the hierarchy. */
  readonly scopes: string[]
}

/** Reads the value of a scope claim: text, or a list. */
export type GrantReader = (claimed: string | readonly string[]) => Grant

/** Remembered texts; one server seldom writes more than a few into all its tokens. */
const MAX_TEXTS = 256
/** Longer ones are read anew: in introspection answers there is room for thousands of scopes. */
const MAX_LENGTH = 1024

export function createGrantReader(closure: ScopeClosure): GrantReader {
  const known = new BoundedMap<Grant>({ maxEntries: MAX_TEXTS })
  const grantOf = (granted: readonly string[]): Grant =>
    deepFreeze({ granted, scopes: closure(granted) })
  return (claimed) => {
    if (typeof claimed !== 'string') return grantOf([...new Set(claimed)])
    const remembered = known.get(claimed)
    if (remembered !== undefined) return remembered
    const grant = grantOf(parseScope(claimed))
    if (claimed.length > MAX_LENGTH) return grant
    known.set(claimed, grant)
    return grant
  }
}

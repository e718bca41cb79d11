/**
 * The members that decide what a message asks for, and the names that other readers take for theirs:
 * Go's `encoding/json` ignores case, as Unicode folds it, and some of its relatives NULs at the end.
 */

/** The objects whose members decide what a message asks for; all others are an application's data. */
export type Role = 'message' | 'params' | 'ref' | 'notifications' | 'data'

/** Whether a member decides: it does, it does not, or it does to some readers only. */
export type Meaning = 'read' | 'data' | 'disguised'

/** Where an object stands, by where the object stands that it is a member of. */
export function roleOfMember(parent: Role, name: string): Role {
  if (parent === 'message') return name === 'params' ? 'params' : 'data'
  if (parent !== 'params') return 'data'
  return name === 'ref' || name === 'notifications' ? name : 'data'
}

export function meaningOf(name: string, role: Role): Meaning {
  const names = NAMES[role]
  if (names.size === 0) return 'data'
  if (names.has(name)) return 'read'
  const end = endOf(name)
  // Folding may make a name longer, never shorter.
  if (end > LONGEST_NAME) return 'data'
  return FOLDED[role].has(folded(name.slice(0, end))) ? 'disguised' : 'data'
}

/** The members that are read of an object in this role. */
export function namesOf(role: Role): ReadonlySet<string> {
  return NAMES[role]
}

const NAMES: Readonly<Record<Role, ReadonlySet<string>>> = {
  message: new Set(['id', 'method', 'params', 'result', 'error']),
  params: new Set(['name', 'uri', 'taskId', 'ref', 'arguments', 'notifications']),
  ref: new Set(['name', 'uri']),
  notifications: new Set(['resourceSubscriptions']),
  data: new Set(),
}

const LONGEST_NAME = 'resourceSubscriptions'.length

const FOLDED: Readonly<Record<Role, ReadonlySet<string>>> = {
  message: foldedAll('message'),
  params: foldedAll('params'),
  ref: foldedAll('ref'),
  notifications: foldedAll('notifications'),
  data: foldedAll('data'),
}

function foldedAll(role: Role): ReadonlySet<string> {
  return new Set([...NAMES[role]].map(folded))
}

/**
 * As coarse as any reader: down and up again brings `ſ` to S, the Kelvin sign to K and ligatures to
 * their letters. Readers that fold one way only take the Turkish i with and without a dot for I.
 */
function folded(name: string): string {
  return name.replaceAll('\u0130', 'i').toLowerCase().toUpperCase()
}

/** Where a name ends without the NULs at its end. */
function endOf(name: string): number {
  let end = name.length
  while (end > 0 && name.charCodeAt(end - 1) === 0) end -= 1
  return end
}

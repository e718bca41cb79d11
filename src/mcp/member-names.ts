/**
 * The members that identify the call in a message, and other spellings that some parsers accept: Go's
 * `encoding/json` ignores case (Unicode case folding), and similar parsers ignore NULs at the end.
 */

/** The objects whose members identify the call; all other objects are data of the application. */
export type Role = 'message' | 'params' | 'ref' | 'notifications' | 'data'

/** Whether a member identifies the call for all parsers, for none, or for some. */
type Meaning = 'read' | 'data' | 'ambiguous'

/** The role of an object, by the role of the object that contains it. */
export function roleOfMember(parent: Role, name: string): Role {
  if (parent === 'message') return name === 'params' ? 'params' : 'data'
  if (parent !== 'params') return 'data'
  return name === 'ref' || name === 'notifications' ? name : 'data'
}

/** Classifies a member name of an object with this role. */
export function meaningOf(name: string, role: Role): Meaning {
  const names = NAMES[role]
  if (names.size === 0) return 'data'
  if (names.has(name)) return 'read'
  const end = endOf(name)
  // Case folding never shortens a name.
  if (end > LONGEST_NAME.length) return 'data'
  return FOLDED[role].has(folded(name.slice(0, end))) ? 'ambiguous' : 'data'
}

/** The members that identify the call in an object with this role. */
export function namesOf(role: Role): ReadonlySet<string> {
  return NAMES[role]
}

const NAMES: Readonly<Record<Role, ReadonlySet<string>>> = {
  message: new Set(['id', 'method', 'params', 'result', 'error']),
  params: new Set(['name', 'uri', 'taskId', 'ref', 'arguments', 'notifications']),
  ref: new Set(['name', 'uri']),
  notifications: new Set(['resourceSubscriptions', 'taskIds']),
  data: new Set(),
}

const LONGEST_NAME = 'resourceSubscriptions'

const FOLDED: Readonly<Record<Role, ReadonlySet<string>>> = {
  message: /* @__PURE__ */ foldedAll('message'),
  params: /* @__PURE__ */ foldedAll('params'),
  ref: /* @__PURE__ */ foldedAll('ref'),
  notifications: /* @__PURE__ */ foldedAll('notifications'),
  data: /* @__PURE__ */ foldedAll('data'),
}

function foldedAll(role: Role): ReadonlySet<string> {
  return new Set([...NAMES[role]].map(folded))
}

/**
 * Folds at least as much as any parser: lower case, then upper case maps `ſ` to S, the Kelvin sign to
 * K and ligatures to their letters. Some parsers also map both Turkish letters i to I.
 */
function folded(name: string): string {
  return name.replaceAll('\u0130', 'i').toLowerCase().toUpperCase()
}

/** The length of a name without NULs at its end. */
function endOf(name: string): number {
  let end = name.length
  while (end > 0 && name.charCodeAt(end - 1) === 0) end -= 1
  return end
}

/**
 * What `JSON.parse` hides: how deep a text is nested, and whether a member is there twice. Of
 * duplicates `JSON.parse` keeps the last one and other parsers the first, so a body that has them
 * could be judged as one call and executed as another. So could one whose names only some read as ours.
 */

import { meaningOf, type Role, roleOfMember } from './member-names.ts'

/** Deeper than any MCP message, and shallow enough for every recursive reader behind us. */
export const MAX_DEPTH = 64

/** An array or object that has been opened and not yet closed. */
interface Container {
  readonly isArray: boolean
  readonly role: Role
  /** What was read so far of the members that decide. */
  readonly seen: string[]
  /** In an object: whether the next string is a member's name. */
  expectsKey: boolean
  key: string
}

/**
 * Whether the structure of a JSON text leaves no doubt about what it asks for: no more than 64
 * levels, and none of the members we read twice in its object, or by a name that only some readers
 * take for theirs, however they are escaped.
 *
 * Does not check: that the text is JSON at all. What it says of other text means nothing.
 */
export function isUnambiguous(text: string): boolean {
  const open: Container[] = []
  for (let at = 0; at < text.length; at++) {
    const current = open.at(-1)
    switch (text.charCodeAt(at)) {
      case QUOTE: {
        const end = endOfString(text, at)
        const isKey = current?.expectsKey === true && current.role !== 'data'
        if (isKey && !takeKey(current, text.slice(at, end + 1))) return false
        if (current !== undefined) current.expectsKey = false
        at = end
        break
      }
      case OPEN_BRACE:
      case OPEN_BRACKET:
        if (open.length === MAX_DEPTH) return false
        open.push(opened(text.charCodeAt(at) === OPEN_BRACKET, current))
        break
      case CLOSE_BRACE:
      case CLOSE_BRACKET:
        open.pop()
        break
      case COMMA:
        if (current !== undefined) current.expectsKey = !current.isArray
        break
    }
  }
  return true
}

const QUOTE = 0x22
const COMMA = 0x2c
const OPEN_BRACKET = 0x5b
const BACKSLASH = 0x5c
const CLOSE_BRACKET = 0x5d
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d

function opened(isArray: boolean, parent: Container | undefined): Container {
  return { isArray, role: roleWithin(parent), seen: [], expectsKey: !isArray, key: '' }
}

function roleWithin(parent: Container | undefined): Role {
  if (parent === undefined) return 'message'
  // A batch: its members are messages, and it is nobody's member itself.
  if (parent.isArray) return parent.role === 'message' ? 'message' : 'data'
  return roleOfMember(parent.role, parent.key)
}

/** Notes a member's name; false if it must not be there, or not twice, and is. */
function takeKey(object: Container, literal: string): boolean {
  object.key = unescaped(literal)
  const meaning = meaningOf(object.key, object.role)
  if (meaning !== 'read') return meaning === 'data'
  if (object.seen.includes(object.key)) return false
  object.seen.push(object.key)
  return true
}

/** `"n\u0061me"` is `"name"`. */
function unescaped(literal: string): string {
  if (!literal.includes('\\')) return literal.slice(1, -1)
  try {
    return String(JSON.parse(literal))
  } catch {
    return literal
  }
}

/** The index of the quote that ends the string which begins at `start`, or the end of the text. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1)
  while (end >= 0 && isEscaped(text, end)) end = text.indexOf('"', end + 1)
  return end < 0 ? text.length : end
}

function isEscaped(text: string, index: number): boolean {
  let first = index
  while (text.charCodeAt(first - 1) === BACKSLASH) first -= 1
  return (index - first) % 2 === 1
}

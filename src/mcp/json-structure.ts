/**
 * Finds what `JSON.parse` hides: the depth of a text, and duplicate members. `JSON.parse` keeps the
 * last duplicate and other parsers the first, so one call could be authorized and another executed.
 * The same holds for names that only some parsers read as `method`, `params` or `name`.
 */

import { meaningOf, type Role, roleOfMember } from './member-names.ts'

/** MCP messages are less deep, and recursive parsers can read this depth. */
export const MAX_DEPTH = 64

/** An array or object whose end has not been reached. */
interface Container {
  readonly isArray: boolean
  readonly role: Role
  /** The members found so far that identify the call. */
  readonly seen: string[]
  /** Whether the next string is a member name of an object. */
  expectsKey: boolean
  key: string
}

/**
 * Whether all parsers find the same call in a JSON text: it has at most 64 levels, and no member that
 * identifies the call is there twice or in another spelling. Escapes in names are decoded.
 *
 * Does not check: that the text is JSON. For other text the result has no meaning.
 */
export function isUnambiguous(text: string): boolean {
  const open: Container[] = []
  let current: Container | undefined
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case QUOTE: {
        const end = endOfString(text, at)
        if (current?.expectsKey === true) {
          current.expectsKey = false
          const isData = current.role === 'data'
          if (!isData && !takeKey(current, text.slice(at, end + 1))) return false
        }
        at = end
        break
      }
      case OPEN_BRACE:
      case OPEN_BRACKET:
        if (open.length === MAX_DEPTH) return false
        current = opened(text.charCodeAt(at) === OPEN_BRACKET, current)
        open.push(current)
        break
      case CLOSE_BRACE:
      case CLOSE_BRACKET:
        open.pop()
        current = open.at(-1)
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

/** `"n\u0061me"` is `"name"`. */
export function unescaped(literal: string): string {
  if (!literal.includes('\\')) return literal.slice(1, -1)
  try {
    return String(JSON.parse(literal))
  } catch {
    return literal
  }
}

/** The index of the closing quote of the string at `start`, or the end of the text. */
export function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1)
  while (end >= 0 && isEscaped(text, end)) end = text.indexOf('"', end + 1)
  return end < 0 ? text.length : end
}

function opened(isArray: boolean, parent: Container | undefined): Container {
  return { isArray, role: roleWithin(parent), seen: [], expectsKey: !isArray, key: '' }
}

function roleWithin(parent: Container | undefined): Role {
  if (parent === undefined) return 'message'
  // The members of a batch are messages. Arrays deeper down are data.
  if (parent.isArray) return parent.role === 'message' ? 'message' : 'data'
  return roleOfMember(parent.role, parent.key)
}

/** Records a member name; false for a duplicate or an ambiguous name. */
function takeKey(object: Container, literal: string): boolean {
  object.key = unescaped(literal)
  const meaning = meaningOf(object.key, object.role)
  if (meaning !== 'read') return meaning === 'data'
  if (object.seen.includes(object.key)) return false
  object.seen.push(object.key)
  return true
}

function isEscaped(text: string, index: number): boolean {
  let first = index
  while (text.charCodeAt(first - 1) === BACKSLASH) first -= 1
  return (index - first) % 2 === 1
}

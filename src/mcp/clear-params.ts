/**
 * Finds parameters that two JSON parsers may read differently, anywhere in them: a member that is there
 * twice, `__proto__`, which some languages treat as the prototype, and integers that a double cannot
 * hold. Rules about arguments are safe only without them.
 */

import { endOfString, unescaped } from './json-structure.ts'

/** An array or object whose end has not been reached. */
interface Container {
  readonly isArray: boolean
  readonly isBatch: boolean
  readonly isMessage: boolean
  readonly isInParams: boolean
  /** The member names of an object in `params`. */
  readonly names: Set<string>
  expectsKey: boolean
  key: string
}

/** What was found in the current message. */
interface Finding {
  isCall: boolean
  isClear: boolean
}

/**
 * For each call in a JSON-RPC text, in order: whether its `params` have one reading. Names are compared
 * after their escapes are decoded.
 *
 * Does not check: that the text is JSON-RPC. The caller has parsed it.
 */
export function findClearParams(text: string): readonly boolean[] {
  const calls: boolean[] = []
  const open: Container[] = []
  let message: Finding = { isCall: false, isClear: true }
  for (let at = 0; at < text.length; at++) {
    const current = open.at(-1)
    const character = text.charAt(at)
    switch (character) {
      case '"': {
        const end = endOfString(text, at)
        if (current?.expectsKey === true) takeKey(current, text.slice(at, end + 1), message)
        at = end
        break
      }
      case '{':
      case '[': {
        const container = opened(character === '[', current)
        if (container.isMessage) message = { isCall: false, isClear: true }
        open.push(container)
        break
      }
      case '}':
      case ']':
        open.pop()
        if (current?.isMessage === true && message.isCall) calls.push(message.isClear)
        break
      case ',':
        if (current !== undefined) current.expectsKey = !current.isArray
        break
      default: {
        const number = numberAt(text, at)
        if (number === undefined) break
        if (isParams(current) && !isExact(Number(number))) message.isClear = false
        at += number.length - 1
      }
    }
  }
  return calls
}

/** The same for the parsed parameters of one call. */
export function areClearParams(value: unknown): boolean {
  if (typeof value === 'number') return isExact(value)
  if (typeof value !== 'object' || value === null) return true
  if (Object.hasOwn(value, '__proto__')) return false
  return Object.values(value).every(areClearParams)
}

function opened(isArray: boolean, parent: Container | undefined): Container {
  const isOutermost = parent === undefined
  return {
    isArray,
    isBatch: isArray && isOutermost,
    isMessage: !isArray && (isOutermost || parent.isBatch),
    isInParams: isParams(parent),
    names: new Set(),
    expectsKey: !isArray,
    key: '',
  }
}

/** Whether a value in this container belongs to `params`. */
function isParams(container: Container | undefined): boolean {
  if (container === undefined) return false
  return container.isInParams || (container.isMessage && container.key === 'params')
}

function takeKey(container: Container, literal: string, message: Finding): void {
  container.expectsKey = false
  container.key = unescaped(literal)
  if (container.isMessage && container.key === 'method') message.isCall = true
  if (!container.isInParams) return
  if (container.key === '__proto__' || container.names.has(container.key)) message.isClear = false
  container.names.add(container.key)
}

const NUMBER = /-?\d[\d.eE+-]*/y

function numberAt(text: string, at: number): string | undefined {
  NUMBER.lastIndex = at
  return NUMBER.exec(text)?.[0]
}

/** Every double beyond this limit is an integer, and other parsers may read another one. */
function isExact(value: number): boolean {
  return Math.abs(value) <= Number.MAX_SAFE_INTEGER
}

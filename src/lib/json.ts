/** Parsing JSON from outside: text or bytes become a plain object, or `undefined`. */

export type JsonObject = Record<string, unknown>

const UTF8 = /* @__PURE__ */ new TextDecoder('utf-8', { fatal: true })

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Whether all members of an object are its own: not a `Map`, a promise or another instance of a class. */
export function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.hasOwn(Object(prototype), 'isPrototypeOf')
}

/** Whether a value is a number that JSON can contain, such as a NumericDate (RFC 7519 §2). */
export function isFiniteNumber(value: unknown): value is number {
  return Number.isFinite(value)
}

/** Whether a value is a whole number of at least 0, such as a duration in seconds. */
export function isWholeNumber(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0
}

export function isTextList(value: unknown): value is string[] {
  // A copy: `every` skips the holes of `new Array(2)`.
  return Array.isArray(value) && [...value].every((each) => typeof each === 'string')
}

/** A list of texts; any other value counts as an empty one. */
export function textsOf(value: unknown): readonly string[] {
  return isTextList(value) ? value : []
}

/** Parses text as a JSON object. Of duplicate members the last one counts. */
export function parseObjectText(text: string): JsonObject | undefined {
  return asObject(parseJsonText(text))
}

/**
 * Parses a document from a server: a JSON object in UTF-8. It may begin with a byte order mark, which a
 * parser may ignore (RFC 8259 §8.1) and `Response.json()` ignores.
 */
export function parseDocument(bytes: Uint8Array): JsonObject | undefined {
  try {
    return asObject(JSON.parse(UTF8.decode(bytes)))
  } catch {
    return undefined
  }
}

/** Parses text as JSON; `undefined` if it is not JSON. */
export function parseJsonText(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The type of a value, in words for a message that must not repeat the value. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  if (value === undefined) return 'nothing'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

/** Freezes a JSON value and everything in it, so that requests can share it. Bytes cannot be frozen, and stay. */
export function deepFreeze<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value
  if (!Object.isFrozen(value)) {
    Object.freeze(value)
    for (const member of Object.values(value)) {
      // Most members are not objects, and a call takes time.
      if (typeof member === 'object') deepFreeze(member)
    }
  }
  return value
}

/** Removes the prototype: members that another library set on `Object.prototype` are not visible. */
function asObject(value: unknown): JsonObject | undefined {
  return isObject(value) ? Object.setPrototypeOf(value, null) : undefined
}

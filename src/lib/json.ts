/** JSON from outside: text or bytes in, a plain object out, or nothing. */

export type JsonObject = Record<string, unknown>

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function isTextList(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string')
}

/** Parses UTF-8 bytes into a JSON object. Of duplicate members the last one counts, everywhere. */
export function parseObject(bytes: Uint8Array): JsonObject | undefined {
  return asObject(parseJson(bytes))
}

/** The same for text. */
export function parseObjectText(text: string): JsonObject | undefined {
  return asObject(parseJsonText(text))
}

/** Parses UTF-8 bytes as JSON; `undefined` for what is neither UTF-8 nor JSON. */
export function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(UTF8.decode(bytes))
  } catch {
    return undefined
  }
}

/**
 * Parses a JSON document that a server served. RFC 8259 §8.1: a parser may ignore a byte order mark,
 * and `Response.json()` does.
 */
export function parseDocument(bytes: Uint8Array): JsonObject | undefined {
  const hasMark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf
  return parseObject(hasMark ? bytes.subarray(3) : bytes)
}

/** Parses text as JSON; `undefined` for what is none. */
export function parseJsonText(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** An object inherits nothing: a member that another library left on `Object.prototype` is not in it. */
function asObject(value: unknown): JsonObject | undefined {
  return isObject(value) ? Object.setPrototypeOf(value, null) : undefined
}

/** What kind of value this is, in words for a message that must not repeat the value itself. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  if (value === undefined) return 'nothing'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

/** Freezes a JSON value all the way down, so that one copy can be shared between requests. */
export function deepFreeze<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    for (const member of Object.values(value)) deepFreeze(member)
  }
  return value
}

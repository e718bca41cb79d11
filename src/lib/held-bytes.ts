/** How many bytes values hold in memory, estimated high: as on V8 with pointers of 8 bytes. */

import { DECODER, ENCODER } from './utf8.ts'

const TEXT_BYTES = 16
const OBJECT_BYTES = 24
const ARRAY_BYTES = 48
const POINTER_BYTES = 8
const NUMBER_BYTES = 16
/** Larger objects are hash tables, and their names are seldom shared. */
const MAX_MEMBERS_IN_PLACE = 64
const MEMBER_BYTES = 72

/** Values of the application may contain themselves, and one object in many places. */
const MAX_DEPTH = 64
const MAX_BYTES = 16_777_216

/**
 * The bytes of a JSON value; infinitely many for one with more than 64 levels or 16 MiB, which nothing keeps.
 *
 * @param isShared Whether a text is held for other values anyway.
 */
export function heldBytes(value: unknown, isShared: (text: string) => boolean, depth = 0): number {
  if (typeof value === 'string') return isShared(value) ? 0 : textBytes(value)
  if (typeof value === 'number') return (value | 0) === value ? 0 : NUMBER_BYTES
  if (typeof value !== 'object' || value === null) return 0
  if (depth > MAX_DEPTH) return Number.POSITIVE_INFINITY
  if (ArrayBuffer.isView(value)) return OBJECT_BYTES + value.byteLength
  const isList = Array.isArray(value)
  const members = isList ? value : Object.values(value)
  const names = !isList && members.length > MAX_MEMBERS_IN_PLACE ? Object.keys(value) : []
  let sum = isList ? ARRAY_BYTES : OBJECT_BYTES
  for (const name of names) sum += MEMBER_BYTES - POINTER_BYTES + textBytes(name)
  for (const member of members) {
    sum += POINTER_BYTES + heldBytes(member, isShared, depth + 1)
    // At once: an object that contains itself twice has as many places as 2 to the power of the depth.
    if (sum > MAX_BYTES) return Number.POSITIVE_INFINITY
  }
  return sum
}

/** The bytes of a text: one for each character, or two where one of them is not Latin-1. */
export function textBytes(text: string): number {
  const width = NOT_LATIN1.test(text) ? 2 : 1
  return TEXT_BYTES + Math.ceil((text.length * width) / 8) * 8
}

const NOT_LATIN1 = /[^\0-\xff]/

/** An equal text with memory of its own. A part of a text otherwise keeps the whole text in memory. */
export function copyOfText(text: string): string {
  return DECODER.decode(ENCODER.encode(text))
}

/** Words for shapes, of options and of documents alike, and for what does not fit them. */

import * as v from 'valibot'
import { isObject, kindOf } from '../lib/json.ts'

/** Every shape carries what it expects as its message: valibot's own would repeat the input. */
export type Shape = v.GenericSchema
export type Shapes = Readonly<Record<string, Shape>>

export const ANYTHING = v.unknown()
export const TEXT = v.string('a string')
export const TEXTS = listOf(TEXT)

export function listOf(shape: Shape): Shape {
  return v.array(shape, 'an array')
}

/** An object with these members. What others it may have is up to `others`. */
export function objectOf(required: Shapes, optional: Shapes = {}, others: Shape = ANYTHING): Shape {
  const members = { ...required }
  for (const [name, shape] of Object.entries(optional)) members[name] = v.optional(shape)
  return v.objectWithRest(members, others, 'an object')
}

/** Where a value can have several shapes, what is given shows which of them is meant. */
export function objectOr(object: Shape, other: Shape): Shape {
  return v.lazy((value) => (isObject(value) ? object : other))
}

export function listOr(list: Shape, other: Shape): Shape {
  return v.lazy((value) => (Array.isArray(value) ? list : other))
}

/** What of a value does not fit, and why, without the value. */
export interface Misfit {
  /** Such as `jwks_uri` or `keys[0]`; empty for the whole of it. */
  readonly path: string
  readonly message: string
}

/** Everything that does not fit, or, for whoever needs no more, only the first. */
export function findMisfits(shape: Shape, value: unknown, only?: 'first'): Misfit[] {
  const { issues = [] } = v.safeParse(shape, value, {
    abortEarly: only === 'first',
    message: 'another value',
  })
  return issues.map((issue) => ({ path: pathOf(issue), message: messageOf(issue) }))
}

function pathOf({ path }: v.BaseIssue<unknown>): string {
  return (path ?? [])
    .map(({ key }) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
    .replace(/^\./, '')
}

function messageOf({ type, input, message }: v.BaseIssue<unknown>): string {
  // What must not be there at all says why by itself.
  if (type === 'never') return message
  if (input === undefined) return 'is missing'
  // A number that is out of bounds is no secret, and "a number" would explain nothing.
  const found = type === 'custom' && typeof input === 'number' ? input : kindOf(input)
  return `expected ${message}, found ${found}`
}

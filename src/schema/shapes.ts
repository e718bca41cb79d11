/**
 * Words for shapes, of options and of documents alike, and for what does not fit them. Every word is
 * free of side effects and says so, which lets bundlers drop the shapes that nobody asks about.
 */

import * as v from 'valibot'
import { isObject, kindOf } from '../lib/json.ts'
import { ownMembers } from '../lib/own-members.ts'

export type Shape = v.GenericSchema
export type Shapes = Readonly<Record<string, Shape>>
type Explain = (issue: v.BaseIssue<unknown>) => string

// @__NO_SIDE_EFFECTS__
export function anything(): Shape {
  return v.unknown()
}

/** A value of which something is true. */
// @__NO_SIDE_EFFECTS__
export function valueThat(isFine: (value: unknown) => boolean, expected: string): Shape {
  return v.custom(isFine, expecting(expected))
}

// @__NO_SIDE_EFFECTS__
export function typed(
  type: 'string' | 'boolean' | 'function',
  expected: string = `a ${type}`,
): Shape {
  return valueThat((value) => typeof value === type, expected)
}

// @__NO_SIDE_EFFECTS__
export function numeral(isFine: (value: number) => boolean, expected: string): Shape {
  const explain = expecting(expected)
  return v.custom(
    (value) => typeof value === 'number' && isFine(value),
    (issue) => (typeof issue.input === 'number' ? `must be ${expected}` : explain(issue)),
  )
}

// @__NO_SIDE_EFFECTS__
export function oneOf(
  values: readonly unknown[],
  expected: string = values.map((value) => `'${value}'`).join(' or '),
): Shape {
  return valueThat((value) => values.includes(value), expected)
}

// @__NO_SIDE_EFFECTS__
export function listOf(shape: Shape): Shape {
  return v.array(shape, expecting('an array'))
}

/** An object with these members. What others it may have is up to `others`. */
// @__NO_SIDE_EFFECTS__
export function objectOf(
  required: Shapes,
  optional: Shapes = {},
  others: Shape = v.unknown(),
): Shape {
  // Valibot goes through everything that these inherit, too.
  const members = ownMembers({ ...required })
  for (const [name, shape] of Object.entries(optional)) members[name] = v.optional(shape)
  return v.objectWithRest(members, others, expecting('an object'))
}

/** An object with these members and no others. */
// @__NO_SIDE_EFFECTS__
export function strictObjectOf(required: Shapes, optional?: Shapes): Shape {
  const unknown = v.never('is not an option; remove it or correct its spelling')
  return objectOf(required, optional, unknown)
}

/** Where a value can have several shapes, what is given shows which of them is meant. */
// @__NO_SIDE_EFFECTS__
export function objectOr(object: Shape, other: Shape): Shape {
  return v.lazy((value) => (isObject(value) ? object : other))
}

// @__NO_SIDE_EFFECTS__
export function listOr(list: Shape, other: Shape): Shape {
  return v.lazy((value) => (Array.isArray(value) ? list : other))
}

/** An object that says by one of its members which of several it is. */
// @__NO_SIDE_EFFECTS__
export function objectBy(member: string, shapes: Shapes): Shape {
  const unknown = objectOf({ [member]: oneOf(Object.keys(shapes)) })
  return v.lazy((value) => {
    const name = isObject(value) ? value[member] : undefined
    return (typeof name === 'string' && Object.hasOwn(shapes, name) && shapes[name]) || unknown
  })
}

/** What of a value does not fit, and why, without the value. */
export interface Misfit {
  /** Such as `jwks_uri` or `keys[0]`; empty for the whole of it. */
  readonly path: string
  readonly message: string
}

/** Everything that does not fit, or, for whoever needs no more, only the first. */
export function findMisfits(shape: Shape, value: unknown, only?: 'first'): Misfit[] {
  const { issues = [] } = v.safeParse(shape, value, { abortEarly: only === 'first' })
  return issues.map((issue) => ({ path: pathOf(issue), message: issue.message }))
}

/** Valibot's own messages repeat the input; ours say what kind of thing was found instead. */
function expecting(expected: string): Explain {
  return ({ input }) =>
    input === undefined ? 'is missing' : `expected ${expected}, found ${kindOf(input)}`
}

function pathOf({ path }: v.BaseIssue<unknown>): string {
  return (path ?? [])
    .map(({ key }) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
    .replace(/^\./, '')
}

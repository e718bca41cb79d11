/**
 * Builders of schemas for options and documents. Each function is annotated as free of side effects, so
 * that bundlers drop unused schemas.
 */

import * as v from 'valibot'
import { isObject, kindOf } from '../lib/json.ts'
import { ownMember, ownMembers } from '../lib/own-members.ts'

/** A schema. */
export type Shape = v.GenericSchema
/** Schemas by member name. */
export type Shapes = Readonly<Record<string, Shape>>
type Explain = (issue: v.BaseIssue<unknown>) => string

/** Any value. */
// @__NO_SIDE_EFFECTS__
export function anything(): Shape {
  return v.custom(() => true)
}

/** A value that satisfies a predicate. */
// @__NO_SIDE_EFFECTS__
export function valueThat(isValid: (value: unknown) => boolean, expected: string): Shape {
  return v.custom(isValid, expecting(expected))
}

/** A value of a primitive type or a function. */
// @__NO_SIDE_EFFECTS__
export function typed(
  type: 'string' | 'boolean' | 'function',
  expected: string = `a ${type}`,
): Shape {
  return valueThat((value) => typeof value === type, expected)
}

/** A number that satisfies a predicate. */
// @__NO_SIDE_EFFECTS__
export function numeral(isValid: (value: number) => boolean, expected: string): Shape {
  const explain = expecting(expected)
  return v.custom(
    (value) => typeof value === 'number' && isValid(value),
    (issue) => (typeof issue.input === 'number' ? `must be ${expected}` : explain(issue)),
  )
}

/** One of a list of values. */
// @__NO_SIDE_EFFECTS__
export function oneOf(
  values: readonly unknown[],
  expected: string = values.map((value) => `'${value}'`).join(' or '),
): Shape {
  return valueThat((value) => values.includes(value), expected)
}

/** An array with elements of one schema. */
// @__NO_SIDE_EFFECTS__
export function listOf(shape: Shape): Shape {
  return v.array(shape, expecting('an array'))
}

/**
 * An object with these members. `others` is the schema of all other members. Most options are absent, so
 * the schema is made for each value, of the members that it has.
 */
// @__NO_SIDE_EFFECTS__
export function objectOf(required: Shapes, optional: Shapes = {}, others = anything()): Shape {
  return v.lazy((value) => {
    // Without a prototype, because valibot also reads inherited members.
    const members = ownMembers({ ...required })
    if (isObject(value)) {
      for (const [name, shape] of Object.entries(optional)) {
        if (name in value) members[name] = value[name] === undefined ? anything() : shape
      }
    }
    return v.objectWithRest(members, others, expecting('an object'))
  })
}

const NO_OPTION = /* @__PURE__ */ v.custom(
  () => false,
  'is not an option; remove it or correct its spelling',
)

/** An object with these members and no others. */
// @__NO_SIDE_EFFECTS__
export function strictObjectOf(required: Shapes, optional?: Shapes): Shape {
  return objectOf(required, optional, NO_OPTION)
}

/** A value of a schema for which a rule finds no mistake. */
// @__NO_SIDE_EFFECTS__
export function ruled<Value>(shape: Shape, problemOf: (value: Value) => string | undefined): Shape {
  const rule = v.custom(
    (value) => problemOf(value as Value) === undefined,
    ({ input }) => problemOf(input as Value) ?? '',
  )
  return v.lazy((value) => (v.is(shape, value) ? rule : shape))
}

/** `object` for objects, `other` for all other values. */
// @__NO_SIDE_EFFECTS__
export function objectOr(object: Shape, other: Shape): Shape {
  return v.lazy((value) => (isObject(value) ? object : other))
}

/** `list` for arrays, `other` for all other values. */
// @__NO_SIDE_EFFECTS__
export function listOr(list: Shape, other: Shape): Shape {
  return v.lazy((value) => (Array.isArray(value) ? list : other))
}

/** A union of objects. The value of `member` selects the schema. */
// @__NO_SIDE_EFFECTS__
export function objectBy(member: string, shapes: Shapes): Shape {
  const unknown = objectOf({ [member]: oneOf(Object.keys(shapes)) })
  return v.lazy((value) => {
    const name = isObject(value) ? value[member] : undefined
    return (typeof name === 'string' ? ownMember(shapes, name) : undefined) ?? unknown
  })
}

/** A mistake in a value. Does not contain the value. */
interface Violation {
  /** The path, such as `jwks_uri` or `keys[0]`; empty for the value itself. */
  readonly path: string
  readonly message: string
}

/** Finds all violations of a schema. Their paths begin with the path of the value. */
export function findViolations(shape: Shape, value: unknown, path = ''): Violation[] {
  return violationsIn(shape, value, path)
}

/** Finds the first violation, and does not look for others. */
export function findViolation(shape: Shape, value: unknown): Violation | undefined {
  const [first] = violationsIn(shape, value, '', { abortEarly: true })
  return first
}

function violationsIn(
  shape: Shape,
  value: unknown,
  start: string,
  config?: v.Config<v.BaseIssue<unknown>>,
): Violation[] {
  const { issues = [] } = v.safeParse(shape, value, config)
  return issues.map(({ path, message }) => ({ path: pathOf(path ?? [], start), message }))
}

/** Valibot's own messages repeat the input. These name only its type. */
function expecting(expected: string): Explain {
  return ({ input }) =>
    input === undefined ? 'is missing' : `expected ${expected}, found ${kindOf(input)}`
}

function pathOf(keys: readonly v.IssuePathItem[], start: string): string {
  return keys.reduce((path, { key }) => {
    if (typeof key === 'number') return `${path}[${key}]`
    return path === '' ? String(key) : `${path}.${String(key)}`
  }, start)
}

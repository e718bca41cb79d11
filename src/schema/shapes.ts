/**
 * Builders of schemas for options and documents. Each function is annotated as free of side effects, so
 * that bundlers drop unused schemas.
 */

import * as v from 'valibot'
import { nearestName } from '../lib/edit-distance.ts'
import { isObject, kindOf } from '../lib/json.ts'
import { ownMember } from '../lib/own-members.ts'

/** The schema of a value, chosen by the value. */
export type Shape = (value: unknown) => Parts
/** Schemas by member name. */
export type Shapes = Readonly<Record<string, Shape>>

/** Of a schema that answers at once. The interface of Standard Schema needs less code of valibot than its own. */
type Outcome = Awaited<ReturnType<v.GenericSchema['~standard']['validate']>>
type Message = string | ((issue: v.BaseIssue<unknown>) => string)

interface Parts {
  /** Of the value itself. */
  readonly schema: v.GenericSchema
  /** Of its members or elements, with their names or indexes. */
  readonly members: Iterable<readonly [string | number, Shape]>
  /** Whether the value has the right type, and the schema is a rule for it. */
  readonly isRule?: true
}

const LIST = /* @__PURE__ */ valueThat(Array.isArray, 'an array')
const OBJECT = /* @__PURE__ */ valueThat(isObject, 'an object')
const ANYTHING = /* @__PURE__ */ single(() => true, '')

/** Any value. */
// @__NO_SIDE_EFFECTS__
export function anything(): Shape {
  return ANYTHING
}

/** A value that satisfies a predicate. */
// @__NO_SIDE_EFFECTS__
export function valueThat(isValid: (value: unknown) => boolean, expected: string): Shape {
  return single(isValid, ({ input }) => explain(input, expected))
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
  return limited((value) => typeof value === 'number' && isValid(value), 'number', expected)
}

/** One of a list of values. */
// @__NO_SIDE_EFFECTS__
export function oneOf(
  values: readonly unknown[],
  expected: string = values.map((value) => `'${value}'`).join(' or '),
): Shape {
  return limited((value) => values.includes(value), typeof values[0], expected)
}

/** An array with elements of one schema. */
// @__NO_SIDE_EFFECTS__
export function listOf(shape: Shape): Shape {
  return (value) => ({
    ...LIST(value),
    members: Array.isArray(value) ? Array.from(value, () => shape).entries() : [],
  })
}

/**
 * An object with these members. `others` is the schema of all other members. A text says what members are:
 * others are then mistakes.
 */
// @__NO_SIDE_EFFECTS__
export function objectOf(
  required: Shapes,
  optional: Shapes = {},
  others: Shape | string = ANYTHING,
): Shape {
  return (value) => ({
    ...OBJECT(value),
    members: isObject(value) ? membersOf(value, required, optional, others) : [],
  })
}

/** An object with these members and no others. `expected` says what the members are. */
// @__NO_SIDE_EFFECTS__
export function strictObjectOf(
  required: Shapes,
  optional?: Shapes,
  expected: string = 'an option',
): Shape {
  return objectOf(required, optional, expected)
}

/** A value of a schema for which a rule finds no mistake. */
// @__NO_SIDE_EFFECTS__
export function ruled<Value>(shape: Shape, problemOf: (value: Value) => string | undefined): Shape {
  const rule = single(
    (value) => problemOf(value as Value) === undefined,
    ({ input }) => problemOf(input as Value) ?? '',
  )
  return (value) =>
    findViolation(shape, value) === undefined ? { ...rule(value), isRule: true } : shape(value)
}

/** `object` for objects, `other` for all other values. */
// @__NO_SIDE_EFFECTS__
export function objectOr(object: Shape, other: Shape): Shape {
  return (value) => (isObject(value) ? object : other)(value)
}

/** `list` for arrays, `other` for all other values. */
// @__NO_SIDE_EFFECTS__
export function listOr(list: Shape, other: Shape): Shape {
  return (value) => (Array.isArray(value) ? list : other)(value)
}

/** A union of objects. The value of `member` selects the schema. */
// @__NO_SIDE_EFFECTS__
export function objectBy(member: string, shapes: Shapes): Shape {
  const unknown = objectOf({ [member]: oneOf(Object.keys(shapes)) })
  return (value) => {
    const name = isObject(value) ? value[member] : undefined
    const shape = typeof name === 'string' ? ownMember(shapes, name) : undefined
    return (shape ?? unknown)(value)
  }
}

/** A mistake in a value. Does not contain the value. */
interface Violation {
  /** The path, such as `jwks_uri` or `keys[0]`; empty for the value itself. */
  readonly path: string
  readonly message: string
}

/** Finds all violations of a schema. Their paths begin with the path of the value. */
export function findViolations(shape: Shape, value: unknown, path = ''): Violation[] {
  return Array.from(violationsIn(value, shape, path), ([violation]) => violation)
}

/** Finds all violations in the argument `options` of a function. */
export function findOptionViolations(shape: Shape, options: unknown): Violation[] {
  return findViolations(shape, options).map(({ path, message }) => ({
    path: path || 'options',
    message,
  }))
}

/** Finds the first violation, and does not look for others. */
export function findViolation(shape: Shape, value: unknown): Violation | undefined {
  const [first] = violationsIn(value, shape, '')
  return first?.[0]
}

/** Finds all violations, and which of them are of a rule: the type is right. */
export function sortViolations(shape: Shape, value: unknown): SortedViolations {
  const found = [...violationsIn(value, shape, '')]
  return {
    all: found.map(([violation]) => violation),
    ofTypes: found.flatMap(([{ path }, isRule]) => (isRule ? [] : [path])),
    ofRules: found.flatMap(([{ path }, isRule]) => (isRule ? [path] : [])),
  }
}

/** All violations, and the paths of those of each kind. */
export interface SortedViolations {
  readonly all: Violation[]
  readonly ofTypes: readonly string[]
  readonly ofRules: readonly string[]
}

function* violationsIn(
  value: unknown,
  shape: Shape,
  path: string,
): Generator<[Violation, isRule: boolean]> {
  const { schema, members, isRule = false } = shape(value)
  const { issues = [] } = schema['~standard'].validate(value) as Outcome
  for (const { message } of issues) yield [{ path, message }, isRule]
  for (const [key, member] of members) {
    const name = typeof key === 'number' ? `[${key}]` : path === '' ? key : `.${key}`
    yield* violationsIn((value as Record<string, unknown>)[key], member, path + name)
  }
}

function* membersOf(
  object: Readonly<Record<string, unknown>>,
  required: Shapes,
  optional: Shapes,
  others: Shape | string,
): Generator<[string, Shape]> {
  yield* Object.entries(required)
  for (const [name, shape] of Object.entries(optional)) {
    if (object[name] !== undefined) yield [name, shape]
  }
  for (const name of Object.keys(object)) {
    if (Object.hasOwn(required, name) || Object.hasOwn(optional, name)) continue
    yield [
      name,
      typeof others === 'string'
        ? unknownMember(others, name, { ...required, ...optional })
        : others,
    ]
  }
}

/** Reports a member because its object has none of this name. */
function unknownMember(expected: string, name: string, known: Shapes): Shape {
  const meant = nearestName(name, Object.keys(known))
  const advice = meant ? `did you mean ${meant}?` : 'remove it or correct its spelling'
  return single(() => false, `is not ${expected}; ${advice}`)
}

/** A schema of a value whose members, if it has any, are not checked. */
// @__NO_SIDE_EFFECTS__
function single(isValid: (value: unknown) => boolean, message: Message): Shape {
  const parts = { schema: v.custom(isValid, message), members: [] }
  return () => parts
}

/** A value of a type with limits. Beyond them, a message that names the found type explains nothing. */
// @__NO_SIDE_EFFECTS__
function limited(isValid: (value: unknown) => boolean, type: string, expected: string): Shape {
  return single(isValid, ({ input }) =>
    typeof input === type ? `must be ${expected}` : explain(input, expected),
  )
}

/** Valibot's own messages repeat the input. These name only its type. */
function explain(input: unknown, expected: string): string {
  return input === undefined ? 'is missing' : `expected ${expected}, found ${kindOf(input)}`
}

/** Almost valid inputs: valid documents with changed members, as text that no serialiser writes. */

import fc from 'fast-check'
import { expect } from 'vitest'
import type { AnonymousContext, AuthContext, Rejection } from '../../src/index.ts'

/** The same inputs on every run; `FUZZ_SEED` for others. Titles contain the seed. */
export const SEED = Number(process.env['FUZZ_SEED'] ?? 20_260_728)

const RUNS = Number(process.env['FUZZ_RUNS'] ?? 1000)

/** On a slow machine fewer rather than later. */
export const BOUNDS: fc.Parameters<unknown> = {
  seed: SEED,
  numRuns: RUNS,
  interruptAfterTimeLimit: 5000 + 1.5 * RUNS,
}

/** Of a test, in milliseconds. */
export const TIMEOUT = 15_000 + 2 * RUNS

/** JSON values of every type, to send in place of any value. */
export const oddJson: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    ...['null', 'true', '0', '-1', '1e999', '""', '[]', '{}', '[[]]', '"\\u0000"', '"\\ud800"'],
    ...['{"__proto__":null}', '"__proto__"', '"constructor"', '1.7e9', '"1700000000"', '[null]'],
  ),
  fc.jsonValue({ maxDepth: 2 }).map((value) => JSON.stringify(value)),
)

export interface Change {
  readonly name: string
  /** JSON text; `undefined` removes the member. */
  readonly value: string | undefined
  /** Leaves the member and adds another one of its name, in front or behind. */
  readonly as: 'replacement' | 'first' | 'last'
}

/** Some changes to members of an object, most often none or one. */
export function changesOf(
  names: readonly string[],
  values: fc.Arbitrary<string> = oddJson,
): fc.Arbitrary<Change[]> {
  const change = fc.record({
    name: fc.constantFrom(...names),
    value: fc.option(values, { nil: undefined, freq: 4 }),
    as: fc.constantFrom('replacement', 'replacement', 'first', 'last'),
  }) as fc.Arbitrary<Change>
  return fc.array(change, { maxLength: 3 })
}

/** The object as JSON text, with the changes: members may be there twice. */
export function changed(members: Readonly<Record<string, unknown>>, changes: readonly Change[]) {
  let entries = Object.entries(members).map(([name, value]) => [name, JSON.stringify(value)])
  for (const { name, value, as } of changes) {
    if (value === undefined || as === 'replacement') {
      entries = entries.filter(([each]) => each !== name)
    }
    if (value === undefined) continue
    entries = as === 'first' ? [[name, value], ...entries] : [...entries, [name, value]]
  }
  const texts = entries.map(([name, value]) => `${JSON.stringify(name)}:${value}`)
  return `{${texts.join(',')}}`
}

/** A text with something cut out, put in or said twice. */
export function spoiled(text: string, alphabet: string): fc.Arbitrary<string> {
  const place = fc.nat(text.length)
  return fc.oneof(
    fc
      .tuple(place, fc.constantFrom(...alphabet))
      .map(([at, by]) => text.slice(0, at) + by + text.slice(at + 1)),
    fc
      .tuple(place, fc.constantFrom(...alphabet))
      .map(([at, by]) => text.slice(0, at) + by + text.slice(at)),
    fc.tuple(place, place).map(([from, to]) => text.slice(0, from) + text.slice(to)),
    place.map((at) => text.slice(0, at)),
  )
}

/** A result is a context, or a rejection with one of these statuses. */
export function isSound(
  outcome: AuthContext | AnonymousContext | Rejection,
  statuses: readonly number[],
): boolean {
  if (!outcome.ok) expect(statuses).toContain(outcome.status)
  return outcome.ok
}

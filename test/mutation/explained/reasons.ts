/** Reasons that several explanations share, and their form. */

export const ABSENT = 'a member that is `undefined` and an absent one are read alike.'
export const COMPILER = 'the fallback is for the compiler; the value is always there.'
export const NARROWING =
  'the first condition is for the compiler; the second rejects the same values.'
export const NOT_INHERITED = 'an object of `JSON.parse` inherits no member of that name.'
export const SHORTCUT = 'a shortcut: the longer way has the same result.'

/** The code, its mutants, and part of the line. */
export type Change = readonly [was: string, becomes: string | readonly string[], where?: string]

/** By file and reason. */
export type Reasons = readonly (readonly [file: string, why: string, changes: readonly Change[]])[]

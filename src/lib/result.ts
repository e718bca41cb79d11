/** Outcomes as values: a rejected request is a normal case, and creating an `Error` takes microseconds. */

export type Result<Value, Problem> = Success<Value> | Failure<Problem>

export interface Success<Value> {
  readonly ok: true
  readonly value: Value
}

export interface Failure<Problem> {
  readonly ok: false
  readonly error: Problem
}

// @__NO_SIDE_EFFECTS__
export function succeed<Value>(value: Value): Success<Value> {
  return { ok: true, value }
}

// @__NO_SIDE_EFFECTS__
export function fail<Problem>(error: Problem): Failure<Problem> {
  return { ok: false, error }
}

/** The success of a check, which has no value. */
export const PASSED = /* @__PURE__ */ succeed(undefined)

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

/**
 * Whether a value is a result and not the promise of one. Checks `then`, because `'ok' in promise` is true
 * if another library sets `ok` on `Object.prototype`, and `Object.hasOwn` is too slow for the hot path.
 */
export function isResult<Value, Problem>(
  value: Result<Value, Problem> | Promise<Result<Value, Problem>>,
): value is Result<Value, Problem> {
  return typeof (value as { readonly then?: unknown }).then !== 'function'
}

// @__NO_SIDE_EFFECTS__
export function succeed<Value>(value: Value): Success<Value> {
  return { ok: true, value }
}

// @__NO_SIDE_EFFECTS__
export function fail<Problem>(error: Problem): Failure<Problem> {
  return { ok: false, error }
}

/** Outcomes as values: a refused request is a normal case here, and an `Error` costs microseconds. */

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
 * Whether a result is there already, or only the promise of one. By `then`, because `'ok' in promise` is
 * true where another library left `ok` on `Object.prototype`; and this is asked on every request, so
 * `Object.hasOwn` would be too slow.
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

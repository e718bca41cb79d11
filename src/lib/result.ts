/** Outcomes as values: a refused request is a normal case here, and an `Error` costs microseconds. */

export type Result<Value, Failure> =
  | Success<Value>
  | { readonly ok: false; readonly error: Failure }

export interface Success<Value> {
  readonly ok: true
  readonly value: Value
}

export function succeed<Value>(value: Value): Success<Value> {
  return { ok: true, value }
}

export function fail<Failure>(error: Failure): { readonly ok: false; readonly error: Failure } {
  return { ok: false, error }
}

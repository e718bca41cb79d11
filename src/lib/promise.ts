/** Promises, also those that functions of the application return in place of a plain value. */

/** A promise only where there is something to wait for: an async function costs more than most of the steps. */
export type Awaitable<Value> = Value | Promise<Value>

/** The result of a step that takes the value: at once where it is there. Some libraries replace the global `Promise`. */
export function andThen<Value, Next>(
  value: Awaitable<Value>,
  step: (value: Value) => Next,
): Awaitable<Next> {
  return isPromise(value) ? value.then(step) : step(value)
}

/**
 * Ignores the outcome of a value that is a promise. Without a handler, its rejection would end the process.
 *
 * @returns Whether the value is a promise.
 */
export function dropPromise(value: unknown): boolean {
  if (!isPromise(value)) return false
  Promise.resolve(value).catch(ignore)
  return true
}

/** Whether a value is a promise, or an object like one. */
export function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value
    ? typeof value.then === 'function'
    : false
}

/**
 * Whether one of the results is `true`. One that is decides at once, whether others fail or never settle.
 *
 * @throws The first failure, if no result is `true`.
 */
export function anyTrue(results: readonly Promise<boolean>[]): Promise<boolean> {
  const all = Promise.all(results).then(() => false)
  // Where a result is `true`, no other code handles the failure.
  all.catch(ignore)
  return Promise.any(results.map(async (result) => (await result) || all)).catch(() => all)
}

/** A handler for failures that the caller ignores. */
export function ignore(): void {}

/** Promises returned by functions of the application that must return a plain value. */

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

/** A handler for failures that the caller ignores. */
export function ignore(): void {}

/** Promises returned by functions of the application that must return a plain value. */

/**
 * Ignores the outcome of a value that is a promise. Without a handler, its rejection would end the process.
 *
 * @returns Whether the value is a promise.
 */
export function dropPromise(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || !('then' in value)) return false
  if (typeof value.then !== 'function') return false
  Promise.resolve(value).catch(ignore)
  return true
}

function ignore(): void {}

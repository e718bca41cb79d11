/** Promises from functions that were to answer at once. */

/**
 * Lets go of a promise that came where a value was due: nobody awaits it, and unhandled, its failure
 * would end the process.
 *
 * @returns Whether it was one.
 */
export function dropPromise(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || !('then' in value)) return false
  if (typeof value.then !== 'function') return false
  Promise.resolve(value).catch(ignore)
  return true
}

function ignore(): void {}

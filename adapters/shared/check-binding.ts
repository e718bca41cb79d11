/** Finds a binding or client that is not there when a store is made: at a request it would be an outage. */

/**
 * @param methods The methods that the store calls.
 * @param remedy Where the value comes from.
 * @throws {TypeError} If the value has not all of the methods.
 */
export function checkBinding(
  binding: unknown,
  methods: readonly string[],
  name: string,
  remedy: string,
): void {
  const isObject = typeof binding === 'object' && binding !== null
  const given = (isObject || typeof binding === 'function' ? binding : {}) as Record<
    string,
    unknown
  >
  if (methods.every((method) => typeof given[method] === 'function')) return
  const found = isObject ? `an object without ${methods.join('() and ')}()` : String(binding)
  throw new TypeError(`${name}() got ${found}: ${remedy}.`)
}

/** Checks the client or the binding of a store when the store is created. A missing one would be an outage at each request. */

/**
 * @param client The client of a database, or a binding of the platform.
 * @param methods The methods that the store calls.
 * @param name The function that creates the store.
 * @param remedy Where the value comes from.
 * @throws {TypeError} If the value has not all of the methods.
 */
export function checkStoreClient(
  client: unknown,
  methods: readonly string[],
  name: string,
  remedy: string,
): void {
  const isObject = typeof client === 'object' && client !== null
  const given = (isObject || typeof client === 'function' ? client : {}) as Record<string, unknown>
  if (methods.every((method) => typeof given[method] === 'function')) return
  const found = isObject ? `an object without ${methods.join('() and ')}()` : String(client)
  throw new TypeError(`${name}() got ${found}: ${remedy}.`)
}

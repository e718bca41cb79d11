/** What Node's `fetch` needs so that it waits for a silent server. */

/** The part of a dispatcher of undici, which makes Node's `fetch`, that is used here. */
interface Dispatcher {
  dispatch(options: object, handler: unknown): boolean
}

/**
 * Members of `RequestInit` for a response that may be silent for long. Node's `fetch` breaks off a body of which
 * nothing arrives for 300 s, and gives up after 300 s without a head. An event stream may be silent for longer.
 *
 * @returns No members on other hosts, which have no such limits.
 */
export function silentStreams(): { readonly dispatcher?: Dispatcher } {
  const host = hostDispatcher(globalThis)
  if (host === undefined) return {}
  return {
    dispatcher: {
      dispatch: (options, handler) =>
        host.dispatch({ ...options, bodyTimeout: 0, headersTimeout: 0 }, handler),
    },
  }
}

/**
 * The dispatcher of all requests, which may be one that the program has set. From its eighth version on, undici keeps
 * it at the second place, and at the first one a translator for its older versions.
 */
export function hostDispatcher(
  places: Readonly<Record<symbol, Dispatcher | undefined>>,
): Dispatcher | undefined {
  const first = places[Symbol.for('undici.globalDispatcher.1')]
  const isTranslator = first?.constructor.name === 'Dispatcher1Wrapper'
  const found = isTranslator ? places[Symbol.for('undici.globalDispatcher.2')] : first
  return typeof found?.dispatch === 'function' ? found : undefined
}

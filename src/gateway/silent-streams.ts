/** What Node's `fetch` needs so that it waits for a silent server. */

/** The part of a dispatcher of undici, which makes Node's `fetch`, that is used here. */
interface Dispatcher {
  /** Whether it is undici's `MockAgent`. `fetch` then passes it the body as it was given. */
  readonly isMockActive?: boolean
  dispatch(options: object, handler: object): boolean
}

type Places = Readonly<Record<symbol, Dispatcher | undefined>>

/**
 * Members of `RequestInit` for a response that may be silent for long. Node's `fetch` breaks off a body of which
 * nothing arrives for 300 s, and gives up after 300 s without a head. An event stream may be silent for longer.
 *
 * On Node 26, they also keep HTTP/2 out, as on Node 24: a call that ends early or in a timeout would leave a connection
 * behind on which later calls fail.
 *
 * @returns No members on other hosts, which have no such limits.
 */
export function silentStreams(places: Places = globalThis): { readonly dispatcher?: Dispatcher } {
  const found = PLACES.map((place) => places[place]).filter(isDispatcher)
  const [first, last = first] = found
  if (first === undefined || last === undefined) return {}
  return {
    dispatcher: {
      isMockActive: found.some(({ isMockActive }) => isMockActive === true),
      dispatch(options, handler) {
        const host = 'onRequestStart' in handler ? last : first
        return host.dispatch(
          { ...options, bodyTimeout: 0, headersTimeout: 0, allowH2: false },
          handler,
        )
      },
    },
  }
}

/**
 * Where undici keeps the dispatcher of all requests, which may be one that the program has set. The handlers of its
 * eighth version have other methods, `onRequestStart` among them, and such dispatchers are at the second place. The first
 * one is for older handlers: Node 24 has these, also in a program that has set a dispatcher of undici 8.
 */
const PLACES = /* @__PURE__ */ ['undici.globalDispatcher.1', 'undici.globalDispatcher.2'].map(
  Symbol.for,
)

function isDispatcher(value: Dispatcher | undefined): value is Dispatcher {
  return typeof value?.dispatch === 'function'
}

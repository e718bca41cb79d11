/** What the host provides: the network, the clock, stores. Everything else is pure. */

/** `fetch`, as any host has it. `typeof fetch` would refuse a plain function under Bun's types. */
export type Fetch = (url: string, init?: RequestInit) => Promise<Response>

/** Keeps work alive after the response was sent: `ctx.waitUntil` on Workers. */
export type WaitUntil = (work: Promise<unknown>) => void

/**
 * What the host knows of a request beyond what the `Request` shows. Adapters fill it in; what an
 * application requires never overrides it. Only own properties count.
 */
export interface HostFacts {
  /** Base64url SHA-256 of the client certificate's DER form, 43 characters (RFC 8705 §3.1). */
  readonly certificate?: string | undefined
  /** Keeps background work alive after the response: `ctx.waitUntil` on Workers. */
  readonly waitUntil?: WaitUntil | undefined
  /**
   * The JSON-RPC message, where the framework has read the body already: it is what `operations` decide
   * about, and the request's own body is then not read. **It must be the very value that the framework
   * executes**, before any change to it: a copy, or text that is parsed again, may say something else.
   *
   * Text and bytes are read like a body. Of an object only own data properties count; an accessor, a
   * `toJSON` or more than 64 levels are a 400. `null` means that there is no message; `undefined` counts
   * as not given.
   */
  readonly body?: unknown
}

/** What the host says under this name itself: what every object inherits is not a fact about a request. */
export function hostFact<Name extends keyof HostFacts>(
  host: HostFacts | undefined,
  name: Name,
): HostFacts[Name] {
  return host !== undefined && Object.hasOwn(host, name) ? host[name] : undefined
}

/**
 * A key-value store that isolates or machines share. Values are text of at most about 100 kB.
 */
export interface DocumentStore {
  /** The value last set under the key, or `undefined`. Stale answers are tolerated. */
  get(key: string): Promise<string | undefined>
  /** Keeps the value for about `ttlSeconds`; a shorter or longer life is tolerated. */
  set(key: string, value: string, ttlSeconds: number): Promise<void>
}

/** Remembers which DPoP proofs were seen (RFC 9449 §11.1). */
export interface ReplayStore {
  /**
   * Adds the key if it is new: one atomic step, or two concurrent replays both pass.
   *
   * @param key A digest: what it stands for cannot be told from it.
   * @param expiresAt When the key may be forgotten, in seconds since the epoch.
   * @returns `false` if the key was seen before and has not expired yet.
   */
  add(key: string, expiresAt: number): Promise<boolean>
}

/** The host's `fetch`, looked up when called: nothing of the host is captured at module scope. */
export function hostFetch(url: string, init?: RequestInit): Promise<Response> {
  return fetch(url, init)
}

/** The host's clock in seconds since the epoch. */
export function hostNow(): number {
  return Date.now() / 1000
}

/**
 * The clock to use. One that tells no number is stopped here: every comparison with what it says
 * would be false, and no token would ever expire.
 */
export function clockOf(now: (() => number) | undefined): () => number {
  if (now === undefined) return hostNow
  return () => {
    const seconds = now()
    if (!Number.isFinite(seconds)) throw new TypeError('now() must tell seconds since the epoch.')
    return seconds
  }
}

/** workerd forbids awaiting a promise that another request made: it may never settle. */
export function isWorkers(): boolean {
  return globalThis.navigator?.userAgent === 'Cloudflare-Workers'
}

/** What the host provides: the network, the clock and stores. */

import { dropPromise } from '../lib/promise.ts'

/**
 * The `fetch` of any host. Bun's `typeof fetch` has further members, which a plain function lacks.
 *
 * @example
 * ```ts
 * const identified: Fetch = (url, init = {}) => {
 *   const headers = new Headers(init.headers)
 *   headers.set('User-Agent', 'notes/1.0')
 *   return fetch(url, { ...init, headers })
 * }
 * ```
 */
export type Fetch = (url: string, init?: RequestInit) => Promise<Response>

/**
 * Keeps work running after the response was sent, as `ctx.waitUntil` on Workers does.
 *
 * @example
 * ```ts
 * const pending = new Set<Promise<unknown>>()
 *
 * const waitUntil: WaitUntil = (work) => {
 *   pending.add(work)
 *   work.finally(() => pending.delete(work)).catch(() => undefined)
 * }
 * ```
 */
export type WaitUntil = (work: Promise<unknown>) => void

/**
 * Facts about a request that only the host knows. Adapters set them. `Requirements` never override
 * them. Only own properties are read.
 *
 * @example
 * ```ts
 * async function serveParsed(request: Request, body: unknown): Promise<Response> {
 *   const host: HostFacts = { body }
 *   const auth = await authenticate(request, notes, {}, host)
 *   return auth.ok ? Response.json(body) : auth
 * }
 * ```
 */
export interface HostFacts {
  /** Base64url SHA-256 of the client certificate's DER form, 43 characters (RFC 8705 §3.1). */
  readonly certificate?: string | undefined
  /** Keeps background work running after the response, as `ctx.waitUntil` on Workers does. */
  readonly waitUntil?: WaitUntil | undefined
  /**
   * The JSON-RPC message, if the framework has already read the body. `operations` then decides about
   * this value, and the body of the request is not read. **It must be the same value that the framework
   * executes**, unchanged. A copy, or text that is parsed a second time, may contain another operation.
   *
   * Text and bytes are parsed like a body. Of an object only own data properties are read; an accessor,
   * a `toJSON` member or more than 64 levels are a 400. `null`: there is no message. `undefined`: the
   * same as a missing member.
   */
  readonly body?: unknown
}

/** An own member of the host's facts. Members of `Object.prototype` are not facts about a request. */
export function hostFact<Name extends keyof HostFacts>(
  host: HostFacts | undefined,
  name: Name,
): HostFacts[Name] {
  return host !== undefined && Object.hasOwn(host, name) ? host[name] : undefined
}

/**
 * A key-value store that isolates or machines share. Values are strings of at most about 100 kB.
 *
 * @example
 * ```ts
 * const documents = new Map<string, string>()
 *
 * const documentStore: DocumentStore = {
 *   get: async (key) => documents.get(key),
 *   set: async (key, value) => void documents.set(key, value),
 * }
 * ```
 */
export interface DocumentStore {
  /** The last value of the key, or `undefined`. The value may be outdated. */
  get(key: string): Promise<string | undefined>
  /** Stores the value for about `ttlSeconds`. The actual lifetime may be shorter or longer. */
  set(key: string, value: string, ttlSeconds: number): Promise<void>
}

/**
 * Stores which DPoP proofs were used (RFC 9449 §11.1).
 *
 * @example
 * ```ts
 * const seen = new Map<string, number>()
 *
 * const replay: ReplayStore = {
 *   async add(key, expiresAt) {
 *     if (seen.has(key)) return false
 *     seen.set(key, expiresAt)
 *     return true
 *   },
 * }
 * ```
 */
export interface ReplayStore {
  /**
   * Adds the key if the store does not contain it. The operation must be atomic; otherwise two
   * concurrent requests with the same proof both pass.
   *
   * @param key A digest that does not reveal the proof.
   * @param expiresAt When the store may delete the key, in seconds since the epoch.
   * @returns `false` if the store contains the key and it has not expired.
   */
  add(key: string, expiresAt: number): Promise<boolean>
}

/** The host's `fetch`, looked up at each call, so that module scope captures nothing of the host. */
export function hostFetch(url: string, init?: RequestInit): Promise<Response> {
  return fetch(url, { ...overHttp1(), ...init })
}

/** The host's clock in seconds since the epoch. */
export function hostNow(): number {
  return Date.now() / 1000
}

/**
 * The configured clock, or that of the host.
 *
 * @throws {TypeError} When the returned function is called and `now` does not return seconds. Every comparison with
 * NaN is false, so no token would expire; in milliseconds, such as those of `Date.now`, all would have expired.
 */
export function clockOf(now: (() => number) | undefined): () => number {
  if (now === undefined) return hostNow
  return () => {
    const seconds = now()
    if (isSeconds(seconds)) return seconds
    dropPromise(seconds)
    throw new TypeError('now() must return seconds since the epoch.')
  }
}

/** Whether a time is one in seconds since the epoch. In milliseconds it exceeds this number since 1973. */
export function isSeconds(time: number): boolean {
  return Number.isFinite(time) && time < YEAR_5138
}

const YEAR_5138 = 100_000_000_000

/** Whether the host is workerd, where awaiting a promise of another request may never settle. */
export function isWorkers(): boolean {
  return globalThis.navigator?.userAgent === 'Cloudflare-Workers'
}

/**
 * `fetch` of Node 26 speaks HTTP/2, where a timeout ends a request and not its connection: after a failover, each later
 * request would fail. undici 8, which makes this `fetch`, keeps its dispatcher here, also one that the program has set. So
 * does the undici of Node 24, whose `fetch` uses another one.
 */
function overHttp1(): object | undefined {
  const { process, [DISPATCHER]: host } = globalThis as HostOfFetch
  if (host === undefined || !(Number.parseInt(process?.versions?.undici ?? '', 10) > 7)) return
  const { isMockActive } = host
  const dispatch: Dispatch = (options, handler) =>
    host.dispatch({ ...options, allowH2: false }, handler)
  return { dispatcher: { isMockActive, dispatch } }
}

const DISPATCHER = /* @__PURE__ */ Symbol.for('undici.globalDispatcher.2')

type Dispatch = (options: object, handler: object) => boolean

interface HostOfFetch {
  readonly process?: { readonly versions?: { readonly undici?: string } }
  /** `isMockActive`: of undici's `MockAgent`. `fetch` then passes it the body as it was given. */
  readonly [DISPATCHER]?: { readonly isMockActive?: boolean; readonly dispatch: Dispatch }
}

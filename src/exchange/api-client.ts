/** Calls the API with its token: to its own origins only, never along a redirect. */

import type { AuthContext } from '../contract/context.ts'
import { UpstreamError } from '../contract/errors.ts'
import { ExchangeError } from '../contract/exchange-error.ts'
import { discardBody } from '../lib/discard-body.ts'
import { networkCode } from '../lib/network-code.ts'
import { parseUrl } from '../lib/safe-url.ts'
import { createStop } from '../lib/stop-signal.ts'
import { within } from '../lib/within.ts'
import type { Exchanger } from './exchanger.ts'
import { buildFailure } from './failures.ts'
import { asksForNonce, offersDpop, type Proofs } from './proofs.ts'
import type { ExchangeSettings } from './settings.ts'
import { requireVerified } from './subject.ts'
import type { Held } from './token-store.ts'
import { toUnrepeated } from './unrepeated.ts'

/** A checked request to the API. */
interface ApiRequest {
  readonly url: string
  readonly method: string
  readonly init: RequestInit
  readonly signal: AbortSignal | undefined
  /** A stream can be sent once only. */
  readonly isRepeatable: boolean
}

/** Fetch Standard §2.2.1: only these methods are normalised. */
const NORMALISED = /^(?:delete|get|head|options|post|put)$/i

export class ApiClient {
  readonly #settings: ExchangeSettings
  readonly #exchanger: Exchanger
  readonly #proofs: Proofs

  constructor(settings: ExchangeSettings, exchanger: Exchanger, proofs: Proofs) {
    this.#settings = settings
    this.#exchanger = exchanger
    this.#proofs = proofs
  }

  /**
   * Sends one request, a second time after a 401.
   *
   * @throws {TypeError} If the URL or the context is not allowed; nothing is sent.
   * @throws {ExchangeError} If there is no token.
   * @throws {UpstreamError} If the API does not respond.
   */
  async fetch(auth: AuthContext, url: string, init: RequestInit = {}): Promise<Response> {
    requireVerified(auth)
    const request = await onceOnly(toApiRequest(this.#check(url), init))
    const held = await this.#obtain(auth, request)
    const response = await this.#sendBound(request, held)
    if (response.status !== 401) return response
    const isOther = this.#exchanger.drop(auth, held, offersDpop(response))
    if (!isOther || !request.isRepeatable) return response
    discardBody(response)
    return this.#sendBound(request, await this.#obtain(auth, request))
  }

  #check(text: string): URL {
    const { origins } = this.#settings
    if (origins.length === 0) throw new ExchangeError(buildFailure('misconfigured'))
    const url = parseUrl(String(text))
    if (url === undefined) throw new TypeError('exchange.fetch needs an absolute URL.')
    if (url.username !== '' || url.password !== '') {
      throw new TypeError('A URL for exchange.fetch must not contain a user name or password.')
    }
    // All of them are https or loopback, see `settings.ts`. Not `url.origin`: that of `blob:https://…`
    // is an https origin, too.
    if (!origins.includes(`${url.protocol}//${url.host}`)) {
      throw new TypeError(`exchange.fetch sends its token to ${origins.join(' and ')} only.`)
    }
    return url
  }

  async #obtain(auth: AuthContext, { signal }: ApiRequest): Promise<Held> {
    signal?.throwIfAborted()
    // The exchange goes on without this caller: other calls may share it.
    const outcome = await untilAborted(this.#exchanger.obtain(auth), signal)
    if (!outcome.ok) throw new ExchangeError(outcome)
    // A token that is not an access token.
    if (outcome.token.tokenType === 'N_A') throw new ExchangeError(buildFailure('misconfigured'))
    return outcome
  }

  /** Sends a request, and repeats it where the API demands a nonce that was not known (RFC 9449 §9). */
  async #sendBound(request: ApiRequest, held: Held): Promise<Response> {
    const { url } = request
    const nonce = this.#proofs.nonce(url)
    const response = await this.#send(request, held, nonce)
    const isNew = this.#proofs.note(url, response, nonce)
    const isNonceOnly = held.key !== undefined && response.status === 401 && asksForNonce(response)
    if (!isNonceOnly || !isNew || !request.isRepeatable) return response
    discardBody(response)
    const next = this.#proofs.nonce(url)
    const again = await this.#send(request, held, next)
    this.#proofs.note(url, again, next)
    return again
  }

  async #send(
    request: ApiRequest,
    { token, key }: Held,
    nonce: string | undefined,
  ): Promise<Response> {
    const { url, method, init, signal } = request
    const headers = new Headers(init.headers)
    headers.set('Authorization', `${token.tokenType} ${token.token}`)
    headers.delete('DPoP')
    if (key !== undefined) {
      const target = { method, url, token: token.token, nonce }
      headers.set('DPoP', await this.#proofs.proof(key, target))
    }
    const { abortSignal, stop } = createStop(signal)
    // Never along a redirect; workerd does not support `error`.
    const bounded: RequestInit = { ...init, method, headers, redirect: 'manual' }
    if (abortSignal !== undefined) bounded.signal = abortSignal
    const sending = this.#reach(url, bounded, signal)
    const { responseTimeoutMs } = this.#settings
    const response = await within(untilAborted(sending, signal), responseTimeoutMs, () => undefined)
    if (response !== undefined) return response
    stop()
    throw failed('timeout', url, `did not answer within ${responseTimeoutMs} ms`)
  }

  async #reach(url: string, init: RequestInit, signal: AbortSignal | undefined): Promise<Response> {
    // Not as a method, see `boundedFetch`.
    const { fetch } = this.#settings
    try {
      return await fetch(url, init)
    } catch (error) {
      signal?.throwIfAborted()
      throw failed('unreachable', url, 'could not be reached', networkCode(error))
    }
  }
}

function toApiRequest(url: URL, given: RequestInit): ApiRequest {
  const { signal, body, method = 'GET' } = given
  if (body != null && /^(?:get|head)$/i.test(method)) {
    throw new TypeError(`A ${method} request has no body.`)
  }
  const isRepeatable = !isStream(body)
  const duplex = isRepeatable ? {} : { duplex: 'half' }
  return {
    // As parsed, so that the text that was checked is the text that is sent.
    url: url.href,
    method: NORMALISED.test(method) ? method.toUpperCase() : method,
    // Node requires `duplex` for streams. Invalid headers throw before anything is sent.
    init: { ...duplex, ...given, headers: new Headers(given.headers) },
    signal: signal ?? undefined,
    isRepeatable,
  }
}

async function onceOnly(request: ApiRequest): Promise<ApiRequest> {
  return request.isRepeatable ? { ...request, init: await toUnrepeated(request.init) } : request
}

/** A `ReadableStream`, or an iterable of chunks, which Node accepts, too. */
function isStream(body: unknown): boolean {
  if (typeof body !== 'object' || body === null) return false
  return 'getReader' in body || Symbol.asyncIterator in body
}

/** Settles as the work does, or rejects with the reason of the signal. */
function untilAborted<Value>(
  work: Promise<Value>,
  signal: AbortSignal | undefined,
): Promise<Value> {
  if (signal === undefined) return work
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason)
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}

/** Without query, which may identify a person, and without the cause, which may repeat what was sent. */
function failed(
  code: 'unreachable' | 'timeout',
  url: string,
  what: string,
  reason?: string,
): UpstreamError {
  const place = url.replace(/[?#].*$/s, '')
  return new UpstreamError(code, place, { message: `${place} ${what}`, reason })
}

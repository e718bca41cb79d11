/**
 * Node's messages, seen as the Web's. To make a `Request` and a `Response` of everything takes several
 * times what the answer takes; most requests are judged by a header or two, so these look at Node's own
 * objects, and make the real thing only for who looks further.
 */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { type FieldLines, fieldsOf, methodOf, valueIn } from './fields.ts'

/** A request: method, URL and header fields at a glance, the rest from a real one. */
export class RequestView implements Request {
  readonly method: string
  readonly headers: Headers
  readonly #location: string
  readonly #make: () => Request
  #made: Request | undefined

  /** @param location An absolute URL, in whatever spelling. */
  constructor(req: IncomingMessage, location: string, make: () => Request) {
    this.method = methodOf(req)
    this.#location = location
    this.headers = new SentHeaders(req, () => this.#real.headers)
    this.#make = make
  }

  get #real(): Request {
    this.#made ??= this.#make()
    return this.#made
  }

  get url() {
    return new URL(this.#location).href
  }
  get body() {
    return this.#real.body
  }
  get bodyUsed() {
    return this.#real.bodyUsed
  }
  get signal() {
    return this.#real.signal
  }
  get cache() {
    return this.#real.cache
  }
  get credentials() {
    return this.#real.credentials
  }
  get destination() {
    return this.#real.destination
  }
  get duplex() {
    return 'half' as const
  }
  get integrity() {
    return this.#real.integrity
  }
  get keepalive() {
    return this.#real.keepalive
  }
  get mode() {
    return this.#real.mode
  }
  get redirect() {
    return this.#real.redirect
  }
  get referrer() {
    return this.#real.referrer
  }
  get referrerPolicy() {
    return this.#real.referrerPolicy
  }
  clone() {
    return this.#real.clone()
  }
  arrayBuffer() {
    return this.#real.arrayBuffer()
  }
  blob() {
    return this.#real.blob()
  }
  bytes() {
    return this.#real.bytes()
  }
  formData() {
    return this.#real.formData()
  }
  json() {
    return this.#real.json()
  }
  text() {
    return this.#real.text()
  }
}

/** The header fields of a request, as they were sent. */
class SentHeaders implements Headers {
  readonly #sent: FieldLines
  readonly #make: () => Headers
  #made: Headers | undefined

  constructor(req: IncomingMessage, make: () => Headers) {
    this.#sent = fieldsOf(req)
    this.#make = make
  }

  get #real(): Headers {
    this.#made ??= this.#make()
    return this.#made
  }

  get(name: string) {
    return this.#made === undefined ? valueIn(this.#sent, name) : this.#made.get(name)
  }
  has(name: string) {
    return this.get(name) !== null
  }
  append(name: string, value: string) {
    this.#real.append(name, value)
  }
  delete(name: string) {
    this.#real.delete(name)
  }
  set(name: string, value: string) {
    this.#real.set(name, value)
  }
  getSetCookie() {
    return this.#real.getSetCookie()
  }
  forEach(...args: Parameters<Headers['forEach']>) {
    this.#real.forEach(...args)
  }
  entries() {
    return this.#real.entries()
  }
  keys() {
    return this.#real.keys()
  }
  values() {
    return this.#real.values()
  }
  [Symbol.iterator]() {
    return this.#real.entries()
  }
}

/** A response that somebody is writing, for whoever has something to add to its header fields. */
export class ResponseView {
  readonly status: number
  readonly headers: PendingHeaders

  constructor(res: ServerResponse, status: number) {
    this.status = status
    this.headers = new PendingHeaders(res)
  }

  /** Stands for what is being written: somebody who reads from it will wait. */
  get body() {
    return new ReadableStream<Uint8Array>()
  }
}

/** The header fields of a response that were set so far; what is set here is set there. */
class PendingHeaders {
  readonly #res: ServerResponse

  constructor(res: ServerResponse) {
    this.#res = res
  }

  get(name: string): string | null {
    const value = this.#res.getHeader(name)
    return value === undefined ? null : [value].flat().join(', ')
  }
  has(name: string): boolean {
    return this.#res.hasHeader(name)
  }
  set(name: string, value: string): void {
    this.#res.setHeader(name, value)
  }
  *[Symbol.iterator](): Generator<[name: string, value: string]> {
    for (const [name, value] of Object.entries(this.#res.getHeaders())) {
      for (const each of [value].flat()) yield [name, String(each)]
    }
  }
}

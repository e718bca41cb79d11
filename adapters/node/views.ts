/**
 * Views of Node's messages with the interfaces of the Web. Constructing a `Request` and a `Response` takes
 * several times as long as the decision, and most decisions read one or two header fields. The views read
 * Node's own objects, and construct a real `Request` only when another member is read.
 */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { BODY_READER, type ReadsAhead } from '../../src/http/body-reader.ts'
import { allowsBody, type HeadFields, type ResponseHead } from '../../src/http/response-head.ts'
import type { FieldList } from './field-list.ts'
import { type FieldLines, fieldsOf, methodOf, valueIn } from './fields.ts'

/** The `Request` of a view; any other request itself. */
export function toRealRequest(request: Request): Request {
  return request instanceof RequestView ? RequestView.realOf(request) : request
}

/** A request: method, URL and header fields from Node, all other members from a real `Request`. */
export class RequestView implements Request, ReadsAhead {
  readonly method: string
  readonly headers: Headers
  #location: string
  #isParsed: boolean
  readonly #make: () => Request
  #made: Request | undefined

  /**
   * @param location An absolute URL, parsed or not.
   * @param make Constructs the real `Request`.
   * @param isParsed Whether the text of the URL is known to be its parsed form.
   */
  constructor(req: IncomingMessage, location: string, make: () => Request, isParsed = false) {
    this.method = methodOf(req)
    this.#location = location
    this.#isParsed = isParsed
    this.headers = new SentHeaders(req, this)
    this.#make = make
  }

  static realOf(view: RequestView): Request {
    return view.#real
  }

  get #real(): Request {
    this.#made ??= this.#make()
    return this.#made
  }

  get url() {
    if (!this.#isParsed) {
      this.#location = new URL(this.#location).href
      this.#isParsed = true
    }
    return this.#location
  }
  get [BODY_READER]() {
    return (this.#real as ReadsAhead)[BODY_READER]
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

/** The header fields of a request as the client sent them. */
class SentHeaders implements Headers {
  readonly #sent: FieldLines
  readonly #view: RequestView
  #made: Headers | undefined

  constructor(req: IncomingMessage, view: RequestView) {
    this.#sent = fieldsOf(req)
    this.#view = view
  }

  get #real(): Headers {
    this.#made ??= RequestView.realOf(this.#view).headers
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
    return this.#made === undefined ? joined(this.#sent)[Symbol.iterator]() : this.#made.entries()
  }
}

/** Names in lower case with all of their values, as `Headers` lists them, but in the order of the client. */
function joined(sent: FieldLines): Map<string, string> {
  const fields = new Map<string, string>()
  for (let index = 0; index < sent.length; index += 2) {
    const name = (sent[index] ?? '').toLowerCase()
    if (name.startsWith(':')) continue
    const value = sent[index + 1] ?? ''
    const former = fields.get(name)
    fields.set(name, former === undefined ? value : `${former}${separatorOf(name)}${value}`)
  }
  return fields
}

function separatorOf(name: string): string {
  return name === 'cookie' ? '; ' : ', '
}

/** A response whose head is about to be written: its status and its header fields, which can be set. */
export class ResponseView implements ResponseHead {
  readonly status: number
  readonly statusText = ''
  readonly headers: PendingHeaders | FieldList

  constructor(status: number, headers: PendingHeaders | FieldList) {
    this.status = status
    this.headers = headers
  }

  /** A placeholder for the body that the framework writes. It never produces a chunk. */
  get body() {
    return isConstructible(this.status) && allowsBody(this.status)
      ? new ReadableStream<Uint8Array>()
      : null
  }
}

/** Whether a `Response` can have the status: Node sends any up to 999. */
function isConstructible(status: number): boolean {
  return status >= 200 && status < 600
}

/** The header fields set on Node's response so far. Setting one here sets it there. */
export class PendingHeaders implements HeadFields {
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
  delete(name: string): void {
    this.#res.removeHeader(name)
  }
  *[Symbol.iterator](): Generator<[name: string, value: string]> {
    for (const [name, value] of Object.entries(this.#res.getHeaders())) {
      for (const each of [value].flat()) yield [name, String(each)]
    }
  }
}

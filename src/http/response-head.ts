/** The part of a response that completing it reads and sets, so that hosts can complete values that are not a `Response`. */

/** Header fields that can be set. */
export interface HeadFields extends Iterable<[name: string, value: string]> {
  get(name: string): string | null
  has(name: string): boolean
  set(name: string, value: string): void
  delete(name: string): void
}

/** The members of a response that the library reads or sets. A `Response` has them. */
export interface ResponseHead {
  readonly status: number
  readonly statusText: string
  readonly headers: HeadFields
  readonly body: ReadableStream<Uint8Array> | null
}

/** Whether a `Response` with the status can have a body (Fetch §2.2.3). */
export function allowsBody(status: number): boolean {
  return status !== 204 && status !== 205 && status !== 304
}

/** A response with the same status and fields, and this body. */
export function withBody(
  { status, statusText, headers }: ResponseHead,
  body: ReadableStream<Uint8Array> | null,
): Response {
  // A constructor takes everything that lists fields.
  return new Response(body, { status, statusText, headers: headers as Headers })
}

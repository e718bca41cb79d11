/** A response as it is sent: its fields are in a list as Node writes them, which costs less to complete than `Headers`. */

import type { ResponseHead } from '../../src/http/response-head.ts'
import { FieldList } from './field-list.ts'

/** A response of the handler, which stays as it is, and the fields that are sent. */
export class OutgoingResponse implements ResponseHead {
  readonly status: number
  readonly statusText: string
  readonly headers: FieldList
  readonly #response: Response

  constructor(response: Response) {
    const fields: string[] = []
    for (const [name, value] of response.headers) fields.push(name, value)
    this.status = response.status
    this.statusText = response.statusText
    this.headers = new FieldList(fields)
    this.#response = response
  }

  get body(): ReadableStream<Uint8Array> | null {
    return this.#response.body
  }
}

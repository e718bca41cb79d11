/** Header fields and the method of Node's requests, including those that serverless hosts and test tools construct. */

import type { IncomingMessage } from 'node:http'

/** Names and values in turn. */
export type FieldLines = readonly string[]

/**
 * The header fields as the client sent them: `req.headers` keeps only the first of two credentials.
 * A request that did not come from a socket may have only `headers`, or also `headersDistinct`.
 */
export function fieldsOf(req: IncomingMessage): FieldLines {
  const { rawHeaders }: Partial<IncomingMessage> = req
  return rawHeaders !== undefined && rawHeaders.length > 0 ? rawHeaders : parsedFields(req)
}

/** All values of a field, joined by a comma as `Headers.get()` joins them. */
export function valueIn(fields: FieldLines, name: string): string | null {
  const wanted = name.toLowerCase()
  let value: string | null = null
  for (let index = 0; index < fields.length; index += 2) {
    const field = fields[index] ?? ''
    if (field.length === wanted.length && field.toLowerCase() === wanted) {
      const next = fields[index + 1] ?? ''
      value = value === null ? next : `${value}, ${next}`
    }
  }
  return value
}

export function methodOf({ method = 'GET' }: Partial<IncomingMessage>): string {
  return method
}

/** GET and HEAD: a `Request` with such a method has no body. */
export function isBodiless(req: IncomingMessage): boolean {
  const method = methodOf(req)
  return method === 'GET' || method === 'HEAD'
}

type Values = string | number | readonly string[] | null | undefined

/** `headersDistinct` wins over `headers`, which may have only the first value, or only the last. */
function parsedFields(req: IncomingMessage): FieldLines {
  const { headersDistinct = {}, headers = {} }: Partial<IncomingMessage> = req
  const lists = entriesOf(headersDistinct)
  const listed = new Set(lists.map(([name]) => name.toLowerCase()))
  const others = entriesOf(headers).filter(([name]) => !listed.has(name.toLowerCase()))
  return [...lists, ...others].flatMap(([name, values]) =>
    [values ?? []].flat().flatMap((value) => [name, String(value)]),
  )
}

function entriesOf(headers: object): [name: string, values: Values][] {
  return headers instanceof Headers ? [...headers] : Object.entries(headers)
}

/** Requests that repeat the header fields of the one before on their connection, as those of an MCP client do. */

import type { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { type FieldLines, fieldsOf, methodOf } from './fields.ts'

/** As many fields may have another value: `Content-Length`, `Mcp-Name`, `traceparent`. */
const MAX_CHANGED = 4
/** A longer value, such as another token, costs more to check than the copy saves. */
const MAX_CHANGED_LENGTH = 128

/** The key of the latest request of a connection. */
const LATEST = Symbol('mcp-gatehouse.latest')

interface Latest {
  readonly url: string
  readonly method: string
  readonly fields: FieldLines
  /** Created for the second such request. No other code receives it, so it never changes. */
  readonly template: Request | undefined
}

/** A request to copy, and the fields that have another value than in it: names and values in turn. */
export interface Repetition {
  readonly template: Request
  readonly changed: FieldLines
}

/**
 * A copy of a `Request` costs half of a new one: the URL is not parsed again, and a token is not checked character by
 * character. All fields are compared with those of the template, so no field of another client is among them.
 *
 * @param make Makes the template of this request.
 * @returns `undefined` for a request that is not like the one before on its connection.
 */
export function repetitionOf(
  req: IncomingMessage,
  url: string,
  make: () => Request,
): Repetition | undefined {
  const { socket } = req
  const fields = fieldsOf(req)
  // Over HTTP/2, the socket is a proxy that all streams share.
  if (req.httpVersionMajor !== 1 || !(socket instanceof Socket)) return undefined
  const connection: Socket & { [LATEST]?: Latest } = socket
  const { [LATEST]: latest } = connection
  const method = methodOf(req)
  const isAlike = latest !== undefined && latest.url === url && latest.method === method
  const changed = isAlike ? changesOf(latest.fields, fields) : undefined
  if (latest === undefined || changed === undefined) {
    connection[LATEST] = { url, method, fields, template: undefined }
    return undefined
  }
  if (latest.template !== undefined) return { template: latest.template, changed }
  const template = make()
  // A copy: applications may replace values in the list of the message.
  connection[LATEST] = { url, method, fields: [...fields], template }
  return { template, changed: NONE }
}

const NONE: FieldLines = []

/** `undefined` where names differ, or too many values. */
function changesOf(former: FieldLines, fields: FieldLines): FieldLines | undefined {
  if (former.length !== fields.length) return undefined
  let changed: string[] | undefined
  for (let index = 0; index < fields.length; index += 2) {
    const [name = '', value = ''] = [fields[index], fields[index + 1]]
    if (name !== former[index]) return undefined
    if (value === former[index + 1]) continue
    if (value.length > MAX_CHANGED_LENGTH || isRepeated(name, fields)) return undefined
    changed ??= []
    changed.push(name, value)
    if (changed.length > 2 * MAX_CHANGED) return undefined
  }
  return changed ?? NONE
}

/** Such values are joined, in any spelling of their name. */
function isRepeated(name: string, fields: FieldLines): boolean {
  const wanted = name.toLowerCase()
  let count = 0
  for (let index = 0; index < fields.length; index += 2) {
    const field = fields[index] ?? ''
    if (field.length === wanted.length && field.toLowerCase() === wanted) count += 1
  }
  return count > 1
}

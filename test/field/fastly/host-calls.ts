/**
 * The calls of a program of Fastly Compute to its host, as far as a guard and a server need them. Handles are numbers, results
 * are statuses, and everything is synchronous: the program runs in a thread that may wait.
 */

import type { Backends, Downstream, Head } from './messages.ts'

const OK = 0
const ERROR = 1
const BUFFER_TOO_SHORT = 4
const UNSUPPORTED = 5
const ABSENT = 10
const NONE = 0xffffffff

interface Message {
  readonly fields: [name: string, value: string][]
  method: string
  url: string
  status: number
}

interface Body {
  readonly chunks: Uint8Array[]
  /** Whether what is written goes to the client at once. */
  streams: boolean
}

type HostCall = (...args: number[]) => number

export function createHostCalls(
  memory: () => WebAssembly.Memory,
  request: Head & { readonly body: Uint8Array },
  configuration: ReadonlyMap<string, string>,
  backends: Backends,
  downstream: Downstream,
): Record<string, Record<string, HostCall>> {
  const handles: unknown[] = [undefined]
  const add = (value: unknown) => handles.push(value) - 1
  const message = (handle = 0) => handles[handle] as Message
  const body = (handle = 0) => handles[handle] as Body
  const view = () => new DataView(memory().buffer)
  const bytes = (place = 0, length = 0) => new Uint8Array(memory().buffer, place, length)
  const text = (place?: number, length?: number) => Buffer.from(bytes(place, length)).toString()
  const store = (place = 0, value = 0) => {
    view().setUint32(place, value, true)
    return OK
  }

  /** Fills a buffer of the program, or says how long it must be. */
  const fill = (value: string | Uint8Array, place = 0, length = 0, written = 0) => {
    const source = Buffer.from(value)
    store(written, source.length)
    if (source.length > length) return BUFFER_TOO_SHORT
    bytes(place, length).set(source)
    return OK
  }

  /** The values of a list, each with a zero behind it, from a cursor on. */
  const list = (values: readonly string[], args: readonly number[]) => {
    const [place, length = 0, cursor = 0, next = 0, written] = args
    const rest = values.slice(cursor).map((value) => Buffer.from(`${value}\0`, 'latin1'))
    let count = 0
    let size = 0
    while (count < rest.length && size + (rest[count]?.length ?? 0) <= length) {
      size += rest[count]?.length ?? 0
      count += 1
    }
    if (count === 0 && rest.length > 0) {
      store(written, rest[0]?.length)
      return BUFFER_TOO_SHORT
    }
    view().setBigInt64(next, count < rest.length ? BigInt(cursor + count) : -1n, true)
    return fill(Buffer.concat(rest.slice(0, count)), place, length, written)
  }

  const removeField = (handle?: number, place?: number, length?: number) => {
    const { fields } = message(handle)
    const name = text(place, length).toLowerCase()
    const kept = fields.filter((field) => field[0].toLowerCase() !== name)
    fields.splice(0, fields.length, ...kept)
    return OK
  }
  const appendField: HostCall = (handle, name, nameLength, value, valueLength) => {
    const pair: [string, string] = [
      text(name, nameLength),
      Buffer.from(bytes(value, valueLength)).toString('latin1'),
    ]
    message(handle).fields.push(pair)
    return OK
  }
  const fields = {
    header_names_get: (handle: number, ...args: number[]) =>
      list([...new Set(message(handle).fields.map(([name]) => name))], args),
    header_values_get: (handle: number, place: number, length: number, ...args: number[]) => {
      const name = text(place, length).toLowerCase()
      const own = message(handle).fields.filter((field) => field[0].toLowerCase() === name)
      return list(
        own.map(([, value]) => value),
        args,
      )
    },
    header_append: appendField,
    header_insert: (...args: number[]) => {
      removeField(args[0], args[1], args[2])
      return appendField(...args)
    },
    header_remove: removeField,
    framing_headers_mode_set: () => OK,
    version_get: (_: number, place: number) => store(place, 2),
  }

  const createMessage = (): Message => ({ fields: [], method: 'GET', url: '', status: 200 })
  const createBody = (...chunks: Uint8Array[]): Body => ({ chunks, streams: false })
  const sendAsync = (from: number, content: number, backend: string, place: number) => {
    const sent = { ...message(from), body: Buffer.concat(body(content).chunks), backend }
    return store(place, add(backends.send(sent)))
  }

  return {
    fastly_http_req: {
      ...fields,
      body_downstream_get: (place, bodyPlace) => {
        const { method, url } = request
        store(place, add({ ...createMessage(), fields: [...request.fields], method, url }))
        return store(bodyPlace, add(createBody(request.body)))
      },
      new: (place) => store(place, add(createMessage())),
      method_get: (handle, ...args) => fill(message(handle).method, ...args),
      method_set: (handle, ...args) => {
        message(handle).method = text(...args)
        return OK
      },
      uri_get: (handle, ...args) => fill(message(handle).url, ...args),
      uri_set: (handle, ...args) => {
        message(handle).url = text(...args)
        return OK
      },
      cache_override_v2_set: () => OK,
      auto_decompress_response_set: () => OK,
      send_async: (from = 0, content = 0, place, length, pending = 0) =>
        sendAsync(from, content, text(place, length), pending),
      send_async_v2: (from = 0, content = 0, place, length, streams, pending = 0) =>
        streams ? UNSUPPORTED : sendAsync(from, content, text(place, length), pending),
      pending_req_wait_v2: (pending = 0, _detail, place, bodyPlace) => {
        const response = backends.wait(handles[pending] as number)
        if (response === undefined) return ERROR
        store(place, add({ ...createMessage(), ...response, fields: [...response.fields] }))
        return store(bodyPlace, add(createBody(response.body)))
      },
    },
    fastly_http_resp: {
      ...fields,
      new: (place) => store(place, add(createMessage())),
      status_get: (handle, place = 0) => {
        view().setUint16(place, message(handle).status, true)
        return OK
      },
      status_set: (handle, status = 0) => {
        message(handle).status = status
        return OK
      },
      get_addr_dest_ip: () => ABSENT,
      get_addr_dest_port: () => ABSENT,
      send_downstream: (handle, content, streams) => {
        const { status, fields: sent } = message(handle)
        downstream.head(status, sent)
        for (const chunk of body(content).chunks.splice(0)) downstream.chunk(chunk)
        if (streams) body(content).streams = true
        else downstream.end()
        return OK
      },
    },
    fastly_http_body: {
      new: (place) => store(place, add(createBody())),
      read: (handle, place, length = 0, read = 0) => {
        const [chunk = new Uint8Array(), ...rest] = body(handle).chunks
        const part = chunk.subarray(0, length)
        const left = chunk.subarray(length)
        body(handle).chunks.splice(0, Infinity, ...(left.length > 0 ? [left] : []), ...rest)
        return fill(part, place, length, read)
      },
      write: (handle, place, length = 0, _end, written) => {
        const chunk = bytes(place, length).slice()
        if (body(handle).streams) downstream.chunk(chunk)
        else body(handle).chunks.push(chunk)
        return store(written, length)
      },
      append: (to, from) => {
        const { chunks } = body(from)
        if (body(to).streams) for (const chunk of chunks) downstream.chunk(chunk)
        else body(to).chunks.push(...chunks)
        return OK
      },
      close: (handle) => {
        if (body(handle).streams) downstream.end()
        return OK
      },
      abandon: () => OK,
      known_length: () => ABSENT,
    },
    fastly_async_io: {
      is_ready: (handle = 0, place) => store(place, isReady(handles[handle]) ? 1 : 0),
      select: (place = 0, count = 0, timeoutMs = 0, ready) => {
        const waiting = Array.from({ length: count }, (_, index) =>
          view().getUint32(place + 4 * index, true),
        )
        const end = timeoutMs === 0 ? Infinity : performance.now() + timeoutMs
        for (;;) {
          const index = waiting.findIndex((handle) => isReady(handles[handle]))
          if (index >= 0) return store(ready, index)
          const left = end - performance.now()
          if (left <= 0) return store(ready, NONE)
          backends.pause(left)
        }
      },
    },
    fastly_config_store: {
      open: (_place, _length, opened) => store(opened, add(configuration)),
      get: (_store, place, length, ...args) => {
        const value = configuration.get(text(place, length))
        return value === undefined ? ABSENT : fill(value, ...args)
      },
    },
  }

  /** A response of a backend that has arrived; a body is here as a whole. */
  function isReady(value: unknown): boolean {
    return typeof value !== 'number' || backends.isReady(value)
  }
}

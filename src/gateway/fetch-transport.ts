/** The hop to the server behind the gateway, through `fetch`. */

import type { Fetch } from '../contract/ports.ts'
import { allowsBody } from '../http/response-head.ts'
import type {
  UpstreamCall,
  UpstreamFailure,
  UpstreamResponse,
  UpstreamTransport,
} from '../http/upstream.ts'
import { discardBody } from '../lib/discard-body.ts'
import { ignore } from '../lib/promise.ts'
import { fail, type Result, succeed } from '../lib/result.ts'
import { isDecoded } from './content-codings.ts'

/**
 * Creates the transport. A closed connection to the client and the time limit abort the call.
 *
 * @param hostMembers Further members of `RequestInit`, which the host's own `fetch` has.
 */
export function createFetchTransport(
  fetch: Fetch,
  hostMembers: () => object = () => ({}),
): UpstreamTransport {
  return async (call) => {
    const { request, timeoutMs } = call
    const abort = new AbortController()
    let failure: UpstreamFailure = 'unreachable'
    const leave = (): void => abort.abort()
    const timer = setTimeout(() => {
      failure = 'timeout'
      leave()
    }, timeoutMs)
    // Not `AbortSignal.any()`, which keeps its sources alive on several hosts.
    const signal: AbortSignal | undefined = request.signal
    if (signal?.aborted) leave()
    else signal?.addEventListener('abort', leave, { once: true })
    try {
      return await withinTime(send(call, fetch, hostMembers, abort.signal), abort.signal)
    } catch {
      return fail(failure)
    } finally {
      clearTimeout(timer)
    }
  }
}

async function send(
  { url, method, fields, request }: UpstreamCall,
  fetch: Fetch,
  hostMembers: () => object,
  signal: AbortSignal,
): Promise<Response> {
  const headers = new Headers(fields.map(([name, value]) => [name, value]))
  // The body is decoded here in any case, so an encoding would be work for nothing. With `identity` alone,
  // Deno would not decode the body of a server that ignores this field.
  headers.set('Accept-Encoding', 'identity, *;q=0')
  return fetch(url.href, {
    // Node loads its `fetch` with the `Headers` above.
    ...hostMembers(),
    method,
    headers,
    body: await bodyOf(request),
    redirect: 'manual',
    signal,
    // Required for a streamed body, and not part of every host's types.
    ...{ duplex: 'half' },
  })
}

/** Up to this length a body is sent in one piece. */
const MAX_WHOLE_BYTES = 65_536

/**
 * The body to send. Deno forgets the length of a stream that was cloned, and sends an empty stream in
 * chunks; servers such as Python's `http.server` read no chunks. So a short body of known length is sent whole,
 * and an empty one is none. A `Blob`, because Deno sends bytes again, and so executes the request twice, where
 * the server closes a reused connection before its response.
 */
async function bodyOf(request: Request): Promise<BodyInit | null> {
  const { body, headers } = request
  if (body === null) return null
  const length = headers.get('Content-Length')
  if (length !== null) {
    if (!(Number(length) <= MAX_WHOLE_BYTES)) return body
    const bytes = await request.arrayBuffer()
    return bytes.byteLength === 0 ? null : new Blob([bytes])
  }
  if (headers.has('Transfer-Encoding')) return body
  const reader = body.getReader()
  let first = await reader.read()
  // Deno begins an empty body with an empty chunk.
  while (!first.done && first.value.byteLength === 0) first = await reader.read()
  return first.done ? null : resumed(first.value, reader)
}

/** The stream with the chunk that was read from it. */
function resumed(
  first: Uint8Array,
  reader: ReadableStreamDefaultReader<Uint8Array>,
): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      start: (controller) => controller.enqueue(first),
      async pull(controller) {
        const { done, value } = await reader.read()
        if (done) controller.close()
        else controller.enqueue(value)
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  )
}

/** A `fetch` may ignore the signal. What it returns later is discarded. */
async function withinTime(
  sent: Promise<Response>,
  signal: AbortSignal,
): Promise<Result<UpstreamResponse, UpstreamFailure>> {
  let stop = (): void => {}
  const aborted = new Promise<never>((_resolve, reject) => {
    stop = () => reject(new Error('aborted'))
    signal.addEventListener('abort', stop, { once: true })
    if (signal.aborted) stop()
  })
  try {
    return succeed(readResponse(await Promise.race([sent, aborted])))
  } catch (error) {
    sent.then(discardBody, ignore)
    throw error
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

/** @throws {RangeError} For a status that no `Response` can have, and for a body that may be decoded or not. */
function readResponse(response: Response): UpstreamResponse {
  const { status, statusText } = response
  if (status < 200 || status > 599) throw new RangeError('The status is not a final one.')
  return {
    status,
    statusText,
    fields: decodedFields(response),
    toResponse(sent) {
      const headers = new Headers()
      for (const [name, value] of sent) headers.append(name, value)
      return new Response(allowsBody(status) ? response.body : null, {
        status,
        statusText,
        headers,
      })
    },
    discard: () => discardBody(response),
  }
}

/** @throws {RangeError} If it is not known whether the body was decoded: the client might not be able to read it. */
function decodedFields({ headers, body }: Response): [name: string, value: string][] {
  const fields = [...headers]
  const codings = headers.get('Content-Encoding')
  if (codings === null) return fields
  const decoded = isDecoded(codings)
  if (decoded === undefined && body !== null) {
    throw new RangeError('It is not known whether the body was decoded.')
  }
  if (!decoded) return fields
  return fields.filter(([name]) => name !== 'content-encoding' && name !== 'content-length')
}

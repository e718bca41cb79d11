/**
 * The JSON-RPC message of a call: from the host, or else from the body. The body is read ahead where the host offers that,
 * and otherwise from a clone, so that the handler receives the same bytes.
 */

import { type HostFacts, hostFact } from '../contract/ports.ts'
import type { RejectionReason } from '../contract/rejection-reason.ts'
import { bodyReaderOf } from '../http/body-reader.ts'
import { announcesContent, isEncoded, isUtf8 } from '../http/content.ts'
import { type Awaitable, dropPromise } from '../lib/promise.ts'
import { type ChunkReader, readBytesWithin } from '../lib/read-bytes.ts'
import { fail, succeed } from '../lib/result.ts'
import { ENCODER } from '../lib/utf8.ts'
import { allowsBatch } from '../mcp/header-agreement.ts'
import { type JsonRpcCall, parseJsonRpc, parseJsonRpcText } from '../mcp/json-rpc.ts'
import { parseJsonRpcValue } from '../mcp/json-rpc-value.ts'
import type { StepResult } from './call.ts'

/** The size of a body that may be read, and the time for it. */
export interface BodyLimits {
  readonly maxBytes: number
  readonly timeoutMs: number
}

/** The calls of a message, and its text: `undefined` where the application has parsed it. */
export interface ReadCalls {
  readonly calls: readonly JsonRpcCall[]
  readonly text: (() => string) | undefined
}

const NO_CALLS = /* @__PURE__ */ succeed<ReadCalls>({ calls: [], text: undefined })
const INVALID = /* @__PURE__ */ fail<RejectionReason>({ code: 'body_invalid' })
const TOO_LARGE = /* @__PURE__ */ fail<RejectionReason>({ code: 'body_too_large' })
const TIMEOUT = /* @__PURE__ */ fail<RejectionReason>({ code: 'body_timeout' })
const CONSUMED = /* @__PURE__ */ internal(
  'The request body was read before, or cannot be copied. Authenticate first, or pass the parsed body: authenticate(request, resource, requirements, { body }).',
)
const MISSING = /* @__PURE__ */ internal(
  'The resource has operations, so the token needs its message: verifyAccessToken(token, resource, requirements, { body }), where null means no message.',
)
const PROMISED = /* @__PURE__ */ internal('host.body is a promise. Await it first.')

/**
 * Reads the JSON-RPC calls in the message of a call. A call without a message, such as a GET, has none;
 * a missing body where one is announced is an error.
 *
 * @param request `undefined`: the token came without a request.
 *
 * Fails with
 * - `body_too_large`, `body_timeout` — by `limits`
 * - `body_invalid` — a POST without bytes, another encoding than UTF-8, or JSON-RPC with more than one reading
 * - `internal` — the body was read before, or was not handed over
 */
export function readCalls(
  request: Request | undefined,
  host: HostFacts | undefined,
  limits: BodyLimits,
): Awaitable<StepResult<ReadCalls>> {
  const given = hostFact(host, 'body')
  if (given !== undefined) return callsGiven(given, request, limits.maxBytes)
  return request === undefined ? MISSING : readBody(request, limits)
}

function callsGiven(
  given: unknown,
  request: Request | undefined,
  maxBytes: number,
): StepResult<ReadCalls> {
  if (given === null) return NO_CALLS
  if (dropPromise(given)) return PROMISED
  if (typeof given === 'string') return callsInText(given, request, maxBytes)
  const bytes = bytesOf(given)
  if (bytes !== undefined) {
    if (bytes.byteLength > maxBytes) return TOO_LARGE
    if (request !== undefined && !isUtf8(request.headers)) return INVALID
    return callsIn(bytes, request)
  }
  const calls = parseJsonRpcValue(given, maxBytes, mayBeBatch(request))
  return calls.ok ? succeed({ calls: calls.value, text: undefined }) : fail({ code: calls.error })
}

function callsInText(
  text: string,
  request: Request | undefined,
  maxBytes: number,
): StepResult<ReadCalls> {
  // A character has at least one byte, so a text that is too long is not encoded.
  if (text.length > maxBytes || ENCODER.encode(text).byteLength > maxBytes) return TOO_LARGE
  if (text === '') return withoutBytes(request)
  const calls = parseJsonRpcText(text, mayBeBatch(request))
  return calls.ok ? succeed({ calls: calls.value, text: () => text }) : INVALID
}

function callsIn(bytes: Uint8Array, request: Request | undefined): StepResult<ReadCalls> {
  if (bytes.byteLength === 0) return withoutBytes(request)
  const calls = parseJsonRpc(bytes, mayBeBatch(request))
  // Few decisions read arguments, so the text is decoded again for those.
  return calls.ok
    ? succeed({ calls: calls.value, text: () => new TextDecoder().decode(bytes) })
    : INVALID
}

/** A POST contains a message, and so does `host.body` of a token without a request. */
function withoutBytes(request: Request | undefined): StepResult<ReadCalls> {
  return request === undefined || request.method === 'POST' ? INVALID : NO_CALLS
}

function mayBeBatch(request: Request | undefined): boolean {
  return request === undefined || allowsBatch(request.headers)
}

/** The bytes of buffers and of views of any kind, also of another realm. */
function bytesOf(value: unknown): Uint8Array | undefined {
  if (ArrayBuffer.isView(value)) {
    return new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
  }
  return value instanceof ArrayBuffer ? new Uint8Array(value) : undefined
}

async function readBody(
  request: Request,
  { maxBytes, timeoutMs }: BodyLimits,
): Promise<StepResult<ReadCalls>> {
  if (request.bodyUsed) return CONSUMED
  // Before `body`: on such a host, asking for it creates a stream.
  const ahead = bodyReaderOf(request)
  if (ahead === undefined && request.body === null) {
    // A framework that has read the body may leave the request without it, and its headers unchanged.
    return announcesContent(request.headers) ? CONSUMED : withoutBytes(request)
  }
  if (isEncoded(request.headers) || !isUtf8(request.headers)) return INVALID
  // The header may be wrong, but a client gains nothing by announcing too much.
  if (Number(request.headers.get('content-length')) > maxBytes) return TOO_LARGE
  // Bytes that arrived together with the head are available one turn after it.
  if (ahead !== undefined) await undefined
  const whole = ahead?.whole()
  if (whole !== undefined) return whole.byteLength > maxBytes ? TOO_LARGE : callsIn(whole, request)
  const reader = ahead ?? readerOfClone(request)
  if (reader === undefined) return CONSUMED
  let bytes: Awaited<ReturnType<typeof readBytesWithin>>
  try {
    bytes = await readBytesWithin(reader, maxBytes, timeoutMs)
  } catch {
    // The client disconnected, or sent less than it announced.
    return INVALID
  }
  if (bytes === 'timeout') return TIMEOUT
  return bytes === 'too_large' ? TOO_LARGE : callsIn(bytes, request)
}

/** `undefined` where the body is locked by another reader, or would be lost for the handler. */
function readerOfClone(request: Request): ChunkReader | undefined {
  try {
    const clone = request.clone()
    // The `clone()` of @whatwg-node/server returns the request itself.
    return clone === request ? undefined : clone.body?.getReader()
  } catch {
    return undefined
  }
}

function internal(description: string) {
  return fail<RejectionReason>({ code: 'internal', description })
}

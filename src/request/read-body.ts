/**
 * The JSON-RPC message of one request: what the host hands over, else the body. That is read from a
 * clone, so that the handler gets the very same bytes.
 */

import { type HostFacts, hostFact } from '../contract/ports.ts'
import type { RejectionReason } from '../contract/rejection-reason.ts'
import { announcesContent, isEncoded, isUtf8 } from '../http/content.ts'
import { dropPromise } from '../lib/promise.ts'
import { readBytesWithin } from '../lib/read-bytes.ts'
import { fail, type Result, succeed } from '../lib/result.ts'
import { allowsBatch } from '../mcp/header-agreement.ts'
import { type JsonRpcCall, parseJsonRpc, parseJsonRpcText } from '../mcp/json-rpc.ts'
import { parseJsonRpcValue } from '../mcp/json-rpc-value.ts'

type Outcome<Value> = Result<Value, RejectionReason>

/** How much of a body may be read, and for how long. */
export interface BodyLimits {
  readonly maxBytes: number
  readonly timeoutMs: number
}

const NO_CALLS = succeed([] as readonly JsonRpcCall[])
const INVALID = fail<RejectionReason>({ code: 'body_invalid' })
const TOO_LARGE = fail<RejectionReason>({ code: 'body_too_large' })
const TIMEOUT = fail<RejectionReason>({ code: 'body_timeout' })
const CONSUMED = internal(
  'The request body was read before authentication. Put authentication in front of body parsers, or hand over what they made of it: authenticate(request, resource, requirements, { body }).',
)
const MISSING = internal(
  'The resource has operations, so the message has to be handed over with the token: verifyAccessToken(token, resource, requirements, { body }), where null is no message.',
)
const PROMISED = internal('host.body is a promise. Await it first.')

/**
 * The calls in a request's message. No message, as in a GET, is no calls; a body that is not there
 * although there should be one never is.
 *
 * @param request `undefined`: a token came without one.
 *
 * Fails with
 * - `body_too_large`, `body_timeout` — by `limits`
 * - `body_invalid` — a POST without bytes, another encoding than UTF-8, not clear JSON-RPC
 * - `internal` — the body was read already, or is not handed over
 */
export async function readCalls(
  request: Request | undefined,
  host: HostFacts | undefined,
  limits: BodyLimits,
): Promise<Outcome<readonly JsonRpcCall[]>> {
  const given = hostFact(host, 'body')
  if (given !== undefined) return callsGiven(given, request, limits.maxBytes)
  if (request === undefined) return MISSING
  const body = await readBody(request, limits)
  return body.ok ? callsIn(body.value, request) : body
}

function callsGiven(
  given: unknown,
  request: Request | undefined,
  maxBytes: number,
): Outcome<readonly JsonRpcCall[]> {
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
  return calls.ok ? calls : fail({ code: calls.error })
}

function callsInText(
  text: string,
  request: Request | undefined,
  maxBytes: number,
): Outcome<readonly JsonRpcCall[]> {
  // A character is at least one byte, so a text that is too long is never copied.
  if (text.length > maxBytes || UTF8.encode(text).byteLength > maxBytes) return TOO_LARGE
  if (text === '') return withoutBytes(request)
  const calls = parseJsonRpcText(text, mayBeBatch(request))
  return calls.ok ? calls : INVALID
}

function callsIn(bytes: Uint8Array, request: Request | undefined): Outcome<readonly JsonRpcCall[]> {
  if (bytes.byteLength === 0) return withoutBytes(request)
  const calls = parseJsonRpc(bytes, mayBeBatch(request))
  return calls.ok ? calls : INVALID
}

/** A POST brings a message; other methods may, and a token that came alone was to bring one. */
function withoutBytes(request: Request | undefined): Outcome<readonly JsonRpcCall[]> {
  return request === undefined || request.method === 'POST' ? INVALID : NO_CALLS
}

function mayBeBatch(request: Request | undefined): boolean {
  return request === undefined || allowsBatch(request.headers)
}

const UTF8 = new TextEncoder()

/** Buffers, views of any kind, and what they look at; of another realm too. */
function bytesOf(value: unknown): Uint8Array | undefined {
  if (ArrayBuffer.isView(value)) {
    return new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
  }
  return value instanceof ArrayBuffer ? new Uint8Array(value) : undefined
}

async function readBody(
  request: Request,
  { maxBytes, timeoutMs }: BodyLimits,
): Promise<Outcome<Uint8Array>> {
  if (request.bodyUsed) return CONSUMED
  if (request.body === null) {
    // A framework that has read it may leave a request without a body, and its headers as they were.
    return announcesContent(request.headers) ? CONSUMED : succeed(new Uint8Array())
  }
  if (isEncoded(request.headers) || !isUtf8(request.headers)) return INVALID
  // It may lie, but claiming more than there is leads nowhere.
  if (Number(request.headers.get('Content-Length')) > maxBytes) return TOO_LARGE
  const copy = cloneOf(request)
  if (copy === undefined) return CONSUMED
  try {
    const bytes = await readBytesWithin(copy.body, maxBytes, timeoutMs)
    if (bytes === 'timeout') return TIMEOUT
    return bytes === 'too_large' ? TOO_LARGE : succeed(bytes)
  } catch {
    // The client went away, or sent less than it promised.
    return INVALID
  }
}

/** `undefined` where a reader of the body is held elsewhere. */
function cloneOf(request: Request): Request | undefined {
  try {
    return request.clone()
  } catch {
    return undefined
  }
}

function internal(description: string) {
  return fail<RejectionReason>({ code: 'internal', description })
}

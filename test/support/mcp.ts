/** MCP requests as a client sends them, and rejections for other reasons than the token. */

import { expect } from 'vitest'
import type { AuthErrorCode } from '../../src/index.ts'
import { rejectionCodes, type Scene } from './scene.ts'

/** One JSON-RPC message; a notification without `id`. */
export interface Message {
  readonly jsonrpc: '2.0'
  readonly id?: number
  readonly method: string
  readonly params?: unknown
}

export function message(method: string, params?: unknown): Message {
  return { jsonrpc: '2.0', id: 1, method, ...(params === undefined ? {} : { params }) }
}

export function callTool(name: string): Message {
  return message('tools/call', { name, arguments: {} })
}

/** The rest of a POST: a message, a batch, or any text at all as it is. */
export function post(body: unknown, headers: Record<string, string> = {}): RequestInit {
  return {
    method: 'POST',
    headers: {
      Accept: 'application/json, text/event-stream',
      'Content-Type': 'application/json',
      ...headers,
    },
    body:
      typeof body === 'string' || body instanceof Uint8Array
        ? (body as BodyInit)
        : JSON.stringify(body),
  }
}

export interface PlainRejection {
  readonly code: AuthErrorCode
  readonly status: number
  /** The whole body. */
  readonly body: unknown
}

/** Asserts a rejection without a challenge: the whole body, the code of the event, and that no handler ran. */
export async function expectPlainRejection(
  scene: Scene,
  pending: Promise<Response>,
  expected: PlainRejection,
): Promise<Response> {
  const before = scene.runs.length
  const response = await pending
  const copy = response.clone()
  expect({
    code: rejectionCodes(scene).at(-1),
    status: response.status,
    challenge: response.headers.get('WWW-Authenticate'),
    cache: response.headers.get('Cache-Control'),
    type: response.headers.get('Content-Type'),
    body: await response.json(),
  }).toEqual({ ...expected, challenge: null, cache: 'no-store', type: 'application/json' })
  expect(scene.runs).toHaveLength(before)
  return copy
}

export const ORIGIN_REFUSED: PlainRejection = {
  code: 'origin_refused',
  status: 403,
  body: {
    error: 'access_denied',
    error_description: 'Requests from this origin are not accepted.',
  },
}

export const TOO_LARGE: PlainRejection = {
  code: 'body_too_large',
  status: 413,
  body: { error: 'invalid_request', error_description: 'The request body is too large.' },
}

export const BODY_TIMEOUT: PlainRejection = {
  code: 'body_timeout',
  status: 408,
  body: { error: 'invalid_request', error_description: 'The request body did not arrive in time.' },
}

/** Of a request with id 1. */
export const HEADER_MISMATCH: PlainRejection = {
  code: 'header_mismatch',
  status: 400,
  body: {
    jsonrpc: '2.0',
    id: 1,
    error: {
      code: -32020,
      message: 'The Mcp-Method or Mcp-Name header does not match the body.',
    },
  },
}

export const METHOD_NEEDS_TOKEN: PlainRejection = {
  code: 'credentials_missing',
  status: 405,
  body: { error: 'invalid_request', error_description: 'This method requires an access token.' },
}

export const INTERNAL: PlainRejection = {
  code: 'internal',
  status: 500,
  body: { error: 'server_error', error_description: 'The request could not be processed.' },
}

export const BODY_CONSUMED: PlainRejection = {
  code: 'internal',
  status: 500,
  body: {
    error: 'server_error',
    error_description:
      'The request body was read before, or cannot be copied. Authenticate first, or pass the parsed body: authenticate(request, resource, requirements, { body }).',
  },
}

export const OPERATION_DENIED: PlainRejection = {
  code: 'operation_denied',
  status: 403,
  body: { error: 'access_denied', error_description: 'This operation is not permitted.' },
}

export const ACTOR_REFUSED: PlainRejection = {
  code: 'actor_refused',
  status: 403,
  body: { error: 'access_denied', error_description: 'Requests of this actor are not accepted.' },
}

/** Requests and responses of node-mocks-http, with Node's types, which the package does not declare. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { createRequest, createResponse, type RequestOptions } from 'node-mocks-http'

export type MockResponse = ServerResponse & {
  readonly _isEndCalled: () => boolean
  readonly _getData: () => string
}

/** @param options The method may be anything, even empty. */
export function mockRequest({
  method = 'GET',
  ...options
}: Omit<RequestOptions, 'method'> & { method?: string }): IncomingMessage {
  return Object.assign(createRequest(options), { method }) as unknown as IncomingMessage
}

export function mockResponse(): MockResponse {
  return createResponse() as unknown as MockResponse
}

export function fromMock(res: MockResponse): Response {
  const headers = res.getHeaders() as Record<string, string>
  return new Response(res._getData(), { status: res.statusCode, headers })
}

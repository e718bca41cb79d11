/** Requests and responses of node-mocks-http, with Node's types, which the package does not declare. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { createRequest, createResponse, type RequestOptions } from 'node-mocks-http'
import { unchecked } from './unchecked.ts'

export type MockResponse = ServerResponse & {
  readonly _isEndCalled: () => boolean
  readonly _getData: () => string
}

/** @param options The method may be anything, even empty. */
export function mockRequest({
  method = 'GET',
  ...options
}: Omit<RequestOptions, 'method'> & { method?: string }): IncomingMessage {
  return unchecked<IncomingMessage>(Object.assign(createRequest(options), { method }))
}

export function mockResponse(): MockResponse {
  return unchecked<MockResponse>(createResponse())
}

export function fromMock(res: MockResponse): Response {
  const headers = res.getHeaders() as Record<string, string>
  return new Response(res._getData(), { status: res.statusCode, headers })
}

/** Azure Functions: its `HttpRequest` is not a `Request`, but has the members that the guard reads. */

import { app, type HttpRequest, type HttpResponseInit } from '@azure/functions'
import { createMcpHandler } from '@modelcontextprotocol/server'
import { protect } from 'mcp-gatehouse'
import { notes } from '../notes.ts'
import { createNotesServer } from '../sdk2-server.ts'

const mcp = createMcpHandler(createNotesServer)
const handle = protect(notes, (request, auth) => mcp.fetch(request, { authInfo: auth }))

export async function handler(request: HttpRequest): Promise<HttpResponseInit> {
  const { method, url } = request
  const headers = Object.fromEntries(request.headers)
  const init = { method, headers, ...(method === 'POST' ? { body: await request.text() } : {}) }
  const response = await handle(new Request(url, init))
  return {
    status: response.status,
    headers: response.headers,
    ...(response.body && { body: response.body }),
  }
}

app.http('mcp', {
  route: '{*path}',
  methods: ['GET', 'POST', 'DELETE', 'OPTIONS'],
  authLevel: 'anonymous',
  handler,
})

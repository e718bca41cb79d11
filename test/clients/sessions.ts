/** Sessions as servers of MCP 2025-11-25 have them. A new secret of the guard ends them: its 404 is what clients get. */

import { randomBytes } from 'node:crypto'
import { type ProtectedResourceOptions, protect, protectedResource } from 'mcp-gatehouse'

type Serve = (request: Request) => Response | Promise<Response>

/** What SDK 1.x responds without a session, to the first request of MCP 2026-07-28 too: its clients then go back to 2025-11-25. */
const NO_SESSION = {
  jsonrpc: '2.0',
  error: { code: -32_000, message: 'Bad Request: Mcp-Session-Id header is required' },
  id: null,
}

/** @param serve a server without sessions */
export function withSessions(
  serve: Serve,
  options: ProtectedResourceOptions,
): (request: Request) => Promise<Response> {
  const secret = randomBytes(32).toString('base64url')
  const guarded = protectedResource({ ...options, sessions: { secret } })
  return protect(guarded, async (request) => {
    if (request.method !== 'POST' || request.headers.has('Mcp-Session-Id')) return serve(request)
    const message = await request.text()
    if (!/"method"\s*:\s*"initialize"/.test(message)) {
      return Response.json(NO_SESSION, { status: 400 })
    }
    const { method, headers: sent } = request
    const response = await serve(new Request(request.url, { method, headers: sent, body: message }))
    const headers = new Headers(response.headers)
    if (response.ok) headers.set('Mcp-Session-Id', crypto.randomUUID())
    return new Response(response.body, { status: response.status, headers })
  })
}

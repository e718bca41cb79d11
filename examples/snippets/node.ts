/** Examples of the Node adapter. `npm run docs` copies each region into the comments of its symbols. */

import type { IncomingMessage } from 'node:http'
import express from 'express'
import { authenticate, protectedResource, requireScopes } from 'mcp-gatehouse'
import {
  authErrors,
  authOf,
  bearerAuth,
  currentAuth,
  type ErrorMiddleware,
  type Listener,
  type Middleware,
  metadata,
  protect,
  toRequest,
} from 'mcp-gatehouse/node'

const notes = protectedResource({
  resource: 'https://api.example.com/notes',
  authorizationServers: ['https://auth.example.com'],
})

// #region protect Listener
export const listener: Listener = protect(notes, (_request, auth) =>
  Response.json({ user: auth.subject }),
)
// http.createServer(listener).listen(3000)
// #endregion

export const app = express()

// #region metadata Middleware
const documents: Middleware = metadata([notes])
app.use(documents)
// #endregion

// #region bearerAuth
app.post('/notes', bearerAuth(notes), (req, res) => {
  requireScopes(authOf(req), ['notes:write'])
  res.json({ user: authOf(req).subject })
})
// #endregion

// #region authOf
// A tool of any framework: `extra` of SDK 1.x, `ctx` of SDK 2.x, the context of Mastra or Hono.
export function callerOf(extra: unknown): string {
  const { issuer, subject } = authOf(extra)
  return `${subject} of ${issuer}`
}
// #endregion

// #region currentAuth
// A tool of a framework without an argument for the context.
export function whoami(): string | undefined {
  return currentAuth()?.subject
}
// #endregion

// #region toRequest
// The hook of a framework that hands over Node's request: it rejects by throwing the response.
export async function authenticateHook(
  req: IncomingMessage,
): Promise<{ user: string | undefined }> {
  const auth = await authenticate(toRequest(req), notes)
  if (!auth.ok) throw auth
  return { user: auth.subject }
}
// #endregion

// #region authErrors ErrorMiddleware
const onError: ErrorMiddleware = authErrors(notes)
app.use(onError)
// #endregion

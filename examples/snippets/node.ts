/** Examples of the Node adapter. `npm run docs` copies each region into the comments of its symbols. */

import express from 'express'
import { protectedResource, requireScopes } from 'mcp-gatehouse'
import {
  authErrors,
  authOf,
  bearerAuth,
  type ErrorMiddleware,
  type Listener,
  type Middleware,
  metadata,
  protect,
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

// #region metadata bearerAuth authOf authErrors Middleware ErrorMiddleware
export const app = express()
const guard: Middleware = bearerAuth(notes)
const onError: ErrorMiddleware = authErrors(notes)
app.use(metadata(notes))
app.post('/notes', guard, (req, res) => {
  requireScopes(authOf(req), ['notes:write'])
  res.json({ user: authOf(req).subject })
})
app.use(onError)
// #endregion

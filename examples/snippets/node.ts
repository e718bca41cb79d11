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

export const app = express()

// #region metadata Middleware
const documents: Middleware = metadata([notes])
app.use(documents)
// #endregion

// #region bearerAuth authOf
app.post('/notes', bearerAuth(notes), (req, res) => {
  requireScopes(authOf(req), ['notes:write'])
  res.json({ user: authOf(req).subject })
})
// #endregion

// #region authErrors ErrorMiddleware
const onError: ErrorMiddleware = authErrors(notes)
app.use(onError)
// #endregion

/** Examples of the Hono adapter. `npm run docs` copies each region into the comments of its symbols. */

import { Hono } from 'hono'
import { type ProtectedResource, protectedResource } from 'mcp-gatehouse'
import { type AuthVariables, bearerAuth, type HonoResource, metadata } from 'mcp-gatehouse/hono'

const notes = protectedResource({
  resource: 'https://api.example.com/notes',
  authorizationServers: ['https://auth.example.com'],
})

// #region bearerAuth metadata
export const app = new Hono()
app.route('/', metadata(notes))
app.post('/notes', bearerAuth(notes, { scopes: ['notes:read'] }), (c) =>
  c.json({ user: c.var.auth.subject }),
)
// #endregion

// #region AuthVariables
export const routes = new Hono<{ Variables: AuthVariables }>()
routes.post('/', (c) => c.json({ user: c.var.auth.subject }))
// #endregion

export const mounted = new Hono()
mounted.use('/notes', bearerAuth(notes))
mounted.route('/notes', routes)

// #region HonoResource
const byHost = new Map([['api.example.com', notes]])

export const resource: HonoResource<ProtectedResource> = (c) =>
  byHost.get(new URL(c.req.url).host) ?? notes
// #endregion

export const perHost = new Hono()
perHost.post('/notes', bearerAuth(resource), (c) => c.json({ user: c.var.auth.subject }))

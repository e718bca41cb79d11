/** Examples of the Fastify plugin. `npm run docs` copies each region into the comments of its symbols. */

import fastify from 'fastify'
import { authOf, protectedResource } from 'mcp-gatehouse'
import { type GatehouseOptions, gatehouse } from 'mcp-gatehouse/fastify'

const notes = protectedResource({
  resource: 'https://api.example.com/notes',
  authorizationServers: ['https://auth.example.com'],
})

// #region GatehouseOptions
export const options: GatehouseOptions = {
  resource: notes,
  requirements: { scopes: ['notes:read'] },
}
// #endregion

// #region gatehouse FastifyInstanceLike default
export const app = fastify()
await app.register(gatehouse, { resource: notes })
app.post('/notes', async (request) => ({ user: authOf(request).subject }))
// #endregion

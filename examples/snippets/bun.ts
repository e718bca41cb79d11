/** Examples of the Bun adapter. `npm run docs` copies each region into the comments of its symbols. */

import { protectedResource } from 'mcp-gatehouse'
import { type BunServer, type ProtectedServer, protect } from 'mcp-gatehouse/bun'

const notes = protectedResource({
  resource: 'https://api.example.com/notes',
  authorizationServers: ['https://auth.example.com'],
})

// #region protect BunServer ProtectedServer
export const server: ProtectedServer<BunServer> = protect(notes, (_request, auth) =>
  Response.json({ user: auth.subject }),
)
// Bun.serve({ port: 3000, ...server })
// #endregion

/** The resource that every program of this folder protects. */

import { protectedResource } from 'mcp-gatehouse'

export const notes = protectedResource({
  resource: process.env['RESOURCE'] ?? 'http://localhost:3000/mcp',
  authorizationServers: [process.env['ISSUER'] ?? 'https://auth.example.com'],
  requiredScopes: ['notes:read'],
  scopesSupported: ['notes:read', 'notes:write'],
  operations: { 'tools/call add_note': ['notes:write'] },
  // Without a secret of your own, sessions end with the process.
  sessions: { secret: process.env['SESSION_SECRET'] ?? crypto.randomUUID() + crypto.randomUUID() },
})

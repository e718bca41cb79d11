import { protectedResource } from 'mcp-gatehouse'
import { auth0 } from 'mcp-gatehouse/providers'

/** The resource identifier, and the identifier of the API at Auth0. */
const api = 'https://api.example.com/mcp'

export const notes = protectedResource({
  resource: api,
  authorizationServers: [auth0({ domain: 'tenant.us.auth0.com' })],
  requiredScopes: ['notes:read'],
  challengeScopes: ['notes:read'],
  operations: { 'tools/call delete_note': ['notes:delete'] },
})

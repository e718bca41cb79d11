import { protectedResource } from 'mcp-gatehouse'
import { keycloak } from 'mcp-gatehouse/providers'

/** The resource identifier, and the audience that the mappers of the client scopes add. */
const api = 'https://api.example.com/mcp'

export const notes = protectedResource({
  resource: api,
  authorizationServers: [keycloak({ url: 'https://keycloak.example.com', realm: 'notes' })],
  requiredScopes: ['notes:read'],
  challengeScopes: ['notes:read'],
  operations: { 'tools/call delete_note': ['notes:delete'] },
})

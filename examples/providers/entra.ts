import { protectedResource } from 'mcp-gatehouse'
import { entra } from 'mcp-gatehouse/providers'

/** The resource identifier, and the Application ID URI of the API. */
const api = 'https://api.example.com/mcp'

export const notes = protectedResource({
  resource: api,
  authorizationServers: [
    entra({
      tenantId: '11111111-2222-3333-4444-555555555555',
      clientId: '66666666-7777-8888-9999-000000000000',
      scopePrefix: api,
    }),
  ],
  requiredScopes: [`${api}/notes.read`],
  challengeScopes: [`${api}/notes.read`],
  operations: { 'tools/call delete_note': [`${api}/notes.delete`] },
})

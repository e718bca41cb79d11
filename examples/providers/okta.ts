import { protectedResource } from 'mcp-gatehouse'
import { okta } from 'mcp-gatehouse/providers'

const api = 'https://api.example.com/mcp'

export const notes = protectedResource({
  resource: api,
  authorizationServers: [
    okta({ domain: 'org.okta.com', authorizationServerId: 'aus1abc', audience: api }),
  ],
  requiredScopes: ['notes:read'],
  challengeScopes: ['notes:read'],
  operations: { 'tools/call delete_note': ['notes:delete'] },
})

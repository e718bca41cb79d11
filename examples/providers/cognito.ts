import { protectedResource } from 'mcp-gatehouse'
import { cognito } from 'mcp-gatehouse/providers'

/** The resource identifier, and the identifier of the resource server in the user pool. */
const api = 'https://api.example.com/mcp'

export const notes = protectedResource({
  resource: api,
  authorizationServers: [cognito({ userPoolId: 'eu-west-2_AbCdEfGhI' })],
  requiredScopes: [`${api}/notes.read`],
  challengeScopes: [`${api}/notes.read`],
  operations: { 'tools/call delete_note': [`${api}/notes.delete`] },
})

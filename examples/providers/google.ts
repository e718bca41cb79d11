import { protectedResource } from 'mcp-gatehouse'
import { google } from 'mcp-gatehouse/providers'

/** Google grants its own scopes only, so tools require the scopes for the user's data that they read. */
const email = 'https://www.googleapis.com/auth/userinfo.email'
const profile = 'https://www.googleapis.com/auth/userinfo.profile'

export const notes = protectedResource({
  resource: 'https://api.example.com/mcp',
  authorizationServers: [
    google({ clientIds: ['123.apps.googleusercontent.com'], cacheSeconds: 60 }),
  ],
  requiredScopes: [email],
  challengeScopes: [email],
  operations: { 'tools/call delete_note': [profile] },
})

import { AuthError, protect, protectedResource } from 'mcp-gatehouse'

const MAX_AGE_SECONDS = 300

const notes = protectedResource({
  resource: 'https://api.example.com/mcp',
  authorizationServers: ['https://auth.example.com'],
  requiredScopes: ['notes:read'],
  operations: { 'tools/call delete_note': ['notes:write'] },
})

export const handle = protect(notes, (_request, auth) => {
  const deletes = auth.operations.some(({ name }) => name === 'delete_note')
  if (deletes && !isRecent(auth.claims['auth_time'])) {
    throw new AuthError('authentication_insufficient', { maxAgeSeconds: MAX_AGE_SECONDS })
  }
  return Response.json({ user: auth.subject })
})

/** A time that is missing, or more than 30 seconds in the future, is not recent. */
function isRecent(authTime: unknown): boolean {
  if (typeof authTime !== 'number') return false
  const age = Date.now() / 1000 - authTime
  return age > -30 && age < MAX_AGE_SECONDS
}

import { type Fetch, protect, protectedResource } from 'mcp-gatehouse'

/** Tests pass a network and a clock; production passes neither. */
export function createNotes(host: { fetch?: Fetch; now?: () => number } = {}) {
  const notes = protectedResource({
    resource: 'https://api.example.com/notes',
    authorizationServers: ['https://issuer.test'],
    requiredScopes: ['notes:read'],
    ...host,
  })
  return protect(notes, (_request, auth) => Response.json({ hello: auth.subject }))
}

import { type Fetch, protect, protectedResource } from 'mcp-gatehouse'

/** The server under test takes its network and its clock from outside; in production it has none to give. */
export function createNotes(host: { fetch?: Fetch; now?: () => number } = {}) {
  const notes = protectedResource({
    resource: 'https://api.example.com/notes',
    authorizationServers: ['https://issuer.test'],
    requiredScopes: ['notes:read'],
    ...host,
  })
  return protect(notes, (_request, auth) => Response.json({ hello: auth.subject }))
}

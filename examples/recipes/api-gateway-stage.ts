import { protect, protectedResource } from 'mcp-gatehouse'

const resource = 'https://abc123.execute-api.eu-west-2.amazonaws.com/prod/mcp'

const notes = protectedResource({
  resource,
  metadataUrl: `${resource}/metadata`,
  authorizationServers: ['https://auth.example.com'],
})

export const handle = protect(notes, (_request, auth) => Response.json({ user: auth.subject }))

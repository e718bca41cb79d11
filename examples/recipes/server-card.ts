import { protect, protectedResource } from 'mcp-gatehouse'

const resource = 'https://api.example.com/mcp'

const notes = protectedResource({ resource, authorizationServers: ['https://auth.example.com'] })

const guarded = protect(notes, (_request, auth) => Response.json({ user: auth.subject }))

/** Public: no credentials, no internal names. */
const card = JSON.stringify({
  $schema: 'https://static.modelcontextprotocol.io/schemas/v1/server-card.schema.json',
  name: 'com.example/notes',
  version: '1.0.0',
  description: 'Reads and writes notes.',
  remotes: [{ type: 'streamable-http', url: resource }],
})
const FIELDS = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Allow-Methods': 'GET',
  'Access-Control-Allow-Headers': 'Content-Type, If-None-Match',
}

function serveCard({ method }: Request): Response {
  if (method === 'OPTIONS') return new Response(null, { status: 204, headers: FIELDS })
  const type = 'application/mcp-server-card+json'
  const headers = { ...FIELDS, 'Content-Type': type, 'Cache-Control': 'public, max-age=3600' }
  return new Response(method === 'HEAD' ? null : card, { headers })
}

/** Exactly this path, and only methods that read: everything else is guarded. */
export function handle(request: Request): Response | Promise<Response> {
  const isRead = ['GET', 'HEAD', 'OPTIONS'].includes(request.method)
  const isCard = new URL(request.url).pathname === '/mcp/server-card'
  return isRead && isCard ? serveCard(request) : guarded(request)
}

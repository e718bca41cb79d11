import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server'
import { protectedResource } from 'mcp-gatehouse'
import { protect } from 'mcp-gatehouse/node'

const origin = process.env['ORIGIN'] ?? 'http://localhost:3000'
// Both resources get the same object, so its metadata and keys are fetched once.
const authorizationServer = { issuer: process.env['ISSUER'] ?? 'https://auth.example.com' }

function resourceFor(name: string) {
  return protectedResource({
    resource: `${origin}/${name}`,
    authorizationServers: [authorizationServer],
    requiredScopes: [`${name}:read`],
  })
}

function mcpFor(name: string) {
  return createMcpHandler(() => {
    const server = new McpServer({ name, version: '1.0.0' })
    server.registerTool(`list_${name}`, { description: `Lists your ${name}.` }, () => ({
      content: [{ type: 'text', text: `No ${name} yet.` }],
    }))
    return server
  })
}

const [notes, files] = [resourceFor('notes'), resourceFor('files')]
const servers = { [notes.identifier]: mcpFor('notes'), [files.identifier]: mcpFor('files') }

// The path selects the resource. A token for one of them is rejected at the other.
const listener = protect([notes, files], (request, auth) => {
  const mcp = servers[auth.identifier]
  return mcp?.fetch(request, { authInfo: auth }) ?? new Response(null, { status: 404 })
})

const server = createServer(listener)
server.listen(Number(process.env['PORT'] ?? 3000), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
})

/** A server on standard input and output, behind supergateway, behind the gateway. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { protectedResource } from 'mcp-gatehouse'
import { forward } from 'mcp-gatehouse/gateway'
import { protect } from 'mcp-gatehouse/node'
import { createTestIssuer } from 'mcp-gatehouse/testing'
import { afterEach, expect, it } from 'vitest'

const FOLDER = fileURLToPath(new URL('.', import.meta.url))
const children: ChildProcess[] = []
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGTERM')
})

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  return port
}

async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

it('guards the tools of a stdio server, step-up included', async () => {
  const port = await freePort()
  const argv = ['--stdio', `${process.execPath} server.mjs`, '--outputTransport', 'streamableHttp']
  const program = fileURLToPath(new URL('node_modules/supergateway/dist/index.js', import.meta.url))
  const child = spawn(process.execPath, [program, ...argv, '--port', String(port)], {
    cwd: FOLDER,
    stdio: 'ignore',
  })
  children.push(child)
  while (!(await isListening(port))) {
    expect(child.exitCode).toBeNull()
    await new Promise((resolve) => setTimeout(resolve, 50))
  }

  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`
  const issuer = createTestIssuer({ resource: url })
  const resource = protectedResource({
    resource: url,
    authorizationServers: [issuer.issuer],
    fetch: issuer.fetch,
    operations: { '*': ['notes:read'], 'tools/call delete_note': ['notes:write'] },
  })
  server.on('request', protect(resource, forward(`http://127.0.0.1:${port}/mcp`)))

  const headers = { Authorization: `Bearer ${await issuer.token({ scope: 'notes:read' })}` }
  const client = new Client({ name: 'test', version: '1' })
  await client.connect(
    new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } }),
  )
  const { tools } = await client.listTools()
  expect(tools.map(({ name }) => name)).toEqual(['list_notes', 'delete_note'])
  const called = await client.callTool({ name: 'list_notes', arguments: {} })
  expect(JSON.stringify(called)).toContain('called list_notes')
  await client.close()

  const denied = await fetch(url, {
    method: 'POST',
    headers: { ...headers, 'Content-Type': 'application/json' },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: 'delete_note' },
    }),
  })
  expect(denied.status).toBe(403)
  expect(denied.headers.get('WWW-Authenticate')).toContain('scope="notes:write"')
  const anonymous = await fetch(url, { method: 'POST', body: '{}' })
  expect(anonymous.status).toBe(401)
  server.closeAllConnections()
  server.close()
})

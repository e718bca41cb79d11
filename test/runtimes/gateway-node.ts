/** The gateway on Node. Prints the port it listens on. */

import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { protect, toRequest } from 'mcp-gatehouse/node'
import {
  createDecision,
  createHandler,
  createResource,
  type GatewayConfig,
  QUESTION,
} from './gateway-app.ts'

const config = JSON.parse(process.env['GATEWAY'] ?? '') as GatewayConfig
const resource = createResource()
const serve = protect(resource, createHandler(config))
const decide = createDecision(resource)

const server = createServer(async (req, res) => {
  if (req.url !== QUESTION) return void serve(req, res)
  await send(await decide(toRequest(req)), res)
})
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`)
})

async function send(response: Response, res: ServerResponse): Promise<void> {
  res.writeHead(response.status, Object.fromEntries(response.headers))
  res.end(await response.text())
}

/** The fixture on Node. Prints the port it listens on. */

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { protect } from 'mcp-gatehouse/node'
import { blockEgress, type Config, createHandler, createResources, requirements } from './app.ts'

const config = JSON.parse(process.env['RUNTIME_SUITE'] ?? '') as Config
blockEgress(config)

const server = createServer(protect(createResources(config), createHandler(config), requirements))
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`)
})

/** Serves the app on Node, in a process of its own: `node --expose-gc node-server.ts`. Settings are in `SOAK`. */

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { protect } from 'mcp-gatehouse/node'
import { type AppSettings, createApp } from './app.ts'

const server = createServer({ keepAliveTimeout: 60_000 })
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  const settings: AppSettings = {
    resource: `http://127.0.0.1:${port}/mcp`,
    issuer: process.env['SOAK_ISSUER'] ?? '',
  }
  const app = createApp(settings)
  const listener = protect(app.resource, app.answer)
  server.on('request', (request, response) => {
    if (request.url === '/soak') response.end(JSON.stringify({ records: app.takeRecords() }))
    else if (request.url === '/soak/memory') {
      global.gc?.()
      response.end(JSON.stringify(process.memoryUsage()))
    } else listener(request, response)
  })
  console.log(port)
})

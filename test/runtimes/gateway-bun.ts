/** The gateway on Bun. Prints the port it listens on. */

import { type BunServer, protect } from 'mcp-gatehouse/bun'
import {
  createDecision,
  createHandler,
  createResource,
  type GatewayConfig,
  QUESTION,
} from './gateway-app.ts'

declare const Bun: {
  readonly env: Record<string, string | undefined>
  serve(options: {
    hostname: string
    port: number
    fetch(request: Request, server: BunServer): Promise<Response>
  }): { readonly port: number }
}

const config = JSON.parse(Bun.env['GATEWAY'] ?? '') as GatewayConfig
const resource = createResource()
const guarded = protect(resource, createHandler(config))
const decide = createDecision(resource)

const server = Bun.serve({
  hostname: '127.0.0.1',
  port: 0,
  fetch: (request, bun) =>
    new URL(request.url).pathname === QUESTION ? decide(request) : guarded.fetch(request, bun),
})
console.log(server.port)

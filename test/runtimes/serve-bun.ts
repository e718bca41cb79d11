/** The fixture on Bun. Prints the port it listens on. */

import { type BunServer, protect } from 'mcp-gatehouse/bun'
import { blockEgress, type Config, createHandler, createResources, requirements } from './app.ts'

declare const Bun: {
  readonly env: Record<string, string | undefined>
  serve(options: {
    hostname: string
    port: number
    idleTimeout?: number
    fetch(request: Request, server: BunServer): Promise<Response>
  }): { readonly port: number }
}

/** In seconds. */
const idleTimeout = Bun.env['IDLE_TIMEOUT']
const config = JSON.parse(Bun.env['RUNTIME_SUITE'] ?? '') as Config
blockEgress(config)

const server = Bun.serve({
  hostname: '127.0.0.1',
  port: 0,
  ...(idleTimeout === undefined ? {} : { idleTimeout: Number(idleTimeout) }),
  ...protect(createResources(config), createHandler(config), requirements),
})
console.log(server.port)

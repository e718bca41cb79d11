/** The routers on Bun. Prints the port it listens on. */

import { type BunServer, protect } from 'mcp-gatehouse/bun'
import { createGuards, createHandler } from './routers-app.ts'

declare const Bun: {
  serve(options: {
    hostname: string
    port: number
    fetch(request: Request, server: BunServer): Promise<Response> | undefined
  }): { readonly port: number }
}

const guards = createGuards((source, set) => protect(source, createHandler(set)))
const server = Bun.serve({
  hostname: '127.0.0.1',
  port: 0,
  fetch: (request, bun) => guards[request.headers.get('x-guard') ?? '']?.fetch(request, bun),
})
console.log(server.port)

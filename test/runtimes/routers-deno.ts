/** The routers on Deno. Prints the port it listens on. */

import { protect } from 'mcp-gatehouse/deno'
import { createGuards, createHandler } from './routers-app.ts'

declare const Deno: {
  serve(
    options: { hostname: string; port: number; onListen(address: { port: number }): void },
    handler: (request: Request, info: object) => Promise<Response> | undefined,
  ): void
}

const guards = createGuards((source, set) => protect(source, createHandler(set)))
const options = { hostname: '127.0.0.1', port: 0 }
Deno.serve({ ...options, onListen: ({ port }) => console.log(port) }, (request, info) =>
  guards[request.headers.get('x-guard') ?? '']?.(request, info),
)

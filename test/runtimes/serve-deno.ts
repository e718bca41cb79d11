/** The fixture on Deno, which refuses egress by itself. Prints the port it listens on. */

import { protect } from 'mcp-gatehouse/deno'
import { type Config, createHandler, createResources, requirements } from './app.ts'

declare const Deno: {
  readonly env: { get(name: string): string | undefined }
  serve(
    options: { hostname: string; port: number; onListen(address: { port: number }): void },
    handler: (request: Request, info: { remoteAddr: object }) => Promise<Response>,
  ): void
}

const config = JSON.parse(Deno.env.get('RUNTIME_SUITE') ?? '') as Config

const handler = protect(createResources(config), createHandler(config), requirements)
Deno.serve({ hostname: '127.0.0.1', port: 0, onListen: ({ port }) => console.log(port) }, handler)

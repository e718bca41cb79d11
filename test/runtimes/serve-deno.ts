/**
 * The fixture on Deno, which blocks egress itself: for `deno run`, when it prints the port it
 * listens on, and for `deno serve`.
 */

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

export default handler

if (Deno.env.get('RUNTIME_SUITE_SERVE') === 'yes') {
  Deno.serve({ hostname: '127.0.0.1', port: 0, onListen: ({ port }) => console.log(port) }, handler)
}

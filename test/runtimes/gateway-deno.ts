/** The gateway on Deno. Prints the port it listens on. */

import { protect } from 'mcp-gatehouse/deno'
import {
  createDecision,
  createHandler,
  createResource,
  type GatewayConfig,
  QUESTION,
} from './gateway-app.ts'

declare const Deno: {
  readonly env: { get(name: string): string | undefined }
  serve(
    options: { hostname: string; port: number; onListen(address: { port: number }): void },
    handler: (request: Request, info: { remoteAddr: object }) => Promise<Response>,
  ): void
}

const config = JSON.parse(Deno.env.get('GATEWAY') ?? '') as GatewayConfig
const resource = createResource()
const serve = protect(resource, createHandler(config))
const decide = createDecision(resource)

Deno.serve(
  { hostname: '127.0.0.1', port: 0, onListen: ({ port }) => console.log(port) },
  (request, info) =>
    new URL(request.url).pathname === QUESTION ? decide(request) : serve(request, info),
)

/** Crossed resources on Deno. Prints the port it listens on. */

import { protect, type ServeInfo } from 'mcp-gatehouse/deno'
import { serveCrossed } from './crossed-guards.ts'

declare const Deno: {
  readonly env: { get(name: string): string | undefined }
  serve(
    options: { hostname: string; port: number; onListen(address: { port: number }): void },
    handler: (request: Request, info: ServeInfo) => Response | Promise<Response>,
  ): void
}

const crossing = JSON.parse(Deno.env.get('CROSSING') ?? '')
Deno.serve(
  { hostname: '127.0.0.1', port: 0, onListen: ({ port }) => console.log(port) },
  serveCrossed<[ServeInfo]>(crossing, (...args) => protect(...args)),
)

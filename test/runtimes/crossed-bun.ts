/** Crossed resources on Bun. Prints the port it listens on. */

import { type BunServer, protect } from 'mcp-gatehouse/bun'
import { serveCrossed } from './crossed-guards.ts'

declare const Bun: {
  readonly env: Record<string, string | undefined>
  serve(options: {
    hostname: string
    port: number
    fetch(request: Request, server: BunServer): Response | Promise<Response>
  }): { readonly port: number }
}

const crossing = JSON.parse(Bun.env['CROSSING'] ?? '')
const fetch = serveCrossed<[BunServer]>(crossing, (...args) => protect(...args).fetch)
console.log(Bun.serve({ hostname: '127.0.0.1', port: 0, fetch }).port)

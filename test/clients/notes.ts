/** The demo's MCP server in three conditions: usual, with expired tokens, and without keys. The rejections are its own. */

import type { Server } from 'node:http'
import { createAdaptorServer } from '@hono/node-server'
import { decodeJwt } from 'jose'
import type { ProtectedResourceOptions } from 'mcp-gatehouse'
import { listen, stop } from '../../examples/demo/listen.ts'
import { createNotesServer } from '../../examples/demo/mcp-server.ts'
import type { Condition } from './steps.ts'

export interface NotesServer {
  readonly url: string
  /** Serves requests from now on. */
  trust(issuer: string): void
  setCondition(condition: Condition): void
  close(): Promise<void>
}

const OPTIONS: Partial<ProtectedResourceOptions> = {
  operations: { 'tools/call add_note': ['notes:write'], 'tools/call delete_note': ['notes:admin'] },
}
/** Longer than any token lives. */
const LATER_SECONDS = 24 * 3600

export async function startNotesServer(): Promise<NotesServer> {
  /** Tokens that were issued before this second have expired. */
  let expiredBefore = 0
  let serve: ReturnType<typeof createNotesServer>['fetch']
  let serveLater: typeof serve
  let create: (options: Partial<ProtectedResourceOptions>) => typeof serve
  let outage: typeof serve | undefined
  const fetch: typeof serve = (request, env) => {
    const [, token] = request.headers.get('Authorization')?.split(' ') ?? []
    const isExpired = token !== undefined && issuedAt(token) < expiredBefore
    return (outage ?? (isExpired ? serveLater : serve))(request, env)
  }
  const server = createAdaptorServer({ fetch, overrideGlobalObjects: false }) as Server
  const url = `${await listen(server)}/mcp`
  return {
    url,
    trust(issuer) {
      create = (options) => {
        const app = createNotesServer({ url, issuer, options: { ...OPTIONS, ...options } })
        return (request, env) => app.fetch(request, env)
      }
      serve = create({})
      serveLater = create({ now: () => Date.now() / 1000 + LATER_SECONDS })
    },
    setCondition(condition) {
      expiredBefore = condition === 'expired' ? Math.floor(Date.now() / 1000) : 0
      const fails = { fetch: () => Promise.reject(new TypeError('The network is down.')) }
      // A new server, because the other one remembers keys and tokens.
      outage = condition === 'outage' ? create(fails) : undefined
    },
    close: () => stop(server),
  }
}

function issuedAt(token: string): number {
  return decodeJwt(token).iat ?? 0
}

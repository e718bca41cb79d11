/** The fixture on Bun, with Redis through Bun's own client. Prints the port it listens on. */

import { type BunServer, protect } from 'mcp-gatehouse/bun'
import { redisDocumentStore, redisReplayStore } from 'mcp-gatehouse/redis'
import { control, createResource, handle } from './fixture.ts'

declare const Bun: {
  readonly env: Record<string, string | undefined>
  readonly RedisClient: new (
    url: string,
  ) => { send(command: string, args: string[]): Promise<unknown> }
  serve(options: {
    hostname: string
    port: number
    fetch(request: Request, server: BunServer): Promise<Response>
  }): { readonly port: number }
}

const client = new Bun.RedisClient(`redis://127.0.0.1:${Bun.env['REDIS_PORT']}`)
const command = (name: string, ...args: string[]) => client.send(name, args)
const stores = { documents: redisDocumentStore(command), replay: redisReplayStore(command) }
const authorizationServer = Bun.env['AUTHORIZATION_SERVER'] ?? ''
const guarded = protect(createResource(authorizationServer, stores), handle)

const server = Bun.serve({
  hostname: '127.0.0.1',
  port: 0,
  fetch: async (request, host) =>
    (await control(request, stores, authorizationServer)) ?? guarded.fetch(request, host),
})
console.log(server.port)

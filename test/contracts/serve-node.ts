/** The fixture on Node, with Redis through a client of its own. Prints the port it listens on. */

import { serve } from '@hono/node-server'
import { protect } from 'mcp-gatehouse'
import { redisDocumentStore, redisReplayStore } from 'mcp-gatehouse/redis'
import { connectRedis } from '../support/redis-client.ts'
import { control, createResource, handle } from './fixture.ts'

const { command } = await connectRedis(Number(process.env['REDIS_PORT']))
const stores = { documents: redisDocumentStore(command), replay: redisReplayStore(command) }
const authorizationServer = process.env['AUTHORIZATION_SERVER'] ?? ''
const guarded = protect(createResource(authorizationServer, stores), handle)

serve(
  {
    hostname: '127.0.0.1',
    port: 0,
    fetch: async (request) =>
      (await control(request, stores, authorizationServer)) ?? guarded(request),
  },
  ({ port }) => console.log(port),
)

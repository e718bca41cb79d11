/** Crossed resources on Node: its adapter, the core, and frameworks. Prints the port it listens on. */

import { createServer, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import express from 'express'
import { fastify } from 'fastify'
import { protect as protectCore } from 'mcp-gatehouse'
import { gatehouse } from 'mcp-gatehouse/fastify'
import { authErrors, authOf, bearerAuth, metadata, protect, toRequest } from 'mcp-gatehouse/node'
import {
  type Crossing,
  createResources,
  handle,
  needsIn,
  needsOf,
  ORIGIN,
  seen,
} from './crossed-app.ts'
import { serveCrossed } from './crossed-guards.ts'

const crossing = JSON.parse(process.env['CROSSING'] ?? '') as Crossing

const core = getRequestListener(
  serveCrossed<[]>(crossing, (...args) => protectCore(...args)),
  { overrideGlobalObjects: false },
)
const list = protect(createResources(crossing), handle, needsIn)
const guards: Record<string, RequestListener[]> = {
  single: createResources(crossing).map((each, index) => protect(each, handle, needsOf(index))),
  express: createResources(crossing).map((resource, index) => {
    const app = express()
    app.use(metadata(resource), bearerAuth(resource, needsOf(index)), async (req, res, next) => {
      try {
        await write(await handle(toRequest(req), authOf(req)), res)
      } catch (error) {
        next(error)
      }
    })
    app.use(authErrors(resource))
    return app
  }),
  fastify: await Promise.all(
    createResources(crossing).map(async (resource, index) => {
      const app = fastify()
      app.removeAllContentTypeParsers()
      app.addContentTypeParser('*', { parseAs: 'string' }, (_, body, done) => done(null, body))
      await app.register(gatehouse, { resource, requirements: needsOf(index), path: '/' })
      app.all('*', async (request, reply) => {
        const { method, url, headers } = request
        const isBodiless = method === 'GET' || method === 'HEAD'
        const body = isBodiless ? null : ((request.body ?? null) as string | null)
        const init = { method, headers: headers as Record<string, string>, body }
        const response = await handle(new Request(ORIGIN + url, init), authOf(request))
        reply.hijack()
        await write(response, reply.raw)
      })
      await app.ready()
      return app.routing
    }),
  ),
}

const server = createServer((req, res) => {
  if (req.url === '/seen') return res.end(JSON.stringify(seen))
  const name = String(req.headers['x-guard'])
  const guard = name === 'list' ? list : guards[name]?.[Number(req.headers['x-resource'])]
  return (guard ?? core)(req, res)
})
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`)
})

async function write(response: Response, res: ServerResponse): Promise<void> {
  res.statusCode = response.status
  for (const [name, value] of response.headers) res.appendHeader(name, value)
  if (response.body !== null && res.req.method !== 'HEAD') {
    for await (const chunk of response.body) res.write(chunk)
  }
  res.end()
}

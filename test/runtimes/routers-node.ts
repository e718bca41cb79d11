/**
 * The routers on Node, including those that run only there, and hosts that construct requests.
 * Prints the port it listens on.
 */

import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { createServerAdapter } from '@whatwg-node/server'
import express from 'express'
import { fastify } from 'fastify'
import { protect as protectCore } from 'mcp-gatehouse'
import { protect } from 'mcp-gatehouse/node'
import { createMocks } from 'node-mocks-http'
import { longestOf, SETS } from './routers.ts'
import { createGuards, createHandler } from './routers-app.ts'

/** Where a router for Node's requests serves one. */
type NodeRoute = (req: IncomingMessage) => Promise<string | undefined>

const guards: Record<string, RequestListener> = createGuards((source, set) => {
  const routes = createNodeRoutes(SETS[set] ?? [])
  return protect(source, (request, auth, req) => {
    const further = Object.entries(routes).map(([name, route]) => [name, () => route(req)])
    return createHandler(set, Object.fromEntries(further))(request, auth)
  })
})
for (const [name, serve] of Object.entries(
  createGuards((source, set) => protectCore(source, createHandler(set))),
)) {
  guards[`${name} whatwg`] = createServerAdapter((request: Request) => serve(request))
  guards[`${name} hono`] = getRequestListener((request) => serve(request), {
    // If it replaced the host's `Response`, h3 would not recognize its own responses.
    overrideGlobalObjects: false,
  })
}

const server = createServer((req, res) => guards[String(req.headers['x-guard'])]?.(req, res))
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`)
})

function createNodeRoutes(paths: readonly string[]): Record<string, NodeRoute> {
  const longestFirst = [...paths].sort((one, other) => other.length - one.length)
  const app = express()
  const lenient = {
    caseSensitive: false,
    ignoreDuplicateSlashes: true,
    useSemicolonDelimiter: true,
  }
  const [strict, loose] = [fastify(), fastify({ routerOptions: lenient })]
  for (const path of longestFirst) {
    app.use(path, (_req, res) => void res.send(path))
    for (const each of [strict, loose]) {
      const base = path === '/' ? '' : path
      each.get(path, async () => path)
      each.get(`${base}/*`, async () => path)
    }
  }
  return {
    Express: (req) => askExpress(app, req),
    Fastify: (req) => inject(strict, req),
    'Fastify, lenient': (req) => inject(loose, req),
    'a handler that compares req.url': async ({ url = '' }) =>
      url.startsWith('/') ? longestOf(url.split('?')[0] ?? '', paths) : undefined,
  }
}

async function askExpress(app: express.Express, { url = '' }: IncomingMessage) {
  const { req, res } = createMocks({ method: 'GET', url: url })
  await new Promise<void>((resolve) => {
    res.send = (body: string) => {
      res._getData = () => body
      resolve()
      return res
    }
    app(req, res, () => resolve())
  })
  return res._getData() || undefined
}

async function inject(app: ReturnType<typeof fastify>, { url = '' }: IncomingMessage) {
  const response = await app.inject({ method: 'GET', url })
  return response.statusCode === 200 ? response.body : undefined
}

/** `metadataUrl` behind the middleware of the adapters. Functions on top of `protect` serve it themselves. */

import { fastify } from 'fastify'
import { Hono } from 'hono'
import { beforeEach, expect, test } from 'vitest'
import { gatehouse } from '../../adapters/fastify.ts'
import * as hono from '../../adapters/hono.ts'
import * as node from '../../adapters/node/index.ts'
import { type ProtectedResource, protectedResource } from '../../src/index.ts'
import { RESOURCE } from '../support/issuer.ts'
import { listen } from '../support/node-server.ts'

const PLACE = '/mcp/about?format=json'

let resource: ProtectedResource
let runs: number

beforeEach(() => {
  runs = 0
  resource = protectedResource({
    resource: RESOURCE,
    authorizationServers: ['https://as.example'],
    metadataUrl: `https://rs.example${PLACE}`,
  })
})

interface Answer {
  readonly status: number
  readonly body: string
}

type Send = (method: string, path: string) => Promise<Answer>

const HOSTS: Readonly<Record<string, () => Promise<Send>>> = {
  'Hono, only a guard': async () => honoApp((app) => app.use('/mcp/*', hono.bearerAuth(resource))),
  'Hono, metadata before a guard': async () =>
    honoApp((app) => {
      app.route('/', hono.metadata(resource))
      app.use('*', hono.bearerAuth(resource))
    }),
  'Hono, metadata after a guard': async () =>
    honoApp((app) => {
      app.use(
        '/mcp/*',
        hono.bearerAuth(() => resource),
      )
      app.route('/', hono.metadata([resource]))
    }),
  'Node, only a guard': async () => nodeServer([node.bearerAuth(resource)]),
  'Node, metadata before a guard': async () =>
    nodeServer([node.metadata(resource), node.bearerAuth(resource)]),
  'Node, metadata of a list before a guard': async () =>
    nodeServer([node.metadata([resource]), node.bearerAuth(resource)]),
}

test.each(Object.keys(HOSTS))('%s: serves the document and guards the rest', async (name) => {
  const send = (await HOSTS[name]?.()) as Send
  const document = { status: 200, body: JSON.stringify(resource.metadata) }
  expect(await send('GET', PLACE)).toEqual(document)
  expect(await send('HEAD', PLACE)).toEqual({ status: 200, body: '' })
  expect(await send('OPTIONS', PLACE)).toEqual({ status: 204, body: '' })
  const guarded = [
    ['POST', PLACE],
    ['DELETE', PLACE],
    ['GET', '/mcp/about'],
    ['GET', '/mcp/about?format=json&x=1'],
    ['GET', `/mcp/x${PLACE}`],
  ] as const
  for (const [method, path] of guarded) {
    expect({ method, path, status: (await send(method, path)).status }).toEqual({
      method,
      path,
      status: 401,
    })
  }
  expect(runs).toBe(0)
})

test('a guard does not serve the derived URL', async () => {
  const derived = protectedResource({
    resource: RESOURCE,
    authorizationServers: ['https://as.example'],
  })
  const path = new URL(derived.metadataUrl).pathname
  const server = await nodeServer([node.bearerAuth(derived)])
  expect((await server('GET', path)).status).toBe(500)
  const app = honoApp((each) => each.use('*', hono.bearerAuth(derived)))
  expect((await app('GET', path)).status).toBe(500)
})

function honoApp(mount: (app: Hono) => void): Send {
  const app = new Hono()
  mount(app)
  app.all('*', (c) => {
    runs += 1
    return c.text('ran')
  })
  return async (method, path) => {
    const response = await app.request(`https://rs.example${path}`, { method })
    return { status: response.status, body: await response.text() }
  }
}

async function nodeServer(chain: readonly node.Middleware[]): Promise<Send> {
  const client = await listen((req, res) => {
    const pass = (index: number) => (): void => {
      const next = chain[index]
      if (next !== undefined) {
        next(req, res, pass(index + 1))
        return
      }
      runs += 1
      res.end('ran')
    }
    pass(0)()
  })
  return async (method, path) => {
    const { status, body } = await client.send({ method, path })
    return { status, body: body.toString() }
  }
}

function resourceAt(path: string, metadataUrl?: string): ProtectedResource {
  return protectedResource({
    resource: `https://rs.example${path}`,
    authorizationServers: ['https://as.example'],
    metadataUrl,
  })
}

const REGISTER: Readonly<Record<string, (resources: ProtectedResource[]) => unknown>> = {
  Hono: (resources) => hono.metadata(resources),
  Node: (resources) => node.metadata(resources),
  'the plugins of Fastify': async (resources) => {
    const app = fastify()
    for (const each of resources) app.register(gatehouse, { resource: each })
    await app.ready()
  },
}

test.each(Object.keys(REGISTER))(
  '%s: a place of two resources is an error when they are registered',
  async (name) => {
    const register = async (...resources: ProtectedResource[]) => REGISTER[name]?.(resources)
    const place = 'https://rs.example/about'
    const taken = 'is a path of resources[1] or of its metadata; give a path of its own'
    await expect(register(resourceAt('/a', place), resourceAt('/b', place))).rejects.toMatchObject({
      name: 'ConfigError',
      problems: [
        { path: 'resources[0].metadataUrl', message: taken },
        { path: 'resources[1].metadataUrl', message: taken.replace('[1]', '[0]') },
      ],
    })
    await expect(
      register(resourceAt('/a', 'https://rs.example/b'), resourceAt('/b')),
    ).rejects.toMatchObject({
      problems: [{ path: 'resources[0].metadataUrl', message: taken }],
    })
    await register(resourceAt('/a', `${place}?a`), resourceAt('/b', `${place}?b`))
  },
)

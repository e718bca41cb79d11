/** What a program passes by mistake is named when a route or a store is made, not at its first request. */

import { createServer, type ServerResponse } from 'node:http'
import { describe, expect, it, vi } from 'vitest'
import * as bun from '../../adapters/bun.ts'
import * as cloudflare from '../../adapters/cloudflare/index.ts'
import * as deno from '../../adapters/deno/index.ts'
import { gatehouse } from '../../adapters/fastify.ts'
import * as hono from '../../adapters/hono.ts'
import * as node from '../../adapters/node/index.ts'
import { redisDocumentStore, redisReplayStore } from '../../adapters/redis.ts'
import { forwardAuth } from '../../src/gateway/index.ts'
import { type ProtectedResource, protect } from '../../src/index.ts'
import { portOf, start } from '../support/node-server.ts'
import { setUp } from '../support/setup-resource.ts'
import { unchecked } from '../support/unchecked.ts'

const OPTIONS = {
  resource: 'https://rs.example/mcp',
  authorizationServers: ['https://auth.example'],
}

/** Values in the place of a resource, and how the message names them. */
const MISTAKES = unchecked<[ProtectedResource, string][]>([
  [undefined, 'undefined'],
  [null, 'null'],
  ['https://rs.example/mcp', 'https://rs.example/mcp'],
  [OPTIONS, 'its options'],
  [Promise.resolve(OPTIONS), 'a promise of it: wait for it first'],
  [{}, 'another object'],
])

describe.each(MISTAKES)('%s in the place of a resource', (value, name) => {
  it.each([
    ['bearerAuth', () => node.bearerAuth(value)],
    ['bearerAuth', () => hono.bearerAuth(value)],
    ['metadata', () => node.metadata(value)],
    ['metadata', () => node.metadata([value])],
    ['metadata', () => hono.metadata(value)],
    ['authErrors', () => node.authErrors(value)],
    ['protect', () => node.protect(value, () => new Response())],
    ['protect', () => node.protect([value], () => new Response())],
  ])('is named by %s()', (called, create) => {
    const message = `${called}() takes what protectedResource() created, not ${name}.`
    expect(create).toThrow(new TypeError(message))
  })

  it('is named by the Fastify plugin', () => {
    const mistakes: (Error | undefined)[] = []
    const instance = { addHook: () => undefined }
    gatehouse(instance, { resource: value }, (mistake) => void mistakes.push(mistake))
    const message = `gatehouse() takes what protectedResource() created, not ${name}.`
    expect(mistakes).toEqual([new TypeError(message)])
  })

  it.each([
    ['protect()', () => protect(value, () => new Response())],
    ['protect() of bun', () => bun.protect(value, () => new Response())],
    ['protect() of deno', () => deno.protect(value, () => new Response())],
    ['protect() of cloudflare', () => cloudflare.protect(value, () => new Response())],
    ['forwardAuth()', () => forwardAuth(value, { proxy: 'nginx' })],
  ])('is a TypeError of %s', (_called, create) => {
    expect(create).toThrow(new TypeError('The resource was not created by protectedResource().'))
  })
})

describe('a guard', () => {
  it.each([node.bearerAuth, hono.bearerAuth])('for a list of resources is named', async (guard) => {
    const { resource } = await setUp()
    const list = unchecked<ProtectedResource>([resource])
    expect(() => guard(list)).toThrow('bearerAuth() takes one resource')
  })

  it.each([
    ['the core', protect],
    ['bun', bun.protect],
    ['deno', deno.protect],
    ['cloudflare', cloudflare.protect],
    ['node', node.protect],
  ])('of %s without a handler, or with swapped arguments, is named', async (_name, make) => {
    const { resource } = await setUp()
    const create = make as (...args: unknown[]) => unknown
    const message = 'protect() takes a resource, then a handler.'
    expect(() => create(resource)).toThrow(new TypeError(message))
    expect(() => create(() => new Response(), resource)).toThrow(new TypeError(message))
  })
})

describe('a handler', () => {
  it.each([{ ok: true }, 'done', null, 5])('that returns %j is named', async (value) => {
    const { resource, issuer } = await setUp()
    const handle = protect(resource, () => value as never)
    const headers = { Authorization: `Bearer ${await issuer.token()}` }
    const response = handle(new Request(resource.identifier, { headers }))
    const message = 'The handler must return a Response.'
    await expect(response).rejects.toEqual(new TypeError(message))
  })

  it('that returns nothing on Node is named, unless it has used the response of Node', async () => {
    const printed = vi.spyOn(console, 'error').mockImplementation(() => {})
    const { resource, issuer } = await setUp()
    const headers = { Authorization: `Bearer ${await issuer.token()}` }
    const statusOf = async (run: (res: ServerResponse) => void): Promise<number> => {
      const listener = node.protect(resource, (_request, _auth, _req, res) => run(res) as never)
      const server = await start(createServer(listener))
      return (await fetch(`http://127.0.0.1:${portOf(server)}/mcp`, { headers })).status
    }
    expect(await statusOf((res) => void res.writeHead(202).end())).toBe(202)
    expect(await statusOf((res) => void res.writeHead(202).end())).toBe(202)
    expect(await statusOf(() => {})).toBe(500)
    const texts = printed.mock.calls.map(([text]) => String(text))
    expect(texts).toEqual([
      expect.stringContaining('bearerAuth() completes such responses.'),
      expect.stringContaining('The handler returned no Response.'),
    ])
    printed.mockRestore()
  })
})

describe('a store', () => {
  it.each([
    ['kvStore', () => cloudflare.kvStore(missing())],
    ['cacheStore', () => cloudflare.cacheStore(missing())],
    ['durableObjectReplayStore', () => cloudflare.durableObjectReplayStore(missing())],
    ['durableObjectDocumentStore', () => cloudflare.durableObjectDocumentStore(missing())],
    ['denoKvDocumentStore', () => deno.denoKvDocumentStore(missing())],
    ['denoKvReplayStore', () => deno.denoKvReplayStore(missing())],
  ])('of a binding that is not set is named by %s()', (name, create) => {
    expect(create).toThrow(`${name}() got undefined: `)
  })

  it('of a promise, where an await was forgotten, is named', () => {
    const kv = unchecked<deno.DenoKv>(Promise.resolve())
    const message =
      'denoKvReplayStore() got an object without get() and atomic(): pass await Deno.openKv().'
    expect(() => deno.denoKvReplayStore(kv)).toThrow(new TypeError(message))
  })

  it.each([redisReplayStore, redisDocumentStore])(
    'of a client in the place of its command is named',
    (create) => {
      const client = { sendCommand: async () => 'OK' }
      expect(() => create(client as never)).toThrow('takes a function that sends a command')
    },
  )

  it.each(['QUEUED', undefined, null, 1])(
    'in Redis rejects a write that the reply %j does not confirm',
    async (reply) => {
      const store = redisDocumentStore(async () => reply)
      await expect(store.set('key', 'value', 60)).rejects.toThrow(TypeError)
    },
  )
})

describe('a Worker', () => {
  it('that a test calls without bindings makes its resource once', async () => {
    const { resource, issuer } = await setUp()
    let made = 0
    const worker = cloudflare.protect(
      () => {
        made += 1
        return resource
      },
      () => new Response('done'),
    )
    const headers = { Authorization: `Bearer ${await issuer.token()}` }
    const fetch = worker.fetch as (request: Request) => Promise<Response>
    for (let calls = 0; calls < 2; calls++) {
      const response = await fetch(new Request(resource.identifier, { headers }))
      expect(await response.text()).toBe('done')
    }
    expect(made).toBe(1)
  })
})

describe('protect() of bun', () => {
  it('serves an event stream also where another router passes on the request alone', async () => {
    const { resource, issuer } = await setUp()
    const headers = { 'Content-Type': 'text/event-stream' }
    const { fetch } = bun.protect(resource, () => new Response('data: 1\n\n', { headers }))
    const alone = fetch as (request: Request) => Promise<Response>
    const authorization = { Authorization: `Bearer ${await issuer.token()}` }
    const response = await alone(new Request(resource.identifier, { headers: authorization }))
    expect([response.status, await response.text()]).toEqual([200, 'data: 1\n\n'])
  })
})

function missing(): never {
  return undefined as never
}

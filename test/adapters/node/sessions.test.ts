/** `sessions` through the adapter for Node: `req` has the opened id, and responses leave with the sealed one. */

import { randomUUID } from 'node:crypto'
import { createServer as createHttp2Server } from 'node:http2'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import express, { type Response as ExpressResponse, type Request } from 'express'
import { describe, expect, it } from 'vitest'
import { bearerAuth, metadata, protect } from '../../../adapters/node/index.ts'
import type { Client } from '../../support/http-client.ts'
import { callTool, message } from '../../support/mcp.ts'
import { bearer, listen, portOf, start } from '../../support/node-server.ts'
import { setUp, type TestSetup } from '../../support/setup-resource.ts'

const SECRET = 'a secret of at least thirty-two bytes'
const NAME = 'mcp-session-id'
const ACCEPT = { accept: 'application/json, text/event-stream', 'content-type': 'application/json' }
const OPTIONS = { sessions: { secret: SECRET }, operations: { '*': [] } } as const
const UNKNOWN = { error: 'not_found', error_description: 'There is no such session.' }
const INITIALIZE = message('initialize', {
  protocolVersion: '2025-11-25',
  capabilities: {},
  clientInfo: { name: 'test', version: '1' },
})

/** The tokens of two users. */
async function users({ issuer }: TestSetup) {
  const of = async (sub: string) => bearer(await issuer.token({ sub }))
  return { alice: await of('alice'), bob: await of('bob') }
}

describe('bearerAuth() with sessions', () => {
  /** The stateful server of the SDK's own examples, with its map of transports. */
  async function sdkServer() {
    const scene = await setUp({ options: OPTIONS })
    const transports = new Map<string, StreamableHTTPServerTransport>()
    const app = express()
    app.use(metadata(scene.resource))
    app.all('/mcp', bearerAuth(scene.resource), async (req: Request, res: ExpressResponse) => {
      const id = req.headers[NAME] as string | undefined
      const transport = id === undefined ? await open() : transports.get(id)
      if (transport === undefined) return void res.status(400).end('unknown to the server')
      await transport.handleRequest(req, res, req.body)
    })
    const open = async () => {
      const transport = new StreamableHTTPServerTransport({
        sessionIdGenerator: randomUUID,
        onsessioninitialized: (id) => void transports.set(id, transport),
      })
      const server = new McpServer({ name: 'notes', version: '1' })
      let calls = 0
      server.registerTool('count', {}, ({ authInfo }) => {
        calls += 1
        return { content: [{ type: 'text', text: `${authInfo?.extra?.['subject']} ${calls}` }] }
      })
      // The SDK's type of `onclose` is not exact.
      await server.connect(transport as Parameters<typeof server.connect>[0])
      return transport
    }
    const client = await listen(app)
    const post = (user: object, body: unknown, id?: string) =>
      client.send({
        method: 'POST',
        path: '/mcp',
        headers: { ...ACCEPT, ...user, ...(id === undefined ? {} : { [NAME]: id }) },
        body: JSON.stringify(body),
      })
    return { scene, client, transports, post, ...(await users(scene)) }
  }

  it('binds the sessions of SDK 1.x over Express: POST, GET, DELETE', async () => {
    const { client, transports, post, alice, bob } = await sdkServer()
    const id = (await post(alice, INITIALIZE)).headers[NAME] ?? ''
    const [own = ''] = transports.keys()
    expect(id.startsWith(`${own}.`)).toBe(true)
    const ready = { jsonrpc: '2.0', method: 'notifications/initialized' }
    expect((await post(alice, ready, id)).status).toBe(202)

    const called = await post(alice, callTool('count'), id)
    expect(called.body.toString()).toContain('alice 1')
    expect(called.headers[NAME]).toBe(id)
    const stolen = await post(bob, callTool('count'), id)
    expect([stolen.status, JSON.parse(stolen.body.toString())]).toEqual([404, UNKNOWN])
    expect((await post(bob, callTool('count'), own)).status).toBe(404)

    const headers = (user: object) => ({ ...user, accept: 'text/event-stream', [NAME]: id })
    const listened = await client.send({ path: '/mcp', headers: headers(bob) })
    expect(listened.status).toBe(404)
    const stream = await client.sendAndLeave({ path: '/mcp', headers: headers(alice) }, 0)
    expect([stream.status, stream.headers[NAME]]).toEqual([200, id])

    const remove = { method: 'DELETE', path: '/mcp' }
    expect((await client.send({ ...remove, headers: headers(bob) })).status).toBe(404)
    expect((await post(alice, callTool('count'), id)).body.toString()).toContain('alice 2')
    expect((await client.send({ ...remove, headers: headers(alice) })).status).toBe(200)
  })

  it('replaces the header field in every form of it, behind a parser too', async () => {
    const scene = await setUp({ options: OPTIONS })
    const { alice } = await users(scene)
    const app = express()
    app.use(express.json(), bearerAuth(scene.resource), (req, res) => {
      const raw = req.rawHeaders.findIndex((each) => each.toLowerCase() === NAME)
      res.setHeader('Mcp-Session-Id', 'session-1').json({
        headers: req.headers[NAME],
        raw: req.rawHeaders[raw + 1],
        distinct: req.headersDistinct[NAME],
        get: req.get('Mcp-Session-Id'),
        agent: req.headers['user-agent'],
        body: req.body,
      })
    })
    const client = await listen(app)
    const body = JSON.stringify(message('tools/list'))
    const send = (headers: Record<string, string>) =>
      client.send({ method: 'POST', path: '/mcp', headers: { ...ACCEPT, ...headers }, body })
    const id = (await send(alice)).headers[NAME] ?? ''
    const response = await send({ ...alice, 'User-Agent': 'test', 'MCP-Session-ID': id })
    expect(JSON.parse(response.body.toString())).toEqual({
      headers: 'session-1',
      raw: 'session-1',
      distinct: ['session-1'],
      get: 'session-1',
      agent: 'test',
      body: message('tools/list'),
    })
    const twice = await client.send({ path: '/mcp', headers: { ...alice, [NAME]: [id, id] } })
    expect(twice.status).toBe(404)
  })

  it('opens and seals once for two guards in a row', async () => {
    const scene = await setUp({ options: OPTIONS })
    const { alice, bob } = await users(scene)
    const app = express()
    app.use(bearerAuth(scene.resource), bearerAuth(scene.resource), (req, res) => {
      res.setHeader('Mcp-Session-Id', 'session-1').end(String(req.headers[NAME]))
    })
    const client = await listen(app)
    const id = (await client.send({ path: '/mcp', headers: alice })).headers[NAME] ?? ''
    expect(id).toMatch(/^session-1\.[\w-]{43}$/)
    const again = await client.send({ path: '/mcp', headers: { ...alice, [NAME]: id } })
    expect([again.body.toString(), again.headers[NAME]]).toEqual(['session-1', id])
    const other = await client.send({ path: '/mcp', headers: { ...bob, [NAME]: id } })
    expect(other.status).toBe(404)
  })

  it('sends a 500 for an id that cannot be sealed, however the response is written', async () => {
    const scene = await setUp({ options: OPTIONS })
    const { alice } = await users(scene)
    const ended: string[] = []
    const app = express()
    app.use(bearerAuth(scene.resource))
    const bad = { 'Mcp-Session-Id': 'a b' }
    app.get('/mcp/send', (_req, res) => void res.set(bad).send('secret'))
    app.get('/mcp/head', (_req, res) => {
      res.writeHead(200, bad)
      res.write('secret')
      res.end(() => ended.push('head'))
    })
    app.get('/mcp/write', (_req, res) => {
      res.set(bad).write('secret', () => ended.push('write'))
      res.end('secret')
    })
    app.get('/mcp/flush', (_req, res) => {
      res.set(bad).flushHeaders()
      res.end('secret')
    })
    app.get('/mcp/list', (_req, res) => {
      res.writeHead(200, ['Mcp-Session-Id', 'a', 'Mcp-Session-Id', 'b']).end('secret')
    })
    const client = await listen(app)
    for (const path of ['send', 'head', 'write', 'flush', 'list']) {
      const response = await client.send({ path: `/mcp/${path}`, headers: alice })
      expect([path, response.status, response.headers[NAME]]).toEqual([path, 500, undefined])
      expect(JSON.parse(response.body.toString())).toMatchObject({ error: 'server_error' })
      expect(response.headers['content-type']).toBe('application/json')
    }
    expect(ended).toEqual(['head', 'write'])
  })

  it('sends streams and short responses unchanged but for the seal', async () => {
    const scene = await setUp({ options: OPTIONS })
    const { alice } = await users(scene)
    const app = express()
    app.use(bearerAuth(scene.resource))
    app.get('/mcp/short', (_req, res) => void res.set('Mcp-Session-Id', 's').send('short'))
    app.get('/mcp/stream', (_req, res) => {
      res.writeHead(200, { 'Mcp-Session-Id': 's', 'Content-Type': 'text/event-stream' })
      res.write('data: 1\n\n')
      setImmediate(() => res.end('data: 2\n\n'))
    })
    const client = await listen(app)
    const send = (path: string) => client.send({ path, headers: alice })
    const short = await send('/mcp/short')
    expect([short.body.toString(), short.headers['content-length']]).toEqual(['short', '5'])
    const stream = await send('/mcp/stream')
    expect(stream.body.toString()).toBe('data: 1\n\ndata: 2\n\n')
    expect(stream.headers[NAME]).toBe(short.headers[NAME])
    expect(short.headers[NAME]).toMatch(/^s\.[\w-]{43}$/)
  })

  it('works over HTTP/2', async () => {
    const scene = await setUp({ options: OPTIONS })
    const { alice, bob } = await users(scene)
    const guard = bearerAuth(scene.resource)
    const server = createHttp2Server((req, res) => {
      guard(req as never, res as never, () => {
        res.setHeader('Mcp-Session-Id', 'session-1')
        res.end(String(req.headers[NAME]))
      })
    })
    await start(server as never)
    const { connect } = await import('node:http2')
    const session = connect(`http://127.0.0.1:${portOf(server as never)}`)
    const send = (headers: Record<string, string>) =>
      new Promise<{ status: unknown; id: string; body: string }>((resolve, reject) => {
        const stream = session.request({ ':path': '/mcp', ...headers })
        let head: Record<string, unknown> = {}
        let body = ''
        stream.on('response', (each) => {
          head = each
        })
        stream.on('data', (chunk) => {
          body += chunk
        })
        stream.on('end', () => resolve({ status: head[':status'], id: String(head[NAME]), body }))
        stream.on('error', reject)
      })
    const { id } = await send(alice)
    expect(id).toMatch(/^session-1\.[\w-]{43}$/)
    expect(await send({ ...alice, [NAME]: id })).toEqual({ status: 200, id, body: 'session-1' })
    expect((await send({ ...bob, [NAME]: id })).status).toBe(404)
    session.close()
    Object.assign(server, { closeAllConnections: () => undefined })
  })
})

describe('protect() with sessions', () => {
  it('opens the id in the Request and in req', async () => {
    const scene = await setUp({ options: OPTIONS })
    const { alice, bob } = await users(scene)
    const client: Client = await listen(
      protect(scene.resource, (request, _auth, req) =>
        Response.json([request.headers.get(NAME), req.headers[NAME] ?? null], {
          headers: { 'Mcp-Session-Id': 'session-1' },
        }),
      ),
    )
    const first = await client.send({ path: '/mcp', headers: alice })
    expect(JSON.parse(first.body.toString())).toEqual([null, null])
    const id = first.headers[NAME] ?? ''
    const second = await client.send({ path: '/mcp', headers: { ...alice, [NAME]: id } })
    expect(JSON.parse(second.body.toString())).toEqual(['session-1', 'session-1'])
    expect(second.headers[NAME]).toBe(id)
    const other = await client.send({ path: '/mcp', headers: { ...bob, [NAME]: id } })
    expect([other.status, JSON.parse(other.body.toString())]).toEqual([404, UNKNOWN])
  })
})

/** `gateway-server.ts <subject> <upstream> <fixtures.json>`: a gateway on Node. Prints its port. */

import { readFileSync } from 'node:fs'
import { Agent, createServer, type RequestListener, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createProxyServer } from 'http-proxy-3'
import { pipeTransport } from '../adapters/node/pipe.ts'
import { toRequestView } from '../adapters/node/request.ts'
import { send } from '../adapters/node/send.ts'
import { forward } from '../dist/gateway.js'
import type { AnonymousContext } from '../dist/index.js'
import { protect } from '../dist/node.js'
import { forward as forwardSource } from '../src/gateway/forward.ts'
import { TRANSPORT } from '../src/http/upstream.ts'
import { type Fixtures, importVerificationKey, RESOURCE } from './fixtures.ts'
import { createResource } from './subjects.ts'

const [subject = '', upstream = '', path = ''] = process.argv.slice(2)
const agent = new Agent({ keepAlive: true })
const listener = await createListener()
const server = createServer(listener).listen(0, '127.0.0.1', () => {
  console.log((server.address() as AddressInfo).port)
})

async function createListener(): Promise<RequestListener> {
  switch (subject) {
    case 'forward': {
      const { keys } = JSON.parse(readFileSync(path, 'utf8')) as Fixtures
      const { jwk } = await importVerificationKey('RS256', keys.RS256)
      const handler = forward(upstream, { subpaths: true })
      return protect(createResource(jwk), handler) as RequestListener
    }
    case 'forward, no guard':
      return createUnguarded()
    case 'http-proxy-3': {
      const proxy = createProxyServer({ target: upstream, agent })
      proxy.on('error', (_error, _req, res) => (res as ServerResponse).destroy())
      return (req, res) => {
        req.url = req.url?.replace('/mcp', '')
        proxy.web(req, res)
      }
    }
    case 'node:http pipe':
      return pipeThrough
    default:
      throw new RangeError(`Unknown subject: ${subject}`)
  }
}

/** Forwards every request without a guard. */
function createUnguarded(): RequestListener {
  const handler = forwardSource(upstream, { subpaths: true })
  const auth = { anonymous: true, identifier: RESOURCE } as AnonymousContext
  const { origin } = new URL(RESOURCE)
  return async (req, res) => {
    const request = toRequestView(req, res, origin) as Request
    Object.assign(request, { [TRANSPORT]: pipeTransport(req, res) })
    await send(await handler(request, auth), res, req.method ?? '')
  }
}

/** The least that a proxy has to do: no field is removed or added. */
function pipeThrough(...[req, res]: Parameters<RequestListener>): void {
  const { method, headers } = req
  const url = `${upstream}${req.url?.replace('/mcp', '')}`
  const outgoing = request(url, { method, headers, agent }, (message) => {
    res.writeHead(message.statusCode ?? 502, message.rawHeaders)
    message.pipe(res)
  })
  outgoing.on('error', () => res.destroy())
  res.on('close', () => outgoing.destroy())
  req.pipe(outgoing)
}

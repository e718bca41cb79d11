/** `load-node.ts <fixtures.json> <subject> <algorithm> [port]`: one server on Node; prints its port. */

import { readFileSync } from 'node:fs'
import { createServer, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { createLocalJWKSet, jwtVerify } from 'jose'
import { toNodeHandler } from 'srvx/node'
import { bearerAuth, protect } from '../dist/node.js'
import {
  type Algorithm,
  type Fixtures,
  ISSUER,
  importVerificationKey,
  RESOURCE,
} from './fixtures.ts'
import { createResource, createSdkGate, fastJwt } from './subjects.ts'

const [path = '', subject = '', algorithm, port = '0'] = process.argv.slice(2) as [
  string,
  string,
  Algorithm,
  string?,
]
const fixtures = JSON.parse(readFileSync(path, 'utf8')) as Fixtures
const key = await importVerificationKey(algorithm, fixtures.keys[algorithm])
const listener = await createListener()
// With a given port, several processes share the port.
const place = { port: Number(port), host: '127.0.0.1', reusePort: port !== '0' }
const server = createServer(listener).listen(place, () => {
  console.log((server.address() as AddressInfo).port)
})

async function createListener(): Promise<RequestListener> {
  const resource = createResource(key.jwk)
  switch (subject) {
    case 'hello':
      return (_req, res) => hello(res)
    case 'hello, header read':
      return (req, res) => (req.headers.authorization ? hello(res) : reject(res))
    case 'mcp-gatehouse':
      return protect(resource, () => new Response('hello')) as RequestListener
    case 'mcp-gatehouse, 20,000 places': {
      const small = createResource(key.jwk, { tokenCache: { maxEntries: 20_000 } })
      return protect(small, () => new Response('hello')) as RequestListener
    }
    case 'mcp-gatehouse, with operations': {
      const reading = createResource(key.jwk, { operations: { '*': ['notes:read'] } })
      return protect(reading, () => new Response('hello')) as RequestListener
    }
    // With the `Response` of the platform, as a handler of `protect` has it.
    case '@hono/node-server, unguarded':
      return getRequestListener(() => new Response('hello'), { overrideGlobalObjects: false })
    case '@hono/node-server, unguarded, body parsed':
      return getRequestListener(
        async (request) => new Response((await request.json()) === null ? '' : 'hello'),
        { overrideGlobalObjects: false },
      )
    case 'srvx, unguarded':
      return toNodeHandler(() => new Response('hello')) as RequestListener
    case 'mcp-gatehouse, as middleware': {
      const guard = bearerAuth(resource)
      return (req, res) => guard(req, res, () => hello(res))
    }
    case 'mcp-gatehouse, as middleware, 20,000 places': {
      const guard = bearerAuth(createResource(key.jwk, { tokenCache: { maxEntries: 20_000 } }))
      return (req, res) => guard(req, res, () => hello(res))
    }
    case 'fast-jwt (cache)': {
      const verifier = await fastJwt(key, 200_000)
      return ({ headers: { authorization = '' } }, res) => {
        const request = { headers: new Map([['Authorization', authorization]]) }
        Promise.resolve(verifier.run(request as unknown as Request)).then(
          () => hello(res),
          () => reject(res),
        )
      }
    }
    case 'jose jwtVerify': {
      const expected = { issuer: ISSUER, audience: RESOURCE, algorithms: [algorithm] }
      const keys = createLocalJWKSet({ keys: [key.jwk] })
      return ({ headers: { authorization = '' } }, res) => {
        jwtVerify(authorization.slice('Bearer '.length), keys, expected).then(
          () => hello(res),
          () => reject(res),
        )
      }
    }
    case 'MCP SDK with jose': {
      const gate = await createSdkGate(key.publicKey)
      return ({ headers: { authorization = '' } }, res) => {
        // The gate reads only this header of the request.
        const request = new Request(RESOURCE, { headers: { authorization } })
        gate(request).then(
          (outcome) => (outcome instanceof Response ? reject(res) : hello(res)),
          () => reject(res),
        )
      }
    }
    default:
      throw new RangeError(`Unknown subject: ${subject}`)
  }
}

function hello(res: ServerResponse): void {
  res.writeHead(200, { 'Content-Type': 'text/plain;charset=UTF-8' }).end('hello')
}

function reject(res: ServerResponse): void {
  res.writeHead(401).end()
}

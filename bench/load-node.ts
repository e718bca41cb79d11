/** `load-node.ts <fixtures.json> <subject> <algorithm>`: one server on Node; prints its port. */

import { readFileSync } from 'node:fs'
import { createServer, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { jwtVerify } from 'jose'
import { bearerAuth, protect } from '../dist/node.js'
import {
  type Algorithm,
  type Fixtures,
  ISSUER,
  importVerificationKey,
  RESOURCE,
} from './fixtures.ts'
import { createResource, createSdkGate } from './subjects.ts'

const [path = '', subject = '', algorithm] = process.argv.slice(2) as [string, string, Algorithm]
const fixtures = JSON.parse(readFileSync(path, 'utf8')) as Fixtures
const key = await importVerificationKey(algorithm, fixtures.keys[algorithm])
const listener = await createListener()
const server = createServer(listener).listen(0, '127.0.0.1', () => {
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
    case 'mcp-gatehouse, as middleware': {
      const guard = bearerAuth(resource)
      return (req, res) => guard(req, res, () => hello(res))
    }
    case 'jose jwtVerify': {
      const expected = { issuer: ISSUER, audience: RESOURCE, typ: 'at+jwt' }
      return ({ headers: { authorization = '' } }, res) => {
        jwtVerify(authorization.slice('Bearer '.length), key.publicKey, expected).then(
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

/** `load-bun.ts <fixtures.json> <subject> <algorithm>`: one server on Bun; prints its port. */

import { readFileSync } from 'node:fs'
import { jwtVerify } from 'jose'
import { protect } from '../dist/bun.js'
import {
  type Algorithm,
  type Fixtures,
  ISSUER,
  importVerificationKey,
  RESOURCE,
} from './fixtures.ts'
import { createResource, createSdkGate, tokenOf } from './subjects.ts'

interface Server {
  readonly port: number
  timeout(request: Request, seconds: number): void
}

declare const Bun: {
  serve(options: {
    hostname: string
    port: number
    fetch(request: Request, server: Server): Response | Promise<Response>
  }): Server
}

type Handler = (request: Request, server: Server) => Response | Promise<Response>

const [path = '', subject = '', algorithm] = process.argv.slice(2) as [string, string, Algorithm]
const fixtures = JSON.parse(readFileSync(path, 'utf8')) as Fixtures
const key = await importVerificationKey(algorithm, fixtures.keys[algorithm])
const fetch = await createHandler()
const server = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch })
console.log(server.port)

async function createHandler(): Promise<Handler> {
  switch (subject) {
    case 'hello':
      return () => hello()
    case 'hello, header read':
      return (request) => (request.headers.get('Authorization') ? hello() : reject())
    case 'mcp-gatehouse':
      return protect<Server>(createResource(key.jwk), () => hello()).fetch
    case 'jose jwtVerify': {
      const expected = { issuer: ISSUER, audience: RESOURCE, typ: 'at+jwt' }
      return (request) =>
        jwtVerify(tokenOf(request), key.publicKey, expected).then(
          () => hello(),
          () => reject(),
        )
    }
    case 'MCP SDK with jose': {
      const gate = await createSdkGate(key.publicKey)
      return async (request) => ((await gate(request)) instanceof Response ? reject() : hello())
    }
    default:
      throw new RangeError(`Unknown subject: ${subject}`)
  }
}

function hello(): Response {
  return new Response('hello')
}

function reject(): Response {
  return new Response(null, { status: 401 })
}

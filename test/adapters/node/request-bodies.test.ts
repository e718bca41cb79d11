/** Bodies of requests that a handler of `protect()` streams, leaves unread or never gets. */

import { createServer, type RequestListener, type Server } from 'node:http'
import { connect } from 'node:net'
import { describe, expect, test } from 'vitest'
import { protect } from '../../../adapters/node/index.ts'
import { bearer, portOf, start } from '../../support/node-server.ts'
import { setUp } from '../../support/setup-resource.ts'

describe('protect() for Node', () => {
  test('streams a body in both directions at once', async () => {
    const { resource, issuer } = await setUp()
    const server = await started(protect(resource, (request) => new Response(request.body)))
    const socket = connect(portOf(server), '127.0.0.1')
    const received = socket[Symbol.asyncIterator]()
    const until = async (text: string): Promise<void> => {
      for (let all = ''; !all.includes(text); ) all += (await received.next()).value
    }
    const { authorization } = bearer(await issuer.token())
    socket.write(
      `POST /mcp HTTP/1.1\r\nHost: rs.example\r\nAuthorization: ${authorization}\r\n` +
        'Transfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n',
    )
    await until('first')
    socket.write('6\r\nsecond\r\n0\r\n\r\n')
    await until('second')
    socket.destroy()
  })

  test('leaves the connection usable when the handler read only part of the body', async () => {
    const { resource, issuer } = await setUp()
    const { authorization } = bearer(await issuer.token())
    const server = await started(
      protect(resource, async (request) => {
        const reader = request.body?.getReader()
        await reader?.read()
        reader?.cancel().catch(() => {})
        return new Response('enough')
      }),
    )
    const socket = connect(portOf(server), '127.0.0.1')
    const body = 'x'.repeat(300_000)
    const head = `POST /mcp HTTP/1.1\r\nHost: rs.example\r\nAuthorization: ${authorization}\r\n`
    const message = `${head}Content-Length: ${body.length}\r\n\r\n${body}`
    socket.write(message + message)
    let responses = 0
    for await (const chunk of socket) {
      responses += String(chunk).split('enough').length - 1
      if (responses === 2) break
    }
    expect(responses).toBe(2)
  })

  test('closes the connection after a body that is too large', async () => {
    const options = { operations: { '*': ['read'] }, maxBodyBytes: 1000 }
    const { resource, issuer } = await setUp({ options })
    let calls = 0
    const server = await started(
      protect(resource, () => {
        calls += 1
        return new Response('handled')
      }),
    )
    const { authorization } = bearer(await issuer.token())
    const socket = connect(portOf(server), '127.0.0.1')
    // Without a length, so that it must be read.
    const chunk = `${(10_000).toString(16)}\r\n${'x'.repeat(10_000)}\r\n`
    const message =
      `POST /mcp HTTP/1.1\r\nHost: rs.example\r\nAuthorization: ${authorization}\r\n` +
      `Transfer-Encoding: chunked\r\n\r\n${chunk.repeat(30)}0\r\n\r\n`
    socket.write(message)
    const received = Buffer.concat(await socket.toArray()).toString()
    expect(received).toMatch(/^HTTP\/1\.1 413 Payload Too Large\r\n.*\r\nConnection: close\r\n/is)
    expect(calls).toBe(0)
  })
})

function started(listener: RequestListener): Promise<Server> {
  return start(createServer(listener))
}

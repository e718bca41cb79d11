/** Responses of a handler of `protect()`: their fields, lengths and failures. */

import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { describe, expect, test, vi } from 'vitest'
import { protect } from '../../../adapters/node/index.ts'
import { bearer, listen } from '../../support/node-server.ts'
import { setUp } from '../../support/setup-resource.ts'

describe('protect() for Node', () => {
  test('sends every Set-Cookie, and header fields set before', async () => {
    const { resource, issuer } = await setUp()
    const listener = protect(resource, () => {
      const headers = new Headers({ 'X-Own': 'yes' })
      headers.append('Set-Cookie', 'a=1')
      headers.append('Set-Cookie', 'b=2')
      return new Response(null, { headers })
    })
    const client = await listen((req, res) => {
      res.setHeader('X-Before', 'yes')
      return listener(req, res)
    })
    const response = await client.send({ path: '/mcp', headers: bearer(await issuer.token()) })
    expect(response.headers).toMatchObject({
      'set-cookie': 'a=1, b=2',
      'x-own': 'yes',
      'x-before': 'yes',
    })
  })

  test('responds with 500 and prints the error when the handler throws', async () => {
    const { resource, issuer } = await setUp()
    const print = vi.spyOn(console, 'error').mockImplementation(() => {})
    const failure = new Error('the handler failed')
    const client = await listen(
      protect(resource, () => {
        throw failure
      }),
    )
    const response = await client.send({ path: '/mcp', headers: bearer(await issuer.token()) })
    expect({ status: response.status, body: response.body.toString() }).toEqual({
      status: 500,
      body: '',
    })
    expect(print.mock.calls).toEqual([[failure]])
    print.mockRestore()
  })

  test('responds with 500 where a framework has replaced writeHead() by one that returns nothing', async () => {
    const { resource, issuer } = await setUp()
    const print = vi.spyOn(console, 'error').mockImplementation(() => {})
    const failure = new Error('the handler failed')
    const listener = protect(resource, () => {
      throw failure
    })
    const client = await listen((req, res) => {
      const writeHead = res.writeHead.bind(res)
      // As restify 12 does.
      res.writeHead = ((status: number) => void writeHead(status)) as never
      return listener(req, res)
    })
    const response = await client.send({ path: '/mcp', headers: bearer(await issuer.token()) })
    expect({ status: response.status, body: response.body.toString() }).toEqual({
      status: 500,
      body: '',
    })
    expect(print.mock.calls).toEqual([[failure]])
    print.mockRestore()
  })

  test('destroys a response whose body fails, so that it does not look complete', async () => {
    const { resource, issuer } = await setUp()
    const print = vi.spyOn(console, 'error').mockImplementation(() => {})
    const failure = new Error('the body failed')
    let pulls = 0
    const client = await listen(
      protect(
        resource,
        () =>
          new Response(
            new ReadableStream({
              pull(controller) {
                pulls += 1
                if (pulls > 1) throw failure
                controller.enqueue(new TextEncoder().encode('half'))
              },
            }),
          ),
      ),
    )
    const sent = client.send({ path: '/mcp', headers: bearer(await issuer.token()) })
    await expect(sent).rejects.toThrow(/aborted|hang up/)
    expect(print.mock.calls).toEqual([[failure]])
    print.mockRestore()
  })

  test('sends a body of texts with its length in bytes', async () => {
    const { resource, issuer } = await setUp()
    const start = (controller: ReadableStreamDefaultController): void => {
      controller.enqueue('für')
      controller.close()
    }
    const client = await listen(
      protect(resource, () => new Response(new ReadableStream({ start }))),
    )
    const headers = bearer(await issuer.token())
    const response = await client.send({ path: '/mcp', headers })
    expect([response.headers['content-length'], response.body.toString()]).toEqual(['4', 'für'])
  })

  test.each([
    ['GET', 200, '0'],
    ['POST', 404, '0'],
    ['HEAD', 200, '5'],
    ['GET', 304, '5'],
    ['GET', 204, undefined],
    ['HEAD', 204, undefined],
  ])(
    'sends a response to %s with %i and no body with the Content-Length %s',
    async (method, status, length) => {
      const { resource, issuer } = await setUp()
      const client = await listen(
        // As with the fields of a response to HEAD, or of another server's response whose body is left out.
        protect(resource, () => new Response(null, { status, headers: { 'Content-Length': '5' } })),
      )
      const headers = bearer(await issuer.token())
      const response = await client.send({ method, path: '/mcp', headers })
      expect([response.status, response.headers['content-length']]).toEqual([status, length])
    },
  )

  test.each([200, 404])('sends a stream with the length that it has, in a %i', async (status) => {
    const { resource, issuer } = await setUp()
    const handler = () => {
      const chunks = new ReadableStream({
        async start(controller) {
          controller.enqueue(new TextEncoder().encode('ab'))
          await new Promise((resolve) => setTimeout(resolve, 20))
          controller.enqueue(new TextEncoder().encode('cd'))
          controller.close()
        },
      })
      return new Response(chunks, { status, headers: { 'Content-Length': '4' } })
    }
    const client = await listen(protect(resource, handler))
    const response = await client.send({ path: '/mcp', headers: bearer(await issuer.token()) })
    expect([response.headers['content-length'], response.body.toString()]).toEqual(['4', 'abcd'])
  })

  test.each(['2', '9'])(
    'cuts off a stream of 4 bytes whose length is said to be %s',
    async (length) => {
      vi.spyOn(console, 'error').mockImplementation(() => {})
      const { resource, issuer } = await setUp()
      const handler = () => {
        const chunks = new ReadableStream({
          async start(controller) {
            controller.enqueue(new TextEncoder().encode('ab'))
            await new Promise((resolve) => setTimeout(resolve, 20))
            controller.enqueue(new TextEncoder().encode('cd'))
            controller.close()
          },
        })
        return new Response(chunks, { headers: { 'Content-Length': length } })
      }
      const server = createServer(protect(resource, handler)).listen(0, '127.0.0.1')
      await once(server, 'listening')
      const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
      const token = await issuer.token()
      socket.write(`GET /mcp HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n\r\n`)
      const chunks: Buffer[] = []
      socket.on('data', (chunk) => chunks.push(chunk)).on('error', () => {})
      await once(socket, 'close')
      server.close()
      const body = Buffer.concat(chunks).toString().split('\r\n\r\n')[1]
      expect(body).toBe('ab')
    },
  )
})

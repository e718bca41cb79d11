/** Clients of `protect()` that leave before the response is complete. */

import { createServer } from 'node:http'
import { connect } from 'node:net'
import { describe, expect, test, vi } from 'vitest'
import { protect } from '../../../adapters/node/index.ts'
import { bearer, listen, portOf, start } from '../../support/node-server.ts'
import { setUp } from '../../support/setup-resource.ts'

describe('protect() for Node', () => {
  test('aborts request.signal and cancels the response when the client disconnects', async () => {
    const { resource, issuer } = await setUp()
    const aborted = Promise.withResolvers<void>()
    const cancelled = Promise.withResolvers<void>()
    const client = await listen(
      protect(resource, (request) => {
        request.signal.addEventListener('abort', () => aborted.resolve())
        const body = new ReadableStream({
          start: (controller) => controller.enqueue(new TextEncoder().encode('one')),
          cancel: () => cancelled.resolve(),
        })
        return new Response(body)
      }),
    )
    const headers = bearer(await issuer.token())
    const { body } = await client.sendAndLeave({ path: '/mcp', headers }, 3)
    expect(body.toString()).toBe('one')
    await aborted.promise
    await cancelled.promise
  })

  test('aborts the signals of copies, and those that are read late', async () => {
    const { resource, issuer } = await setUp()
    const closed = Promise.withResolvers<unknown[]>()
    const client = await listen(
      protect(resource, (request, _auth, _req, res) => {
        const copy = new Request(request)
        const copies = [request.clone(), new Request('http://upstream.example/', request), copy]
        const reasons: unknown[] = []
        copy.signal.addEventListener('abort', () => reasons.push(copy.signal.reason.name))
        res.once('close', () => {
          copies.push(request, new Request(copy), new Request(request), request.clone())
          const signals = copies.map(({ signal }) => signal)
          setImmediate(() => closed.resolve([...signals.map(({ aborted }) => aborted), ...reasons]))
        })
        const start = (controller: ReadableStreamDefaultController<Uint8Array>): void =>
          controller.enqueue(new TextEncoder().encode('one'))
        return new Response(new ReadableStream({ start }))
      }),
    )
    const headers = bearer(await issuer.token())
    await client.sendAndLeave({ path: '/mcp', headers }, 3)
    expect(await closed.promise).toEqual([...Array(7).fill(true), 'AbortError'])
  })

  test('aborts request.signal where the client left during the decision', async () => {
    const left = Promise.withResolvers<void>()
    const isRevoked = async () => left.promise.then(() => false)
    const { resource, issuer } = await setUp({
      options: { revocation: { isRevoked, timeoutMs: 10_000 } },
    })
    const signal = Promise.withResolvers<AbortSignal>()
    const asked = Promise.withResolvers<void>()
    const listener = protect(resource, (request) => {
      signal.resolve(request.signal)
      return new Response('late')
    })
    const server = await start(
      createServer((req, res) => {
        res.once('close', () => left.resolve())
        asked.resolve()
        return listener(req, res)
      }),
    )
    const socket = connect(portOf(server), '127.0.0.1')
    socket.write(
      `GET /mcp HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${await issuer.token()}\r\n\r\n`,
    )
    await asked.promise
    socket.destroy()
    expect((await signal.promise).aborted).toBe(true)
  })

  test('does not abort request.signal after a complete response', async () => {
    const { resource, issuer } = await setUp()
    const signals: AbortSignal[] = []
    const closed = Promise.withResolvers<void>()
    const client = await listen(
      protect(resource, (request, _auth, _req, res) => {
        signals.push(request.signal)
        res.once('close', () => closed.resolve())
        return new Response('handled')
      }),
    )
    await client.send({ path: '/mcp', headers: bearer(await issuer.token()) })
    await closed.promise
    expect(signals.map(({ aborted }) => aborted)).toEqual([false])
  })

  test('prints nothing if the client disconnects before its request is complete', async () => {
    const { resource } = await setUp({ options: { operations: { 'tools/call': ['call'] } } })
    const print = vi.spyOn(console, 'error').mockImplementation(() => {})
    const listener = protect(resource, () => new Response('handled'))
    const responses: Promise<void>[] = []
    const server = await start(createServer((req, res) => void responses.push(listener(req, res))))
    const socket = connect(portOf(server), '127.0.0.1')
    const head = 'POST /mcp HTTP/1.1\r\nHost: rs.example\r\nContent-Length: 1000\r\n\r\n{'
    await new Promise((resolve) => socket.write(head, resolve))
    await vi.waitFor(() => expect(responses).toHaveLength(1))
    socket.destroy()
    await Promise.all(responses)
    expect(print.mock.calls).toEqual([])
    print.mockRestore()
  })
})

/** Responses to requests that are still being sent. */

import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type Server } from 'node:http'
import { connect } from 'node:net'
import express from 'express'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { bearerAuth, protect } from '../../../adapters/node/index.ts'
import { METADATA_URL } from '../../support/issuer.ts'
import { portOf, start } from '../../support/node-server.ts'
import { bearerChallenge } from '../../support/rejection.ts'
import { setUp } from '../../support/setup-resource.ts'

const CHALLENGE = bearerChallenge(undefined, undefined, METADATA_URL)
/** More than Node reads before the handler asks for it, and more than the buffers of a socket hold. */
const LENGTH = 16 * 1024 * 1024
const PART = Buffer.alloc(64 * 1024)

afterEach(() => {
  vi.useRealTimers()
})

async function createServers(): Promise<{ servers: [string, Server][]; handled(): number }> {
  const { resource } = await setUp()
  let calls = 0
  const listener = protect(resource, () => {
    calls += 1
    return new Response('handled')
  })
  const app = express().use(bearerAuth(resource), (_req, res) => {
    calls += 1
    res.end('handled')
  })
  const servers: [string, Server][] = [
    ['protect', await start(createServer(listener))],
    ['bearerAuth', await start(createServer(app))],
  ]
  return { servers, handled: () => calls }
}

/** A client as nginx is one to its upstream: it reads the response when its own request is out. */
async function sendAll(port: number, head: string): Promise<{ response: string; sent: number }> {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  socket.write(`POST /mcp ${head}Content-Length: ${LENGTH}\r\n\r\n`)
  let response = ''
  socket.on('data', (chunk) => {
    response += String(chunk)
  })
  const closed = new Promise((resolve) => socket.once('close', resolve))
  let failure: Error | undefined
  socket.on('error', (error) => {
    failure = error
  })
  let sent = 0
  for (; sent < LENGTH && failure === undefined; sent += PART.byteLength) {
    const settled = Promise.withResolvers<void>()
    socket.write(PART, () => settled.resolve())
    await settled.promise
  }
  await closed
  if (failure !== undefined) throw failure
  return { response, sent }
}

async function exchange(port: number): Promise<void> {
  const socket = connect(port, '127.0.0.1')
  socket.end('GET /mcp HTTP/1.1\r\nHost: rs.example\r\nConnection: close\r\n\r\n')
  socket.resume()
  await once(socket, 'close')
}

describe('a request that is longer than what was read of it', () => {
  it.each([
    ['Connection: close', 'HTTP/1.1\r\nHost: rs.example\r\nConnection: close\r\n'],
    ['HTTP/1.0', 'HTTP/1.0\r\n'],
  ])('is read to its end before the connection closes: %s', async (_, head) => {
    const { servers, handled } = await createServers()
    for (const [name, server] of servers) {
      const { response, sent } = await sendAll(portOf(server), head)
      expect(response, name).toMatch(/^HTTP\/1\.1 401 Unauthorized\r\n/)
      expect(response).toContain(`\r\nwww-authenticate: ${CHALLENGE}\r\n`)
      expect(response.endsWith('}')).toBe(true)
      expect([sent, handled()]).toEqual([LENGTH, 0])
    }
  })

  it('gets its response after one second, and the connection for five more', async () => {
    const { servers, handled } = await createServers()
    for (const [name, server] of servers) {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
      const socket = connect(portOf(server), '127.0.0.1')
      socket.write('POST /mcp HTTP/1.1\r\nHost: rs.example\r\n')
      socket.write(`Content-Length: ${LENGTH}\r\n\r\n{`)
      let response = ''
      socket.on('data', (chunk) => {
        response += String(chunk)
      })
      while (vi.getTimerCount() === 0) await exchange(portOf(server))
      await vi.advanceTimersByTimeAsync(999)
      await exchange(portOf(server))
      expect(response).toBe('')
      await vi.advanceTimersByTimeAsync(1)
      while (!response.endsWith('}')) await once(socket, 'data')
      expect(response, name).toMatch(/^HTTP\/1\.1 401 Unauthorized\r\n/)
      expect(response).toContain(`\r\nwww-authenticate: ${CHALLENGE}\r\n`)
      expect(response).toMatch(/\r\nConnection: close\r\n/i)
      const ended = once(socket, 'end')
      await vi.advanceTimersByTimeAsync(4999)
      // An exchange on another connection: the end of this one would have arrived before its response.
      await exchange(portOf(server))
      expect(socket.readableEnded).toBe(false)
      await vi.advanceTimersByTimeAsync(1)
      await ended
      expect(handled()).toBe(0)
      vi.useRealTimers()
    }
  })

  it.each([
    [202, 'POST', /\r\nContent-Length: 0\r\n/],
    [204, 'POST', undefined],
    [400, 'HEAD', undefined],
  ])('gets a whole response that has no body: %i for %s', async (status, method, length) => {
    const { resource, issuer } = await setUp()
    const listener = protect(resource, () => new Response(null, { status }))
    const socket = connect(portOf(await start(createServer(listener))), '127.0.0.1')
    const token = await issuer.token()
    socket.write(`${method} /mcp HTTP/1.1\r\nHost: rs.example\r\nConnection: close\r\n`)
    socket.write(`Authorization: Bearer ${token}\r\nContent-Length: ${LENGTH}\r\n\r\n{`)
    const response = String((await once(socket, 'data'))[0])
    expect(response).toMatch(new RegExp(`^HTTP/1\\.1 ${status} .*\r\n\r\n$`, 's'))
    if (length === undefined) expect(response).not.toMatch(/\r\nContent-Length: 0\r\n/i)
    else expect(response).toMatch(length)
    socket.destroy()
  })

  it('keeps the connection where the rest comes within a second', async () => {
    const { servers, handled } = await createServers()
    for (const [name, server] of servers) {
      const socket = connect(portOf(server), '127.0.0.1')
      let response = ''
      socket.on('data', (chunk) => {
        response += String(chunk)
      })
      for (const count of [1, 2]) {
        socket.write(`POST /mcp HTTP/1.1\r\nHost: rs.example\r\nContent-Length: ${LENGTH}\r\n\r\n`)
        for (let sent = 0; sent < LENGTH; sent += PART.byteLength) socket.write(PART)
        while (response.split('}').length <= count) await once(socket, 'data')
      }
      expect(response.match(/HTTP\/1\.1 401 Unauthorized\r\n/g), name).toHaveLength(2)
      expect(response.split(`\r\nwww-authenticate: ${CHALLENGE}\r\n`)).toHaveLength(3)
      expect(response).not.toMatch(/\r\nConnection: close\r\n/i)
      expect(handled()).toBe(0)
      socket.destroy()
    }
  })

  it('gets its whole body back in a rejection of the handler', async () => {
    const { resource, issuer } = await setUp()
    const port = portOf(
      await start(
        createServer(protect(resource, (request) => new Response(request.body, { status: 400 }))),
      ),
    )
    const headers = { authorization: `Bearer ${await issuer.token()}` }
    const sending = request({ port, path: '/mcp', method: 'POST', headers, agent: false })
    sending.write(PART)
    const [response] = (await once(sending, 'response')) as [IncomingMessage]
    sending.end(PART)
    expect(response.statusCode).toBe(400)
    expect(Buffer.concat(await response.toArray())).toHaveLength(2 * PART.byteLength)
  })

  it('keeps the connection where the rest came with the head', async () => {
    const { servers, handled } = await createServers()
    for (const [name, server] of servers) {
      const socket = connect(portOf(server), '127.0.0.1')
      const statuses: string[] = []
      for (const body of [
        'Content-Length: 4\r\n\r\nbody',
        'Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      ]) {
        let response = ''
        socket.write(`POST /mcp HTTP/1.1\r\nHost: rs.example\r\n${body}`)
        while (!response.endsWith('}')) response += String((await once(socket, 'data'))[0])
        expect(response, name).not.toMatch(/\r\nConnection: close\r\n/i)
        statuses.push(response.slice(0, 12))
      }
      expect(statuses).toEqual(['HTTP/1.1 401', 'HTTP/1.1 401'])
      socket.destroy()
    }
    expect(handled()).toBe(0)
  })

  it('keeps the connection of a handler that responds early', async () => {
    const { resource, issuer } = await setUp()
    const listener = protect(resource, () => new Response('handled'))
    const socket = connect(portOf(await start(createServer(listener))), '127.0.0.1')
    const token = await issuer.token()
    socket.write(`POST /mcp HTTP/1.1\r\nHost: rs.example\r\nAuthorization: Bearer ${token}\r\n`)
    socket.write('Content-Length: 5\r\n\r\n{')
    let response = ''
    while (!response.endsWith('handled')) response += String((await once(socket, 'data'))[0])
    expect(response).toMatch(/^HTTP\/1\.1 200 OK\r\n.*\r\nConnection: keep-alive\r\n/is)
    socket.destroy()
  })
})

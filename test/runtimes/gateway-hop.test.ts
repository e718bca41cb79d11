/** What concerns one hop only stays on it, on every runtime: framing, codings, expectations, and a slow reader. */

import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { GATEWAYS, readAll, responseOf, useGateway } from './gateway-scene.ts'

/**
 * What two connections hold: Linux gives a socket up to 32 MiB to receive and 4 MiB to send, and uses all
 * of it where the machine is busy. A gateway that ignores the slow side takes everything.
 */
const MAX_IN_TRANSIT = 100_000_000
const DOWNLOAD = 200_000_000
/** Bun accepts 128 MB. */
const UPLOAD = 125_000_000
const CHUNK = Buffer.alloc(100_000, 'x')
/** If nothing more is taken for this time, the buffers are full. */
const STILL_MS = 300

describe.each(GATEWAYS)('on %s, forward()', (name, begin) => {
  const { it, scene, send, exchange } = useGateway(name, begin)
  // Bun reads trailers as the next request: it responds 400, and the gateway sees none of them.
  const unlessOnBun = name === 'bun' ? test.skip : it

  it('removes the fields that Connection names, and those of upgrades', async () => {
    scene().upstream.takeBytes()
    const headers = {
      Connection: 'Upgrade, X-Listed, x-user',
      Upgrade: 'websocket',
      'X-Listed': 'listed',
      TE: 'trailers, deflate;q=0.5',
      'Proxy-Connection': 'keep-alive',
      'Keep-Alive': 'timeout=9',
      'X-Kept': 'kept',
    }
    const { res, response } = await exchange('GET', '/mcp', headers)
    res.writeHead(200, { Connection: 'X-Hop', 'X-Hop': 'hop', 'Keep-Alive': 'timeout=9' })
    res.end('plain')
    const { statusCode, headers: received } = await response
    expect(statusCode).toBe(200)
    expect(received).not.toHaveProperty('x-hop')
    expect(received['keep-alive']).not.toBe('timeout=9')
    expect((await readAll(await response)).toString()).toBe('plain')
    const bytes = scene().upstream.takeBytes()
    expect(bytes).toMatch(/^x-kept: kept\r$/im)
    // The gateway's own field, which the client cannot remove.
    expect(bytes).toMatch(/^x-user: user-1\r$/im)
    expect(bytes).not.toMatch(/websocket|listed|^(upgrade|te|proxy-connection|keep-alive):/im)
  })

  unlessOnBun('drops trailers of the request, which could forge its fields', async () => {
    scene().upstream.takeBytes()
    const arriving = scene().upstream.next()
    const sending = send('POST', '/mcp', { Trailer: 'X-User', 'Transfer-Encoding': 'chunked' })
    const response = responseOf(sending)
    sending.write('body')
    sending.addTrailers([
      ['X-User', 'forged'],
      ['Authorization', 'Bearer forged'],
    ])
    sending.end()
    const { req, res } = await arriving
    expect((await readAll(req)).toString()).toBe('body')
    expect(req.trailers).toEqual({})
    res.end('ok')
    expect((await readAll(await response)).toString()).toBe('ok')
    expect(scene().upstream.takeBytes()).not.toMatch(/forged|^trailer:/im)
  })

  it('drops trailers of the response', async () => {
    const { res, response } = await exchange('GET')
    // workerd reads trailers as the next response on the connection, so this one is the last.
    res.writeHead(200, { Trailer: 'WWW-Authenticate, X-Checksum', Connection: 'close' })
    res.write('body')
    res.addTrailers({ 'WWW-Authenticate': 'Basic', 'X-Checksum': '1' })
    res.end()
    const received = await response
    expect((await readAll(received)).toString()).toBe('body')
    expect(received.headers).not.toHaveProperty('trailer')
    expect(received.trailers).toEqual({})
  })

  it('answers Expect itself, and sends none to the server', async () => {
    scene().upstream.takeBytes()
    const arriving = scene().upstream.next()
    const sending = send('POST', '/mcp', { Expect: '100-continue', 'Content-Length': '4' })
    const response = responseOf(sending)
    // Clients wait for the 100 a moment only (RFC 9110 §10.1.1).
    await Promise.race([once(sending, 'continue'), new Promise((done) => setTimeout(done, 500))])
    sending.end('body')
    const { req, res } = await arriving
    expect((await readAll(req)).toString()).toBe('body')
    res.end('ok')
    expect((await response).statusCode).toBe(200)
    expect((await readAll(await response)).toString()).toBe('ok')
    expect(scene().upstream.takeBytes()).not.toMatch(/^expect:/im)
  })

  it.each([
    ['gzip', gzipSync],
    ['br', brotliCompressSync],
    ['deflate', deflateSync],
    ['identity', (text: string) => Buffer.from(text)],
    ['gzip, br', (text: string) => brotliCompressSync(gzipSync(text))],
  ] as const)('passes on a body that fits its Content-Encoding: %s', async (coding, encode) => {
    const text = 'compressed '.repeat(500)
    const encoded = encode(text)
    const { res, response } = await exchange('GET', '/mcp', { 'Accept-Encoding': coding })
    res.writeHead(200, { 'Content-Encoding': coding, 'Content-Length': `${encoded.length}` })
    res.end(encoded)
    const { headers, statusCode } = await response
    const body = await readAll(await response)
    if (name === 'bun' && coding === 'gzip, br') {
      // Its `fetch` decodes some lists, and not others.
      expect(statusCode).toBe(502)
      return
    }
    // On Node it is a pipe of bytes. `fetch` decodes what its host knows.
    const isDecoded = name !== 'node' && ['gzip', 'br', 'identity'].includes(coding)
    const isDecodedByBun = name === 'bun' && coding === 'deflate'
    const expected = isDecoded || isDecodedByBun ? Buffer.from(text) : encoded
    expect(body.equals(expected)).toBe(true)
    expect(headers['content-encoding']).toBe(expected === encoded ? coding : undefined)
    expect([undefined, `${body.length}`]).toContain(headers['content-length'])
  })

  const CUT_OFF = [
    ['of a known length', { 'Content-Length': '100' }],
    // workerd ends a body in chunks as if it were whole.
    ...(name === 'workerd' ? [] : [['in chunks', {}] as const]),
  ] as const
  it.each(CUT_OFF)('cuts a body %s off where the server is cut off', async (_title, headers) => {
    const { res, response } = await exchange('POST', '/mcp', {}, '{}')
    res.writeHead(200, headers)
    res.write('part')
    const whole = readAll(await response)
    res.destroy()
    await expect(whole).rejects.toThrow('aborted')
  })

  it('sends a POST once where the server closes a reused connection before its response', async () => {
    const first = await exchange('POST', '/mcp', {}, '{}')
    first.res.end('ok')
    await readAll(await first.response)
    scene().upstream.takeBytes()
    const { req, res, response } = await exchange('POST', '/mcp', {}, '{"method":"tools/call"}')
    await readAll(req)
    res.destroy()
    expect((await response).statusCode).toBe(502)
    await readAll(await response)
    expect(scene().upstream.takeBytes().split('tools/call')).toHaveLength(2)
  })

  it('does not take more from a fast server than a slow client takes', async () => {
    const { res, response } = await exchange('GET')
    res.writeHead(200, { 'Content-Type': 'application/octet-stream' })
    const sent = new Progress()
    // Before the response is awaited: Bun sends its head together with the first chunk.
    const writing = writeAll(res, DOWNLOAD, sent)
    const received = await response
    received.pause()
    await sent.rest()
    expect(sent.bytes).toBeLessThan(MAX_IN_TRANSIT)
    expect(await countBytes(received)).toBe(DOWNLOAD)
    await writing
    expect(sent.bytes).toBe(DOWNLOAD)
  })

  it('does not take more from a fast client than a slow server takes', async () => {
    const arriving = scene().upstream.next()
    const sending = send('PUT', '/mcp', { 'Content-Length': `${UPLOAD}` })
    const response = responseOf(sending)
    const sent = new Progress()
    const writing = writeAll(sending, UPLOAD, sent)
    const { req, res } = await arriving
    await sent.rest()
    expect(sent.bytes).toBeLessThan(MAX_IN_TRANSIT)
    expect(await countBytes(req)).toBe(UPLOAD)
    res.end('ok')
    await writing
    expect((await response).statusCode).toBe(200)
    await readAll(await response)
  })
})

/** How many bytes were taken from a writer. */
class Progress {
  bytes = 0

  /** Resolves once nothing more is taken. */
  async rest(): Promise<void> {
    for (let before = -1; before !== this.bytes; ) {
      before = this.bytes
      await new Promise((resolve) => setTimeout(resolve, STILL_MS))
    }
  }
}

interface Writer extends NodeJS.EventEmitter {
  readonly destroyed: boolean
  write(chunk: Buffer): boolean
  end(): unknown
}

async function writeAll(writer: Writer, bytes: number, sent: Progress): Promise<void> {
  // A connection that ends fails the test where its bytes are counted.
  const closed = once(writer, 'close').catch(() => {})
  while (sent.bytes < bytes && !writer.destroyed) {
    if (!writer.write(CHUNK)) await Promise.race([once(writer, 'drain'), closed])
    sent.bytes += CHUNK.length
  }
  writer.end()
}

async function countBytes(message: IncomingMessage): Promise<number> {
  let bytes = 0
  for await (const chunk of message) bytes += (chunk as Buffer).length
  return bytes
}

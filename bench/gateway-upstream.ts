/** The server behind the gateways: small answers, and streams of events. Prints its port. */

import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

const ANSWER = JSON.stringify({ jsonrpc: '2.0', id: 1, result: {} })

const server = createServer((req, res) => {
  req.resume()
  const { pathname, searchParams } = new URL(req.url ?? '', 'http://upstream.invalid')
  if (pathname === '/small') {
    res.writeHead(200, {
      'Content-Type': 'application/json',
      'Content-Length': String(ANSWER.length),
    })
    res.end(ANSWER)
    return
  }
  res.writeHead(200, { 'Content-Type': 'text/event-stream' }).flushHeaders()
  const count = Number(searchParams.get('count'))
  const pauseMs = Number(searchParams.get('pauseMs'))
  // http-proxy-3 and a bare pipe hold the head back until the first byte of the body.
  if (count === 0) res.write(': open\n\n')
  if (count > 0) void sendEvents(res, count, pauseMs)
})
// The gateways keep idle connections until their next round: none may end while a request is sent on it.
server.keepAliveTimeout = 600_000
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port))

/** Each event is a write of its own, and says when it was written: the clock is the same in all processes. */
async function sendEvents(res: ServerResponse, count: number, pauseMs: number): Promise<void> {
  for (let number = 0; number < count && !res.destroyed; number++) {
    const event = `id: ${number}\ndata: ${process.hrtime.bigint()}\n\n`
    const isFull = !res.write(event)
    if (isFull) await new Promise((resolve) => res.once('drain', resolve))
    if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs))
    else if (number % 10 === 9) await new Promise((resolve) => setImmediate(resolve))
  }
  res.end()
}

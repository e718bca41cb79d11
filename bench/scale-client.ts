/**
 * `scale-client.ts <tokens.json> <port> <seconds> <first>`: sends requests with the tokens in turn, and
 * prints how many were answered. It begins with the token at `first`. With 0 seconds it sends each token once.
 */

import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'

const CONNECTIONS = 50
/** A small JSON-RPC request. */
const BODY = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' })

const [path = '', port = '', seconds = '', first = '0'] = process.argv.slice(2)
const tokens = JSON.parse(readFileSync(path, 'utf8')) as string[]
const requests = tokens.map((token) =>
  Buffer.from(
    `POST /mcp HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${BODY.length}\r\nAuthorization: Bearer ${token}\r\n\r\n${BODY}`,
  ),
)

let next = Number(first)
let answered = 0
let open = 0
const latencies: number[] = []
const started = performance.now()
const end = Number(seconds) === 0 ? Number.POSITIVE_INFINITY : started + Number(seconds) * 1000
let left = Number(seconds) === 0 ? tokens.length : Number.POSITIVE_INFINITY

for (let count = 0; count < CONNECTIONS; count++) start()

function start(): void {
  const socket = connect({ host: '127.0.0.1', port: Number(port), noDelay: true })
  open += 1
  let sentAt = ask(socket)
  socket.on('data', (chunk) => {
    // Every server sends head and body in one write, so a chunk that begins like this is an answer.
    if (chunk.toString('latin1', 0, 9) !== 'HTTP/1.1 ') return
    if (chunk.toString('latin1', 9, 12) !== '200') throw new Error(chunk.toString('latin1'))
    answered += 1
    const now = performance.now()
    latencies.push(now - sentAt)
    if (now >= end || left <= 0) socket.end()
    else sentAt = ask(socket)
  })
  socket.on('close', finish)
}

function ask(socket: Socket): number {
  left -= 1
  next = next + 1 < requests.length ? next + 1 : 0
  socket.write(requests[next] as Buffer)
  return performance.now()
}

function finish(): void {
  open -= 1
  if (open > 0) return
  latencies.sort((one, other) => one - other)
  const p99Milliseconds = latencies[Math.floor(latencies.length * 0.99)] ?? Number.NaN
  const took = (performance.now() - started) / 1000
  console.log(JSON.stringify({ answered, seconds: took, p99Milliseconds, next }))
}

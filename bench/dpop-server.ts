/** `dpop-server.ts <fixtures.json> <redis port>`: one server on Node with a shared replay store; prints its port. */

import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { protect } from '../dist/node.js'
import { type RedisCommand, redisReplayStore } from '../dist/redis.js'
import type { Fixtures } from './fixtures.ts'
import { createResource } from './subjects.ts'

const [path = '', redisPort = ''] = process.argv.slice(2)
const { keys } = JSON.parse(readFileSync(path, 'utf8')) as Fixtures
const replay = redisReplayStore(createCommand(Number(redisPort)))
const resource = createResource(keys.ES256, { dpop: { replay } })
const server = createServer(protect(resource, () => new Response('hello')))
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port))

/** The few lines of RESP that `SET … NX` needs: simple strings, nil and errors. */
function createCommand(port: number): RedisCommand {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true })
  const waiting: { resolve(reply: string | null): void; reject(error: Error): void }[] = []
  let rest = ''
  socket.on('data', (chunk) => {
    const lines = (rest + chunk.toString('latin1')).split('\r\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      const { resolve, reject } = waiting.shift() ?? {}
      if (line.startsWith('-')) reject?.(new Error(line))
      else resolve?.(line.startsWith('$-1') ? null : line.slice(1))
    }
  })
  return (...args) =>
    new Promise((resolve, reject) => {
      waiting.push({ resolve, reject })
      const words = args.map((each) => `$${Buffer.byteLength(each)}\r\n${each}\r\n`)
      socket.write(`*${words.length}\r\n${words.join('')}`)
    })
}

/** A client for the two Redis commands that the tests need. */

import { connect, type Socket } from 'node:net'

export interface RedisClient {
  /** Rejects on an error reply, and from the moment the connection is lost. */
  command(...args: string[]): Promise<unknown>
  close(): void
}

export async function connectRedis(port: number): Promise<RedisClient> {
  const socket: Socket = connect(port, '127.0.0.1')
  const waiting: PromiseWithResolvers<unknown>[] = []
  let unread = Buffer.alloc(0)
  let lost: Error | undefined
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve).once('error', reject)
  })
  socket.on('data', (chunk) => {
    unread = Buffer.concat([unread, chunk])
    for (let reply = readReply(unread); reply !== undefined; reply = readReply(unread)) {
      unread = unread.subarray(reply.bytes)
      const next = waiting.shift()
      if (reply.value instanceof Error) next?.reject(reply.value)
      else next?.resolve(reply.value)
    }
  })
  socket.on('error', () => {})
  socket.on('close', () => {
    lost = new Error('the connection was lost')
    for (const { reject } of waiting.splice(0)) reject(lost)
  })
  return {
    command(...args) {
      if (lost !== undefined) return Promise.reject(lost)
      const reply = Promise.withResolvers<unknown>()
      waiting.push(reply)
      const bulks = args.map((arg) => `$${Buffer.byteLength(arg)}\r\n${arg}\r\n`)
      socket.write(`*${args.length}\r\n${bulks.join('')}`)
      return reply.promise
    },
    close: () => socket.destroy(),
  }
}

/** The first reply in the bytes, if all of it is there. */
function readReply(bytes: Buffer): { readonly value: unknown; readonly bytes: number } | undefined {
  const end = bytes.indexOf('\r\n')
  if (end < 0) return undefined
  const [kind, rest] = [bytes.toString('latin1', 0, 1), bytes.toString('utf8', 1, end)]
  const start = end + 2
  if (kind === '-') return { value: new Error(rest), bytes: start }
  if (kind !== '$') return { value: kind === ':' ? Number(rest) : rest, bytes: start }
  const length = Number(rest)
  if (length < 0) return { value: null, bytes: start }
  if (bytes.length < start + length + 2) return undefined
  return { value: bytes.toString('utf8', start, start + length), bytes: start + length + 2 }
}

/** What code gets that reads a body after the guard has read it: the body again, or an error instead of waiting forever. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { print } from './print.ts'

const MESSAGE = 'bearerAuth() read the body for operations: use req.body or mcp-gatehouse/fastify.'

/** Settles when the stream of a message that was read has ended. */
export function ended(req: IncomingMessage): Promise<void> {
  return new Promise((resolve) => {
    if (req.readableEnded || req.destroyed) resolve()
    else req.once('end', resolve).once('close', resolve)
  })
}

/**
 * Call it when the stream is at its end. Iterators and `pipe()` get the body, as the handler for Node of the MCP SDK 2.x
 * reads it. Listeners get an error as soon as they are set.
 */
export function serveLateReaders(req: IncomingMessage, res: ServerResponse, body: Buffer): void {
  req.on('newListener', (event) => {
    if (event === 'data' || event === 'readable') setImmediate(fail, req, res)
  })
  const again = (): Readable => Readable.from([body])
  req.pipe = (...rest) => again().pipe(...rest)
  req.iterator = (options) => again().iterator(options)
  req[Symbol.asyncIterator] = () => again().iterator()
}

function fail(req: IncomingMessage, res: ServerResponse): void {
  if (res.headersSent) return
  // Frameworks answer with the status of the error.
  const error = Object.assign(new Error(MESSAGE), { statusCode: 500, status: 500 })
  if (req.listenerCount('error')) req.emit('error', error)
  else {
    // Nothing listens for the error, and the client must not learn more.
    print(error)
    res.writeHead(500)
    res.end()
  }
}

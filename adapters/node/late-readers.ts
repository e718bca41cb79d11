/** An error for code that reads a body after the guard has read it. Without this error, the code would wait forever. */

import type { IncomingMessage, ServerResponse } from 'node:http'
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
 * Call it when the stream is at its end. Readers get an error instead of an empty body: iterators and
 * `pipe()` at once, listeners as soon as they are set.
 */
export function failLateReaders(req: IncomingMessage, res: ServerResponse): void {
  // `once()` and `prependOnceListener()` call these.
  for (const name of ['on', 'addListener', 'prependListener'] as const) {
    const add = req[name]
    req[name] = (event: string | symbol, ...rest: unknown[]) => {
      if (event === 'data' || event === 'readable') setImmediate(fail, req, res)
      return Reflect.apply(add, req, [event, ...rest])
    }
  }
  req.pipe =
    req.iterator =
    req[Symbol.asyncIterator] =
      () => {
        throw createError()
      }
}

function fail(req: IncomingMessage, res: ServerResponse): void {
  if (res.headersSent) return
  const error = createError()
  if (req.listenerCount('error')) req.emit('error', error)
  else {
    // Nothing listens for the error, and the client must not learn more.
    print(error)
    res.writeHead(500).end()
  }
}

/** Frameworks answer with the status of the error. */
function createError(): Error {
  return Object.assign(new Error(MESSAGE), { statusCode: 500, status: 500 })
}

/** Code that reads the body of a message after `bearerAuth()` has read it. */

import type { ServerResponse } from 'node:http'
import { PassThrough, Readable } from 'node:stream'
import { buffer, text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { getRequestListener } from '@hono/node-server'
import express from 'express'
import { expect, test } from 'vitest'
import { bearerAuth } from '../../../adapters/node/index.ts'
import { bearer, listen } from '../../support/node-server.ts'
import { setUp } from '../../support/setup-resource.ts'

type Read = (req: express.Request) => unknown

const CALL = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name: 'delete_note' },
})

/** What a read of the body leads to: the status, and what the reader got. */
async function statusOf(read: Read): Promise<{ status: number; got: unknown[] }> {
  const { resource, issuer } = await setUp({
    options: { operations: { 'tools/call delete_note': ['delete'] } },
  })
  const got: unknown[] = []
  const app = express()
  app.use(bearerAuth(resource), async (req, res) => {
    got.push(await read(req))
    if (!res.headersSent) res.end('handled')
  })
  // Express prints errors that reach it.
  app.use(((error, _req, res, _next) => {
    res.status(error.status).end(error.message)
  }) satisfies express.ErrorRequestHandler)
  const client = await listen(app)
  const headers = {
    ...bearer(await issuer.token({ scope: 'delete' })),
    'content-type': 'application/json',
  }
  const response = await client.send({ method: 'POST', path: '/mcp', headers, body: CALL })
  if (response.status === 500) {
    expect(response.body.toString()).toMatch(/^bearerAuth\(\) read the body for operations/)
  }
  return { status: response.status, got }
}

const READS: readonly (readonly [string, Read])[] = [
  [
    'for await',
    async (req) => {
      let body = ''
      for await (const chunk of req) body += chunk
      return body
    },
  ],
  ['iterator()', async (req) => String((await req.iterator().next()).value)],
  ['text() of node:stream/consumers', (req) => text(req)],
  ['buffer() of node:stream/consumers', async (req) => String(await buffer(req))],
  ['toArray()', async (req) => String(await req.toArray())],
  ['Readable.from()', async (req) => String(await Readable.from(req).toArray())],
  ['pipe()', async (req) => String(await req.pipe(new PassThrough()).toArray())],
  [
    'pipeline()',
    async (req) => {
      const into = new PassThrough()
      await pipeline(req, into)
      return text(into)
    },
  ],
  ['a second read', async (req) => (await text(req)) && text(req)],
]

const LISTENERS: readonly (readonly [string, Read])[] = [
  ['on()', (req) => listening(req, 'on')],
  ['prependListener()', (req) => listening(req, 'prependListener')],
  ['once()', (req) => listening(req, 'once')],
  ['prependOnceListener()', (req) => listening(req, 'prependOnceListener')],
]

type Listen = 'on' | 'prependListener' | 'once' | 'prependOnceListener'

function listening(req: express.Request, method: Listen): Promise<void> {
  return new Promise((resolve, reject) => {
    req[method]('data', () => {})
    req.once('end', resolve).once('error', reject)
  })
}

test.each(READS)('get the body again: %s', async (_, read) => {
  expect(await statusOf(read)).toEqual({ status: 200, got: [CALL] })
})

test.each(LISTENERS)('get an error instead of an empty body: %s', async (_, read) => {
  expect(await statusOf(read)).toEqual({ status: 500, got: [] })
})

test('get the value in req.body', async () => {
  expect(await statusOf((req) => req.body)).toEqual({ status: 200, got: [JSON.parse(CALL)] })
})

test('pass the parsers of Express 4, which look at req._body', async () => {
  const read = (req: express.Request & { _body?: boolean }): unknown =>
    req._body === true ? req.body : text(req)
  expect(await statusOf(read)).toEqual({ status: 200, got: [JSON.parse(CALL)] })
})

test('get the bytes in req.rawBody, as the listener of Hono in the transport of the MCP SDK 1.x does', async () => {
  const read: Read = async (req) => {
    let body: string | undefined
    const listener = getRequestListener(async (request) => {
      body = await request.text()
      return new Response()
    })
    await listener(req, req.res as ServerResponse)
    return body
  }
  expect(await statusOf(read)).toEqual({ status: 200, got: [CALL] })
})

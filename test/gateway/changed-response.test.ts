/** A handler that does more with the response of `forward()` than returning it. */

import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { protect } from '../../adapters/node/index.ts'
import { forward } from '../../src/gateway/index.ts'
import { bearer, listen } from '../support/node-server.ts'
import { createScene } from '../support/scene.ts'
import { startUpstream } from '../support/upstream.ts'
import { createGateway, WAYS } from './scene.ts'

const SENT = '{"ok":true}'
type Change = (response: Response) => Response | Promise<Response>

/** What the handler returns, and the body that the client receives. */
const CHANGES: Readonly<Record<string, readonly [Change, string]>> = {
  'its text': [async (it) => new Response(`${await it.text()}!`, it), `${SENT}!`],
  'its JSON': [async (it) => Response.json({ of: await it.json() }), `{"of":${SENT}}`],
  'its bytes': [async (it) => new Response(await it.bytes(), it), SENT],
  'its buffer': [async (it) => new Response(await it.arrayBuffer(), it), SENT],
  'its blob': [async (it) => new Response((await it.blob()).type), 'application/json'],
  'its stream': [(it) => new Response(it.body?.pipeThrough(new TransformStream()), it), SENT],
  'itself after a look at a copy': [
    async (it) => {
      it.headers.append('X-Length', `${(await it.clone().text()).length}`)
      return it
    },
    SENT,
  ],
}

describe.each(WAYS)('through %s', (way) => {
  it.each(Object.entries(CHANGES))('a handler can return %s', async (_name, [change, body]) => {
    const upstream = await startUpstream((_req, res) => {
      res.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': SENT.length })
      res.end(SENT)
    })
    const gateway = await createGateway(way, upstream.url, { change })
    const response = await gateway.ask()
    expect({ status: response.status, body: await response.text() }).toEqual({ status: 200, body })
  })
})

it('a copy of the request gets content that is not encoded', async () => {
  const upstream = await startUpstream((req, res) => {
    const isEncoded = req.headers['accept-encoding'] === 'gzip'
    res.writeHead(200, isEncoded ? { 'Content-Encoding': 'gzip' } : {})
    res.end(isEncoded ? gzipSync(SENT) : SENT)
  })
  const { resource, issuer } = await createScene()
  const pass = forward(upstream.url)
  const client = await listen(
    protect(resource, async (request, auth) =>
      Response.json({ of: await (await pass(new Request(request), auth)).json() }),
    ),
  )
  const headers = { ...bearer(await issuer.token()), 'accept-encoding': 'gzip' }
  const { status, body } = await client.send({ method: 'POST', path: '/mcp', headers, body: '{}' })
  expect([status, body.toString()]).toEqual([200, `{"of":${SENT}}`])
})

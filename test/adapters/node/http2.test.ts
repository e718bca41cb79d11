/** HTTP/2: the fields of a response, clients that left, bodies that are cut off, and client certificates. */

import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import http2, { type ClientHttp2Session, type ClientHttp2Stream } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { bearerAuth, type Listener, protect } from '../../../adapters/node/index.ts'
import { forward } from '../../../src/gateway/index.ts'
import { createCertificate } from '../../support/certificate.ts'
import { METADATA_URL } from '../../support/issuer.ts'
import { bearer, portOf, start } from '../../support/node-server.ts'
import { bearerChallenge } from '../../support/rejection.ts'
import { setUp } from '../../support/setup-resource.ts'

const certificate = createCertificate()
const IDENTITY = { key: certificate.key, cert: certificate.pem }
const { NGHTTP2_CANCEL, NGHTTP2_INTERNAL_ERROR } = http2.constants
const text = new TextEncoder()

const closings: (() => void)[] = []
afterEach(() => {
  for (const close of closings.splice(0)) close()
  vi.restoreAllMocks()
})

async function connect(listener: Listener, identity: object = {}): Promise<ClientHttp2Session> {
  const tls = { ...IDENTITY, requestCert: true, rejectUnauthorized: false }
  const server = http2.createSecureServer(tls, listener as never).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const client = http2.connect(`https://127.0.0.1:${port}`, { ca: certificate.pem, ...identity })
  closings.push(() => {
    client.destroy()
    server.close()
  })
  return client
}

function ask(client: ClientHttp2Session, fields: object = {}): ClientHttp2Stream {
  return client.request({ ':path': '/mcp', ...fields })
}

describe('over HTTP/2', () => {
  it('reads the body of a rejected request, which the session of a client on Node counts until it is sent', async () => {
    const { resource } = await setUp()
    let calls = 0
    const client = await connect(
      protect(resource, () => {
        calls += 1
        return new Response('handled')
      }),
    )
    const outcomes: unknown[] = []
    for (const length of [4e6, 4e6, 4e6, 4e6, 0]) {
      const stream = ask(client, { ':method': 'POST' })
      stream.end(Buffer.alloc(length))
      const [headers] = (await once(stream, 'response')) as [Record<string, unknown>]
      outcomes.push([headers[':status'], headers['www-authenticate']])
      stream.resume()
      await once(stream, 'close')
    }
    const challenge = bearerChallenge(undefined, undefined, METADATA_URL)
    expect(outcomes).toEqual(Array(5).fill([401, challenge]))
    expect(calls).toBe(0)
  })

  it('drops what concerns connections of HTTP/1 from a response, without a warning', async () => {
    const { resource, issuer } = await setUp()
    const warnings = vi.spyOn(process, 'emitWarning')
    const headers = {
      Connection: 'keep-alive',
      'Keep-Alive': 'timeout=5',
      'Proxy-Connection': 'keep-alive',
      'Transfer-Encoding': 'chunked',
      Upgrade: 'h2c',
      Trailer: 'Digest',
    }
    const client = await connect(
      protect(resource, () => new Response('whole', { headers, statusText: 'Fine' })),
    )
    const stream = ask(client, bearer(await issuer.token()))
    const [fields] = (await once(stream, 'response')) as [Record<string, unknown>]
    expect(Object.keys(fields).sort()).toEqual([
      ':status',
      'cache-control',
      'content-type',
      'date',
      'trailer',
      'vary',
    ])
    expect(Buffer.concat(await stream.toArray()).toString()).toBe('whole')
    expect(warnings.mock.calls).toEqual([])
  })

  it('sends the whole 500 for a session id that cannot be sealed', async () => {
    const sessions = { secret: 'a secret of at least thirty-two bytes' }
    const { resource, issuer } = await setUp({ options: { sessions } })
    const guard = bearerAuth(resource)
    const client = await connect(async (req, res) =>
      guard(req, res, () => void res.writeHead(200, { 'Mcp-Session-Id': 'a b' }).end('whole')),
    )
    const stream = ask(client, bearer(await issuer.token()))
    const [fields] = (await once(stream, 'response')) as [Record<string, unknown>]
    const body = JSON.parse(Buffer.concat(await stream.toArray()).toString())
    expect([fields[':status'], fields['www-authenticate']]).toEqual([500, undefined])
    expect(body).toMatchObject({ error: 'server_error' })
  })

  it('cancels the body where the client leaves before and during the response', async () => {
    const { resource, issuer } = await setUp()
    const cancelled: string[] = []
    const signals: AbortSignal[] = []
    const client = await connect(
      protect(resource, async (request) => {
        signals.push(request.signal)
        const { search } = new URL(request.url)
        if (search === '?before') await once(request.signal, 'abort')
        const body = new ReadableStream({
          pull: (controller) => controller.enqueue(text.encode('data: 1\n\n')),
          cancel: () => void cancelled.push(search),
        })
        return new Response(body)
      }),
    )
    for (const [search, event] of [
      ['?before', 'ready'],
      ['?during', 'response'],
    ] as const) {
      const stream = ask(client, { ':path': `/mcp${search}`, ...bearer(await issuer.token()) })
      if (event === 'response') await once(stream, event)
      else await vi.waitFor(() => expect(signals).toHaveLength(1))
      stream.close(NGHTTP2_CANCEL)
      await vi.waitFor(() => expect(cancelled).toContain(search))
    }
    expect(signals.map((signal) => signal.aborted)).toEqual([true, true])
  })

  // Before Node 26, such a stream stays until the connection ends.
  it('cancels the body where the client closes a full stream without an error', async () => {
    const { resource, issuer } = await setUp()
    const cancelled = vi.fn()
    const signals: AbortSignal[] = []
    const client = await connect(
      protect(resource, (request) => {
        signals.push(request.signal)
        const pull = (controller: ReadableStreamDefaultController<Uint8Array>): void =>
          controller.enqueue(new Uint8Array(65_536))
        return new Response(new ReadableStream({ pull, cancel: cancelled }))
      }),
    )
    const stream = ask(client, bearer(await issuer.token()))
    await once(stream, 'readable')
    stream.close()
    await vi.waitFor(() => expect(cancelled).toHaveBeenCalledOnce())
    expect(signals.map((signal) => signal.aborted)).toEqual([true])
  })

  it('breaks a response off whose body fails, so that it does not look whole', async () => {
    const { resource, issuer } = await setUp()
    const print = vi.spyOn(console, 'error').mockImplementation(() => {})
    const upstream = await start(
      createServer((_req, res) => {
        res.write('data: 1\n\n')
        setImmediate(() => res.destroy())
      }),
    )
    const failing = (): Response => {
      let isFirst = true
      const pull = async (controller: ReadableStreamDefaultController): Promise<void> => {
        if (isFirst) controller.enqueue(text.encode('data: 1\n\n'))
        else await Promise.reject(new Error('The source failed.'))
        isFirst = false
      }
      return new Response(new ReadableStream({ pull }, { highWaterMark: 0 }))
    }
    for (const handler of [failing, forward(`http://127.0.0.1:${portOf(upstream)}/mcp`)]) {
      const client = await connect(protect(resource, handler))
      const stream = ask(client, bearer(await issuer.token()))
      const ended = vi.fn()
      stream.on('end', ended).resume()
      const [error] = (await once(stream, 'error')) as [NodeJS.ErrnoException]
      expect(error.code).toBe('ERR_HTTP2_STREAM_ERROR')
      expect(stream.rstCode).toBe(NGHTTP2_INTERNAL_ERROR)
      expect(ended).not.toHaveBeenCalled()
    }
    expect(print.mock.calls).toEqual([[new Error('The source failed.')]])
  })

  it('takes the certificate from the socket', async () => {
    const { resource, issuer } = await setUp({ options: { mtls: { required: true } } })
    let handled = 0
    const listener = protect(resource, (_request, auth) => {
      handled += 1
      return new Response(auth.subject)
    })
    const digest = createHash('sha256').update(certificate.der).digest('base64url')
    const headers = bearer(await issuer.token({ cnf: { 'x5t#S256': digest } }))
    const accepted = ask(await connect(listener, IDENTITY), headers)
    expect(Buffer.concat(await accepted.toArray()).toString()).toBe('user-1')
    const rejected = ask(await connect(listener), headers)
    const [fields] = (await once(rejected, 'response')) as [Record<string, unknown>]
    expect(fields[':status']).toBe(401)
    expect(fields['www-authenticate']).toBe(
      bearerChallenge('invalid_token', undefined, METADATA_URL),
    )
    expect(handled).toBe(1)
  })
})

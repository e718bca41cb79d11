/** The request that handlers get on Node, beside a `Request` that was constructed with the same message. */

import { once } from 'node:events'
import { Agent, createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import http2 from 'node:http2'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it, onTestFinished, test, vi } from 'vitest'
import { protect } from '../../../adapters/node/index.ts'
import { convertRequest } from '../../../adapters/node/request.ts'
import { bodyReaderOf } from '../../../src/http/body-reader.ts'
import { bearer, listen, portOf, start } from '../../support/node-server.ts'
import { setUp } from '../../support/setup-resource.ts'

const CALL = '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"ü"}}'
const MULTIPART = '--b\r\nContent-Disposition: form-data; name="a"\r\n\r\none\r\n--b--\r\n'

interface Message {
  readonly method: string
  readonly type?: string
  readonly body?: string | Uint8Array
  readonly isChunked?: boolean
}

const MESSAGES: Readonly<Record<string, Message>> = {
  'a GET': { method: 'GET' },
  'an empty POST': { method: 'POST' },
  'a call': { method: 'POST', type: 'application/json', body: CALL },
  'a call in chunks': { method: 'POST', type: 'application/json', body: CALL, isChunked: true },
  'a call after a byte order mark': { method: 'POST', body: `\uFEFF${CALL}` },
  'a long text': { method: 'PUT', type: 'text/plain', body: 'x'.repeat(300_000) },
  'bytes that are not UTF-8': { method: 'POST', body: Uint8Array.of(0x7b, 0xff, 0xc3, 0x7d) },
  'a form': { method: 'POST', type: 'application/x-www-form-urlencoded', body: 'a=1&b=%C3%BC' },
  'a form in parts': { method: 'POST', type: 'multipart/form-data; boundary=b', body: MULTIPART },
  'a DELETE with a body': { method: 'DELETE', type: 'text/plain;charset=utf-8', body: 'gone' },
}

type Observe = (request: Request) => unknown

const stateOf = (request: Request): unknown => [request.bodyUsed, request.body?.locked]

/** A method that reads the whole body: the state on the way, the result, the state after, and a second call. */
function reads(read: (request: Request) => Promise<unknown>): Observe {
  return async (request) => {
    const before = request.bodyUsed
    const first = outcome(() => read(request))
    const during = request.bodyUsed
    return [before, during, await first, stateOf(request), await outcome(() => read(request))]
  }
}

const OBSERVATIONS: Readonly<Record<string, Observe>> = {
  'text()': reads((request) => request.text()),
  'json()': reads((request) => request.json()),
  'bytes()': reads(async (request) => [...(await request.bytes())]),
  'arrayBuffer()': reads(async (request) => [...new Uint8Array(await request.arrayBuffer())]),
  'blob()': reads(async (request) => {
    const blob = await request.blob()
    return [blob.type, await blob.text()]
  }),
  'formData()': reads(async (request) => [...(await request.formData())]),
  'text() after body was asked for': reads((request) => {
    stateOf(request)
    return request.text()
  }),
  'every chunk of body': async (request) => {
    const chunks: Uint8Array[] = []
    for await (const chunk of request.body ?? []) chunks.push(chunk)
    return [Buffer.concat(chunks).toString('latin1'), stateOf(request), await textOf(request)]
  },
  'a reader of body': async (request) => {
    const reader = request.body?.getReader()
    const states = [stateOf(request), await textOf(request)]
    await reader?.read()
    states.push(stateOf(request))
    reader?.releaseLock()
    return [states, stateOf(request), await textOf(request)]
  },
  'body.cancel()': async (request) => {
    await request.body?.cancel()
    return [stateOf(request), await textOf(request)]
  },
  'body as the body of a response': async (request) => {
    const text = await new Response(request.body).text()
    return [text, stateOf(request), await textOf(request)]
  },
  'body.tee()': async (request) => {
    const [one, two] = request.body?.tee() ?? []
    return [await textIn(one), await textIn(two), stateOf(request)]
  },
  'two clones': async (request) => {
    const copies = [request.clone(), request.clone()]
    const states = [request, ...copies].map(stateOf)
    const texts = await Promise.all([...copies, request].map(textOf))
    return [states, texts, stateOf(request), outcomeOf(() => request.clone())]
  },
  'a clone of a used request': async (request) => {
    const text = await request.text()
    return [text, outcomeOf(() => request.clone()), outcomeOf(() => new Request(request))]
  },
  'new Request(request)': async (request) => {
    const copy = new Request(request, { headers: { a: 'b' } })
    return [membersOf(copy), await textOf(copy), stateOf(request), await textOf(request)]
  },
  'new Request(url, request)': async (request) => {
    const copy = new Request('http://upstream.example/', request)
    return [membersOf(copy), await textOf(copy), stateOf(request)]
  },
  'fetch(request)': async (request) => {
    const response = await fetch(request)
    return [await response.text(), request.bodyUsed]
  },
  'its members': (request) => [membersOf(request), request.url],
  'its kind': (request) => [
    request instanceof Request,
    Object.prototype.toString.call(request),
    request.headers instanceof Headers,
    request.body === null || request.body instanceof ReadableStream,
    request.signal instanceof AbortSignal,
    new Set([request.body, request.body]).size,
    new Set([request.signal, request.signal, request.headers, request.headers]).size,
  ],
}

/** What happened to the body before the handler gets the request. */
const PREPARATIONS: Readonly<Record<string, (request: Request) => Promise<void>>> = {
  'at once': async () => {},
  later: async () => {
    for (let turns = 0; turns < 3; turns++) await turn()
  },
  'after it was read ahead': async (request) => {
    const reader = bodyReaderOf(request)
    for (let isDone = reader === undefined; !isDone; )
      isDone = (await reader?.read())?.done === true
  },
  'after its whole was taken ahead': async (request) => {
    await turn()
    bodyReaderOf(request)?.whole()
  },
  'after a part was read ahead': async (request) => {
    const reader = bodyReaderOf(request)
    await reader?.read()
    await reader?.cancel()
  },
}

describe.each(Object.entries(PREPARATIONS))('a request of Node, used %s', (_when, prepare) => {
  it.each(Object.entries(OBSERVATIONS))('has the %s of the platform', async (_what, observe) => {
    const ours: unknown[] = []
    const echo = await start(createServer((req, res) => void req.pipe(res)))
    const origin = `http://127.0.0.1:${portOf(echo)}`
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    onTestFinished(() => agent.destroy())
    const client = await listen(async (req, res) => {
      const request = convertRequest(req, res, origin)
      if (!('method' in request)) throw new TypeError('No Request can represent the message.')
      await prepare(request)
      ours.push(await outcome(async () => observe(request)))
      res.end()
    }, agent)
    for (const [name, message] of Object.entries(MESSAGES)) {
      const headers = fieldsOf(message)
      const { method, body } = message
      const sent = { method, path: '/mcp?a', headers, ...(body && { body: Buffer.from(body) }) }
      // The third one is a copy of the second.
      for (let count = 0; count < 3; count++) await client.send(sent)
      const request = platformRequest(`${origin}/mcp?a`, message)
      const theirs = await outcome(async () => observe(request))
      expect([name, ...ours.splice(0)]).toEqual([name, theirs, theirs, theirs])
    }
  })
})

describe('a request of Node', () => {
  test('rejects the readers of a body whose client left, also after it was read ahead', async () => {
    for (const isReadAhead of [false, true]) {
      const outcomes: unknown[] = []
      const seen = Promise.withResolvers<void>()
      const server = await start(
        createServer(async (req, res) => {
          const request = convertRequest(req, res, 'https://rs.example') as Request
          if (isReadAhead) await bodyReaderOf(request)?.read()
          const copy = request.clone()
          const texts = [request, copy].map(textOf)
          req.socket.destroy()
          outcomes.push(...(await Promise.all(texts)), request.signal.aborted)
          seen.resolve()
        }),
      )
      const socket = connect(portOf(server), '127.0.0.1').on('error', () => {})
      socket.write('POST /mcp HTTP/1.1\r\nHost: rs.example\r\nContent-Length: 100\r\n\r\n{')
      await seen.promise
      expect(outcomes).toEqual(['Error', 'Error', true])
    }
  })

  test.each([
    ['HTTP/1', 'before', startPlain],
    ['HTTP/1', 'after', startPlain],
    ['HTTP/2', 'before', startSecond],
    ['HTTP/2', 'after', startSecond],
    ['HTTP/2 with a part', 'before', () => startSecond('{')],
    ['HTTP/2 with a part', 'after', () => startSecond('{')],
  ])(
    'fails where the client left before the end: %s, the read begins %s that',
    async (_, when, open) => {
      const { req, res, leave } = await open()
      const request = convertRequest(req, res, 'https://rs.example') as Request
      const early = when === 'before' ? textOf(request) : undefined
      await turn()
      const closed = new Promise((resolve) => req.once('close', resolve))
      leave()
      await closed
      await turn()
      expect(await (early ?? textOf(request))).toMatch(/Error$/)
    },
  )

  test('reports a failure to every later reader: a part is never taken for the whole', async () => {
    const { req, request } = await interrupted()
    const reader = bodyReaderOf(request)
    expect((await reader?.read())?.value).toEqual(Buffer.from('{'))
    const second = reader?.read()
    req.destroy(new Error('gone'))
    await expect(second).rejects.toThrow('gone')
    await expect(bodyReaderOf(request)?.read()).resolves.toMatchObject({ done: false })
    await expect(request.text()).rejects.toThrow('gone')
  })

  test('fails after the response, which discards the rest: a part is never taken for the whole', async () => {
    for (const isReadAhead of [false, true]) {
      const { req, res, request, socket } = await interrupted()
      const reader = bodyReaderOf(request)
      if (isReadAhead) await reader?.read()
      res.end()
      await once(res, 'close')
      socket.write('x'.repeat(99))
      await once(req, 'end')
      await expect(reader?.read()).rejects.toThrow('The body was discarded.')
      expect(bodyReaderOf(request)).toBeUndefined()
      expect([request.bodyUsed, await textOf(request)]).toEqual([true, 'TypeError'])
    }
  })

  test('does not offer to read ahead what has a stream or was used', async () => {
    const { req, request } = await interrupted()
    expect(bodyReaderOf(request)).toMatchObject({ read: expect.any(Function) })
    expect(request.body).toBeInstanceOf(ReadableStream)
    expect(bodyReaderOf(request)).toBeUndefined()
    req.destroy()
  })

  test('fails to read ahead what a handler takes at the same time', async () => {
    const { req, request } = await interrupted()
    const reader = bodyReaderOf(request)
    await reader?.read()
    const stream = request.body?.getReader()
    expect((await stream?.read())?.value).toEqual(Buffer.from('{'))
    const [ahead, next] = [reader?.read(), stream?.read()]
    req.push('}')
    expect((await next)?.value).toEqual(Buffer.from('}'))
    await expect(ahead).resolves.toMatchObject({ done: false })
    req.push(' ')
    await stream?.read()
    await expect(reader?.read()).rejects.toThrow('The body is being read elsewhere.')
    req.destroy()
  })
})

describe('protect() with operations', () => {
  test('reads the body without a clone, and the handler reads it again', async () => {
    const options = { operations: { '*': ['call'] } }
    const { resource, issuer } = await setUp({ options })
    const clone = vi.spyOn(Request.prototype, 'clone')
    const texts: string[] = []
    const listener = protect(resource, async (request) => {
      texts.push(await request.text())
      return new Response('handled')
    })
    const client = await listen(listener)
    const headers = {
      ...bearer(await issuer.token({ scope: 'call' })),
      'content-type': 'application/json',
    }
    for (const body of [CALL, CALL.replace('ü', 'x'.repeat(100_000))]) {
      const response = await client.send({ method: 'POST', path: '/mcp', headers, body })
      expect([response.status, texts.at(-1)]).toEqual([200, body])
    }
    expect(clone).not.toHaveBeenCalled()
    clone.mockRestore()
  })

  test('clones a request whose stream a function of the application has asked for', async () => {
    const options = { operations: { '*': ['call'] } }
    const { resource, issuer } = await setUp({ options })
    const bodies: unknown[] = []
    const listener = protect(
      resource,
      async (request) => Response.json([request.bodyUsed, await request.json()]),
      (request) => {
        bodies.push(request.body)
        return { optional: false }
      },
    )
    const client = await listen(listener)
    const headers = {
      ...bearer(await issuer.token({ scope: 'call' })),
      'content-type': 'application/json',
    }
    const response = await client.send({ method: 'POST', path: '/mcp', headers, body: CALL })
    expect(JSON.parse(response.body.toString())).toEqual([false, JSON.parse(CALL)])
    expect(bodies).toEqual([expect.any(ReadableStream)])
  })
})

function fieldsOf({ type, body, isChunked }: Message): Record<string, string> {
  const framing = { 'content-length': `${Buffer.from(body ?? '').byteLength}` }
  return {
    'x-own': 'a, b',
    ...(type && { 'content-type': type }),
    ...(isChunked === true ? { 'transfer-encoding': 'chunked' } : framing),
  }
}

function platformRequest(url: string, message: Message): Request {
  const { method, body } = message
  const start = (controller: ReadableStreamDefaultController): void => {
    controller.enqueue(Buffer.from(body ?? ''))
    controller.close()
  }
  const stream = body === undefined ? null : new ReadableStream({ start })
  const init = { method, headers: fieldsOf(message), body: stream, duplex: 'half' }
  return new Request(url, init as RequestInit)
}

function membersOf(request: Request): unknown {
  const { method, cache, credentials, destination, integrity, keepalive, mode } = request
  const { redirect, referrer, referrerPolicy, signal } = request
  const own = [...request.headers].filter(([name]) => !/^(?:host|connection)$/.test(name))
  return [
    [method, cache, credentials, destination, integrity, keepalive, mode, redirect, referrer],
    [referrerPolicy, signal.aborted, Reflect.get(request, 'duplex')],
    own,
  ]
}

async function textIn(stream: ReadableStream | undefined): Promise<string> {
  return new Response(stream ?? null).text()
}

/** The text, or the name of the error. */
function textOf(request: Request): Promise<unknown> {
  return outcome(() => request.text())
}

async function outcome(run: () => Promise<unknown>): Promise<unknown> {
  try {
    return await run()
  } catch (error) {
    return (error as Error).name
  }
}

function outcomeOf(run: () => unknown): unknown {
  try {
    run()
    return 'done'
  } catch (error) {
    return (error as Error).name
  }
}

interface Begun {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  leave(): void
}

/** A message of unknown length, of which the head has come. */
async function startPlain(): Promise<Begun> {
  const server = await start(createServer())
  const socket = connect(portOf(server), '127.0.0.1').on('error', () => {})
  socket.write('POST /mcp HTTP/1.1\r\nHost: rs.example\r\nTransfer-Encoding: chunked\r\n\r\n')
  const [req, res] = await once(server, 'request')
  return { req, res, leave: () => socket.destroy() }
}

async function startSecond(part?: string): Promise<Begun> {
  const server = http2.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const session = http2.connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  onTestFinished(() => {
    session.destroy()
    server.close()
  })
  const stream = session.request({ ':method': 'POST', ':path': '/mcp' }).on('error', () => {})
  if (part !== undefined) stream.write(part)
  const [req, res] = await once(server, 'request')
  return { req, res, leave: () => void stream.destroy(new Error('gone')) }
}

/** A message of which one byte has come. */
async function interrupted(): Promise<{
  req: IncomingMessage
  res: ServerResponse
  request: Request
  socket: Socket
}> {
  const server = await start(createServer())
  const socket = connect(portOf(server), '127.0.0.1').on('error', () => {})
  socket.write('POST /mcp HTTP/1.1\r\nHost: rs.example\r\nContent-Length: 100\r\n\r\n{')
  const [req, res] = await once(server, 'request')
  return { req, res, request: convertRequest(req, res, 'https://rs.example') as Request, socket }
}

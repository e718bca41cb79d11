/** `mcp-gatehouse issuer`: the development issuer as a process. */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createEndpoints, type Endpoints } from './endpoints.ts'
import { ISSUER_USAGE, parseIssuerArguments } from './options.ts'

/** The streams of the process, and the signal that ends the issuer. */
export interface IssuerIo {
  readonly out: (text: string) => void
  readonly err: (text: string) => void
  /** Settles when the process is asked to end. */
  readonly stopped: () => Promise<void>
}

const MAX_BODY_BYTES = 65_536

/** Runs until the process is asked to end. @returns The exit code. */
export async function runIssuer(args: readonly string[], io: IssuerIo): Promise<0 | 2> {
  const options = parseIssuerArguments(args)
  if (options === 'help') {
    io.out(ISSUER_USAGE)
    return 0
  }
  if ('problem' in options) {
    io.err(`${options.problem}\n\n${ISSUER_USAGE}`)
    return 2
  }
  let issuer = ''
  let endpoints: Endpoints | undefined
  const server = createServer((req, res) => {
    serve(
      req,
      res,
      issuer,
      async (request) => (await endpoints?.respond(request)) ?? new Response(null),
    ).catch(() =>
      // The failure `unreachable`, or a client that went away.
      res.destroy(),
    )
  })
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(options.port, '127.0.0.1', resolve)
    })
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException
    const reason = code === 'EADDRINUSE' ? 'another program uses it' : code
    io.err(`--port ${options.port} cannot be used: ${reason}. Give another one, or 0 for any.\n`)
    return 2
  }
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  endpoints = createEndpoints(issuer, options)
  const ended = io.stopped()
  io.out(`issuer ${issuer}\n`)
  for (const token of await endpoints.createTokens()) io.out(`token ${token}\n`)
  io.err(
    `For development on this machine only: it listens on 127.0.0.1, without passwords.\nresource ${options.resource}\ngrants   ${issuer}/\n`,
  )
  await ended
  server.close()
  server.closeAllConnections()
  return 0
}

async function serve(
  req: IncomingMessage,
  res: ServerResponse,
  origin: string,
  respond: (request: Request) => Promise<Response>,
): Promise<void> {
  const body = await readBody(req)
  if (body === undefined) {
    res.writeHead(413, { Connection: 'close' }).end()
    return
  }
  const gone = new AbortController()
  res.once('close', () => gone.abort())
  const hasBody = req.method !== 'GET' && req.method !== 'HEAD'
  const request = new Request(urlOf(req.url ?? '/', origin), {
    method: req.method ?? 'GET',
    headers: [...headersOf(req)],
    signal: gone.signal,
    ...(hasBody ? { body: new Uint8Array(body) } : {}),
  })
  const response = await respond(request)
  res.writeHead(response.status, Object.fromEntries(response.headers))
  res.end(Buffer.from(await response.arrayBuffer()))
}

/** In origin form the target is appended as text, since a parser takes `//x` for a host. */
function urlOf(target: string, origin: string): string {
  if (target.startsWith('/')) return origin + target
  const { pathname, search } = new URL(target, origin)
  return origin + pathname + search
}

function* headersOf({ rawHeaders }: IncomingMessage): Generator<[name: string, value: string]> {
  for (let index = 0; index < rawHeaders.length; index += 2) {
    yield [rawHeaders[index] ?? '', rawHeaders[index + 1] ?? '']
  }
}

async function readBody(req: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of req as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > MAX_BODY_BYTES) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

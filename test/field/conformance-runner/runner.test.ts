/**
 * The published MCP conformance runner against a server of the SDK: alone, and behind `bearerAuth()` with `operations`.
 * The runner sends no token, so a stage in front of the guard adds one.
 */

import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { type AuthEvent, protectedResource } from 'mcp-gatehouse'
import { bearerAuth } from 'mcp-gatehouse/node'
import { createTestIssuer } from 'mcp-gatehouse/testing'
import { afterEach, expect, it } from 'vitest'
import { createMcpHandler } from './server.ts'

const FOLDER = fileURLToPath(new URL('.', import.meta.url))

/** Scenarios that the server passes alone, so that a run without any result cannot succeed. */
const AT_LEAST = 25

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

it('passes behind the guard each scenario that it passes alone', async () => {
  const bare = await run(await serve(() => withBody(createMcpHandler())))
  const events: AuthEvent[] = []
  const guarded = await run(await serve((url) => behindGuard(url, events)))

  const passed = Object.keys(bare).filter((name) => bare[name] === true)
  expect(passed.length).toBeGreaterThanOrEqual(AT_LEAST)
  expect(passed.filter((name) => guarded[name] !== true)).toEqual([])
  expect(Object.keys(guarded)).toEqual(Object.keys(bare))
  const accepted = events.filter(({ type }) => type === 'accepted')
  expect(accepted.length).toBeGreaterThan(passed.length)
  // The scenario against DNS rebinding sends a foreign `Origin`, which the server alone does not reject.
  const codes = events.flatMap((event) => (event.type === 'refused' ? [event.code] : []))
  expect(codes).toEqual(['origin_refused'])
  expect([bare, guarded].map((results) => results['dns-rebinding-protection'])).toEqual([
    false,
    true,
  ])
})

async function serve(create: (url: string) => RequestListener | Promise<RequestListener>) {
  const server = createServer().listen(0, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`
  server.on('request', await create(url))
  return url
}

async function behindGuard(url: string, events: AuthEvent[]): Promise<RequestListener> {
  const issuer = createTestIssuer({ resource: url })
  const resource = protectedResource({
    resource: url,
    authorizationServers: [issuer.issuer],
    fetch: issuer.fetch,
    operations: () => ['mcp'],
    onEvent: (event) => events.push(event),
  })
  const guard = bearerAuth(resource)
  const token = await issuer.token({ scope: 'mcp' })
  const handle = withBody(createMcpHandler())
  return (request, response) => {
    request.headers.authorization = `Bearer ${token}`
    request.rawHeaders.push('Authorization', `Bearer ${token}`)
    guard(request, response, (error?: unknown) => {
      if (error === undefined) handle(request, response)
      else response.writeHead(500).end(String(error))
    })
  }
}

/** Reads the body as a framework does, and passes it on. */
function withBody(handle: ReturnType<typeof createMcpHandler>): RequestListener {
  return async (request, response) => {
    // With `operations`, the guard leaves the parsed body in `req.body`.
    const { body } = request as { readonly body?: unknown }
    const isRead = body !== undefined || request.method !== 'POST'
    await handle(request, response, isRead ? body : await readJson(request))
  }
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  const text = Buffer.concat(chunks).toString()
  return text === '' ? undefined : JSON.parse(text)
}

/** Whether each scenario passed, from the summary that the runner prints. */
async function run(url: string): Promise<Record<string, boolean>> {
  const program = fileURLToPath(
    new URL('node_modules/@modelcontextprotocol/conformance/dist/index.js', import.meta.url),
  )
  const output = await new Promise<string>((resolve) => {
    const argv = [program, 'server', '--url', url]
    // The exit status is that of all scenarios together.
    execFile(process.execPath, argv, { cwd: FOLDER, timeout: 110_000 }, (_error, stdout) =>
      resolve(stdout),
    )
  })
  const lines = output.matchAll(/^([✓✗]) ([a-z0-9-]+): \d+ passed, \d+ failed/gm)
  return Object.fromEntries([...lines].map(([, mark, name = '']) => [name, mark === '✓']))
}

/** What every program of examples/frameworks must do, with the clients of both SDKs and over plain HTTP. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import {
  Client as SecondClient,
  StreamableHTTPClientTransport as SecondTransport,
} from '@modelcontextprotocol/client'
import { Client as FirstClient } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as FirstTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type LoopbackIssuer, startIssuer } from '../examples/issuer.ts'
import { callTool, post } from './mcp.ts'
import { expectRejection } from './rejection.ts'

export interface Recipe {
  /** Its file in examples/frameworks/, without the extension. */
  readonly name: string
  /** The program that calls it, for functions of a cloud. @default none: it listens itself */
  readonly host?: string
  /** Whether its responses arrive in parts. @default true */
  readonly streams?: boolean
  /** Whether it creates sessions. @default false */
  readonly sessions?: boolean
  /** What it does with two `Authorization` fields. @default 400 */
  readonly twice?: number
  /** Whether it has the protocol revisions before 2026-07-28. @default true */
  readonly legacy?: boolean
}

const ROOT = join(import.meta.dirname, '..', '..')
const RESOURCE = 'https://api.example.com/mcp'
const METADATA = 'https://api.example.com/.well-known/oauth-protected-resource/mcp'
const TEXT = 'milk, "eggs" & crème brûlée'

export function testRecipe(recipe: Recipe): void {
  const { name, streams = true, sessions = false, twice = 400 } = recipe

  describe(`examples/frameworks/${name}.ts`, () => {
    let issuer: LoopbackIssuer
    let running: { readonly origin: string; close(): Promise<void> } | undefined

    beforeAll(async () => {
      issuer = await startIssuer()
      running = await startProgram(recipe, issuer.issuer.issuer)
    })
    afterAll(async () => {
      await running?.close()
      await issuer?.[Symbol.asyncDispose]()
    })

    const send = (path: string, init?: RequestInit) => fetch(`${running?.origin}${path}`, init)
    const tokenOf = async (sub: string, scope = 'notes:read notes:write') =>
      `Bearer ${await issuer.issuer.token({ aud: RESOURCE, sub, scope, client_id: 'app' })}`

    it('answers 401 with the whole challenge, and serves the metadata that it names', async () => {
      for (const init of [post(callTool('list_notes')), { method: 'GET' }]) {
        const scope = 'notes:read'
        await expectRejection(await send('/mcp', init), {
          status: 401,
          scope,
          resourceMetadata: METADATA,
        })
      }
      const metadata = await send(new URL(METADATA).pathname)
      expect([metadata.status, await metadata.json()]).toEqual([
        200,
        {
          resource: RESOURCE,
          authorization_servers: [issuer.issuer.issuer],
          bearer_methods_supported: ['header'],
          scopes_supported: ['notes:read', 'notes:write'],
        },
      ])
    })

    it.each(clientsOf(recipe))('serves %s', async (_, connect) => {
      const url = new URL(`${running?.origin}/mcp`)
      const alice = await connect(url, await tokenOf('alice'))
      const bob = await connect(url, await tokenOf('bob', 'notes:read'))
      const before = await alice.call('list_notes')
      expect(before).toMatch(/^alice by app: /)
      expect(await bob.call('list_notes')).toBe(before.replace('alice', 'bob'))

      // The token has too few scopes: the tool does not run.
      await expect(bob.call('add_note', { text: 'never' })).rejects.toThrow()
      expect(await alice.call('list_notes')).toBe(before)

      let progress = 0
      const text = await alice.call('add_note', { text: TEXT }, () => {
        progress = performance.now()
      })
      const late = performance.now() - progress
      expect(text).toBe(`alice added ${TEXT}`)
      if (streams) expect([progress > 0, late > 150, late < 10_000]).toEqual([true, true, true])
      expect((await alice.call('list_notes')).endsWith(TEXT)).toBe(true)
      await alice.close()
      await bob.close()
    })

    it('answers 403 with the whole challenge to a token without the scope', async () => {
      const headers = { Authorization: await tokenOf('alice', 'notes:read') }
      await expectRejection(await send('/mcp', post(callTool('add_note'), headers)), {
        status: 403,
        error: 'insufficient_scope',
        scope: 'notes:read notes:write',
        resourceMetadata: METADATA,
      })
    })

    it(`answers ${twice} to two Authorization fields`, async () => {
      const { request } = await import('node:http')
      const sent = request(`${running?.origin}/mcp`, { method: 'POST' })
      const { body, headers } = post(callTool('list_notes')) as { body: string; headers: object }
      for (const [field, value] of Object.entries(headers)) sent.setHeader(field, value)
      sent.setHeader('Authorization', [await tokenOf('alice'), 'Bearer other'])
      sent.setHeader('MCP-Protocol-Version', '2025-06-18')
      const arrived = once(sent, 'response')
      sent.end(body)
      const [response] = await arrived
      response.resume()
      expect(response.statusCode).toBe(twice)
    })

    it.runIf(sessions)('opens a session for its owner only', async () => {
      const authorization = await tokenOf('alice')
      const transport = new FirstTransport(new URL(`${running?.origin}/mcp`), {
        requestInit: { headers: { Authorization: authorization } },
      })
      const client = new FirstClient({ name: 'test', version: '1.0.0' })
      await client.connect(transport as Parameters<FirstClient['connect']>[0])
      const session = transport.sessionId ?? ''
      expect(session).toMatch(/\.[A-Za-z0-9_-]{43}$/)
      const as = async (token: string, method: string) => {
        const fields = { Authorization: token, 'Mcp-Session-Id': session }
        const init = {
          method,
          headers: { Accept: 'application/json, text/event-stream', ...fields },
        }
        const response = await send(
          '/mcp',
          method === 'POST' ? post(callTool('list_notes'), fields) : init,
        )
        await response.body?.cancel()
        return response.status
      }
      const bob = await tokenOf('bob')
      for (const method of ['POST', 'GET', 'DELETE']) {
        expect([method, await as(bob, method)]).toEqual([method, 404])
      }
      expect(await as(await tokenOf('alice'), 'POST')).toBe(200)
      await transport.terminateSession()
      await client.close()
    })
  })
}

interface Connected {
  call(name: string, args?: Record<string, unknown>, onprogress?: () => void): Promise<string>
  close(): Promise<void>
}

type Connect = (url: URL, authorization: string) => Promise<Connected>

function clientsOf({ legacy = true }: Recipe): [string, Connect][] {
  const modern: [string, Connect] = ['the client of SDK 2.x', connectSecond]
  return legacy ? [['the client of SDK 1.x', connectFirst], modern] : [modern]
}

const connectFirst: Connect = async (url, Authorization) => {
  const client = new FirstClient({ name: 'test', version: '1.0.0' })
  const transport = new FirstTransport(url, { requestInit: { headers: { Authorization } } })
  await client.connect(transport as Parameters<FirstClient['connect']>[0])
  return {
    call: async (name, args = {}, onprogress) => {
      const options = onprogress && { onprogress }
      const { content } = await client.callTool({ name, arguments: args }, undefined, options)
      return textOf(content)
    },
    close: () => client.close(),
  }
}

const connectSecond: Connect = async (url, Authorization) => {
  const client = new SecondClient(
    { name: 'test', version: '1.0.0' },
    { versionNegotiation: { mode: 'auto' } },
  )
  await client.connect(new SecondTransport(url, { requestInit: { headers: { Authorization } } }))
  return {
    call: async (name, args = {}, onprogress) => {
      const options = onprogress && { onprogress }
      return textOf((await client.callTool({ name, arguments: args }, options)).content)
    },
    close: () => client.close(),
  }
}

function textOf(content: unknown): string {
  return (content as { text?: string }[]).map(({ text }) => text ?? '').join('\n')
}

/** Runs a program until it prints its origin. */
async function startProgram({ name, host }: Recipe, issuer: string) {
  const file = `examples/frameworks/${name}.ts`
  const argv = ['--import', './test/field/packages.mjs', ...(host ? [host, file] : [file])]
  const child = spawn(join(ROOT, 'node_modules/.bin/node'), argv, {
    cwd: ROOT,
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      NO_COLOR: '1',
      RESOURCE,
      ISSUER: issuer,
      PORT: '0',
      INNER_PORT: String(await freePort()),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const exited = once(child, 'exit')
  let said = ''
  child.stderr.on('data', (chunk) => {
    said += chunk
  })
  const origin = new Promise<string>((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      said += `${line}\n`
      if (/^http:\/\/127\.0\.0\.1:\d+$/.test(line)) resolve(line)
    })
  })
  const printed = await Promise.race([origin, exited])
  if (typeof printed !== 'string') throw new Error(`${file} does not listen: ${said}`)
  return {
    origin: printed,
    close: async () => {
      child.kill('SIGKILL')
      await exited
    },
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}

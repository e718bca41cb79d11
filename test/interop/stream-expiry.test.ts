/** GET streams that end with their token, and what the official clients do then. In memory. */

import {
  Client as SecondClient,
  StreamableHTTPClientTransport as SecondTransport,
} from '@modelcontextprotocol/client'
import { Client as FirstClient } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as FirstTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js'
import { ToolListChangedNotificationSchema } from '@modelcontextprotocol/sdk/types.js'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { protect } from '../../src/index.ts'
import { START } from '../support/clock.ts'
import { RESOURCE } from '../support/issuer.ts'
import { createScene } from '../support/scene.ts'

/** Milliseconds between the opening of the first stream and the end of its token: longer than other timers. */
const LIFETIME = 3_600_000
const DELAYS = {
  initialReconnectionDelay: 50,
  maxReconnectionDelay: 50,
  reconnectionDelayGrowFactor: 1,
  maxRetries: 2,
}

afterEach(() => void vi.unstubAllGlobals())

/** Holds the timers of at least this delay. @returns Runs those that were started. */
function holdTimers(delay: number): () => void {
  const { setTimeout } = globalThis
  const held: (() => void)[] = []
  vi.stubGlobal('setTimeout', (run: () => void, ms = 0, ...rest: []) => {
    if (ms < delay) return setTimeout(run, ms, ...rest)
    held.push(run)
    return 0
  })
  return () => {
    for (const run of held.splice(0)) run()
  }
}

async function createWorld() {
  let now = START
  const runTimers = holdTimers(LIFETIME / 2)
  const { resource, issuer } = await createScene({ now: () => now, sessions: undefined })
  const server = new McpServer({ name: 'notes', version: '1.0.0' })
  server.registerTool('list', { description: 'Lists notes.' }, async () => ({ content: [] }))
  const transport = new WebStandardStreamableHTTPServerTransport({
    sessionIdGenerator: () => 'session',
  })
  await server.connect(transport)
  const guarded = protect(resource, (request) => transport.handleRequest(request))
  const tokens = [await issuer.token({ exp: START + LIFETIME / 1000 })]
  /** The statuses of GET requests with the index of their token. */
  const opened: [token: number, status: number][] = []
  const metadata = {
    ...issuer.metadata,
    authorization_endpoint: `${issuer.issuer}/authorize`,
    token_endpoint: `${issuer.issuer}/token`,
    response_types_supported: ['code'],
    code_challenge_methods_supported: ['S256'],
  }
  const fetch = async (url: string | URL, init?: RequestInit): Promise<Response> => {
    const request = new Request(url, init)
    if (request.url === metadata.token_endpoint) {
      tokens.push(await issuer.token({ exp: now + 3600 }))
      return Response.json({
        access_token: tokens.at(-1),
        token_type: 'Bearer',
        refresh_token: 'r',
      })
    }
    if (request.url.startsWith(`${issuer.issuer}/.well-known/`)) return Response.json(metadata)
    const response = await guarded(request)
    if (request.method === 'GET' && request.url === RESOURCE) {
      const token = request.headers.get('Authorization')?.slice('Bearer '.length) ?? ''
      opened.push([tokens.indexOf(token), response.status])
    }
    return response
  }
  const provider = {
    redirectUrl: 'http://127.0.0.1/callback',
    clientMetadata: { redirect_uris: ['http://127.0.0.1/callback'] },
    clientInformation: () => ({ client_id: 'client-1', issuer: issuer.issuer }),
    tokens: () => ({
      access_token: tokens.at(-1) ?? '',
      token_type: 'Bearer',
      refresh_token: 'r',
      issuer: issuer.issuer,
    }),
    saveTokens: () => {},
    redirectToAuthorization: () => expect.unreachable('The client asked for a login.'),
    saveCodeVerifier: () => {},
    codeVerifier: () => 'verifier',
  }
  const expire = (): void => {
    now = START + LIFETIME / 1000 + 100
    runTimers()
  }
  return { opened, fetch, provider, server, expire }
}

type World = Awaited<ReturnType<typeof createWorld>>

const CLIENTS: readonly [string, (world: World, onChange: () => void) => Promise<() => unknown>][] =
  [
    [
      '@modelcontextprotocol/sdk 1.x',
      async ({ fetch, provider }, onChange) => {
        const client = new FirstClient({ name: 'test', version: '1.0.0' })
        client.setNotificationHandler(ToolListChangedNotificationSchema, onChange)
        const options = { fetch, authProvider: provider, reconnectionOptions: DELAYS }
        const transport = new FirstTransport(new URL(RESOURCE), options as object)
        await client.connect(transport as Parameters<FirstClient['connect']>[0])
        return () => client.close()
      },
    ],
    [
      '@modelcontextprotocol/client 2.x',
      async ({ fetch, provider }, onChange) => {
        const client = new SecondClient({ name: 'test', version: '1.0.0' })
        client.setNotificationHandler('notifications/tools/list_changed', onChange)
        const options = { fetch, authProvider: provider, reconnectionOptions: DELAYS }
        await client.connect(new SecondTransport(new URL(RESOURCE), options))
        return () => client.close()
      },
    ],
  ]

describe.each(CLIENTS)('%s', (_, connect) => {
  it('opens the stream again with a new token, and gets the later notifications', async () => {
    const world = await createWorld()
    let changes = 0
    const close = await connect(world, () => {
      changes += 1
    })
    await vi.waitFor(() => expect(world.opened).toEqual([[0, 200]]))
    await world.server.server.sendToolListChanged()
    await vi.waitFor(() => expect(changes).toBe(1))
    world.expire()
    await vi.waitFor(() => expect(world.opened).toHaveLength(3))
    expect(world.opened).toEqual([
      [0, 200],
      [0, 401],
      [1, 200],
    ])
    await world.server.server.sendToolListChanged()
    await vi.waitFor(() => expect(changes).toBe(2))
    await close()
  })
})

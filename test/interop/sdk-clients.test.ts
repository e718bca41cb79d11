/** The official MCP clients, both major versions and all revisions, against real servers on loopback. */

import { Client as ClientOfFirstMajor } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as TransportOfFirstMajor } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createBrowser } from '../../examples/demo/browser.ts'
import {
  createConnection,
  createLoginProvider,
  type Era,
  type LoginProvider,
} from '../../examples/demo/client.ts'
import type { Exchange, Recorder } from '../../examples/demo/exchanges.ts'
import { type Servers, startServers } from '../../examples/demo/servers.ts'
import { type MixedServer, startMixedServer } from '../support/mixed-server.ts'

/** The common interface of both major versions. */
interface AnyClient {
  readonly provider: LoginProvider
  readonly recorder: Recorder
  connect(): Promise<void>
  finishLogin(): Promise<void>
  listTools(): Promise<string[]>
  callTool(name: string, args?: Record<string, unknown>): Promise<string>
  close(): Promise<void>
}

type Start = (url: string) => AnyClient

const CLIENTS: readonly (readonly [string, Start])[] = [
  ['@modelcontextprotocol/sdk 1.x', startFirstMajor],
  ['@modelcontextprotocol/client 2.x, handshake of 2025', (url) => startSecondMajor(url, 'legacy')],
  ['@modelcontextprotocol/client 2.x, newest revision', (url) => startSecondMajor(url, 'auto')],
]

describe.each(CLIENTS)('%s', (_, start) => {
  let demo: Servers
  let mixed: MixedServer

  beforeAll(async () => {
    ;[demo, mixed] = await Promise.all([startServers(), startMixedServer()])
  })
  afterAll(() => Promise.all([demo.close(), mixed.close()]))

  it('logs in, connects, calls tools and steps up, from one URL', async () => {
    const client = start(demo.mcpUrl)
    await expectLogin(client.connect())
    expect(asked(client)).toEqual(['notes:read'])
    await client.finishLogin()
    await client.connect()
    expect(await client.listTools()).toEqual(['list_notes', 'add_note', 'delete_note'])
    expect(await client.callTool('list_notes')).toContain('Buy milk')

    await expectLogin(client.callTool('delete_note', { id: 1 }))
    expect(asked(client)).toEqual(['notes:read', 'notes:write'])
    const rejection = client.recorder.exchanges.find(({ response }) => response.status === 403)
    expect(rejection?.response.headers.get('WWW-Authenticate')).toBe(
      `Bearer error="insufficient_scope", error_description="The access token lacks a scope that this request needs.", scope="notes:read notes:write", resource_metadata="${new URL('/.well-known/oauth-protected-resource/mcp', demo.mcpUrl)}"`,
    )
    await client.finishLogin()
    expect(await client.callTool('delete_note', { id: 1 })).toBe('Deleted note 1.')
    expect(await client.callTool('list_notes')).not.toContain('Buy milk')
    await client.close()
  })

  it('connects to a server with public tools without a login, and logs in for other tools', async () => {
    const client = start(mixed.mcpUrl)
    await client.connect()
    expect(await client.listTools()).toEqual(['help', 'list_notes', 'delete_note'])
    expect(await client.callTool('help')).toBe('This is help.')
    expect(client.provider.authorizationUrl).toBeUndefined()
    expect(statuses(client)).not.toContain(401)

    await expectLogin(client.callTool('delete_note'))
    expect(asked(client)).toEqual(['notes:read', 'notes:write'])
    await client.finishLogin()
    expect(await client.callTool('delete_note')).toBe('This is delete_note.')
    expect(await client.callTool('help')).toBe('This is help.')
    await client.close()
  })
})

function startFirstMajor(url: string): AnyClient {
  const provider = createProvider()
  const recorder = createRecorder()
  const open = () => {
    const options = { authProvider: provider, fetch: recorder.fetch }
    return {
      client: new ClientOfFirstMajor({ name: 'test', version: '1.0.0' }),
      transport: new TransportOfFirstMajor(new URL(url), options as object),
    }
  }
  let current = open()
  return {
    provider,
    recorder,
    async connect() {
      current = open()
      await current.client.connect(
        current.transport as Parameters<ClientOfFirstMajor['connect']>[0],
      )
    },
    finishLogin: () => current.transport.finishAuth(provider.callback.get('code') ?? ''),
    listTools: async () => (await current.client.listTools()).tools.map(({ name }) => name),
    callTool: async (name, args = {}) =>
      textOf((await current.client.callTool({ name, arguments: args })).content),
    close: () => current.client.close(),
  }
}

function startSecondMajor(url: string, era: Era): AnyClient {
  const provider = createProvider()
  const recorder = createRecorder()
  const open = () => createConnection(url, provider, recorder, era)
  let current = open()
  return {
    provider,
    recorder,
    async connect() {
      current = open()
      await current.connect()
    },
    finishLogin: () => current.transport.finishAuth(provider.callback),
    listTools: async () => (await current.client.listTools()).tools.map(({ name }) => name),
    callTool: async (name, args = {}) =>
      textOf((await current.client.callTool({ name, arguments: args })).content),
    close: () => current.client.close(),
  }
}

/** Keeps statuses and headers. Version 1 awaits `cancel()`, which never settles on a cloned body. */
function createRecorder(): Recorder {
  const exchanges: Exchange[] = []
  return {
    exchanges,
    async fetch(url, init) {
      const response = await fetch(url, init)
      const { status, headers } = response
      exchanges.push({
        method: init?.method ?? 'GET',
        url: new URL(url),
        requestHeaders: new Headers(init?.headers),
        requestBody: '',
        response: new Response(null, { status, headers }),
      })
      return response
    },
    find: (path) => exchanges.find(({ url }) => url.pathname === path),
  }
}

function createProvider(): LoginProvider {
  return createLoginProvider(createBrowser({ login: 'alice' }))
}

/** Each major version has its own `UnauthorizedError` class. */
async function expectLogin(action: Promise<unknown>): Promise<void> {
  const outcome = await action.catch((error: unknown) => error)
  expect(outcome?.constructor.name).toBe('UnauthorizedError')
}

/** The scopes that the last login requested. */
function asked({ provider }: AnyClient): string[] {
  const scope = provider.authorizationUrl?.searchParams.get('scope') ?? ''
  return scope
    .split(' ')
    .filter((each) => each !== 'offline_access')
    .sort()
}

function statuses({ recorder }: AnyClient): number[] {
  return recorder.exchanges.map(({ response }) => response.status)
}

function textOf(content: unknown): string {
  return (content as { text?: string }[]).map(({ text }) => text ?? '').join('\n')
}

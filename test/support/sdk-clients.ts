/** The official MCP clients of both major versions behind one interface, with the login of a test user. */

import { Client as ClientOfFirstMajor } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as TransportOfFirstMajor } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { expect } from 'vitest'
import { createBrowser } from '../../examples/demo/browser.ts'
import {
  createConnection,
  createLoginProvider,
  type Era,
  type LoginProvider,
} from '../../examples/demo/client.ts'
import type { Exchange, Recorder } from '../../examples/demo/exchanges.ts'

/** The common interface of both major versions. */
export interface AnyClient {
  readonly provider: LoginProvider
  readonly recorder: Recorder
  connect(): Promise<void>
  finishLogin(): Promise<void>
  listTools(): Promise<string[]>
  callTool(name: string, args?: Record<string, unknown>): Promise<string>
  close(): Promise<void>
}

type Start = (url: string) => AnyClient

export const CLIENTS: readonly (readonly [string, Start])[] = [
  ['@modelcontextprotocol/sdk 1.x', startFirstMajor],
  ['@modelcontextprotocol/client 2.x, handshake of 2025', (url) => startSecondMajor(url, 'legacy')],
  ['@modelcontextprotocol/client 2.x, newest revision', (url) => startSecondMajor(url, 'auto')],
]

/** Each major version has its own `UnauthorizedError` class. */
export async function expectLogin(action: Promise<unknown>): Promise<void> {
  const outcome = await action.catch((error: unknown) => error)
  expect(outcome?.constructor.name).toBe('UnauthorizedError')
}

/** The scopes that the last login requested. */
export function asked({ provider }: AnyClient): string[] {
  const scope = provider.authorizationUrl?.searchParams.get('scope') ?? ''
  return scope
    .split(' ')
    .filter((each) => each !== 'offline_access')
    .sort()
}

export function statuses({ recorder }: AnyClient): number[] {
  return recorder.exchanges.map(({ response }) => response.status)
}

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

function textOf(content: unknown): string {
  return (content as { text?: string }[]).map(({ text }) => text ?? '').join('\n')
}

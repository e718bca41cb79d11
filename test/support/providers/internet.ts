/**
 * An internet in memory: the MCP server of a guide's example, one provider at its real hosts, a browser, and
 * the SDK's clients. What the library fetches goes through the global `fetch`, as in production.
 */

import { Client as ClientOfFirstMajor } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as TransportOfFirstMajor } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server'
import { type ProtectedResource, protect } from 'mcp-gatehouse'
import { vi } from 'vitest'
import type { Browser } from '../../../examples/demo/browser.ts'
import {
  createConnection,
  createLoginProvider,
  type LoginProvider,
  REDIRECT_URL,
} from '../../../examples/demo/client.ts'
import type { FakeProvider } from './authorization-server.ts'

export interface World {
  /** Statuses of the MCP server's responses, in order. */
  readonly statuses: number[]
  readonly challenges: string[]
  fetch(url: string | URL, init?: RequestInit): Promise<Response>
}

/** Connects a guide's example with a provider, and replaces the global `fetch`. */
export function createWorld(resource: ProtectedResource, provider: FakeProvider): World {
  const mcp = createMcpHandler(createTools)
  const serve = protect(resource, (request, auth) => mcp.fetch(request, { authInfo: auth }))
  const own = new URL(resource.identifier).host
  const statuses: number[] = []
  const challenges: string[] = []
  const world: World = {
    statuses,
    challenges,
    async fetch(url, init) {
      const request = new Request(url, init)
      if (new URL(request.url).host !== own) return provider.respond(request)
      const response = await serve(request)
      if (new URL(request.url).pathname === new URL(resource.identifier).pathname) {
        statuses.push(response.status)
        challenges.push(response.headers.get('WWW-Authenticate') ?? '')
      }
      return response
    },
  }
  vi.stubGlobal('fetch', world.fetch)
  return world
}

function createTools(): McpServer {
  const server = new McpServer({ name: 'notes', version: '1.0.0' })
  for (const name of ['list_notes', 'delete_note']) {
    server.registerTool(name, { description: name }, () => ({
      content: [{ type: 'text', text: `This is ${name}.` }],
    }))
  }
  return server
}

/** The error that a provider sent its user back with, or showed. */
export class LoginError extends Error {}

/** A browser whose user is logged in and consents. */
function createBrowser(world: World): Browser {
  return {
    async open(url) {
      const response = await world.fetch(url, { redirect: 'manual' })
      const location = response.headers.get('Location')
      if (location === null) throw new LoginError(await response.text())
      const arrived = new URL(location)
      const error = arrived.searchParams.get('error')
      if (error !== null) {
        throw new LoginError(`${error} ${arrived.searchParams.get('error_description')}`)
      }
      return { arrived, visits: [] }
    },
  }
}

export interface McpUser {
  readonly login: LoginProvider
  connect(): Promise<void>
  /** Redeems the code after a call that ended in a login. */
  finishLogin(): Promise<void>
  callTool(name: string): Promise<string>
}

/** A client that was registered by hand. */
export interface ClientIdentity {
  readonly client_id: string
  readonly client_secret?: string
}

/** A user of an SDK client. */
export function createUser(
  major: 1 | 2,
  url: string,
  world: World,
  registered?: ClientIdentity,
): McpUser {
  const login = createLoginProvider(createBrowser(world))
  if (registered !== undefined) void login.saveClientInformation?.(registered)
  return major === 1 ? firstMajor(url, world, login) : secondMajor(url, world, login)
}

export { REDIRECT_URL }

function firstMajor(url: string, world: World, login: LoginProvider): McpUser {
  const open = () => {
    const options = { authProvider: login, fetch: world.fetch }
    return {
      client: new ClientOfFirstMajor({ name: 'test', version: '1.0.0' }),
      transport: new TransportOfFirstMajor(new URL(url), options as object),
    }
  }
  let current = open()
  return {
    login,
    async connect() {
      current = open()
      await current.client.connect(
        current.transport as Parameters<ClientOfFirstMajor['connect']>[0],
      )
    },
    finishLogin: () => current.transport.finishAuth(login.callback.get('code') ?? ''),
    callTool: async (name) => textOf(await current.client.callTool({ name, arguments: {} })),
  }
}

function secondMajor(url: string, world: World, login: LoginProvider): McpUser {
  const recorder = { exchanges: [], fetch: world.fetch, find: () => undefined }
  let current = createConnection(url, login, recorder)
  return {
    login,
    async connect() {
      current = createConnection(url, login, recorder)
      await current.connect()
    },
    finishLogin: () => current.transport.finishAuth(login.callback),
    callTool: async (name) => textOf(await current.client.callTool({ name, arguments: {} })),
  }
}

function textOf(result: unknown): string {
  return (result as { content: { text?: string }[] }).content
    .map(({ text }) => text ?? '')
    .join('\n')
}

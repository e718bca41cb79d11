/** Lists of the recipes for `visible` as the clients of both major versions see them, while the token changes. */

import {
  Client as SecondClient,
  StreamableHTTPClientTransport as SecondTransport,
} from '@modelcontextprotocol/client'
import { Client as FirstClient } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as FirstTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { InMemoryServerEventBus } from '@modelcontextprotocol/server'
import { protectedResource } from 'mcp-gatehouse'
import { createTestIssuer } from 'mcp-gatehouse/testing'
import { describe, expect, it, vi } from 'vitest'
import { createFilteredServer } from '../../examples/recipes/visible-items.ts'
import { createFilteredServer as createFilteredServerOfFirstMajor } from '../../examples/recipes/visible-items-sdk1.ts'

const RESOURCE = 'https://api.example.com/notes'
const URL_OF_RESOURCE = new URL(RESOURCE)

/** A server whose tools each need a scope, and the `fetch` of a client whose token changes. */
function startServer<Options>(
  create: (
    resource: ReturnType<typeof protectedResource>,
    options?: Options,
  ) => (request: Request) => Promise<Response>,
  options?: Options,
) {
  const issuer = createTestIssuer({ resource: RESOURCE })
  const resource = protectedResource({
    resource: RESOURCE,
    authorizationServers: [issuer.issuer],
    operations: { 'tools/call': ['notes:read'], 'tools/call purge_notes': ['notes:write'] },
    fetch: (url, init) => issuer.fetch(url, init),
  })
  const handle = create(resource, options)
  let scope = ''
  return {
    logIn: (scopes: string) => {
      scope = scopes
    },
    fetch: async (url: string | URL, init?: RequestInit) => {
      const request = new Request(url, init)
      request.headers.set('Authorization', `Bearer ${await issuer.token({ scope })}`)
      return handle(request)
    },
  }
}

type Fetch = ReturnType<typeof startServer>['fetch']

async function connectFirst(fetch: Fetch): Promise<() => Promise<string[]>> {
  const client = new FirstClient({ name: 'test', version: '1.0.0' })
  const transport = new FirstTransport(URL_OF_RESOURCE, { fetch })
  await client.connect(transport as Parameters<FirstClient['connect']>[0])
  return async () => (await client.listTools()).tools.map(({ name }) => name)
}

async function connectSecond(fetch: Fetch): Promise<() => Promise<string[]>> {
  const client = new SecondClient(
    { name: 'test', version: '1.0.0' },
    { versionNegotiation: { mode: 'auto' } },
  )
  await client.connect(new SecondTransport(URL_OF_RESOURCE, { fetch }))
  return async () => (await client.listTools()).tools.map(({ name }) => name)
}

describe.each([
  ['2.x', createFilteredServer],
  ['1.x', createFilteredServerOfFirstMajor],
])('a filtered server of SDK %s', (_, create) => {
  it.each([
    ['1.x', connectFirst],
    ['2.x', connectSecond],
  ])(
    'SCO-18: has an empty list for a token that may call nothing, and tools after a login: client %s',
    async (_version, connect) => {
      const server = startServer(create)
      const listTools = await connect(server.fetch)
      expect(await listTools()).toEqual([])
      server.logIn('notes:read')
      expect(await listTools()).toEqual(['list_notes', 'delete_note'])
      server.logIn('notes:read notes:write')
      expect(await listTools()).toEqual(['list_notes', 'delete_note', 'purge_notes'])
    },
  )
})

describe('a client of SDK 2.x that listens to a filtered server', () => {
  it('SCO-18: gets the list again when the server says that it has changed', async () => {
    const bus = new InMemoryServerEventBus()
    const server = startServer(createFilteredServer, { bus })
    const changed = vi.fn()
    const client = new SecondClient(
      { name: 'test', version: '1.0.0' },
      { versionNegotiation: { mode: 'auto' }, listChanged: { tools: { onChanged: changed } } },
    )
    await client.connect(new SecondTransport(URL_OF_RESOURCE, { fetch: server.fetch }))
    await vi.waitFor(() => expect(bus.listenerCount).toBe(1))
    changed.mockClear()
    server.logIn('notes:read')
    bus.publish({ kind: 'tools_list_changed' })
    await vi.waitFor(() =>
      expect(changed).toHaveBeenCalledWith(null, [
        expect.objectContaining({ name: 'list_notes' }),
        expect.objectContaining({ name: 'delete_note' }),
      ]),
    )
    await client.close()
  })
})

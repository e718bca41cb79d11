/** Filtered lists and denials before the official MCP clients and servers of both major versions. */

import type { Server } from 'node:http'
import { createAdaptorServer } from '@hono/node-server'
import { type AuthEvent, deny, type OperationDecision, protectedResource } from 'mcp-gatehouse'
import { createTestIssuer } from 'mcp-gatehouse/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startAuthorizationServer } from '../../examples/demo/authorization-server.ts'
import { listen, stop } from '../../examples/demo/listen.ts'
import { createFilteredServer } from '../../examples/recipes/visible-items.ts'
import { createFilteredServer as createFilteredServerOfFirstMajor } from '../../examples/recipes/visible-items-sdk1.ts'
import { message, post } from '../support/mcp.ts'
import { CLIENTS, expectLogin, statuses } from '../support/sdk-clients.ts'

interface FilteredServer {
  readonly mcpUrl: string
  readonly events: AuthEvent[]
  close(): Promise<void>
}

/** Asynchronous, so that nothing depends on a table. */
const decide: OperationDecision = async ({ name }) => {
  if (name === 'purge_notes') return deny('notes are kept')
  return name === 'delete_note' ? ['notes:write'] : undefined
}

async function startFilteredServer(create: typeof createFilteredServer): Promise<FilteredServer> {
  const authorizationServer = await startAuthorizationServer()
  let handle: ((request: Request) => Promise<Response>) | undefined
  const server = createAdaptorServer({
    fetch: (request) => handle?.(request) ?? new Response(null, { status: 503 }),
    overrideGlobalObjects: false,
  }) as Server
  const mcpUrl = `${await listen(server)}/mcp`
  const events: AuthEvent[] = []
  handle = create(
    protectedResource({
      resource: mcpUrl,
      authorizationServers: [authorizationServer.issuer],
      requiredScopes: ['notes:read'],
      operations: decide,
      getStream: false,
      onEvent: (event) => events.push(event),
    }),
  )
  authorizationServer.registerResource(mcpUrl, ['notes:read', 'notes:write'])
  const close = async () => {
    await Promise.all([stop(server), authorizationServer.close()])
  }
  return { mcpUrl, events, close }
}

const SERVERS = [
  ['@modelcontextprotocol/server 2.x', createFilteredServer],
  ['@modelcontextprotocol/sdk 1.x', createFilteredServerOfFirstMajor],
] as const

describe.each(SERVERS)('a server of %s', (_, create) => {
  describe.each(CLIENTS)('and the client %s', (_name, start) => {
    let server: FilteredServer

    beforeAll(async () => {
      server = await startFilteredServer(create)
    })
    afterAll(() => server.close())

    it('SCO-18, ERR-19: lists what may be called, and a denial starts no login', async () => {
      const client = start(server.mcpUrl)
      await expectLogin(client.connect())
      await client.finishLogin()
      await client.connect()
      expect(await client.listTools()).toEqual(['list_notes'])
      expect(await client.callTool('list_notes')).toBe('This is list_notes.')

      // Everything that a login would need is counted: metadata, registration, authorization, token.
      const login = client.provider.authorizationUrl
      const before = client.recorder.exchanges.length
      const outcome = await client.callTool('purge_notes').catch((error: unknown) => error)
      expect(outcome).toBeInstanceOf(Error)
      expect((outcome as Error).constructor.name).not.toBe('UnauthorizedError')
      const requests = client.recorder.exchanges.slice(before)
      expect(
        requests.map(({ method, url, response }) => [method, url.href, response.status]),
      ).toEqual([['POST', server.mcpUrl, 403]])
      expect(requests[0]?.response.headers.has('WWW-Authenticate')).toBe(false)
      expect(client.provider.authorizationUrl).toBe(login)
      expect(server.events.at(-1)).toMatchObject({
        code: 'operation_denied',
        denied: 'notes are kept',
      })

      // The session goes on with the same token; a scope that helps does start a login.
      expect(await client.callTool('list_notes')).toBe('This is list_notes.')
      await expectLogin(client.callTool('delete_note'))
      await client.finishLogin()
      expect(await client.callTool('delete_note')).toBe('This is delete_note.')
      expect(await client.listTools()).toEqual(['list_notes', 'delete_note'])
      expect(statuses(client)).not.toContain(500)
      await client.close()
    })
  })
})

describe('examples/recipes/visible-items.ts', () => {
  it('has an empty list for a token that may call nothing', async () => {
    const issuer = createTestIssuer({ resource: 'https://api.example.com/notes' })
    const handle = createFilteredServer(
      protectedResource({
        resource: 'https://api.example.com/notes',
        authorizationServers: [issuer.issuer],
        fetch: (url, init) => issuer.fetch(url, init),
        operations: ({ method }) => (method === 'tools/call' ? deny('closed') : undefined),
      }),
    )
    const headers = { Authorization: `Bearer ${await issuer.token()}` }
    const list = post(message('tools/list', {}), headers)
    const response = await handle(new Request('https://api.example.com/notes', list))
    expect(await response.text()).toContain('"result":{"tools":[]}')
  })

  it('marks the list as private in MCP 2026-07-28', async () => {
    const issuer = createTestIssuer({ resource: 'https://api.example.com/notes' })
    const handle = createFilteredServer(
      protectedResource({
        resource: 'https://api.example.com/notes',
        authorizationServers: [issuer.issuer],
        fetch: (url, init) => issuer.fetch(url, init),
        operations: decide,
      }),
    )
    const revision = '2026-07-28'
    const meta = {
      'io.modelcontextprotocol/protocolVersion': revision,
      'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1.0.0' },
      'io.modelcontextprotocol/clientCapabilities': {},
    }
    const request = new Request(
      'https://api.example.com/notes',
      post(message('tools/list', { _meta: meta }), {
        Authorization: `Bearer ${await issuer.token({ scope: 'notes:write' })}`,
        'MCP-Protocol-Version': revision,
        'Mcp-Method': 'tools/list',
      }),
    )
    const response = await handle(request)
    expect(response.headers.get('Cache-Control')).toMatch(/private|no-store|no-cache/)
    const text = await response.text()
    expect(text).toContain('"cacheScope":"private"')
    expect(text).toContain('delete_note')
    expect(text).not.toContain('purge_notes')
  })
})

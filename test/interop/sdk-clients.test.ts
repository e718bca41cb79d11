/** The official MCP clients, both major versions and all revisions, against real servers on loopback. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Servers, startServers } from '../../examples/demo/servers.ts'
import { type MixedServer, startMixedServer } from '../support/mixed-server.ts'
import { asked, CLIENTS, expectLogin, statuses } from '../support/sdk-clients.ts'

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

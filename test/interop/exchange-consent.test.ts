/** Missing consent as a URL elicitation, with the official MCP clients of both major versions. */

import { UrlElicitationRequiredError } from '@modelcontextprotocol/client'
import { Client as FirstMajor } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { UrlElicitationRequiredError as RequiredOfFirstMajor } from '@modelcontextprotocol/sdk/types.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createBrowser } from '../../examples/demo/browser.ts'
import {
  createConnection,
  createLoginProvider,
  type Era,
  endsInLogin,
} from '../../examples/demo/client.ts'
import { createRecorder } from '../../examples/demo/exchanges.ts'
import { type NextHop, startNextHop } from '../../examples/demo/next-hop.ts'

const CALL = { name: 'list_orders', arguments: {} }

let servers: NextHop

beforeAll(async () => {
  servers = await startNextHop()
})
afterAll(() => servers.close())

/** Logs in and connects. */
async function connect(username: string, era: Era) {
  const browser = createBrowser({ username, password: 'anything' })
  const provider = createLoginProvider(browser)
  const first = createConnection(servers.mcpUrl, provider, createRecorder(), era)
  expect(await endsInLogin(first.connect)).toBe(true)
  await first.transport.finishAuth(provider.callback)
  const { client, connect: open } = createConnection(
    servers.mcpUrl,
    provider,
    createRecorder(),
    era,
  )
  client.registerCapabilities({ elicitation: { url: {} } })
  return { client, provider, open }
}

describe('toElicitation()', () => {
  it('is a result for the newest revision: the client shows the page and calls again', async () => {
    const { client, open } = await connect('newest', 'auto')
    const shown: { url: string; message: string }[] = []
    client.setRequestHandler('elicitation/create', async ({ params }) => {
      if (params.mode !== 'url') return { action: 'decline' }
      shown.push({ url: params.url, message: params.message })
      await servers.allow(params.url)
      return { action: 'accept' }
    })
    await open()
    const result = await client.callTool(CALL)
    expect(result.content).toEqual([{ type: 'text', text: 'newest: two orders' }])
    expect(shown).toEqual([
      {
        url: expect.stringMatching(/^https:\/\/consent\.example\/allow\//),
        message: 'Allow access to the API behind this tool, then try again.',
      },
    ])
    await client.close()
  })

  it('is the error −32042 for the handshake of 2025', async () => {
    const { client, open } = await connect('legacy', 'legacy')
    await open()
    const error = await client.callTool(CALL).catch((each: unknown) => each)
    expect(error).toBeInstanceOf(UrlElicitationRequiredError)
    const [elicitation] = (error as UrlElicitationRequiredError).elicitations
    expect(elicitation).toMatchObject({ mode: 'url', elicitationId: expect.any(String) })
    await servers.allow(elicitation?.url ?? '')
    const result = await client.callTool(CALL)
    expect(result.content).toEqual([{ type: 'text', text: 'legacy: two orders' }])
    await client.close()
  })

  it('is the error −32042 for the first major version of the client', async () => {
    const { provider } = await connect('first', 'legacy')
    const client = new FirstMajor(
      { name: 'test', version: '1.0.0' },
      { capabilities: { elicitation: { url: {} } } },
    )
    const token = (await provider.tokens())?.access_token
    const requestInit = { headers: { Authorization: `Bearer ${token}` } }
    const transport = new StreamableHTTPClientTransport(new URL(servers.mcpUrl), { requestInit })
    await client.connect(transport)
    const error = await client.callTool(CALL).catch((each: unknown) => each)
    expect(error).toBeInstanceOf(RequiredOfFirstMajor)
    await servers.allow((error as RequiredOfFirstMajor).elicitations[0]?.url ?? '')
    const result = await client.callTool(CALL)
    expect(result.content).toEqual([{ type: 'text', text: 'first: two orders' }])
    await client.close()
  })
})

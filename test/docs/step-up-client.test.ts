/** The client in docs/guides/step-up.md logs in as the server asks, at the development issuer. */

import { readFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { Client as FirstClient } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as FirstTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server'
import { protectedResource } from 'mcp-gatehouse'
import { protect } from 'mcp-gatehouse/node'
import { describe, expect, it } from 'vitest'
import { createBrowser } from '../../examples/demo/browser.ts'
import { createLoginProvider, type LoginProvider } from '../../examples/demo/client.ts'
import { StepUp } from '../../examples/recipes/step-up-client.ts'
import { startIssuer } from '../cli/issuer/start.ts'
import { portOf, start } from '../support/node-server.ts'

const ACR = 'urn:example:mfa'
const RECIPE = new URL('../../examples/recipes/step-up-client.ts', import.meta.url)
const GUIDE = new URL('../../docs/guides/step-up.md', import.meta.url)

it('docs/guides/step-up.md contains examples/recipes/step-up-client.ts', () => {
  expect(readFileSync(GUIDE, 'utf8')).toContain(`\`\`\`ts\n${readFileSync(RECIPE, 'utf8')}\`\`\``)
})

interface Options {
  readonly authProvider: LoginProvider
  readonly fetch?: StepUp['fetch']
}

function openSecond(url: string, options: Options) {
  const client = new Client({ name: 'test', version: '1.0.0' })
  const transport = new StreamableHTTPClientTransport(new URL(url), options)
  const finish = (callback: URLSearchParams) => transport.finishAuth(callback)
  return { client, finish, connect: () => client.connect(transport) }
}

function openFirst(url: string, options: Options) {
  const client = new FirstClient({ name: 'test', version: '1.0.0' })
  const transport = new FirstTransport(new URL(url), options as object)
  const finish = (callback: URLSearchParams) => transport.finishAuth(callback.get('code') ?? '')
  const connect = () => client.connect(transport as Parameters<FirstClient['connect']>[0])
  return { client, finish, connect }
}

/** A server whose calls need a login with `ACR`. @returns Its URL. */
async function startNotes() {
  let listener: RequestListener = () => undefined
  const server = await start(createServer((req, res) => listener(req, res)))
  const url = `http://localhost:${portOf(server)}/mcp`
  const notes = protectedResource({
    resource: url,
    authorizationServers: [await startIssuer(url)],
  })
  const mcp = createMcpHandler(() => {
    const tools = new McpServer({ name: 'notes', version: '1.0.0' })
    tools.registerTool('list', {}, () => ({ content: [{ type: 'text', text: 'Buy milk' }] }))
    return tools
  })
  const requirements = { acrValues: [ACR], maxAgeSeconds: 300 }
  listener = protect(notes, (request, auth) => mcp.fetch(request, { authInfo: auth }), requirements)
  return url
}

/** Connects until no login is left to do, at most three times. @returns The logins' parameters. */
async function connect(open: typeof openFirst | typeof openSecond, url: string, stepUp?: StepUp) {
  const provider = createLoginProvider(createBrowser({}))
  const logins: (string | null)[][] = []
  const authProvider: typeof provider = Object.assign(Object.create(provider), {
    tokens: async () => {
      const stored = await provider.tokens()
      return stepUp === undefined ? stored : stepUp.tokens(stored)
    },
    redirectToAuthorization(to: URL) {
      stepUp?.addTo(to)
      logins.push(['acr_values', 'max_age'].map((name) => to.searchParams.get(name)))
      return provider.redirectToAuthorization(to)
    },
  })
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const options = { authProvider, ...(stepUp && { fetch: stepUp.fetch }) }
    const { client, finish, connect: attemptOnce } = open(url, options)
    const count = logins.length
    const failure = await attemptOnce().catch((error: unknown) => error)
    if (failure === undefined) {
      const { content } = await client.callTool({ name: 'list' })
      await client.close()
      return { logins, content }
    }
    if (logins.length === count) return { logins, failure }
    await finish(provider.callback)
  }
  return { logins }
}

describe.each([
  ['1.x', openFirst],
  ['2.x', openSecond],
])('the client of the MCP SDK %s', (_version, open) => {
  it('logs in again with the acr_values and max_age of the challenge', async () => {
    const { logins, content } = await connect(open, await startNotes(), new StepUp())
    expect(logins).toEqual([
      [null, null],
      [ACR, '300'],
    ])
    expect(content).toEqual([{ type: 'text', text: 'Buy milk' }])
  })

  it('fails without the recipe: it refreshes, and gets the same 401', async () => {
    const { logins, content, failure } = await connect(open, await startNotes())
    expect(logins).toEqual([[null, null]])
    expect(content).toBeUndefined()
    expect(String(failure)).toContain('401')
  })
})

/** `mcp-gatehouse issuer` with the official MCP clients of both major versions, and by its endpoints. */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server'
import { describe, expect, it, onTestFinished } from 'vitest'
import { bearerAuth, metadata } from '../../../adapters/node/index.ts'
import { createBrowser } from '../../../examples/demo/browser.ts'
import { runIssuer } from '../../../src/cli/issuer/run.ts'
import { protectedResource, verifyAccessToken } from '../../../src/index.ts'
import { asked, CLIENTS, expectLogin } from '../../support/sdk-clients.ts'
import { unchecked } from '../../support/unchecked.ts'
import { CLI_CLIENT, createClient, REDIRECT, RESOURCE, type Tokens } from './client.ts'
import { startIssuer } from './start.ts'

/** An MCP server that trusts the issuer, on loopback. */
async function startServer(...args: string[]) {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    server.closeAllConnections()
    server.close()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`
  const issuer = await startIssuer(url, ...args)
  const notes = protectedResource({
    resource: url,
    authorizationServers: [issuer],
    requiredScopes: ['notes:read'],
    operations: { 'tools/call write': ['notes:write'] },
    dpop: true,
  })
  const mcp = createMcpHandler(({ authInfo }) => {
    const each = new McpServer({ name: 'notes', version: '1.0.0' })
    const tell = () => ({
      content: [{ type: 'text' as const, text: String(authInfo?.extra?.['subject']) }],
    })
    each.registerTool('read', {}, tell)
    each.registerTool('write', {}, tell)
    return each
  })
  const documents = metadata(notes)
  const guard = bearerAuth(notes)
  const answer = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const { auth, body } = unchecked<{ auth: never; body: unknown }>(req)
    const request = new Request(url, {
      method: req.method ?? 'GET',
      headers: Object.entries(req.headers).map(([name, value]) => [name, String(value)]),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const response = await mcp.fetch(request, { authInfo: auth })
    res.writeHead(response.status, Object.fromEntries(response.headers))
    res.end(Buffer.from(await response.arrayBuffer()))
  }
  server.on('request', (req, res) => {
    documents(req, res, () => guard(req, res, () => void answer(req, res)))
  })
  return { url, issuer, notes }
}

describe.each(CLIENTS)('%s', (name, start) => {
  it('registers, logs in, calls a tool, steps up and refreshes', async () => {
    const { url, issuer } = await startServer('--user', 'ada:notes:read,notes:write')
    const client = start(url)
    await expectLogin(client.connect())
    expect(asked(client)).toEqual(['notes:read'])
    await client.finishLogin()
    await client.connect()
    expect(await client.callTool('read')).toBe('ada')

    const { provider } = client
    const before = await provider.tokens()
    expect(before?.refresh_token).toBeTypeOf('string')
    // As if it had expired: the client refreshes with the rotated token.
    await provider.saveTokens({ ...before, access_token: 'expired' } as never)
    expect(await client.callTool('read')).toBe('ada')
    const after = await provider.tokens()
    expect(after?.refresh_token).not.toBe(before?.refresh_token)

    // SDK 1.x refreshes instead of stepping up while it has a refresh token.
    if (name.includes('1.x'))
      await provider.saveTokens({ ...after, refresh_token: undefined } as never)
    await expectLogin(client.callTool('write'))
    expect(asked(client)).toContain('notes:write')
    await client.finishLogin()
    expect(await client.callTool('write')).toBe('ada')
    await client.close()

    const page = await (await fetch(`${issuer}/`)).text()
    expect(page).toContain('notes:write')
    expect(page.match(/>Revoke</g)).toHaveLength(2)
  })
})

describe('the metadata', () => {
  it('names what MCP clients need, and CIMD and DPoP only with their options', async () => {
    const read = async (issuer: string) =>
      (await fetch(`${issuer}/.well-known/oauth-authorization-server`)).json()
    const plain = await startIssuer(RESOURCE)
    const document = await read(plain)
    expect(document).toMatchObject({
      issuer: plain,
      registration_endpoint: `${plain}/register`,
      revocation_endpoint: `${plain}/revoke`,
      introspection_endpoint: `${plain}/introspect`,
      code_challenge_methods_supported: ['S256'],
      response_modes_supported: ['query'],
      authorization_response_iss_parameter_supported: true,
    })
    expect(document).not.toHaveProperty('client_id_metadata_document_supported')
    expect(document).not.toHaveProperty('dpop_signing_alg_values_supported')
    expect(document).not.toHaveProperty('scopes_supported')
    expect(document).not.toHaveProperty('introspection_endpoint_auth_signing_alg_values_supported')
    const full = await read(await startIssuer(RESOURCE, '--cimd', '--dpop', '--user', 'a:x,y'))
    expect(full).toMatchObject({
      client_id_metadata_document_supported: true,
      scopes_supported: ['x', 'y'],
    })
    expect(full).toHaveProperty('dpop_signing_alg_values_supported')
  })
})

describe('login and consent', () => {
  it('grant what the user may grant, and the code gives a token for the resource', async () => {
    const issuer = await startIssuer(RESOURCE, ...CLI_CLIENT, '--user', 'ada:notes:read')
    const client = createClient(issuer)
    const arrived = await client.login()
    expect(arrived.get('state')).toBe('state-1')
    expect(arrived.get('iss')).toBe(issuer)
    const response = await client.redeem(arrived.get('code'))
    expect(response.headers.get('Cache-Control')).toBe('no-store')
    const tokens = (await response.json()) as Tokens
    expect(tokens).toMatchObject({ token_type: 'Bearer', expires_in: 3600, scope: 'notes:read' })
    const resource = protectedResource({ resource: RESOURCE, authorizationServers: [issuer] })
    const auth = await verifyAccessToken(tokens.access_token, resource)
    expect(auth).toMatchObject({ subject: 'ada', clientId: 'cli', scopes: ['notes:read'] })
  })

  it.each([
    ['no', undefined, ['--user', 'ada:notes:read,notes:write'], 'notes:read notes:write'],
    ['an empty', '', ['--user', 'ada:notes:read,notes:write'], 'notes:read notes:write'],
    ['no', undefined, ['--user', 'ada'], undefined],
  ])(
    'grant the scopes of the user to a request with %s scope (%j, %j)',
    async (_, scope, user, granted) => {
      const issuer = await startIssuer(RESOURCE, ...CLI_CLIENT, ...user)
      const client = createClient(issuer)
      const { arrived } = await createBrowser({}).open(
        client.authorizeUrl({ scope }),
        new URL(REDIRECT),
      )
      const response = await client.redeem(arrived.searchParams.get('code'))
      const { scope: own } = (await response.json()) as Partial<Tokens>
      expect(own).toBe(granted)
    },
  )

  it('show pages without scripts, one primary button, and no markup of a client', async () => {
    const issuer = await startIssuer(RESOURCE, '--user', 'ada', '--user', 'bob:notes:read')
    const registered = await fetch(`${issuer}/register`, {
      method: 'POST',
      body: JSON.stringify({ client_name: '<script>x</script>', redirect_uris: [REDIRECT] }),
    })
    expect(registered.status).toBe(201)
    const { client_id: id } = (await registered.json()) as { client_id: string }
    const response = await fetch(createClient(issuer, id).authorizeUrl())
    const login = await response.text()
    expect(response.headers.get('Content-Security-Policy')).toContain("default-src 'none'")
    expect(login).toContain('&lt;script&gt;x&lt;/script&gt;')
    const request = /name="request" type="hidden" value="([^"]+)"/.exec(login)?.[1] ?? ''
    const form = new URLSearchParams({ request, user: 'bob' })
    const consent = await (await fetch(`${issuer}/login`, { method: 'POST', body: form })).text()
    for (const page of [login, consent]) {
      expect(page).not.toMatch(/<script|\son\w+=/i)
      expect(page.match(/class="primary"/g)).toHaveLength(1)
    }
    expect(consent).toMatch(/value="notes:read" checked/)
    expect(consent).toMatch(/value="notes:write" disabled/)
  })

  it('redirect with access_denied after the user denied', async () => {
    const issuer = await startIssuer(RESOURCE, ...CLI_CLIENT)
    const arrived = await createClient(issuer).login({ decision: 'deny' })
    expect(Object.fromEntries(arrived)).toMatchObject({ error: 'access_denied', iss: issuer })
    expect(arrived.has('code')).toBe(false)
  })

  it.each([
    [{ client_id: 'other' }],
    [{ redirect_uri: 'https://evil.example/' }],
    [{ redirect_uri: 'http://127.0.0.1:9/other' }],
  ])('never send %j back to a redirect URI', async (changes) => {
    const issuer = await startIssuer(RESOURCE, ...CLI_CLIENT)
    const url = createClient(issuer).authorizeUrl(changes)
    const response = await fetch(url, { redirect: 'manual' })
    expect([response.status, response.headers.get('Location')]).toEqual([400, null])
  })

  it('accept another port of a loopback redirect URI', async () => {
    const issuer = await startIssuer(RESOURCE, ...CLI_CLIENT)
    const url = createClient(issuer).authorizeUrl({
      redirect_uri: 'http://127.0.0.1:4711/callback',
    })
    expect((await fetch(url, { redirect: 'manual' })).status).toBe(200)
  })

  it.each([
    [{ response_type: 'token' }, 'unsupported_response_type'],
    [{ response_type: undefined }, 'invalid_request'],
    [{ response_mode: 'fragment' }, 'invalid_request'],
    [{ code_challenge: undefined }, 'invalid_request'],
    [{ code_challenge_method: 'plain' }, 'invalid_request'],
    [{ resource: 'https://other.example/mcp' }, 'invalid_target'],
  ])('redirect %j with the error %s', async (changes, error) => {
    const issuer = await startIssuer(RESOURCE, ...CLI_CLIENT)
    const url = createClient(issuer).authorizeUrl(changes)
    const response = await fetch(url, { redirect: 'manual' })
    const target = new URL(response.headers.get('Location') ?? '')
    expect([response.status, target.searchParams.get('error')]).toEqual([302, error])
    expect(target.searchParams.get('state')).toBe('state-1')
  })

  it('reject forms of another site, and other host names', async () => {
    const issuer = await startIssuer(RESOURCE, ...CLI_CLIENT)
    for (const path of ['/login', '/consent', '/revoke-grant']) {
      const response = await createClient(issuer).post(path, {}, { Origin: 'https://evil.example' })
      expect(response.status).toBe(403)
    }
    const { hostname, port } = new URL(issuer)
    const { request } = await import('node:http')
    const status = await new Promise((resolve) => {
      request({ hostname, port, path: '/', headers: { Host: 'evil.example' } }, (response) => {
        response.resume()
        resolve(response.statusCode)
      }).end()
    })
    expect(status).toBe(421)
  })
})

describe('--fail', () => {
  it.each([
    ['status', 500],
    ['html', 200],
  ])('%s fails metadata and keys', async (mode, status) => {
    const issuer = await startIssuer(RESOURCE, '--fail', mode)
    for (const path of ['/.well-known/oauth-authorization-server', '/jwks']) {
      const response = await fetch(issuer + path)
      expect(response.status).toBe(status)
      await expect(response.json()).rejects.toThrow()
    }
  })

  it('unreachable closes the connection, wrong_issuer names another one', async () => {
    const gone = await startIssuer(RESOURCE, '--fail', 'unreachable')
    await expect(fetch(`${gone}/jwks`)).rejects.toThrow(TypeError)
    const wrong = await startIssuer(RESOURCE, '--fail', 'wrong_issuer')
    const response = await fetch(`${wrong}/.well-known/oauth-authorization-server`)
    expect(((await response.json()) as { issuer: string }).issuer).not.toBe(wrong)
  })
})

describe('arguments', () => {
  it('name the port that another program uses', async () => {
    const { port } = new URL(await startIssuer(RESOURCE))
    let said = ''
    const code = await runIssuer(['--resource', RESOURCE, '--port', port], {
      out: () => undefined,
      err: (text) => {
        said += text
      },
      stopped: () => Promise.resolve(),
    })
    expect([code, said]).toEqual([
      2,
      `--port ${port} cannot be used: another program uses it. Give another one, or 0 for any.\n`,
    ])
  })

  it.each([
    [[], 'Missing --resource'],
    [['--resource', 'not a url'], '--resource'],
    [['--resource', RESOURCE, '--port', 'x'], '--port'],
    [['--resource', RESOURCE, '--user', ':x'], '--user'],
    [['--resource', RESOURCE, '--client', 'id'], '--client'],
    [['--resource', RESOURCE, '--client', 'id:'], '--client'],
    [['--resource', RESOURCE, '--client', 'id:http://127.0.0.1:9/#a'], 'without a fragment'],
    [['--resource', RESOURCE, '--client', 'id:http://a.example/c'], 'http is for localhost only'],
    [
      ['--resource', RESOURCE, '--client', 'id:a://b:one', '--client', 'id:a://b:other'],
      '--client id is there twice, with two secrets',
    ],
    [['--resource', RESOURCE, '--user', 'a:notes"read'], '--user a: notes"read is not a scope'],
    [['--resource', RESOURCE, '--user', 'a:b', '--user', 'a'], '--user a is there twice'],
    [['--resource', RESOURCE, '--fail', 'other'], '--fail'],
    [['--resource', RESOURCE, 'more'], 'more'],
    [['--unknown'], '--unknown'],
  ])('%j exits with 2', async (args, message) => {
    let said = ''
    const code = await runIssuer(args, {
      out: () => undefined,
      err: (text) => {
        said += text
      },
      stopped: () => Promise.resolve(),
    })
    expect(code).toBe(2)
    expect(said).toContain(message)
    expect(said).toContain('Usage: mcp-gatehouse issuer')
  })
})

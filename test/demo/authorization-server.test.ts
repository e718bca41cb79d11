/** The demo's servers, as clients of every MCP revision meet them. Raw requests, no SDK. */
import { createHash, randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type AuthorizationServer,
  startAuthorizationServer,
} from '../../examples/demo/authorization-server.ts'
import { createBrowser } from '../../examples/demo/browser.ts'
import { type Servers, startServers } from '../../examples/demo/servers.ts'
import { decodeToken } from '../../examples/demo/tokens.ts'

type Document = Record<string, unknown>

const REDIRECT_URI = 'http://127.0.0.1/callback'

describe("the four client revisions' discovery orders", () => {
  let servers: Servers
  let issuer: string
  let published: Document

  beforeAll(async () => {
    servers = await startServers()
    issuer = servers.authorizationServer.issuer
    published = (await getDocument(`${issuer}/.well-known/oauth-authorization-server`)) ?? {}
  })
  afterAll(() => servers.close())

  it('2025-03-26 finds the metadata of the demo server at the origin of the MCP server', async () => {
    const { metadata, asked } = await discover20250326(servers.mcpUrl)
    expect(metadata).toEqual(published)
    expect(asked).toEqual([at(servers.mcpUrl, '/.well-known/oauth-authorization-server')])
  })

  it('2025-03-26 gets a usable token without a resource parameter', async () => {
    const { metadata } = await discover20250326(servers.mcpUrl)
    const token = await logIn(metadata ?? {}, { scope: 'notes:read' })
    expect(decodeToken(token).claims).toMatchObject({ aud: servers.mcpUrl, iss: issuer })
    const initialize = {
      protocolVersion: '2025-03-26',
      capabilities: {},
      clientInfo: { name: 'old', version: '1' },
    }
    const response = await call(servers.mcpUrl, 'initialize', initialize, token)
    expect(response.status).toBe(200)
    expect(await response.text()).toContain('"protocolVersion":"2025-03-26"')
  })

  it('2025-06-18 finds the metadata of the demo server by the challenge', async () => {
    const { metadata, asked } = await discover20250618(servers.mcpUrl)
    expect(metadata).toEqual(published)
    expect(asked).toEqual([
      servers.mcpUrl,
      at(servers.mcpUrl, '/.well-known/oauth-protected-resource/mcp'),
      at(issuer, '/.well-known/oauth-authorization-server'),
    ])
  })

  for (const revision of ['2025-11-25', '2026-07-28']) {
    it(`${revision} finds the metadata of the demo server by the challenge`, async () => {
      const { metadata, asked } = await discover20251125(servers.mcpUrl, { revision })
      expect(metadata).toEqual(published)
      expect(asked).toEqual([
        servers.mcpUrl,
        at(servers.mcpUrl, '/.well-known/oauth-protected-resource/mcp'),
        at(issuer, '/.well-known/oauth-authorization-server'),
      ])
    })

    it(`${revision} finds it without the challenge, at the first URL it tries`, async () => {
      const options = { revision, ignoreChallenge: true }
      const { metadata, asked } = await discover20251125(servers.mcpUrl, options)
      expect(metadata).toEqual(published)
      expect(asked[1]).toBe(at(servers.mcpUrl, '/.well-known/oauth-protected-resource/mcp'))
      expect(asked).toHaveLength(3)
    })
  }

  it('no revision finds a document at the root', async () => {
    const root = at(servers.mcpUrl, '/.well-known/oauth-protected-resource')
    expect((await fetch(root)).status).toBe(404)
  })

  it('the OpenID Connect document has the same members', async () => {
    expect(await getDocument(`${issuer}/.well-known/openid-configuration`)).toEqual(published)
  })
})

describe('startAuthorizationServer() gives', () => {
  it('a JWT for the requested resource, without a binding', async () => {
    const { server, metadata, close } = await startWith('https://mcp.example.com/notes')
    const resource = 'https://mcp.example.com/notes'
    const token = await logIn(metadata, { scope: 'notes:read', resource })
    const { header, claims } = decodeToken(token)
    expect(header).toMatchObject({ alg: 'ES256', typ: 'at+jwt' })
    expect(claims).toMatchObject({ iss: server.issuer, aud: resource, scope: 'notes:read' })
    expect(claims).toMatchObject({ sub: 'ada', client_id: expect.any(String) })
    expect(claims).not.toHaveProperty('cnf')
    await close()
  })

  it('opaque tokens and introspection with the option', async () => {
    const { metadata, close } = await startWith('https://mcp.example.com/notes', {
      accessTokenFormat: 'opaque',
    })
    const token = await logIn(metadata, { scope: 'notes:read' })
    expect(token.split('.')).toHaveLength(1)
    expect(metadata).toHaveProperty('introspection_endpoint')
    await close()
  })

  it('DPoP with the option', async () => {
    const bound = await startWith('https://mcp.example.com/notes', { dpop: true })
    const plain = await startWith('https://mcp.example.com/notes')
    expect(bound.metadata).toHaveProperty('dpop_signing_alg_values_supported')
    expect(plain.metadata).not.toHaveProperty('dpop_signing_alg_values_supported')
    await Promise.all([bound.close(), plain.close()])
  })
})

describe('startAuthorizationServer() rejects', () => {
  let server: AuthorizationServer
  let metadata: Document
  let close: () => Promise<void>

  beforeAll(async () => {
    ;({ server, metadata, close } = await startWith('https://mcp.example.com/notes'))
  })
  afterAll(() => close())

  it('an unregistered resource', async () => {
    const login = logIn(metadata, { scope: 'notes:read', resource: 'https://other.example.com/' })
    await expect(login).rejects.toThrow('invalid_target')
  })

  it('an authorization request without PKCE', async () => {
    const login = logIn(metadata, { scope: 'notes:read', pkce: false })
    await expect(login).rejects.toThrow('invalid_request')
  })

  it('a login that the user denies', async () => {
    const login = logIn(metadata, { scope: 'notes:read', answer: 'deny' })
    await expect(login).rejects.toThrow('access_denied')
  })

  it('markup in the name of a client', async () => {
    const client = await register(metadata, '<script>alert(1)</script>')
    const url = authorizationUrl(metadata, client, { scope: 'notes:read' }).url
    const browser = createBrowser({ username: 'ada' })
    const { visits } = await browser.open(url, new URL(REDIRECT_URI))
    expect(visits.map(({ heading }) => heading)).toContain(
      'Allow &lt;script&gt;alert(1)&lt;/script&gt;?',
    )
  })

  it('a login page with an expired interaction', async () => {
    const response = await fetch(`${server.issuer}/interaction/long-gone`)
    expect(response.status).toBe(400)
    expect(await response.text()).not.toMatch(/\n\s+at /)
  })

  it('connections after close()', async () => {
    const other = await startAuthorizationServer()
    await other.close()
    await expect(fetch(other.issuer)).rejects.toThrow()
    expect(other.issuer).not.toBe(server.issuer)
  })
})

interface Discovered {
  readonly metadata: Document | undefined
  /** Every URL asked, in order. */
  readonly asked: readonly string[]
}

/** MCP 2025-03-26: the authorization base URL is the MCP server's, without its path. */
async function discover20250326(mcpUrl: string): Promise<Discovered> {
  const url = at(mcpUrl, '/.well-known/oauth-authorization-server')
  return { metadata: await getDocument(url, '2025-03-26'), asked: [url] }
}

/** MCP 2025-06-18: the challenge, RFC 9728, RFC 8414, and no other place. */
async function discover20250618(mcpUrl: string): Promise<Discovered> {
  const prmUrl = await challengedMetadataUrl(mcpUrl, '2025-06-18')
  if (prmUrl === undefined) throw new Error('There is no resource_metadata in the challenge')
  const [issuer] = issuersOf(await getDocument(prmUrl, '2025-06-18'), mcpUrl)
  const url = insertWellKnown(issuer ?? '', 'oauth-authorization-server')
  return { metadata: await getDocument(url, '2025-06-18'), asked: [mcpUrl, prmUrl, url] }
}

/** MCP 2025-11-25 and later: the challenge or two well-known places, then the three-step order. */
async function discover20251125(
  mcpUrl: string,
  { revision, ignoreChallenge = false }: { revision: string; ignoreChallenge?: boolean },
): Promise<Discovered> {
  const asked = [mcpUrl]
  const challenged = await challengedMetadataUrl(mcpUrl, revision)
  const places =
    challenged !== undefined && !ignoreChallenge
      ? [challenged]
      : [
          insertWellKnown(mcpUrl, 'oauth-protected-resource'),
          at(mcpUrl, '/.well-known/oauth-protected-resource'),
        ]
  const [issuer = ''] = issuersOf(await firstDocument(places, revision, asked), mcpUrl)
  const metadata = await firstDocument(
    [
      insertWellKnown(issuer, 'oauth-authorization-server'),
      insertWellKnown(issuer, 'openid-configuration'),
      `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`,
    ],
    revision,
    asked,
  )
  // Both revisions: no PKCE in the metadata, no login; 2026-07-28 insists on the issuer, too.
  expect(metadata?.code_challenge_methods_supported).toContain('S256')
  expect(metadata?.issuer).toBe(issuer)
  return { metadata, asked }
}

async function challengedMetadataUrl(url: string, revision: string): Promise<string | undefined> {
  const response = await call(url, 'tools/list', {}, undefined, revision)
  expect(response.status).toBe(401)
  const challenge = response.headers.get('WWW-Authenticate') ?? ''
  return /resource_metadata="([^"]*)"/.exec(challenge)?.[1]
}

function issuersOf(document: Document | undefined, mcpUrl: string): string[] {
  // RFC 9728 §3.3: a document that names another resource must not be used.
  expect(document?.resource).toBe(mcpUrl)
  return document?.authorization_servers as string[]
}

async function firstDocument(
  urls: readonly string[],
  revision: string,
  asked: string[],
): Promise<Document | undefined> {
  for (const url of urls) {
    asked.push(url)
    const document = await getDocument(url, revision)
    if (document !== undefined) return document
  }
  return undefined
}

async function getDocument(url: string, revision?: string): Promise<Document | undefined> {
  const headers = revision === undefined ? {} : { 'MCP-Protocol-Version': revision }
  const response = await fetch(url, { headers })
  return response.ok ? ((await response.json()) as Document) : undefined
}

function call(
  url: string,
  method: string,
  params: Document,
  token?: string,
  revision?: string,
): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: {
      Accept: 'application/json, text/event-stream',
      'Content-Type': 'application/json',
      ...(revision === undefined ? {} : { 'MCP-Protocol-Version': revision }),
      ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  })
}

function at(url: string, path: string): string {
  return new URL(url).origin + path
}

/** RFC 8414 §3.1 and RFC 9728 §3.1: between the host and the path. */
function insertWellKnown(url: string, name: string): string {
  const { origin, pathname } = new URL(url)
  return `${origin}/.well-known/${name}${pathname === '/' ? '' : pathname}`
}

async function startWith(
  resource: string,
  options: Parameters<typeof startAuthorizationServer>[0] = {},
): Promise<{ server: AuthorizationServer; metadata: Document; close: () => Promise<void> }> {
  const server = await startAuthorizationServer(options)
  server.registerResource(resource, ['notes:read', 'notes:write'])
  const url = `${server.issuer}/.well-known/oauth-authorization-server`
  return { server, metadata: (await getDocument(url)) ?? {}, close: server.close }
}

interface LoginOptions {
  readonly scope: string
  readonly resource?: string
  readonly pkce?: boolean
  readonly answer?: string
}

/** A whole login by hand; rejects with the OAuth error code. */
async function logIn(metadata: Document, options: LoginOptions): Promise<string> {
  const client = await register(metadata, 'By hand')
  const { url, verifier } = authorizationUrl(metadata, client, options)
  const answers = { username: 'ada', ...(options.answer ? { action: options.answer } : {}) }
  const { arrived } = await createBrowser(answers).open(url, new URL(REDIRECT_URI))
  const error = arrived.searchParams.get('error')
  if (error !== null) throw new Error(error)
  const response = await fetch(String(metadata.token_endpoint), {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      client_id: client,
      code: arrived.searchParams.get('code') ?? '',
      code_verifier: verifier,
      redirect_uri: REDIRECT_URI,
      ...(options.resource ? { resource: options.resource } : {}),
    }),
  })
  const answer = (await response.json()) as { access_token?: string; error?: string }
  if (answer.access_token === undefined) throw new Error(answer.error)
  return answer.access_token
}

async function register(metadata: Document, name: string): Promise<string> {
  const response = await fetch(String(metadata.registration_endpoint), {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({
      client_name: name,
      redirect_uris: [REDIRECT_URI],
      application_type: 'native',
      token_endpoint_auth_method: 'none',
    }),
  })
  return ((await response.json()) as { client_id: string }).client_id
}

function authorizationUrl(
  metadata: Document,
  client: string,
  { scope, resource, pkce = true }: LoginOptions,
): { url: URL; verifier: string } {
  const verifier = randomBytes(32).toString('base64url')
  const url = new URL(String(metadata.authorization_endpoint))
  url.search = new URLSearchParams({
    response_type: 'code',
    client_id: client,
    redirect_uri: REDIRECT_URI,
    scope,
    ...(resource ? { resource } : {}),
    ...(pkce
      ? {
          code_challenge: createHash('sha256').update(verifier).digest('base64url'),
          code_challenge_method: 'S256',
        }
      : {}),
  }).toString()
  return { url, verifier }
}

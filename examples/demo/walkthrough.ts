/** The walkthrough: an MCP client starts with one URL, logs in and calls tools; invalid tokens are rejected. */
import {
  exchangeAuthorization,
  extractWWWAuthenticateParams,
  startAuthorization,
} from '@modelcontextprotocol/client'
import type { AuthEvent } from 'mcp-gatehouse'
import { type Browser, createBrowser, type Visit } from './browser.ts'
import {
  createConnection,
  createLoginProvider,
  endsInLogin,
  type LoginProvider,
  REDIRECT_URL,
} from './client.ts'
import { createRecorder, type Exchange } from './exchanges.ts'
import type { Printer } from './print.ts'
import { type Servers, startServers } from './servers.ts'
import { createStory, type Step } from './story.ts'
import { decodeToken, tamperWithToken } from './tokens.ts'

/**
 * Starts the servers, runs the walkthrough, stops the servers.
 *
 * @param printer The output.
 * @param opaque Whether access tokens are opaque, so that the MCP server introspects them.
 * @returns Whether every check passed.
 */
export async function runWalkthrough(printer: Printer, opaque = false): Promise<boolean> {
  const events: AuthEvent[] = []
  const servers = await startServers({ opaque, onEvent: (event) => events.push(event) })
  try {
    printer.line(printer.styled('bold', 'An MCP server protected by OAuth 2.1'))
    printer.line(`   MCP server            ${servers.mcpUrl}`)
    printer.line(`   authorization server  ${servers.authorizationServer.issuer}`)
    return await runSteps(printer, servers, events)
  } finally {
    await servers.close()
  }
}

async function runSteps(
  printer: Printer,
  servers: Servers,
  events: readonly AuthEvent[],
): Promise<boolean> {
  const { authorizationServer, introspect, mcpUrl, otherResource } = servers
  const { issuer } = authorizationServer
  const story = createStory(printer)
  const recorder = createRecorder()
  const browser = createBrowser({ username: 'ada', password: 'anything' })
  const provider = createLoginProvider(browser)
  const first = createConnection(mcpUrl, provider, recorder)
  const second = createConnection(mcpUrl, provider, recorder)

  await story.step('A request without a token', async (step) => {
    const attempt = endsInLogin(first.connect)
    // Print the response first, even if the connection fails.
    await Promise.allSettled([attempt])
    const exchange = found(recorder.exchanges[0], 'a first request')
    step.exchange(exchange, 'server/discover')
    const { resourceMetadataUrl, scope, error } = extractWWWAuthenticateParams(exchange.response)
    step.expect('the response is 401', exchange.response.status, 401)
    step.expect(
      'the challenge has the metadata URL',
      resourceMetadataUrl?.href,
      `${new URL(mcpUrl).origin}/.well-known/oauth-protected-resource/mcp`,
    )
    step.expect('the challenge has the scope to request', scope, 'notes:read')
    step.expect(
      'the challenge has no error code, because the request had no token',
      error,
      undefined,
    )
    step.expect('the client starts a login', await attempt, true)
  })

  await story.step('Protected resource metadata (RFC 9728)', async (step) => {
    const exchange = found(
      recorder.find('/.well-known/oauth-protected-resource/mcp'),
      'the protected resource metadata',
    )
    const document = await readJson(exchange)
    step.exchange(exchange)
    step.show('The document', document)
    step.expect('the response is 200', exchange.response.status, 200)
    step.expect('it describes the URL the client called', document.resource, mcpUrl)
    step.expect('it names the authorization server', document.authorization_servers, [issuer])
  })

  await story.step('Authorization server metadata (RFC 8414)', async (step) => {
    const exchange = found(
      recorder.find('/.well-known/oauth-authorization-server'),
      'the authorization server metadata',
    )
    const document = await readJson(exchange)
    step.exchange(exchange)
    step.show('Relevant members', {
      issuer: document.issuer,
      authorization_endpoint: document.authorization_endpoint,
      token_endpoint: document.token_endpoint,
      registration_endpoint: document.registration_endpoint,
      jwks_uri: document.jwks_uri,
      code_challenge_methods_supported: document.code_challenge_methods_supported,
    })
    step.expect(
      'the client requested it from the issuer in authorization_servers',
      exchange.url.origin,
      issuer,
    )
    step.expect('the issuer in the document is the same text', document.issuer, issuer)
    step.expect('PKCE is supported', document.code_challenge_methods_supported, ['S256'])
  })

  await story.step('Registration (RFC 7591)', async (step) => {
    const exchange = found(recorder.find('/reg'), 'a registration')
    const registered = await readJson(exchange)
    step.exchange(exchange)
    step.show('The client as registered', {
      client_id: registered.client_id,
      client_name: registered.client_name,
      redirect_uris: registered.redirect_uris,
      token_endpoint_auth_method: registered.token_endpoint_auth_method,
    })
    step.expect('the client is registered', exchange.response.status, 201)
    step.expect('it is a public client', registered.token_endpoint_auth_method, 'none')
  })

  await story.step('Login with consent', (step) => {
    const asked = found(provider.authorizationUrl, 'an authorization request').searchParams
    step.show('The authorization request', {
      client_id: asked.get('client_id'),
      scope: asked.get('scope'),
      resource: asked.get('resource'),
      code_challenge_method: asked.get('code_challenge_method'),
    })
    showVisits(step, provider.visits)
    step.expect('resource is the MCP server (RFC 8707)', asked.get('resource'), mcpUrl)
    step.expect('PKCE is used', asked.get('code_challenge_method'), 'S256')
    step.expect('the user signed in and gave consent', headings(provider.visits), [
      'Sign in',
      'Allow Gatehouse demo client?',
    ])
    step.expect('the callback has a code', provider.callback.has('code'), true)
    step.expect(
      'the callback has the issuer of this server (RFC 9207)',
      provider.callback.get('iss'),
      issuer,
    )
  })

  await story.step('The token', async (step) => {
    await first.transport.finishAuth(provider.callback)
    const exchange = found(recorder.find('/token'), 'a token request')
    const form = new URLSearchParams(exchange.requestBody)
    step.exchange(exchange)
    step.show('The token request', {
      grant_type: form.get('grant_type'),
      client_id: form.get('client_id'),
      resource: form.get('resource'),
      code: form.has('code') ? '…' : undefined,
      code_verifier: form.has('code_verifier') ? '…' : undefined,
    })
    step.expect('the response is 200', exchange.response.status, 200)
    const claims = await showToken(step, await accessToken(provider), introspect)
    step.expect('iss is this issuer', claims.iss, issuer)
    step.expect('aud is this MCP server only', claims.aud, mcpUrl)
    step.expect('scope is notes:read', claims.scope, 'notes:read')
  })

  await story.step('Tool calls with the token', async (step) => {
    await second.connect()
    const { client } = second
    const { tools } = await client.listTools()
    const names = tools.map(({ name }) => name)
    step.say(`The tools, with MCP ${client.getNegotiatedProtocolVersion()}`)
    for (const { name, description } of tools) step.say(`  ${name.padEnd(12)} ${description}`)
    const notes = textOf(await client.callTool({ name: 'list_notes', arguments: {} }))
    step.say('The result of list_notes')
    for (const note of notes.split('\n')) step.say(`  ${note}`)
    step.expect('the tools are listed', names, ['list_notes', 'add_note', 'delete_note'])
    step.expect('list_notes returns the notes', notes, '1: Buy milk\n2: Water the plants')

    const older = createConnection(mcpUrl, provider, recorder, 'legacy')
    await older.connect()
    const same = (await older.client.listTools()).tools.map(({ name }) => name)
    const version = older.client.getNegotiatedProtocolVersion()
    step.expect(`a client of MCP ${version} gets the same tools`, same, names)
    await older.client.close()
  })

  // From here on, requests that must fail. Each differs from a valid request in one point.
  const expectRejection = async (step: Step, token: string, code: string) => {
    const before = events.length
    const exchange = await probe(mcpUrl, token)
    step.exchange(exchange, 'tools/list')
    const { resourceMetadataUrl, error } = extractWWWAuthenticateParams(exchange.response)
    const seen = events.slice(before).find((event) => event.type === 'refused')
    step.expect('the response is 401', exchange.response.status, 401)
    step.expect('the error is invalid_token', error, 'invalid_token')
    step.expect(
      'the challenge has the metadata URL',
      resourceMetadataUrl?.href,
      `${new URL(mcpUrl).origin}/.well-known/oauth-protected-resource/mcp`,
    )
    step.expect(`only the server's event has the reason: ${code}`, seen?.code, code)
    return seen
  }

  await story.step('A token for another audience', async (step) => {
    const good = await probe(mcpUrl, await accessToken(provider))
    step.expect('the token for this server gets 200', good.response.status, 200)
    const token = await logInFor(otherResource, 'calendar:read', provider, browser, issuer)
    const { aud } = await claimsOf(token, introspect)
    step.say(`A token of the same issuer for the same user, but aud is ${aud}`)
    const seen = await expectRejection(step, token, 'token_audience')
    step.expect('the event has the audience of the token', seen?.received, [otherResource])
  })

  if (introspect === undefined) {
    await story.step('An expired token', async (step) => {
      const { claims } = decodeToken(await accessToken(provider))
      const now = Math.floor(Date.now() / 1000)
      const expired = { ...claims, iat: now - 3720, exp: now - 120 }
      const token = await authorizationServer.signAccessToken(expired)
      step.say('A token with a valid signature that expired two minutes ago')
      await expectRejection(step, token, 'token_expired')
    })

    await story.step('A tampered token', async (step) => {
      const scope = 'notes:read notes:write'
      const token = tamperWithToken(await accessToken(provider), { scope })
      step.say(`The valid token with scope changed to "${scope}" and the same signature`)
      await expectRejection(step, token, 'token_signature')
    })
  } else {
    await story.step('An invalid token', async (step) => {
      const token = (await accessToken(provider)).replace(/.{4}$/, 'made')
      step.say('The valid token with its last four characters changed')
      await expectRejection(step, token, 'token_inactive')
    })
  }

  await story.step('Insufficient scope and step-up', async (step) => {
    const { client, transport } = second
    const from = recorder.exchanges.length
    const deleteNote = () => client.callTool({ name: 'delete_note', arguments: { id: 1 } })
    const attempt = endsInLogin(deleteNote)
    await Promise.allSettled([attempt])
    const rejected = found(recorder.exchanges[from], 'a tool call')
    step.exchange(rejected, 'tools/call delete_note')
    const { scope, error } = extractWWWAuthenticateParams(rejected.response)
    step.expect('the response is 403', rejected.response.status, 403)
    step.expect('the error is insufficient_scope', error, 'insufficient_scope')
    step.expect('scope has every scope that the tool needs', scope, 'notes:read notes:write')
    step.expect('the client starts a login for more scopes', await attempt, true)

    showVisits(step, provider.visits)
    step.expect('the user is still signed in and gives consent', headings(provider.visits), [
      'Allow Gatehouse demo client?',
    ])
    await transport.finishAuth(provider.callback)
    const { scope: granted } = await claimsOf(await accessToken(provider), introspect)
    step.expect('the new token has both scopes', granted, 'notes:read notes:write')
    step.expect('the note is deleted', textOf(await deleteNote()), 'Deleted note 1.')
    const notes = textOf(await client.callTool({ name: 'list_notes', arguments: {} }))
    step.expect('the note is no longer listed', notes, '2: Water the plants')
    await client.close()
  })

  if (introspect !== undefined) {
    await story.step('A revoked token', async (step) => {
      const token = await accessToken(provider)
      step.expect(
        'before the revocation, the token gets 200',
        (await probe(mcpUrl, token)).response.status,
        200,
      )
      step.exchange(await revoke(token, issuer, provider), 'token revocation (RFC 7009)')
      await expectRejection(step, token, 'token_inactive')
    })
  }

  return story.end()
}

/** A minimal MCP request with a token. */
async function probe(mcpUrl: string, token: string): Promise<Exchange> {
  const recorder = createRecorder()
  await recorder.fetch(mcpUrl, {
    method: 'POST',
    headers: {
      Accept: 'application/json, text/event-stream',
      Authorization: `Bearer ${token}`,
      'Content-Type': 'application/json',
      'MCP-Protocol-Version': '2025-11-25',
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' }),
  })
  return found(recorder.exchanges[0], 'a request')
}

/** Prints the claims of a token: decoded from a JWT, or introspected. */
async function showToken(
  step: Step,
  token: string,
  introspect: Servers['introspect'],
): Promise<Readonly<Record<string, unknown>>> {
  if (introspect === undefined) {
    const { header, claims } = decodeToken(token)
    step.show('The header of the token', header)
    step.show('Its claims', claims)
    step.expect('typ is at+jwt (RFC 9068)', header.typ, 'at+jwt')
    return claims
  }
  step.say(`The token is opaque and has ${token.length} characters`)
  const exchange = await introspect(token)
  step.exchange(exchange, 'token introspection (RFC 7662)')
  const claims = await readJson(exchange)
  step.show('The introspection response', claims)
  step.expect('the token is not a JWT', token.split('.').length, 1)
  step.expect('the token is active', claims.active, true)
  return claims
}

async function claimsOf(
  token: string,
  introspect: Servers['introspect'],
): Promise<Readonly<Record<string, unknown>>> {
  return introspect === undefined ? decodeToken(token).claims : readJson(await introspect(token))
}

/** Revokes a token as its client. */
async function revoke(token: string, issuer: string, provider: LoginProvider): Promise<Exchange> {
  const { client_id } = found(await provider.clientInformation(), 'a registered client')
  const recorder = createRecorder()
  await recorder.fetch(`${issuer}/token/revocation`, {
    method: 'POST',
    body: new URLSearchParams({ client_id, token }),
  })
  return found(recorder.exchanges[0], 'a revocation')
}

/** Gets a token for another resource, with the same client, user and authorization server. */
async function logInFor(
  resource: string,
  scope: string,
  provider: LoginProvider,
  browser: Browser,
  issuer: string,
): Promise<string> {
  const metadata = (await provider.discoveryState?.())?.authorizationServerMetadata
  const clientInformation = found(await provider.clientInformation(), 'a registered client')
  const common = { clientInformation, resource, ...(metadata ? { metadata } : {}) }
  const { authorizationUrl, codeVerifier } = await startAuthorization(issuer, {
    ...common,
    redirectUrl: REDIRECT_URL,
    scope,
  })
  const { arrived } = await browser.open(authorizationUrl, REDIRECT_URL)
  const tokens = await exchangeAuthorization(issuer, {
    ...common,
    authorizationCode: arrived.searchParams.get('code') ?? '',
    iss: arrived.searchParams.get('iss') ?? '',
    codeVerifier,
    redirectUri: REDIRECT_URL,
  })
  return tokens.access_token
}

async function accessToken(provider: LoginProvider): Promise<string> {
  return found(await provider.tokens(), 'a token').access_token
}

function showVisits(step: Step, visits: readonly Visit[]): void {
  step.say('The pages that the user sees')
  for (const { method, url, status, heading } of visits) {
    // Shorten the random ids of the pages.
    const path = url.pathname.replace(/\/[\w-]{20,}$/, '/…')
    const page = heading === undefined ? '' : `  page: ${heading}`
    step.say(`  ${method.padEnd(4)} ${path.padEnd(14)} ${status}${page}`)
  }
}

function headings(visits: readonly Visit[]): string[] {
  return visits.flatMap(({ heading }) => heading ?? [])
}

async function readJson({ response }: Exchange): Promise<Record<string, unknown>> {
  return (await response.json()) as Record<string, unknown>
}

function textOf(result: { content: readonly { type: string; text?: string }[] }): string {
  return result.content.map(({ text }) => text ?? '').join('\n')
}

function found<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`Not found: ${what}`)
  return value
}

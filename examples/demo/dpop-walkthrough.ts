/** The DPoP walkthrough (RFC 9449): a token that is bound to a key, and attempts to use it without that key. */
import { randomBytes } from 'node:crypto'
import { extractWWWAuthenticateParams } from '@modelcontextprotocol/client'
import { calculateThumbprint, generateKeyPair, generateProof, type KeyPair } from 'dpop'
import type { AuthEvent } from 'mcp-gatehouse'
import { createRecorder, type Exchange } from './exchanges.ts'
import type { Printer } from './print.ts'
import { type Servers, startServers } from './servers.ts'
import { createStory, type Step } from './story.ts'
import { decodeToken } from './tokens.ts'

/** A client that gets tokens for itself, without a user. */
const CLIENT_ID = 'robot'
const ALGORITHM = 'ES256'

/**
 * Starts the servers with DPoP enabled, runs the walkthrough, stops the servers.
 *
 * @param printer The output.
 * @returns Whether every check passed.
 */
export async function runDpopWalkthrough(printer: Printer): Promise<boolean> {
  const events: AuthEvent[] = []
  const secret = randomBytes(18).toString('base64url')
  const robot = {
    client_id: CLIENT_ID,
    client_secret: secret,
    grant_types: ['client_credentials'],
    redirect_uris: [],
    response_types: [],
    token_endpoint_auth_method: 'client_secret_post',
  }
  const servers = await startServers({
    dpop: true,
    authorizationServer: { clients: [robot] },
    onEvent: (event) => events.push(event),
  })
  try {
    printer.line(printer.styled('bold', 'An access token bound to a key (DPoP)'))
    printer.line(`   MCP server            ${servers.mcpUrl}`)
    printer.line(`   authorization server  ${servers.authorizationServer.issuer}`)
    return await runSteps(printer, servers, secret, events)
  } finally {
    await servers.close()
  }
}

async function runSteps(
  printer: Printer,
  { mcpUrl, authorizationServer }: Servers,
  secret: string,
  events: readonly AuthEvent[],
): Promise<boolean> {
  const story = createStory(printer)
  const keys = await generateKeyPair(ALGORITHM)
  const prove = (token: string, holder: KeyPair = keys) =>
    generateProof(holder, mcpUrl, 'POST', undefined, token)
  let token = ''
  let usedProof = ''

  /** Checks a rejection and the reason in the server's event. */
  const expectRejection = async (step: Step, exchange: Exchange, error: string, code: string) => {
    step.exchange(exchange, 'tools/list')
    const { response } = exchange
    const challenges = response.headers.get('WWW-Authenticate') ?? ''
    step.expect('the response is 401', response.status, 401)
    step.expect(`the error is ${error}`, extractWWWAuthenticateParams(response).error, error)
    step.expect(
      'the challenges are Bearer and DPoP, in this order',
      schemesOf(challenges),
      'Bearer, DPoP',
    )
    const seen = events.findLast((event) => event.type === 'refused')
    step.expect(`only the server's event has the reason: ${code}`, seen?.code, code)
  }

  await story.step('DPoP in the metadata', async (step) => {
    const recorder = createRecorder()
    const { origin } = new URL(mcpUrl)
    const place = `${origin}/.well-known/oauth-protected-resource/mcp`
    const response = await recorder.fetch(place)
    const document = (await response.json()) as Record<string, unknown>
    const algorithms = document.dpop_signing_alg_values_supported
    step.exchange({ method: 'GET', url: new URL(place), response })
    step.show('Relevant members', { dpop_signing_alg_values_supported: algorithms })
    step.expect(
      'proofs may be signed with ES256',
      Array.isArray(algorithms) && algorithms.includes(ALGORITHM),
      true,
    )
  })

  await story.step('A token bound to a key', async (step) => {
    const tokenUrl = `${authorizationServer.issuer}/token`
    const recorder = createRecorder()
    const response = await recorder.fetch(tokenUrl, {
      method: 'POST',
      headers: { DPoP: await generateProof(keys, tokenUrl, 'POST') },
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: CLIENT_ID,
        client_secret: secret,
        scope: 'notes:read',
        resource: mcpUrl,
      }),
    })
    const tokens = (await response.json()) as { access_token: string; token_type: string }
    token = tokens.access_token
    const { cnf } = decodeToken(token).claims
    step.say('The client proves possession of the key to the authorization server')
    step.exchange({ method: 'POST', url: new URL(tokenUrl), response })
    step.show('The claim that binds the token to the key', { cnf })
    step.expect('the response is 200', response.status, 200)
    step.expect('token_type is DPoP', tokens.token_type, 'DPoP')
    step.expect('cnf is the thumbprint of the key', cnf, {
      jkt: await calculateThumbprint(keys.publicKey),
    })
  })

  await story.step('A request with a valid proof', async (step) => {
    usedProof = await prove(token)
    const exchange = await sendRequest(mcpUrl, { Authorization: `DPoP ${token}`, DPoP: usedProof })
    step.say('The proof is for this method, URL and token, and signed with the key')
    step.exchange(exchange, 'tools/list')
    step.expect('the response is 200', exchange.response.status, 200)
    const again = await sendRequest(mcpUrl, {
      Authorization: `DPoP ${token}`,
      DPoP: await prove(token),
    })
    step.expect('a second request with a new proof gets 200', again.response.status, 200)
  })

  await story.step('A replayed proof', async (step) => {
    step.say('The request of the previous step, sent again')
    const exchange = await sendRequest(mcpUrl, { Authorization: `DPoP ${token}`, DPoP: usedProof })
    await expectRejection(step, exchange, 'invalid_dpop_proof', 'dpop_proof_replayed')
  })

  await story.step('The token without a proof', async (step) => {
    step.say('The stolen token, sent as a bearer token')
    const exchange = await sendRequest(mcpUrl, { Authorization: `Bearer ${token}` })
    await expectRejection(step, exchange, 'invalid_token', 'binding_missing')
  })

  await story.step('A proof with another key', async (step) => {
    step.say('The stolen token with a valid proof of the attacker’s key')
    const stolen = await prove(token, await generateKeyPair(ALGORITHM))
    const exchange = await sendRequest(mcpUrl, { Authorization: `DPoP ${token}`, DPoP: stolen })
    await expectRejection(step, exchange, 'invalid_token', 'binding_mismatch')
  })

  await story.step('A proof for another URL', async (step) => {
    step.say('A proof for the attacker’s server, forwarded to the MCP server')
    const lured = await generateProof(keys, 'https://thief.example/mcp', 'POST', undefined, token)
    const exchange = await sendRequest(mcpUrl, { Authorization: `DPoP ${token}`, DPoP: lured })
    await expectRejection(step, exchange, 'invalid_dpop_proof', 'dpop_proof_invalid')
  })

  return story.end()
}

/** Sends a minimal MCP request. */
async function sendRequest(mcpUrl: string, credentials: Record<string, string>): Promise<Exchange> {
  const recorder = createRecorder()
  await recorder.fetch(mcpUrl, {
    method: 'POST',
    headers: {
      Accept: 'application/json, text/event-stream',
      'Content-Type': 'application/json',
      'MCP-Protocol-Version': '2025-11-25',
      ...credentials,
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' }),
  })
  const [exchange] = recorder.exchanges
  if (exchange === undefined) throw new Error('Not found: a request')
  return exchange
}

function schemesOf(challenges: string): string {
  return [...challenges.matchAll(/(?:^|, )(Bearer|DPoP) /g)].map(([, scheme]) => scheme).join(', ')
}

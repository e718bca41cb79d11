/** The story of a token that is bound to a key (RFC 9449): what a thief can do with it. */
import { randomBytes } from 'node:crypto'
import { extractWWWAuthenticateParams } from '@modelcontextprotocol/client'
import { calculateThumbprint, generateKeyPair, generateProof, type KeyPair } from 'dpop'
import type { AuthEvent } from 'mcp-gatehouse'
import { createRecorder, type Exchange } from './exchanges.ts'
import type { Printer } from './print.ts'
import { type Servers, startServers } from './servers.ts'
import { beginStory, type Step } from './story.ts'
import { decodeToken } from './tokens.ts'

/** A client without a person: it asks for tokens in its own name. */
const CLIENT_ID = 'robot'
const ALGORITHM = 'ES256'

/**
 * Starts the servers with DPoP switched on, tells the story, stops the servers.
 *
 * @param printer Where it is told.
 * @returns Whether everything was as expected.
 */
export async function tellDpopStory(printer: Printer): Promise<boolean> {
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
    printer.line(printer.styled('bold', 'A token that is useless to a thief'))
    printer.line(`   MCP server            ${servers.mcpUrl}`)
    printer.line(`   authorization server  ${servers.authorizationServer.issuer}`)
    return await tellSteps(printer, servers, secret, events)
  } finally {
    await servers.close()
  }
}

async function tellSteps(
  printer: Printer,
  { mcpUrl, authorizationServer }: Servers,
  secret: string,
  events: readonly AuthEvent[],
): Promise<boolean> {
  const story = beginStory(printer)
  const keys = await generateKeyPair(ALGORITHM)
  const prove = (token: string, holder: KeyPair = keys) =>
    generateProof(holder, mcpUrl, 'POST', undefined, token)
  let token = ''
  let usedProof = ''

  /** What must fail, and what only the server's own log says about it. */
  const refusal = async (step: Step, exchange: Exchange, error: string, code: string) => {
    step.exchange(exchange, 'tools/list')
    const { response } = exchange
    const challenges = response.headers.get('WWW-Authenticate') ?? ''
    step.expect('it is refused with 401', response.status, 401)
    step.expect(`as ${error}`, extractWWWAuthenticateParams(response).error, error)
    step.expect('both schemes are offered, Bearer first', schemesOf(challenges), 'Bearer, DPoP')
    const seen = events.findLast((event) => event.type === 'refused')
    step.expect(`only the server's own log says why: ${code}`, seen?.code, code)
  }

  await story.step('What the metadata says', async (step) => {
    const recorder = createRecorder()
    const { origin } = new URL(mcpUrl)
    const place = `${origin}/.well-known/oauth-protected-resource/mcp`
    const response = await recorder.fetch(place)
    const document = (await response.json()) as Record<string, unknown>
    const algorithms = document.dpop_signing_alg_values_supported
    step.exchange({ method: 'GET', url: new URL(place), response })
    step.show('What matters here', { dpop_signing_alg_values_supported: algorithms })
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
    const answer = (await response.json()) as { access_token: string; token_type: string }
    token = answer.access_token
    const { cnf } = decodeToken(token).claims
    step.say('The client proves to the authorization server that it has the key')
    step.exchange({ method: 'POST', url: new URL(tokenUrl), response })
    step.show('The claim that binds it', { cnf })
    step.expect('the server issues it', response.status, 200)
    step.expect('as a DPoP token', answer.token_type, 'DPoP')
    step.expect('bound to this key', cnf, { jkt: await calculateThumbprint(keys.publicKey) })
  })

  await story.step('Used as it should be', async (step) => {
    usedProof = await prove(token)
    const exchange = await ask(mcpUrl, { Authorization: `DPoP ${token}`, DPoP: usedProof })
    step.say('With a proof for this method, this URL and this token, signed with the key')
    step.exchange(exchange, 'tools/list')
    step.expect('it passes', exchange.response.status, 200)
    const again = await ask(mcpUrl, {
      Authorization: `DPoP ${token}`,
      DPoP: await prove(token),
    })
    step.expect('and again, with a new proof', again.response.status, 200)
  })

  await story.step('Replayed', async (step) => {
    step.say('Somebody saw the request of the step before, and sends exactly that')
    const exchange = await ask(mcpUrl, { Authorization: `DPoP ${token}`, DPoP: usedProof })
    await refusal(step, exchange, 'invalid_dpop_proof', 'dpop_proof_replayed')
  })

  await story.step('Downgraded', async (step) => {
    step.say('The token was stolen without its key, and is sent as if it needed none')
    const exchange = await ask(mcpUrl, { Authorization: `Bearer ${token}` })
    await refusal(step, exchange, 'invalid_token', 'binding_missing')
  })

  await story.step('Used with another key', async (step) => {
    step.say('The thief makes a perfect proof, with a key of his own')
    const stolen = await prove(token, await generateKeyPair(ALGORITHM))
    const exchange = await ask(mcpUrl, { Authorization: `DPoP ${token}`, DPoP: stolen })
    await refusal(step, exchange, 'invalid_token', 'binding_mismatch')
  })

  await story.step('Used at another place', async (step) => {
    step.say('The client is lured into a proof for the server of the thief, who sends it on')
    const lured = await generateProof(keys, 'https://thief.example/mcp', 'POST', undefined, token)
    const exchange = await ask(mcpUrl, { Authorization: `DPoP ${token}`, DPoP: lured })
    await refusal(step, exchange, 'invalid_dpop_proof', 'dpop_proof_invalid')
  })

  return story.end()
}

/** A plain request, as small as MCP allows. */
async function ask(mcpUrl: string, credentials: Record<string, string>): Promise<Exchange> {
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
  if (exchange === undefined) throw new Error('There was no sign of a request')
  return exchange
}

function schemesOf(challenges: string): string {
  return [...challenges.matchAll(/(?:^|, )(Bearer|DPoP) /g)].map(([, scheme]) => scheme).join(', ')
}

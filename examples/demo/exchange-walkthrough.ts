/** The walkthrough of a token exchange: a tool calls another API with a token of that API, after consent. */
import type { Client } from '@modelcontextprotocol/client'
import { createBrowser } from './browser.ts'
import { createConnection, createLoginProvider, endsInLogin } from './client.ts'
import { createRecorder } from './exchanges.ts'
import { MCP_SERVER, type NextHop, startNextHop } from './next-hop.ts'
import type { Printer } from './print.ts'
import { createStory } from './story.ts'
import { decodeToken } from './tokens.ts'

/**
 * Starts the servers, runs the walkthrough, stops the servers.
 *
 * @param printer The output.
 * @returns Whether every check passed.
 */
export async function runExchangeWalkthrough(printer: Printer): Promise<boolean> {
  const servers = await startNextHop()
  try {
    printer.line(printer.styled('bold', 'A tool that calls another API (RFC 8693)'))
    printer.line(`   MCP server            ${servers.mcpUrl}`)
    printer.line(`   API behind its tool   ${servers.apiUrl}`)
    printer.line(`   authorization server  ${servers.authorizationServer.issuer}`)
    return await runSteps(printer, servers)
  } finally {
    await servers.close()
  }
}

async function runSteps(printer: Printer, servers: NextHop): Promise<boolean> {
  const { accepted, apiUrl, authorizationServer, mcpUrl, requests } = servers
  const { issuer } = authorizationServer
  const story = createStory(printer)
  const recorder = createRecorder()
  const browser = createBrowser({ username: 'ada', password: 'anything' })
  const provider = createLoginProvider(browser)
  const first = createConnection(mcpUrl, provider, recorder)
  const connection = createConnection(mcpUrl, provider, recorder)
  const pages: string[] = []
  let inbound = ''
  const exchanges = () => requests.filter(({ url }) => url === `${issuer}/token`)
  const callTool = async () => {
    const { content } = await connection.client.callTool({ name: 'list_orders', arguments: {} })
    return JSON.stringify(content)
  }

  await story.step('The first hop: login at the MCP server', async (step) => {
    answerElicitations(connection.client, async (url) => {
      pages.push(url)
      await servers.allow(url)
    })
    step.expect('the client starts a login', await endsInLogin(first.connect), true)
    await first.transport.finishAuth(provider.callback)
    await connection.connect()
    inbound = (await provider.tokens())?.access_token ?? ''
    const { aud, sub, client_id: client, scope } = decodeToken(inbound).claims
    step.show('The token of the client', { aud, sub, client_id: client, scope })
    step.expect('it is for the MCP server', aud, mcpUrl)
  })

  await story.step('The tool needs consent for the API', async (step) => {
    const text = await callTool()
    const [first] = exchanges()
    step.show('The exchange', {
      grant_type: first?.form.get('grant_type'),
      subject_token_type: first?.form.get('subject_token_type'),
      resource: first?.form.get('resource'),
      scope: first?.form.get('scope'),
    })
    step.say(
      'The authorization server answers consent_required, the client shows its page, and the user gives consent',
    )
    step.expect('the client got the page in a URL elicitation', pages.length, 1)
    step.expect('the URL of the page is https', pages[0]?.startsWith('https:'), true)
    step.expect(
      'the client called the tool again, and got the orders',
      text.includes('ada: two orders'),
      true,
    )
  })

  await story.step('The second hop: the token of the API', (step) => {
    const auth = accepted.at(-1)
    const { aud, sub, client_id: client, scope } = auth?.claims ?? {}
    step.show('The token that the API received', { aud, sub, client_id: client, scope })
    step.expect('it is for the API', aud, apiUrl)
    step.expect('it is for the same user', sub, decodeToken(inbound).claims.sub)
    step.expect('its client is the MCP server', client, MCP_SERVER)
    step.expect('it is another token', auth?.token === inbound, false)
  })

  await story.step('The next calls use the same token', async (step) => {
    const before = exchanges().length
    await Promise.all([callTool(), callTool(), callTool()])
    step.expect('three calls cause no exchange', exchanges().length - before, 0)
    step.expect('the API was called each time', accepted.length, 4)
  })

  await story.step('The token of the client at the API', async (step) => {
    const again = createRecorder()
    const headers = { Authorization: `Bearer ${inbound}` }
    const response = await again.fetch(apiUrl, { headers })
    step.say('A server that passes the token on gets')
    step.exchange({ method: 'GET', url: new URL(apiUrl), response })
    step.expect('the response is 401', response.status, 401)
    const event = servers.events.findLast(({ type }) => type === 'refused')
    const code = event?.type === 'refused' ? event.code : undefined
    step.expect('the reason in the event is its audience', code, 'token_audience')
    const carriers = requests.filter(({ form }) => form.get('subject_token') === inbound)
    step.expect(
      'the MCP server sent it to the token endpoint only',
      new Set(carriers.map(({ url }) => url)),
      new Set([`${issuer}/token`]),
    )
  })

  await connection.client.close()
  return story.end()
}

/** Lets a client show URLs to its user. */
function answerElicitations(client: Client, show: (url: string) => Promise<void>): void {
  client.registerCapabilities({ elicitation: { url: {} } })
  client.setRequestHandler('elicitation/create', async ({ params }) => {
    if (params.mode !== 'url') return { action: 'decline' }
    await show(params.url)
    return { action: 'accept' }
  })
}

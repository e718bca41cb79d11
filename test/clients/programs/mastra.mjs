import { MCPClient, MCPOAuthClientProvider } from '@mastra/mcp'
import { callInEachStep, visit } from './control.mjs'

const redirectUrl = 'http://127.0.0.1:33418/callback'
let redirects = 0
const authProvider = new MCPOAuthClientProvider({
  redirectUrl,
  clientMetadata: {
    client_name: 'client',
    redirect_uris: [redirectUrl],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
  },
  // It has no registration.
  ...(process.env.CLIENT_METADATA_URL
    ? { clientMetadataUrl: process.env.CLIENT_METADATA_URL }
    : { clientInformation: { client_id: 'given-client' } }),
  onRedirectToAuthorization(url) {
    redirects++
    visit(url)
  },
})
const client = new MCPClient({
  servers: { notes: { url: new URL(process.argv[2]), authProvider } },
})
await client.authenticate('notes')
let tools = await client.listTools()
await callInEachStep(async (name, args) => {
  const before = redirects
  const call = () => tools[`notes_${name}`].execute(args, {})
  const result = await call().catch((error) => error)
  if (redirects === before) {
    if (result instanceof Error) throw result
    return result
  }
  await client.authenticate('notes')
  tools = { ...tools, ...(await client.listTools()) }
  return call()
})

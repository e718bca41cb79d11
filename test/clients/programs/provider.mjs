/** What an application with an MCP library brings: storage, and a browser. */
import { logIn } from './browse.mjs'

export function createProvider() {
  const saved = {}
  const provider = {
    redirectUrl: 'http://127.0.0.1:9/callback',
    clientMetadata: {
      client_name: 'client',
      redirect_uris: ['http://127.0.0.1:9/callback'],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
    },
    state: () => 'state',
    clientInformation: () => saved.client,
    saveClientInformation: (it) => {
      saved.client = it
    },
    tokens: () => saved.tokens,
    saveTokens: (it) => {
      saved.tokens = it
    },
    saveCodeVerifier: (it) => {
      saved.verifier = it
    },
    codeVerifier: () => saved.verifier,
    discoveryState: () => saved.discovery,
    saveDiscoveryState: (it) => {
      saved.discovery = it
    },
    redirects: 0,
    arrived: undefined,
    async redirectToAuthorization(url) {
      provider.redirects++
      provider.arrived = await logIn(url)
    },
  }
  return provider
}

/** Connects, lists notes, and deletes one. */
export async function session(provider, connect, call, finish) {
  const logInOnce = async (action) => {
    try {
      return await action()
    } catch (error) {
      if (provider.arrived === undefined) throw error
      const url = provider.arrived
      provider.arrived = undefined
      await finish(url)
      await connect()
      return action === connect ? undefined : action()
    }
  }
  await logInOnce(connect)
  console.log(JSON.stringify(await call('list_notes', {})))
  const before = provider.redirects
  try {
    console.log(JSON.stringify(await logInOnce(() => call('delete_note', { id: 1 }))))
  } catch (error) {
    console.log(`${error}`)
    if (provider.redirects > before) console.log('step-up: redirected')
  }
  process.exit(0)
}

/** What an application with an MCP library brings: storage, and a browser. */
import { callInEachStep, logIn } from './control.mjs'

const REDIRECT = 'http://127.0.0.1:9/callback'
/** A key for bound tokens, where the run has them and the library supports them. */
const bound = process.env.DPOP === undefined ? undefined : await createDpopSession()

export function createProvider(client) {
  const saved = { client }
  const provider = {
    redirectUrl: REDIRECT,
    clientMetadataUrl: process.env.CLIENT_METADATA_URL,
    clientMetadata: {
      client_name: 'client',
      redirect_uris: [REDIRECT],
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
    dpop: () => bound,
    arrived: undefined,
    async redirectToAuthorization(url) {
      provider.arrived = await logIn(url)
    },
  }
  return provider
}

/** Connects and calls. After a redirect it finishes the login, connects and tries once more, as applications do. */
export async function session(provider, connect, call, finish) {
  const withLogin = async (action) => {
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
  await withLogin(connect)
  await callInEachStep((name, args) => withLogin(() => call(name, args)))
}

async function createDpopSession() {
  try {
    const { DpopSession } = await import('@modelcontextprotocol/client')
    return await DpopSession.create()
  } catch {
    return undefined
  }
}

/**
 * A real MCP client that is given one URL and finds out everything else.
 *
 * The SDK does the OAuth work; what an application adds is here: a place to keep what was learnt,
 * and a way to bring a person to the login page and back.
 */
import { randomUUID } from 'node:crypto'
import {
  Client,
  type OAuthClientInformationMixed,
  type OAuthClientProvider,
  type OAuthDiscoveryState,
  type OAuthTokens,
  StreamableHTTPClientTransport,
  UnauthorizedError,
} from '@modelcontextprotocol/client'
import type { Browser, Visit } from './browser.ts'
import type { Recorder } from './exchanges.ts'

/** Where the authorization server sends the person back to; nobody has to listen there. */
export const REDIRECT_URL = new URL('http://127.0.0.1/callback')

/** The SDK's provider, and what the story wants to know about the last login. */
export interface LoginProvider extends OAuthClientProvider {
  /** Where the login began: the authorization request. */
  readonly authorizationUrl: URL | undefined
  /** What the person saw on the way. */
  readonly visits: readonly Visit[]
  /** What came back: `code`, `state`, `iss`. */
  readonly callback: URLSearchParams
}

/**
 * Creates the provider of a client that nobody knows yet: not registered, no tokens.
 *
 * @param browser Where the person signs in.
 * @returns The provider, for one client and one server.
 */
export function createLoginProvider(browser: Browser): LoginProvider {
  let client: OAuthClientInformationMixed | undefined
  let tokens: OAuthTokens | undefined
  let discovery: OAuthDiscoveryState | undefined
  let verifier = ''
  let state = ''
  let authorizationUrl: URL | undefined
  let visits: readonly Visit[] = []
  let callback = new URLSearchParams()

  return {
    redirectUrl: REDIRECT_URL.href,
    clientMetadata: {
      client_name: 'Gatehouse demo client',
      redirect_uris: [REDIRECT_URL.href],
      grant_types: ['authorization_code', 'refresh_token'],
      token_endpoint_auth_method: 'none',
    },
    state() {
      state = randomUUID()
      return state
    },
    clientInformation: () => client,
    saveClientInformation(saved) {
      client = saved
    },
    tokens: () => tokens,
    saveTokens(saved) {
      tokens = saved
    },
    codeVerifier: () => verifier,
    saveCodeVerifier(saved) {
      verifier = saved
    },
    discoveryState: () => discovery,
    saveDiscoveryState(saved) {
      discovery = saved
    },
    async redirectToAuthorization(url) {
      const { arrived, visits: seen } = await browser.open(url, REDIRECT_URL)
      // RFC 6749 §10.12: an answer to somebody else's request is not ours to use.
      if (arrived.searchParams.get('state') !== state) throw new Error('The state is not ours')
      authorizationUrl = url
      visits = seen
      callback = arrived.searchParams
    },
    get authorizationUrl() {
      return authorizationUrl
    },
    get visits() {
      return visits
    },
    get callback() {
      return callback
    },
  }
}

/** Which MCP revision a client speaks: the newest both sides know, or the handshake of 2025. */
export type Era = 'auto' | 'legacy'

/** A client and the connection it will use. */
export interface Connection {
  readonly client: Client
  readonly transport: StreamableHTTPClientTransport
  /** Connects; without a token this ends in a login, see {@link finishLogin}. */
  connect(): Promise<void>
}

/**
 * Prepares a connection to a protected MCP server.
 *
 * @param url The server's URL: all the client is told.
 * @param provider Its memory and its way to the login page.
 * @param recorder Sees every request, those of the login included.
 * @param era The MCP revisions to speak.
 * @returns The connection, not yet made.
 */
export function createConnection(
  url: string,
  provider: OAuthClientProvider,
  recorder: Recorder,
  era: Era = 'auto',
): Connection {
  const client = new Client(
    { name: 'gatehouse-demo', version: '1.0.0' },
    { versionNegotiation: { mode: era } },
  )
  const transport = new StreamableHTTPClientTransport(new URL(url), {
    authProvider: provider,
    fetch: recorder.fetch,
  })
  return { client, transport, connect: () => client.connect(transport) }
}

/**
 * Runs what needs a login; true when the server asked for one.
 *
 * The SDK has then sent the person to the authorization server and back, and waits for
 * `transport.finishAuth(provider.callback)` before the same thing is tried again.
 *
 * @param action Something that talks to the server.
 * @returns Whether a login came in between.
 */
export async function endsInLogin(action: () => Promise<unknown>): Promise<boolean> {
  try {
    await action()
    return false
  } catch (error) {
    if (error instanceof UnauthorizedError) return true
    throw error
  }
}

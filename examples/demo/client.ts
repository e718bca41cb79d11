/**
 * A real MCP client that starts with one URL and discovers the rest.
 *
 * The SDK implements OAuth. The application adds storage and opens the login page.
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

/** The redirect URL of the login. No server listens there: the demo's browser stops before the request. */
export const REDIRECT_URL = new URL('http://127.0.0.1/callback')

/** The SDK's provider, and data about the last login. */
export interface LoginProvider extends OAuthClientProvider {
  /** The authorization request. */
  readonly authorizationUrl: URL | undefined
  /** The requests of the browser. */
  readonly visits: readonly Visit[]
  /** The parameters of the redirect: `code`, `state`, `iss`. */
  readonly callback: URLSearchParams
}

/**
 * Creates the provider of a new client: not registered, without tokens.
 *
 * @param browser The browser for the login.
 * @param redirectUrl Where the login ends.
 * @returns The provider, for one client and one server.
 */
export function createLoginProvider(
  browser: Browser,
  redirectUrl: URL = REDIRECT_URL,
): LoginProvider {
  let client: OAuthClientInformationMixed | undefined
  let tokens: OAuthTokens | undefined
  let discovery: OAuthDiscoveryState | undefined
  let verifier = ''
  let state = ''
  let authorizationUrl: URL | undefined
  let visits: readonly Visit[] = []
  let callback = new URLSearchParams()

  return {
    redirectUrl: redirectUrl.href,
    clientMetadata: {
      client_name: 'Gatehouse demo client',
      redirect_uris: [redirectUrl.href],
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
      const { arrived, visits: seen } = await browser.open(url, redirectUrl)
      // RFC 6749 §10.12: a response to another authorization request must not be used.
      if (arrived.searchParams.get('state') !== state) throw new Error('The state does not match')
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

/** The MCP revision of a client: the newest that both sides support, or the 2025 handshake. */
export type Era = 'auto' | 'legacy'

/** A client and its transport. */
export interface Connection {
  readonly client: Client
  readonly transport: StreamableHTTPClientTransport
  /** Connects. Without a token it throws after a login, see {@link endsInLogin}. */
  connect(): Promise<void>
}

/**
 * Prepares a connection to a protected MCP server.
 *
 * @param url The server's URL.
 * @param provider Its storage and login.
 * @param recorder Records every request, including those of the login.
 * @param era The MCP revision.
 * @returns The connection, not yet open.
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
 * Runs an action and reports whether the server required a login.
 *
 * After a login, call `transport.finishAuth(provider.callback)` and run the action again.
 *
 * @param action An action that calls the server.
 * @returns Whether a login took place.
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

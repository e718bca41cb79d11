/** The page: an MCP client in a browser, with a login that leaves the page and returns. */

import {
  Client,
  type OAuthClientProvider,
  StreamableHTTPClientTransport,
  UnauthorizedError,
} from '@modelcontextprotocol/client'
import { calculateThumbprint, generateKeyPair, generateProof, type KeyPair } from 'dpop'

/** The functions of the page for the test. They return plain data. */
export interface Page {
  /** A `fetch`. @returns The parts of the response that a script can read. */
  ask(url: string, init: Asked): Promise<Seen>
  /** Connects and calls a tool. @returns Its text, or the URL of the required login. */
  call(mcpUrl: string, name: string, args?: Record<string, unknown>): Promise<Outcome>
  /** Makes a key that never leaves the page. @returns Its thumbprint. */
  makeKey(): Promise<string>
  /** A `fetch` with a token of that key, which sends the nonce of the response before. */
  askWithProof(url: string, token: string): Promise<Seen>
  /** Finishes a login, with the code in the URL of the page. */
  finishLogin(mcpUrl: string): Promise<void>
}

export interface Asked {
  readonly method?: string
  readonly headers?: Record<string, string>
  readonly body?: string
}

export interface Seen {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export type Outcome = { readonly text: string } | { readonly login: string }

declare global {
  interface Window {
    page: Page
  }
}

let key: Promise<KeyPair> | undefined
let nonce: string | undefined

window.page = {
  ask,
  async makeKey() {
    key = generateKeyPair('ES256')
    return calculateThumbprint((await key).publicKey)
  },
  async askWithProof(url, token) {
    const proof = await generateProof(await (key as Promise<KeyPair>), url, 'GET', nonce, token)
    const seen = await ask(url, { headers: { Authorization: `DPoP ${token}`, DPoP: proof } })
    nonce = seen.headers['dpop-nonce'] ?? nonce
    return seen
  },
  async call(mcpUrl, name, args = {}) {
    const client = new Client({ name: 'browser', version: '1.0.0' })
    try {
      await client.connect(transportTo(mcpUrl))
      const { content } = await client.callTool({ name, arguments: args })
      return { text: content.map((part) => (part.type === 'text' ? part.text : '')).join('\n') }
    } catch (error) {
      const login = localStorage.getItem('login')
      if (!(error instanceof UnauthorizedError) || login === null) throw error
      return { login }
    } finally {
      await client.close()
    }
  },
  finishLogin: (mcpUrl) =>
    transportTo(mcpUrl).finishAuth(new URLSearchParams(window.location.search)),
}

async function ask(url: string, init: Asked): Promise<Seen> {
  const response = await fetch(url, init)
  const body = await response.text()
  return { status: response.status, headers: Object.fromEntries(response.headers), body }
}

function transportTo(mcpUrl: string): StreamableHTTPClientTransport {
  return new StreamableHTTPClientTransport(new URL(mcpUrl), { authProvider: createProvider() })
}

/** Keeps its state in the browser's storage, because the login leaves the page. */
function createProvider(): OAuthClientProvider {
  const redirectUrl = `${window.location.origin}/callback`
  return {
    redirectUrl,
    clientMetadata: {
      client_name: 'Browser client',
      redirect_uris: [redirectUrl],
      grant_types: ['authorization_code', 'refresh_token'],
      token_endpoint_auth_method: 'none',
      application_type: 'native',
    },
    clientInformation: () => load('client'),
    saveClientInformation: (value) => save('client', value),
    tokens: () => load('tokens'),
    saveTokens: (value) => save('tokens', value),
    codeVerifier: () => localStorage.getItem('verifier') ?? '',
    saveCodeVerifier: (value) => localStorage.setItem('verifier', value),
    discoveryState: () => load('discovery'),
    saveDiscoveryState: (value) => save('discovery', value),
    redirectToAuthorization: (url) => localStorage.setItem('login', url.href),
  }
}

function load<Value>(key: string): Value | undefined {
  const text = localStorage.getItem(key)
  return text === null ? undefined : (JSON.parse(text) as Value)
}

function save(key: string, value: unknown): void {
  localStorage.setItem(key, JSON.stringify(value))
}

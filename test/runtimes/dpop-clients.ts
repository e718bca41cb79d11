/** Clients with DPoP, each with keys of four algorithms: a program that runs on each runtime, against a server on Node. */

import {
  DpopSession,
  generateDpopKeyPair,
  isDpopNonceChallenge,
} from '@modelcontextprotocol/client'
import * as dpop from 'dpop'
import * as oauth from 'oauth4webapi'

export const ALGORITHMS = ['ES256', 'Ed25519', 'RS256', 'PS256'] as const
type Algorithm = (typeof ALGORITHMS)[number]
type Client = (alg: Algorithm, server: Server) => Promise<Response>

interface Server {
  readonly url: string
  /** A token that is bound to the key. */
  token(jwk: object): Promise<string>
}

const CLIENTS: Readonly<Record<string, Client>> = {
  async dpop(alg, { url, token }) {
    const keys = await dpop.generateKeyPair(alg)
    const bound = await token(await crypto.subtle.exportKey('jwk', keys.publicKey))
    // White space and a query, which `htu` leaves out.
    const target = `${url}?q=a%20b`
    const send = async (nonce?: string) =>
      post(target, bound, await dpop.generateProof(keys, target, 'POST', nonce, bound))
    const first = await send()
    return send(first.headers.get('DPoP-Nonce') ?? undefined)
  },
  async oauth4webapi(alg, { url, token }) {
    const keys = await oauth.generateKeyPair(alg)
    const bound = await token(await crypto.subtle.exportKey('jwk', keys.publicKey))
    const options = {
      DPoP: oauth.DPoP({}, keys),
      [oauth.allowInsecureRequests]: true,
    }
    const send = () =>
      oauth.protectedResourceRequest(bound, 'POST', new URL(url), new Headers(), 'text', options)
    return send().catch((error: unknown) => {
      if (oauth.isDPoPNonceError(error)) return send()
      throw error
    })
  },
  async 'MCP SDK 2.x'(alg, { url, token }) {
    const keyPair = await generateDpopKeyPair({ alg: alg === 'Ed25519' ? 'EdDSA' : alg })
    const session = await DpopSession.create({ keyPair })
    const accessToken = await token(session.publicJwk)
    const send = async () => {
      const proof = await session.buildProof({ htm: 'POST', htu: url, accessToken })
      const response = await post(url, accessToken, proof)
      session.observeNonce(response, url)
      return response
    }
    const first = await send()
    return isDpopNonceChallenge(first) ? send() : first
  },
}

/** @returns The response to each client, with each algorithm. */
export async function tryClients(origin: string): Promise<Readonly<Record<string, string>>> {
  const server = {
    url: `${origin}/mcp`,
    token: async (jwk: object) => (await send(`${origin}/token`, JSON.stringify(jwk))).text(),
  }
  const results: Record<string, string> = {}
  for (const [name, client] of Object.entries(CLIENTS)) {
    for (const alg of ALGORITHMS) {
      const response = await client(alg, server)
      results[`${name} ${alg}`] = `${response.status} ${await response.text()}`
    }
  }
  return results
}

function post(url: string, token: string, proof: string): Promise<Response> {
  return send(url, 'text', { Authorization: `DPoP ${token}`, DPoP: proof })
}

function send(url: string, body: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(url, { method: 'POST', body, headers })
}

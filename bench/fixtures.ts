/** The same key, the same tokens and the same requests for everybody who is measured. */

import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'

export const RESOURCE = 'https://rs.example/mcp'
export const ISSUER = 'https://as.example'

export interface Fixtures {
  readonly algorithm: string
  readonly publicKey: CryptoKey
  readonly jwk: JWK
  /** A good token of about 900 characters; different for each number. */
  token(number?: number, claims?: Record<string, unknown>): Promise<string>
}

export async function createFixtures(algorithm: string): Promise<Fixtures> {
  const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true })
  const jwk: JWK = { ...(await exportJWK(publicKey)), kid: 'key-1', alg: algorithm, use: 'sig' }
  const now = Math.floor(Date.now() / 1000)
  return {
    algorithm,
    publicKey,
    jwk,
    token: (number = 0, claims = {}) =>
      new SignJWT({
        iss: ISSUER,
        aud: RESOURCE,
        sub: `user-${number}`,
        client_id: 'https://client.example/oauth/client-metadata.json',
        scope: 'notes:read notes:write notes:delete',
        jti: crypto.randomUUID(),
        iat: now,
        exp: now + 86_400,
        organisation: 'an organisation with a rather long name, as they have',
        ...claims,
      })
        .setProtectedHeader({ alg: algorithm, kid: 'key-1', typ: 'at+jwt' })
        .sign(privateKey),
  }
}

/** A request as an MCP client sends it: seven headers, the credentials among them. */
export function createRequest(authorization: string | undefined): Request {
  return new Request(RESOURCE, {
    method: 'POST',
    headers: {
      ...(authorization === undefined ? {} : { Authorization: authorization }),
      Accept: 'application/json, text/event-stream',
      'Content-Type': 'application/json',
      'MCP-Protocol-Version': '2026-07-28',
      'Mcp-Method': 'tools/call',
      'Mcp-Name': 'list_notes',
      'User-Agent': 'an-mcp-client/1.0',
    },
  })
}

/** Requests in turn, so that nobody is measured on one object that never changes. */
export function inTurn(requests: readonly Request[]): () => Request {
  let index = 0
  return () => {
    index = index + 1 < requests.length ? index + 1 : 0
    return requests[index] as Request
  }
}

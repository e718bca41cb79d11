/**
 * The authorization server of a long run. A key is published one period before it signs, and two periods after it did:
 * a token of the period before may be on its way when the keys rotate.
 * During an outage every document is a 500, a closed connection or silence.
 */

import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'

interface Key {
  readonly kid: string
  readonly privateKey: CryptoKey
  readonly jwk: JWK
}

export type Outage = 'status' | 'close' | 'silence'

export interface AuthorizationServer {
  readonly issuer: string
  /** Counts periods. A token of the period before is still good. */
  readonly period: number
  outage: Outage | undefined
  rotate(): Promise<void>
  sign(claims: Record<string, unknown>, changes?: TokenChanges): Promise<string>
  close(): void
}

export interface TokenChanges {
  readonly kid?: string
  readonly isForged?: boolean
}

export async function startAuthorizationServer(): Promise<AuthorizationServer> {
  const keys = [await createKey(0), await createKey(1), await createKey(2), await createKey(3)]
  const stranger = await createKey(-1)
  const server = createServer((request, response) => {
    if (state.outage === 'close') return request.socket.destroy()
    if (state.outage === 'silence') return
    if (state.outage === 'status') return response.writeHead(500).end()
    const isKeys = request.url === '/jwks'
    const document = isKeys
      ? { keys: keys.map(({ jwk }) => jwk) }
      : { issuer: state.issuer, jwks_uri: `${state.issuer}/jwks` }
    response.writeHead(200, { 'Content-Type': 'application/json', 'Cache-Control': 'max-age=5' })
    return response.end(JSON.stringify(document))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const state: AuthorizationServer & { period: number } = {
    issuer,
    period: 2,
    outage: undefined,
    async rotate() {
      state.period += 1
      keys.push(await createKey(state.period + 1))
      keys.shift()
    },
    sign(claims, { kid, isForged = false } = {}) {
      const key = keys[2] as Key
      return new SignJWT({ iss: issuer, jti: crypto.randomUUID(), client_id: 'soak', ...claims })
        .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: kid ?? key.kid })
        .sign(isForged ? stranger.privateKey : key.privateKey)
    },
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
  return state
}

async function createKey(serial: number): Promise<Key> {
  const { privateKey, publicKey } = await generateKeyPair('ES256')
  const kid = `key-${serial}`
  return {
    kid,
    privateKey,
    jwk: { ...(await exportJWK(publicKey)), kid, alg: 'ES256', use: 'sig' },
  }
}

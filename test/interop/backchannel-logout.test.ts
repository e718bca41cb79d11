/** Back-channel logout with a real authorization server: a login, a call, a logout there, the next call. */

import { createHash, randomBytes } from 'node:crypto'
import type { EventEmitter } from 'node:events'
import { createServer } from 'node:http'
import { serve } from '@hono/node-server'
import { exportJWK, generateKeyPair } from 'jose'
import { Provider } from 'oidc-provider'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { listen, stop } from '../../examples/demo/listen.ts'
import {
  backchannelLogoutResponse,
  protect,
  protectedResource,
  revokedBefore,
} from '../../src/index.ts'
import { createMemoryStore } from '../support/memory-store.ts'
import { unchecked } from '../support/unchecked.ts'

const RESOURCE = 'https://rs.example/mcp'
const CALLBACK = 'https://app.example/callback'
const CLIENTS = { 'per-user': false, 'per-session': true } as const
type ClientId = keyof typeof CLIENTS

let issuer: string
let close: () => Promise<void>
let call: (token: string) => Promise<Response>
/** What the resource answered to logout tokens. */
const answers: [status: number, claims: string[]][] = []
const failures: unknown[] = []

beforeAll(async () => {
  // It advises on every default that a real deployment replaces.
  for (const method of ['info', 'warn'] as const) vi.spyOn(console, method).mockReturnValue()
  const server = createServer()
  issuer = await listen(server)
  const marks = revokedBefore(createMemoryStore())
  const resource = protectedResource({
    resource: RESOURCE,
    authorizationServers: [issuer],
    revocation: { isRevoked: marks.isRevoked },
  })
  const guarded = protect(resource, (_, auth) => Response.json({ subject: auth.subject }))
  call = (token) => {
    const headers = { Authorization: `Bearer ${token}` }
    return guarded(new Request(RESOURCE, { method: 'POST', headers }))
  }
  const endpoint = serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch: async (request) => {
      const form = new URLSearchParams(await request.clone().text())
      const [, payload = ''] = (form.get('logout_token') ?? '').split('.')
      const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object
      const clientId = new URL(request.url).pathname.slice(1)
      const response = await backchannelLogoutResponse(request, resource, marks, { clientId })
      answers.push([response.status, Object.keys(claims).sort()])
      return response
    },
  })
  await new Promise((resolve) => endpoint.once('listening', resolve))
  const { port } = endpoint.address() as { port: number }
  const provider = new Provider(issuer, await configuration(`http://127.0.0.1:${port}`))
  const emitter = unchecked<EventEmitter>(provider)
  emitter.on('backchannel.error', (_context: unknown, error: unknown) => failures.push(error))
  server.on('request', provider.callback())
  close = async () => {
    await stop(server)
    await new Promise((resolve) => endpoint.close(resolve))
  }
})
afterAll(async () => {
  vi.restoreAllMocks()
  await close()
})

describe('oidc-provider', () => {
  it.each(['per-user', 'per-session'] as const)(
    'ends the tokens of a user that logs out there (%s logout tokens)',
    async (clientId) => {
      answers.length = 0
      const browser = createBrowser()
      const token = await logIn(browser, clientId, `alice-${clientId}`)
      const bystander = await logIn(createBrowser(), clientId, `bob-${clientId}`)
      for (let time = 0; time < 2; time++) expect((await call(token)).status).toBe(200)

      await logOut(browser)
      expect(failures).toEqual([])
      const claims = ['aud', 'events', 'exp', 'iat', 'iss', 'jti', 'sub']
      const expected = CLIENTS[clientId] ? [...claims, 'sid'].sort() : claims
      expect(answers).toEqual([[200, expected]])

      const rejection = await call(token)
      expect(rejection.status).toBe(401)
      expect(rejection.headers.get('WWW-Authenticate')).toBe(
        'Bearer error="invalid_token", error_description="The access token is expired, revoked, malformed or not meant for this resource.", resource_metadata="https://rs.example/.well-known/oauth-protected-resource/mcp"',
      )
      expect((await call(bystander)).status).toBe(200)
    },
  )
})

async function configuration(logoutOrigin: string): Promise<Record<string, unknown>> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  const jwk = { ...(await exportJWK(privateKey)), kid: 'k1', alg: 'ES256', use: 'sig' }
  return {
    clients: Object.entries(CLIENTS).map(([clientId, isPerSession]) => ({
      client_id: clientId,
      redirect_uris: [CALLBACK],
      token_endpoint_auth_method: 'none',
      id_token_signed_response_alg: 'ES256',
      backchannel_logout_uri: `${logoutOrigin}/${clientId}`,
      backchannel_logout_session_required: isPerSession,
    })),
    jwks: { keys: [jwk] },
    cookies: { keys: [randomBytes(32).toString('base64url')] },
    enabledJWA: { idTokenSigningAlgValues: ['ES256'] },
    // Its own fetch does not reach loopback.
    fetch: (url: string, { dispatcher: _, ...init }: Record<string, unknown>) => fetch(url, init),
    features: {
      backchannelLogout: { enabled: true },
      devInteractions: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => RESOURCE,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          scope: 'read',
          audience: RESOURCE,
          accessTokenFormat: 'jwt',
          accessTokenTTL: 600,
          jwt: { sign: { alg: 'ES256' } },
        }),
      },
      rpInitiatedLogout: { enabled: true },
    },
  }
}

interface Browser {
  /** Follows redirects up to one that leaves the issuer. */
  open(url: string, form?: Record<string, string>): Promise<{ url: string; text: string }>
}

function createBrowser(): Browser {
  const cookies = new Map<string, string>()
  const open: Browser['open'] = async (url, form) => {
    if (!url.startsWith(issuer)) return { url, text: '' }
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { Cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
      ...(form && { method: 'POST', body: new URLSearchParams(form) }),
    })
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? []
      if (value === '') cookies.delete(name)
      else cookies.set(name, value)
    }
    const location = response.headers.get('Location')
    if (location !== null) return open(new URL(location, url).href)
    return { url, text: await response.text() }
  }
  return { open }
}

async function logIn({ open }: Browser, clientId: ClientId, login: string): Promise<string> {
  const verifier = randomBytes(32).toString('base64url')
  const query = new URLSearchParams({
    client_id: clientId,
    response_type: 'code',
    scope: 'openid read',
    redirect_uri: CALLBACK,
    resource: RESOURCE,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  })
  const start = await open(`${issuer}/auth?${query}`)
  const consent = await open(start.url, { prompt: 'login', login, password: 'any' })
  const { url } = await open(consent.url, { prompt: 'consent' })
  const response = await fetch(`${issuer}/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      code: new URL(url).searchParams.get('code') ?? '',
      redirect_uri: CALLBACK,
      client_id: clientId,
      code_verifier: verifier,
      resource: RESOURCE,
    }),
  })
  const { access_token: token } = (await response.json()) as { access_token: string }
  return token
}

async function logOut({ open }: Browser): Promise<void> {
  const { text } = await open(`${issuer}/session/end`)
  const [, action = ''] = /action="([^"]+)"/.exec(text) ?? []
  const [, xsrf = ''] = /name="xsrf" value="([^"]+)"/.exec(text) ?? []
  await open(action, { xsrf, logout: 'yes' })
}

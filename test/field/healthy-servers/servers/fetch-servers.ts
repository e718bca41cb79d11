/** Servers of Web-standard requests: mcp-handler, mcp-use, @hono/mcp and Better Auth. */

import { mcp as betterAuthMcp, requireMcpAuth } from '@better-auth/mcp'
import { bearerAuth, simpleMcpAuthRouter } from '@hono/mcp/auth'
import { betterAuth } from 'better-auth'
import { jwt } from 'better-auth/plugins'
import { Hono } from 'hono'
import { createMcpHandler, protectedResourceHandler, withMcpAuth } from 'mcp-handler'
import { MCPServer } from 'mcp-use'
import { createJwtVerifier, oauthCustomProvider } from 'mcp-use/oauth'
import type { TestIssuer } from '../../../../src/testing/index.ts'
import { freePort, listenFetch, type Started } from './start.ts'

const done = () => Response.json({ jsonrpc: '2.0', id: 1, result: {} })

export function startMcpHandler({ issuer }: TestIssuer): Promise<Started> {
  return listenFetch(() => {
    const mcp = createMcpHandler(() => {})
    const handler = withMcpAuth(mcp, async () => undefined, {
      required: true,
      requiredScopes: ['notes:read'],
      resourceMetadataPath: '/.well-known/oauth-protected-resource/mcp',
    })
    const metadata = protectedResourceHandler({ authServerUrls: [issuer] })
    return (request) => {
      const { pathname } = new URL(request.url)
      if (pathname === '/mcp') return handler(request)
      return pathname.startsWith('/.well-known/oauth-protected-resource')
        ? metadata(request)
        : new Response(null, { status: 404 })
    }
  })
}

export async function startMcpUse({ issuer, metadata }: TestIssuer): Promise<Started> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}/mcp`
  const oauth = oauthCustomProvider({
    resource: url,
    scopesSupported: ['notes:read'],
    requiredScopes: ['notes:read'],
    createTokenVerifier: (resource) =>
      createJwtVerifier({ issuer, jwksUrl: new URL(String(metadata.jwks_uri)), resource }),
    oauthMetadata: metadata as never,
    mapAuthInfo: ({ clientId }) => ({ user: { id: clientId }, payload: {}, permissions: [] }),
  })
  const server = new MCPServer({ name: 'notes', version: '1.0.0', oauth })
  await server.listen(port, { host: '127.0.0.1' })
  return { url, close: () => server.close() }
}

export function startHonoMcp({ issuer }: TestIssuer): Promise<Started> {
  return listenFetch((origin) => {
    const app = new Hono()
    const resourceServerUrl = new URL(`${origin}/mcp`)
    app.route(
      '/',
      simpleMcpAuthRouter({ issuer, resourceServerUrl, scopesSupported: ['notes:read'] }),
    )
    app.use('/mcp', bearerAuth({ verifyToken: async () => false }))
    app.post('/mcp', done)
    return app.fetch
  })
}

export function startBetterAuth(): Promise<Started> {
  return listenFetch((origin) => {
    const resource = `${origin}/mcp`
    const mcp = betterAuthMcp({
      loginPage: '/login',
      consentPage: '/consent',
      resource,
      scopes: ['openid', 'notes:read'],
    })
    const auth = betterAuth({
      baseURL: origin,
      secret: 'a secret of the tests that is long enough',
      plugins: [jwt(), mcp],
    })
    const handler = requireMcpAuth(auth, done, { resource, requiredScopes: ['notes:read'] })
    return (request) =>
      new URL(request.url).pathname === '/mcp' ? handler(request) : auth.handler(request)
  })
}

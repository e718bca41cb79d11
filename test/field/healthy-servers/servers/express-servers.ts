/** Servers on Express: mcp-auth, mcp-oauth-server, Civic and Clerk. */

import { auth as civicAuth } from '@civic/auth-mcp'
import {
  mcpAuth as clerkAuth,
  protectedResourceHandler as clerkMetadata,
} from '@clerk/mcp-tools/express'
import express from 'express'
import { MCPAuth } from 'mcp-auth'
import {
  getOAuthProtectedResourceMetadataUrl,
  mcpAuthRouter,
  OAuthServer,
  requireBearerAuth,
} from 'mcp-oauth-server'
import type { TestIssuer } from '../../../../src/testing/index.ts'
import { listen, type Started } from './start.ts'

const done = (_req: express.Request, res: express.Response) => {
  res.json({ jsonrpc: '2.0', id: 1, result: {} })
}

export function startMcpAuth({ issuer }: TestIssuer): Promise<Started> {
  return listen((origin) => {
    const resource = `${origin}/mcp`
    const mcpAuth = new MCPAuth({
      protectedResources: [
        {
          metadata: {
            resource,
            authorizationServers: [{ issuer, type: 'oauth' }],
            scopesSupported: ['notes:read'],
          },
        },
      ],
    })
    const app = express()
    app.use(mcpAuth.protectedResourceMetadataRouter())
    app.use(
      '/mcp',
      mcpAuth.bearerAuth('jwt', { resource, audience: resource, requiredScopes: ['notes:read'] }),
    )
    app.post('/mcp', done)
    return app
  })
}

export function startMcpOauthServer(): Promise<Started> {
  return listen((origin) => {
    const mcpServerUrl = new URL(`${origin}/mcp`)
    const provider = new OAuthServer({
      issuerUrl: new URL(origin),
      authorizationUrl: new URL(`${origin}/consent`),
      scopesSupported: ['mcp:tools'],
      clientIdMetadataDocuments: true,
    })
    const app = express()
    app.use(mcpAuthRouter({ provider, resourceServerUrl: mcpServerUrl }))
    app.post(
      '/mcp',
      requireBearerAuth({
        verifier: provider,
        requiredScopes: ['mcp:tools'],
        resourceMetadataUrl: getOAuthProtectedResourceMetadataUrl(mcpServerUrl),
        resource: mcpServerUrl,
      }),
      done,
    )
    return app
  })
}

export function startCivic({ issuer }: TestIssuer): Promise<Started> {
  return listen(async () => {
    const app = express()
    app.use(await civicAuth({ wellKnownUrl: `${issuer}/.well-known/openid-configuration` }))
    app.post('/mcp', done)
    return app
  })
}

export function startClerk({ issuer }: TestIssuer): Promise<Started> {
  return listen(async () => {
    const app = express()
    const metadata = clerkMetadata({
      authServerUrl: issuer,
      properties: { scopes_supported: ['notes:read'] },
    })
    app.get('/.well-known/oauth-protected-resource{/*path}', metadata)
    app.post('/mcp', await clerkAuth(async () => undefined), done)
    return app
  })
}

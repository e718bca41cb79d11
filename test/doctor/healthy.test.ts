/** Real servers that work get no error: version 1 of the official SDK, the demo, and the Hono adapter. */

import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import { InvalidTokenError } from '@modelcontextprotocol/sdk/server/auth/errors.js'
import { requireBearerAuth } from '@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js'
import {
  getOAuthProtectedResourceMetadataUrl,
  mcpAuthMetadataRouter,
} from '@modelcontextprotocol/sdk/server/auth/router.js'
import express from 'express'
import { Hono } from 'hono'
import { afterEach, expect, it } from 'vitest'
import { bearerAuth, metadata } from '../../adapters/hono.ts'
import { startServers } from '../../examples/demo/servers.ts'
import { examine, type Report } from '../../src/doctor/examine.ts'
import { protectedResource } from '../../src/index.ts'
import { startSite } from './site.ts'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

function errorsIn({ findings }: Report): string[] {
  return findings
    .filter(({ level }) => level === 'error')
    .map(({ id, message }) => `${id}: ${message}`)
}

function originOf(server: Pick<Server, 'address' | 'close'>): string {
  closing.push(() => server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

it('requireBearerAuth() on Express', async () => {
  const site = await startSite()
  closing.push(() => site.close())
  const app = express()
  const server = await new Promise<Server>((resolve) => {
    const listening: Server = app.listen(0, '127.0.0.1', () => resolve(listening))
  })
  const url = new URL(`${originOf(server)}/mcp`)
  const oauthMetadata = site.issuer.metadata as never
  app.use(mcpAuthMetadataRouter({ oauthMetadata, resourceServerUrl: url }))
  const verifyAccessToken = () => Promise.reject(new InvalidTokenError('Unknown token'))
  const resourceMetadataUrl = getOAuthProtectedResourceMetadataUrl(url)
  app.all('/mcp', requireBearerAuth({ verifier: { verifyAccessToken }, resourceMetadataUrl }))
  expect(errorsIn(await examine({ url: url.href }))).toEqual([])
})

it('the demo: version 2 of the official SDK, and oidc-provider', async () => {
  const servers = await startServers({ origins: ['http://localhost:6274'] })
  closing.push(() => servers.close())
  expect(errorsIn(await examine({ url: servers.mcpUrl }))).toEqual([])
})

it('bearerAuth() on Hono', async () => {
  const site = await startSite()
  closing.push(() => site.close())
  const app = new Hono()
  const server = await new Promise<Server>((resolve) => {
    const options = { fetch: app.fetch, port: 0, hostname: '127.0.0.1' }
    const listening = serve(options, () => resolve(listening as Server))
  })
  const url = `${originOf(server)}/mcp`
  const notes = protectedResource({
    resource: url,
    authorizationServers: [site.issuer.issuer],
    requiredScopes: ['notes:read'],
    fetch: site.issuer.fetch,
  })
  app.route('/', metadata(notes))
  app.use('/mcp', bearerAuth(notes))
  app.post('/mcp', (context) => context.json({ jsonrpc: '2.0', id: 1, result: {} }))
  expect(errorsIn(await examine({ url }))).toEqual([])
})

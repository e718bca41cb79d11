/** The doctor against another server: version 1 of the official SDK, on Express. */

import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { InvalidTokenError } from '@modelcontextprotocol/sdk/server/auth/errors.js'
import { requireBearerAuth } from '@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js'
import {
  getOAuthProtectedResourceMetadataUrl,
  mcpAuthMetadataRouter,
} from '@modelcontextprotocol/sdk/server/auth/router.js'
import express from 'express'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { examine } from '../../src/doctor/examine.ts'
import { type Site, startSite } from './site.ts'

let site: Site
let server: Server
let url: URL

beforeAll(async () => {
  site = await startSite()
  const app = express()
  await new Promise<void>((resolve) => {
    server = app.listen(0, '127.0.0.1', () => resolve())
  })
  url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`)
  const oauthMetadata = site.issuer.metadata as never
  app.use(mcpAuthMetadataRouter({ oauthMetadata, resourceServerUrl: url }))
  app.all(
    '/mcp',
    requireBearerAuth({
      verifier: {
        verifyAccessToken: () => Promise.reject(new InvalidTokenError('Not a token of "ours"')),
      },
      resourceMetadataUrl: getOAuthProtectedResourceMetadataUrl(url),
    }),
  )
})

afterAll(async () => {
  server.close()
  server.closeAllConnections()
  await site.close()
})

it('examine() reports exactly the known problems of requireBearerAuth()', async () => {
  const report = await examine({ url: url.href })
  if ('problem' in report) throw new Error(report.problem)
  const problems = report.findings.filter(({ level }) => level !== 'pass')
  expect(problems.map(({ level, id }) => `${level} ${id}`)).toEqual([
    'error challenge-syntax',
    'warning challenge-error',
    'warning challenge-scope',
    'warning garbage-resource-metadata',
    'warning metadata-methods',
    'warning cors-preflight',
  ])
})

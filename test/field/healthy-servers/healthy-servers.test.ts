/**
 * Servers of other projects, with the authorization of their own, configured as their documentation says: what
 * works for clients has no error in the report of the doctor. It installs 700 MB in about a minute, and runs for ten
 * seconds.
 */

import { afterEach, describe, expect, it } from 'vitest'
import { examine } from '../../../src/doctor/examine.ts'
import type { TestIssuer } from '../../../src/testing/index.ts'
import { startSite } from '../../doctor/site.ts'
import {
  startCivic,
  startClerk,
  startMcpAuth,
  startMcpOauthServer,
} from './servers/express-servers.ts'
import {
  startBetterAuth,
  startHonoMcp,
  startMcpHandler,
  startMcpUse,
} from './servers/fetch-servers.ts'
import { startFastMcp, startMcpFramework } from './servers/own-servers.ts'
import { startForestAdmin, startKubernetes, startLark, startToolbox } from './servers/programs.ts'
import type { Started } from './servers/start.ts'
import { startWorkersOauthProvider } from './servers/workers-oauth-provider.ts'

type Start = (issuer: TestIssuer) => Promise<Started>

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

async function errorsOf(start: Start): Promise<string[]> {
  const site = await startSite()
  closing.push(() => site.close())
  const server = await start(site.issuer)
  closing.push(() => server.close())
  const report = await examine({ url: server.url })
  expect(report.problem).toBeUndefined()
  expect(report.passed).toBeGreaterThan(20)
  return report.findings.flatMap(({ level, id }) => (level === 'error' ? [id] : []))
}

// A program of 300 MB, for one platform.
const isLinuxX64 = process.platform === 'linux' && process.arch === 'x64'
const toolbox = isLinuxX64 ? [['MCP Toolbox for Databases', startToolbox] as const] : []

describe('no error is reported for', () => {
  const healthy: readonly (readonly [name: string, start: Start])[] = [
    ['mcp-auth', startMcpAuth],
    ['mcp-oauth-server', startMcpOauthServer],
    ['Civic', startCivic],
    ['mcp-handler', startMcpHandler],
    ['mcp-use', startMcpUse],
    ['Better Auth', startBetterAuth],
    ['FastMCP', startFastMcp],
    ['mcp-framework', startMcpFramework],
    ['workers-oauth-provider', startWorkersOauthProvider],
    ['lark-mcp', startLark],
    ['Forest Admin', startForestAdmin],
    ...toolbox,
  ]
  it.each(healthy)('%s', async (_name, start) => {
    expect(await errorsOf(start)).toEqual([])
  })
})

describe('the errors are true of', () => {
  const broken: readonly (readonly [name: string, errors: readonly string[], start: Start])[] = [
    // A 401 for an expired token has no challenge: no client logs in again.
    ['Clerk', ['challenge-repeated'], startClerk],
    // The challenge names /.well-known/oauth-protected-resource, the document is at …/mcp.
    ['@hono/mcp', ['metadata-named'], startHonoMcp],
    // Its metadata has no resource, and lists itself as a server whose document names another issuer.
    // 0.0.67 has neither fault, and no error in the report.
    ['kubernetes-mcp-server', ['resource-identity', 'server-identity'], startKubernetes],
  ]
  it.each(broken)('%s: %j', async (_name, errors, start) => {
    expect(await errorsOf(start)).toEqual(errors)
  })
})

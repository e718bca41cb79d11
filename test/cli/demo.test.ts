/** The doctor against the server of the demo: a real authorization server, a real MCP server. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Servers, startServers } from '../../examples/demo/servers.ts'
import { examine, type Report } from '../../src/doctor/examine.ts'

let servers: Servers
beforeAll(async () => {
  servers = await startServers({ origins: ['http://localhost:6274'] })
})
afterAll(() => servers.close())

async function examineDemo(claims?: Record<string, unknown>): Promise<Report> {
  const now = Math.floor(Date.now() / 1000)
  const { issuer, signAccessToken } = servers.authorizationServer
  const token =
    claims &&
    (await signAccessToken({
      iss: issuer,
      aud: servers.mcpUrl,
      sub: 'user-1',
      client_id: 'client-1',
      iat: now,
      exp: now + 3600,
      jti: 'token-1',
      ...claims,
    }))
  const report = await examine({ url: servers.mcpUrl, token })
  if ('problem' in report) throw new Error(report.problem)
  return report
}

function problemsIn({ findings }: Report): string[] {
  return findings.flatMap(({ level, id }) => (level === 'pass' ? [] : [`${level} ${id}`]))
}

describe('examine(), on the demo server,', () => {
  it('reports no error', async () => {
    const report = await examineDemo()
    expect(problemsIn(report)).toEqual([])
    expect(report.findings.find(({ id }) => id === 'legacy-metadata')?.message).toContain('2025-03')
  })

  it('makes calls with a token', async () => {
    const report = await examineDemo({ scope: 'notes:read' })
    expect(problemsIn(report)).toEqual([])
    expect(report.findings.map(({ message }) => message)).toContain(
      'tools/list succeeds (tools: 3).',
    )
  })

  it('reports the missing scope', async () => {
    const report = await examineDemo({ scope: 'calendar:read' })
    expect(problemsIn(report)).toEqual(['error token-accepted', 'error token-scope'])
    expect(report.findings.find(({ id }) => id === 'token-scope-answer')).toMatchObject({
      level: 'pass',
      message: 'The 403 names the scopes to request: "notes:read".',
    })
  })
})

/** The doctor against a good server, and against every planted misconfiguration, on loopback. */

import { afterEach, describe, expect, it } from 'vitest'
import { NO_SUCH_SESSION } from '../../src/doctor/evidence.ts'
import { examine, type Report } from '../../src/doctor/examine.ts'
import { CLIENTS } from '../../src/doctor/finding.ts'
import { CHECKS } from '../../src/doctor/tables.ts'
import type { Planted } from './breaks.ts'
import { PLANTED } from './planted.ts'
import { fetchLocal, type Site, startSite } from './site.ts'

let site: Site | undefined
afterEach(async () => {
  await site?.close()
  site = undefined
})

async function examineSite({ token, ...options }: Partial<Planted>): Promise<Report> {
  site = await startSite(options)
  const claims = { aud: site.url, scope: 'notes:read', ...token }
  const report = await examine({
    url: site.url,
    fetch: fetchLocal,
    token: token === undefined ? undefined : await site.issuer.token(claims),
  })
  if ('problem' in report) throw new Error(report.problem)
  return report
}

function problemsIn({ findings }: Report): string[] {
  return findings.flatMap(({ level, id }) => (level === 'pass' ? [] : [`${level} ${id}`]))
}

describe('examine() reports no problem for', () => {
  it('a good server', async () => {
    const report = await examineSite({ token: {} })
    expect(problemsIn(report)).toEqual([])
    expect(report).toMatchObject({ errors: 0, warnings: 0, passed: report.findings.length })
    expect(report.passed).toBeGreaterThan(50)
  })

  it('a good server that answers in event streams and keeps sessions', async () => {
    const report = await examineSite({
      token: {},
      server: async (request, { good }) => {
        const response = await good()
        if (request.method !== 'POST' || response.status !== 200) return response
        const text = `event: message\ndata: ${await response.text()}\n\n: and on\n\n`
        const headers = { 'Content-Type': 'text/event-stream', 'Mcp-Session-Id': 's-1' }
        return new Response(text, { headers })
      },
    })
    expect(problemsIn(report)).toEqual([])
    const last = site?.seen.filter(({ request }) => request.method === 'DELETE') ?? []
    const ids = last.map(({ request }) => request.headers.get('Mcp-Session-Id'))
    expect(ids).toEqual([NO_SUCH_SESSION, 's-1'])
  })
})

describe('examine() cleans up:', () => {
  it('it ends every session that a response started', async () => {
    let sessions = 0
    const ended: (string | null)[] = []
    await examineSite({
      token: {},
      server: async (request, { url }) => {
        if (request.url !== url) return undefined
        const session = request.headers.get('Mcp-Session-Id')
        if (request.method === 'DELETE' && session !== NO_SUCH_SESSION) ended.push(session)
        if (request.method !== 'POST') return new Response(null, { status: 405 })
        const { method } = (await request.clone().json()) as { method: string }
        const answer = Response.json({ jsonrpc: '2.0', id: 1, result: { tools: [] } })
        if (method === 'initialize') {
          sessions += 1
          answer.headers.set('Mcp-Session-Id', `session-${sessions}`)
        }
        return answer
      },
    })
    expect(sessions).toBe(14)
    expect(new Set(ended).size).toBe(sessions)
  })

  it('it closes an event stream that sends nothing', async () => {
    site = await startSite({
      server: (request, { url }) =>
        request.url === url && request.method === 'GET'
          ? new Response(new ReadableStream(), { headers: { 'Content-Type': 'text/event-stream' } })
          : undefined,
    })
    // Longer than this test may take.
    const report = await examine({ url: site.url, fetch: fetchLocal, timeoutMs: 60_000 })
    if ('problem' in report) throw new Error(report.problem)
    expect(problemsIn(report)).toEqual(['error get-status', 'error legacy-stream'])
  })
})

describe('examine() finds', () => {
  it.each(PLANTED)('$title', async ({ title: _, findings, ...planted }) => {
    const report = await examineSite(planted)
    expect(problemsIn(report).sort()).toEqual([...findings].sort())
    const point = report.findings.find(({ level, id }) => `${level} ${id}` === findings[0])
    expect(point?.spec).toMatch(/RFC|MCP|Fetch|OAuth/)
    expect(point?.remedy).toMatch(/\.$/)
    expect(Object.keys(point?.means ?? {})).toEqual([...CLIENTS])
  })

  it('a problem with every check', () => {
    const checks = Object.values(CHECKS).flatMap((table) => table.map(({ id }) => id))
    const found = PLANTED.flatMap(({ findings }) => findings.map((each) => each.split(' ')[1]))
    // These take a server beyond loopback (connection.test.ts) or a token of another form (token.test.ts).
    const remote = ['certificate', 'https', 'plain-http', 'public-host', 'public-port']
    const elsewhere = [...remote, 'token-form']
    expect(checks.filter((id) => !found.includes(id) && !elsewhere.includes(id))).toEqual([])
    expect(new Set(checks).size).toBe(checks.length)
  })
})

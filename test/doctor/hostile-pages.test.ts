/** Pages that make a search with nested gaps slow: with such a search, each of these tests takes minutes. */

import { expect, it } from 'vitest'
import { examine } from '../../src/doctor/examine.ts'

/** As much as the doctor reads of a body. */
const LENGTH = 262_144

it.each(['url=', 'location="', '<title>', 'access denied', 'application error'])(
  'the doctor reads a page that repeats %j',
  async (start) => {
    const page = start.repeat(LENGTH / start.length)
    const headers = { 'Content-Type': 'text/html', 'x-render-routing': 'dynamic-'.repeat(1000) }
    const report = await examine({
      url: 'https://mcp.example/mcp',
      fetch: async () => new Response(page, { status: 403, headers }),
    })
    if ('problem' in report) throw new Error(report.problem)
    expect(report.findings.find(({ id }) => id === 'challenge-status')?.level).toBe('error')
  },
  30_000,
)

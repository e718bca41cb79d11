/** The published function, with several servers, and the documents that the program writes. */

import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { formatJunit } from '../../src/cli/format-junit.ts'
import { doctor, type Report } from '../../src/doctor/index.ts'
import { startSite } from './site.ts'

const SCHEMA = JSON.parse(
  readFileSync(new URL('../../doctor-report.schema.json', import.meta.url), 'utf8'),
) as { $defs: Record<'report' | 'finding' | 'client', { properties: object; required: string[] }> }

/** The members of a value that the schema does not know, and those that it requires in vain. */
function misfits(value: object, name: 'report' | 'finding' | 'client'): string[] {
  const { properties, required } = SCHEMA.$defs[name]
  const unknown = Object.keys(value).filter((member) => !Object.hasOwn(properties, member))
  return [...unknown, ...required.filter((member) => !Object.hasOwn(value, member))]
}

describe('doctor()', () => {
  it('examines one server', async () => {
    const site = await startSite()
    try {
      const report = await doctor(site.url)
      expect(report).toMatchObject({ url: site.url, errors: 0, warnings: 0 })
      expect(report).not.toHaveProperty('reports')
      expect(misfits(report, 'report')).toEqual([])
      expect(report.findings.flatMap((finding) => misfits(finding, 'finding'))).toEqual([])
      expect(report.clients?.length).toBe(28)
      expect(report.clients?.flatMap((view) => misfits(view, 'client'))).toEqual([])
    } finally {
      await site.close()
    }
  })

  it('examines thirty servers, and adds their findings', async () => {
    let open = 0
    let most = 0
    const fetch = async (url: string) => {
      open += 1
      most = Math.max(most, open)
      await new Promise((resolve) => setImmediate(resolve))
      open -= 1
      return new Response(null, { status: url.includes('s7.') ? 500 : 401 })
    }
    const urls = Array.from({ length: 30 }, (_, index) => `https://s${index}.example/mcp`)
    const report = await doctor(urls, { fetch })
    const { reports = [] } = report
    expect(reports.map(({ url }) => url)).toEqual(urls)
    expect(most).toBe(4)
    for (const member of ['errors', 'warnings', 'passed', 'requests'] as const) {
      expect(report[member]).toBe(reports.reduce((sum, each) => sum + each[member], 0))
    }
    const servers = report.findings.filter(
      ({ id, level }) => id === 'challenge-status' && level === 'error',
    )
    expect(servers.map(({ url }) => url)).toEqual(['https://s7.example/mcp'])
    expect([report, ...reports].flatMap((each) => misfits(each, 'report'))).toEqual([])
    expect(report.findings.flatMap((finding) => misfits(finding, 'finding'))).toEqual([])
  })

  it('reports a server that does not respond as an error', async () => {
    const fetch = () => Promise.reject(new TypeError('fetch failed'))
    const report = await doctor('https://mcp.example/mcp', { fetch })
    expect(report).toMatchObject({
      errors: 1,
      warnings: 0,
      passed: 0,
      problem: 'mcp.example did not respond (no connection).',
      findings: [{ id: 'response', level: 'error', remedy: expect.stringContaining('DNS') }],
    })
    expect(misfits(report, 'report')).toEqual([])
  })

  it('sends a token to one origin only', async () => {
    const sent: string[] = []
    const fetch = async (url: string, init?: RequestInit) => {
      if (new Headers(init?.headers).get('Authorization') === 'Bearer secret') sent.push(url)
      return new Response(null, { status: 401 })
    }
    const options = { fetch, token: 'secret' }
    await expect(
      doctor(['https://a.example/mcp', 'https://b.example/mcp'], options),
    ).rejects.toThrow(TypeError)
    expect(sent).toEqual([])
    await doctor(['https://a.example/one', 'https://a.example/two'], options)
    expect(new Set(sent)).toEqual(new Set(['https://a.example/one', 'https://a.example/two']))
  })
})

describe('doctor() examines nothing, and says why, for', () => {
  it.each([
    ['no list', undefined, {}, 'takes a URL'],
    ['an empty list', [], {}, 'takes a URL'],
    ['a URL object', new URL('https://mcp.example/mcp'), {}, 'takes a URL'],
    [
      'an origin with a slash',
      'https://mcp.example/mcp',
      { origin: 'https://a.example/' },
      'origin',
    ],
    ['an unknown option', 'https://mcp.example/mcp', { tokn: 'x' }, 'tokn is not an option'],
    [
      'a token with a line break',
      'https://mcp.example/mcp',
      { token: 'secret\r\nX: y' },
      'RFC 6750',
    ],
    ...[0, Number.NaN, '5'].map((timeoutMs): [string, unknown, object, string] => [
      `a timeout of ${JSON.stringify(timeoutMs)}`,
      'https://mcp.example/mcp',
      { timeoutMs },
      'milliseconds',
    ]),
  ])('%s', async (_what, url, options, message) => {
    let sent = 0
    const fetch = async () => {
      sent += 1
      return new Response()
    }
    const error = await doctor(url as string, { fetch, ...options }).catch((reason) => reason)
    expect(error).toBeInstanceOf(TypeError)
    expect(error.message).toContain(message)
    expect(error.message).not.toContain('secret')
    expect(sent).toBe(0)
  })
})

describe('formatJunit()', () => {
  it('writes a failure for each error, and escapes what servers send', () => {
    const finding = { area: 'Challenge', spec: 'RFC 6750 §3' } as const
    const report: Report = {
      url: 'https://mcp.example/mcp?a=1&b=2',
      requests: 1,
      errors: 1,
      warnings: 1,
      passed: 1,
      findings: [
        { ...finding, id: 'good', level: 'pass', message: 'fine' },
        { ...finding, id: 'odd', level: 'warning', message: 'so so', about: 'https://as.example' },
        { ...finding, id: 'bad', level: 'error', message: '"<b>" \u0007', remedy: 'Fix it.' },
      ],
    }
    expect(formatJunit([report])).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="mcp-gatehouse doctor">
  <testsuite name="https://mcp.example/mcp?a=1&amp;b=2" tests="3" failures="1" errors="0" skipped="0">
    <testcase classname="Challenge" name="good"/>
    <testcase classname="Challenge" name="odd https://as.example">
      <system-out>warning: so so
See: RFC 6750 §3</system-out>
    </testcase>
    <testcase classname="Challenge" name="bad">
      <failure message="&quot;&lt;b&gt;&quot;  " type="bad">error: &quot;&lt;b&gt;&quot;  
Fix: Fix it.
See: RFC 6750 §3</failure>
    </testcase>
  </testsuite>
</testsuites>
`)
  })

  it('writes no character that XML forbids', () => {
    const message = 'a\uFFFE\uFFFFb \uD800 c \uDC00 \u{1F600}'
    const finding = { area: 'Challenge', spec: 'RFC 6750 §3', id: 'odd', level: 'error' } as const
    const report = { requests: 1, errors: 1, warnings: 0, passed: 0 }
    const xml = formatJunit([{ ...report, url: 'x', findings: [{ ...finding, message }] }])
    expect(xml).toContain('message="a\uFFFD\uFFFDb \uFFFD c \uFFFD \u{1F600}"')
    expect(xml).toMatch(/^[\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]*$/u)
  })
})

/** The doctor as a process, on the built package. */

import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import manifest from '../../package.json' with { type: 'json' }
import type { Report } from '../../src/doctor/examine.ts'
import { type Site, startSite } from '../doctor/site.ts'

const PROGRAM = join(
  fileURLToPath(new URL('../..', import.meta.url)),
  manifest.bin['mcp-gatehouse'],
)

interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

function run(
  args: readonly string[],
  { env = {}, input = '' }: { env?: Record<string, string>; input?: string } = {},
): Promise<Ended> {
  const { FORCE_COLOR: _, NO_COLOR: __, ...rest } = process.env
  const child = spawn(process.execPath, [PROGRAM, ...args], { env: { ...rest, ...env } })
  let out = ''
  let err = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text
  })
  child.stdin.end(input)
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, out, err })))
}

describe('mcp-gatehouse doctor', () => {
  let good: Site
  let broken: Site
  let warned: Site
  beforeAll(async () => {
    good = await startSite()
    broken = await startSite({ server: () => new Response('no', { status: 500 }) })
    warned = await startSite({ resource: { origins: [] } })
  })
  afterAll(() => Promise.all([good.close(), broken.close(), warned.close()]))

  it('exits with 0 without errors', async () => {
    const { code, out, err } = await run(['doctor', good.url])
    expect(err).toBe('')
    expect(out).toContain(`mcp-gatehouse doctor  ${good.url}\n`)
    expect(out).toMatch(/\n0 errors, 0 warnings, \d+ passed \(\d+ requests\)\n$/)
    expect(out).not.toContain('\u001b')
    expect(code).toBe(0)
  })

  it('exits with 0 with warnings only', async () => {
    const { code, out } = await run(['doctor', warned.url, '--quiet'])
    expect(out).toMatch(/\n0 errors, 1 warning, /)
    expect(out).not.toContain('✓')
    expect(code).toBe(0)
  })

  it('exits with 1 with errors', async () => {
    const { code, out } = await run(['doctor', broken.url])
    expect(out).toContain('✗ A request without a token is answered with 500 instead of 401')
    expect(code).toBe(1)
  })

  it('writes only JSON with --json', async () => {
    const { code, out, err } = await run(['doctor', broken.url, '--json'])
    const report = JSON.parse(out) as Report
    expect(report).toMatchObject({ url: broken.url, errors: expect.any(Number) })
    expect(report.findings.find(({ id }) => id === 'challenge-status')).toEqual({
      id: 'challenge-status',
      area: 'Challenge',
      level: 'error',
      message: expect.any(String),
      expected: '401',
      received: expect.stringMatching(/^\d{3}$/),
      means: {
        claude: expect.any(String),
        chatgpt: expect.any(String),
        vscode: expect.any(String),
        browser: expect.any(String),
      },
      remedy: expect.any(String),
      docs: 'docs/doctor/challenge.md#challenge-status',
      spec: expect.any(String),
    })
    expect([code, err]).toEqual([1, ''])
  })

  it('examines several servers, and writes JUnit XML with --junit', async () => {
    const urls = [good.url, broken.url]
    const text = await run(['doctor', ...urls, '--quiet'])
    for (const url of urls) expect(text.out).toContain(`mcp-gatehouse doctor  ${url}\n`)
    expect(text.code).toBe(1)
    const { code, out } = await run(['doctor', ...urls, '--junit'])
    expect(out.match(/<testsuite /g)).toHaveLength(2)
    expect(out).toContain('type="challenge-status"')
    expect(code).toBe(1)
    const { reports } = JSON.parse((await run(['doctor', ...urls, '--json'])).out) as Report
    expect(reports?.map(({ url }) => url)).toEqual(urls)
  })

  it.each([
    ['as an argument', (token: string) => run(['doctor', good.url, '--token', token])],
    [
      'on the standard input',
      (token: string) => run(['doctor', good.url, '--token', '-'], { input: `Bearer ${token}\n` }),
    ],
    [
      'in the environment',
      (token: string) => run(['doctor', good.url], { env: { MCP_GATEHOUSE_TOKEN: token } }),
    ],
  ])('reads a token %s and does not print it', async (_where, start) => {
    const token = await good.issuer.token({ aud: good.url, scope: 'notes:read' })
    const { code, out, err } = await start(token)
    expect(out).toContain('✓ A call with the token succeeds.')
    for (const part of token.split('.')) expect(out + err).not.toContain(part)
    expect(code).toBe(0)
  })

  it('sends the origin given with --origin', async () => {
    const { out } = await run(['doctor', good.url, '--origin', 'https://app.example'])
    expect(out).toContain('A preflight from https://app.example is answered with 403.')
  })

  it('exits with 2 without a response', async () => {
    const url = 'http://127.0.0.1:1/mcp'
    const { code, out, err } = await run(['doctor', url, '--json'])
    expect(JSON.parse(out)).toMatchObject({ url, problem: expect.any(String) })
    expect(err).toMatch(/^127\.0\.0\.1:1 did not respond \(.+\)\.\n$/)
    expect(code).toBe(2)
  })
})

describe('mcp-gatehouse with invalid arguments', () => {
  it.each([
    [[], /Missing command/],
    [['cure', 'https://mcp.example'], /Unknown command: cure/],
    [['doctor'], /Missing <url>/],
    [['doctor', 'https://a.example', 'https://b.example', '--token', 'x'], /one origin only/],
    [['doctor', 'https://a.example', '--json', '--junit'], /exclude each other/],
    [['doctor', 'https://a.example', '--timeout', 'soon'], /milliseconds/],
    [['doctor', 'https://a.example', '--token', ''], /--token is empty/],
    [['doctor', 'https://a.example', '--token', 'Bearer '], /--token is empty/],
    [['doctor', 'https://a.example', '--token', '-'], /--token is empty/],
    [['doctor', 'https://a.example', '--wat'], /--wat/],
    [
      ['doctor', 'https://a.example', '--token', 'a b'],
      /--token contains characters that are not allowed in a bearer token/,
    ],
    [['doctor', 'https://a.example', '--origin', 'https://app.example/'], /without a final slash/],
    [['doctor', 'https://a.example', '--origin', 'app.example'], /such as https/],
    [['doctor', 'mcp.example'], /<url> must be an absolute http or https URL/],
  ])('exits with 2 and an error message: %j', async (args, reason) => {
    const { code, out, err } = await run([...args, '--quiet'])
    expect(err).toMatch(reason)
    expect(err).not.toMatch(/^\s+at .*:\d+/m)
    expect([code, out]).toEqual([2, ''])
  })

  it('--version writes the version', async () => {
    expect(await run(['--version'])).toEqual({ code: 0, out: `${manifest.version}\n`, err: '' })
  })

  it('--help writes the usage to stdout', async () => {
    const { code, out } = await run(['--help'])
    expect(out).toContain('Usage: mcp-gatehouse doctor <url>')
    expect(code).toBe(0)
  })
})

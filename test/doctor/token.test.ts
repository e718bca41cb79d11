/** Where the doctor sends the token, and that its report does not contain it. */

import { afterEach, describe, expect, it } from 'vitest'
import { formatReport } from '../../src/cli/format-report.ts'
import { examine } from '../../src/doctor/examine.ts'
import { changed, type Site, type SiteOptions, startSite } from './site.ts'

let site: Site | undefined
afterEach(() => site?.close())

async function examineWith(options: SiteOptions) {
  site = await startSite(options)
  const token = await site.issuer.token({ aud: site.url, scope: 'notes:read' })
  return { token, report: await examine({ url: site.url, token }), ...site }
}

describe('the given token', () => {
  it('is sent to the given URL only', async () => {
    const { token, seen, url } = await examineWith({})
    const signature = token.split('.')[2] ?? ''
    const carriers = seen.filter(({ request }) =>
      [...request.headers.values()].some((value) => value.includes(token)),
    )
    expect(carriers.length).toBeGreaterThan(1)
    expect(new Set(carriers.map(({ request }) => request.url))).toEqual(new Set([url]))
    expect(seen.filter(({ request }) => request.url.includes(signature))).toEqual([])
    expect(new Set(carriers.map(({ request }) => request.method))).toEqual(new Set(['POST']))
  })

  it('is not sent to the target of a redirect', async () => {
    const elsewhere = await startSite()
    try {
      const server = () => new Response(null, { status: 307, headers: { Location: elsewhere.url } })
      await examineWith({ server })
      expect(elsewhere.seen).toEqual([])
    } finally {
      await elsewhere.close()
    }
  })

  it('is not sent over plain http beyond loopback', async () => {
    const sent: string[] = []
    const report = await examine({
      url: 'http://mcp.example/mcp',
      token: 'marker-token',
      fetch: async (url, init) => {
        sent.push(JSON.stringify([url, init.headers, init.body]))
        return new Response(null, { status: 401 })
      },
    })
    expect(sent.length).toBeGreaterThan(5)
    expect(sent.filter((each) => each.includes('marker-token'))).toEqual([])
    expect(JSON.stringify(report)).toContain('https')
  })

  it('is not in the report when the server repeats it', async () => {
    const { token, report } = await examineWith({
      server: async (request, { good }) => {
        const sent = request.headers.get('Authorization')?.slice('Bearer '.length)
        if (sent === undefined) return undefined
        const words = `Bearer error="invalid_token", error_description="Bad token: ${sent}"`
        return changed(good, { 'WWW-Authenticate': words }, 401)
      },
    })
    if ('problem' in report) throw new Error(report.problem)
    const text = formatReport(report, { colors: true, columns: 100, quiet: false })
    for (const part of [token, ...token.split('.')]) {
      expect(JSON.stringify(report)).not.toContain(part)
      expect(text).not.toContain(part)
    }
    expect(JSON.stringify(report)).toContain('Bad token: [token]')
  })

  it.each([
    ['an opaque token', 'opaque-0123456789'.repeat(20)],
    ['a JWT', `${'h'.repeat(30)}.${'claims-0123456789'.repeat(20)}.${'s'.repeat(86)}`],
  ])('is not in the report when a message ends in the middle of %s', async (_, token) => {
    const fetch = async (_url: string, { headers }: RequestInit) => {
      const sent = new Headers(headers).get('Authorization') ?? ''
      const words = `Bearer error="invalid_token", error_description="Bad token: ${sent}"`
      return new Response(`No: ${sent}`, { status: 403, headers: { 'WWW-Authenticate': words } })
    }
    const report = JSON.stringify(await examine({ url: 'https://rs.example/mcp', token, fetch }))
    expect(report).toContain('Bad token: Bearer [token]')
    expect(report).not.toMatch(/0123456789/)
  })
})

describe('the form of the token', () => {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const idToken = `${encode({ alg: 'ES256', typ: 'JWT' })}.${encode({ nonce: 'n', aud: 'client' })}.AAAA`

  it.each([
    ['an opaque token', 'ya29.opaque', 'error', 'is opaque'],
    ['an encrypted token', 'aa.bb.cc.dd.ee', 'error', 'is encrypted'],
    ['an ID token', idToken, 'error', 'is an ID token'],
  ])('%s is named', async (_title, token, level, text) => {
    site = await startSite()
    const { findings } = await examine({ url: site.url, token })
    const found = findings.find(({ id }) => id === 'token-form')
    expect(found).toMatchObject({ level, message: expect.stringContaining(text) })
    expect(found?.remedy).toContain("In mcp-gatehouse: accessToken: ['jwt'")
  })

  it('that is opaque and accepted passes', async () => {
    const server = async (request: Request) => {
      if (request.headers.get('Authorization') !== 'Bearer opaque-and-good') return undefined
      const { id } = (await request.clone().json()) as { id: number }
      return Response.json({ jsonrpc: '2.0', id, result: { tools: [] } })
    }
    site = await startSite({ server })
    const { errors, findings } = await examine({ url: site.url, token: 'opaque-and-good' })
    expect(errors).toBe(0)
    expect(findings.find(({ id }) => id === 'token-form')).toMatchObject({ level: 'pass' })
  })
})

describe('the values that differ are named', () => {
  it.each([
    ['token-audience', { aud: 'https://other.example' }, 'https://other.example'],
    ['token-issuer', { iss: 'https://other.example' }, 'https://other.example'],
    ['token-scope', { scope: 'other' }, '"notes:read", received "other"'],
  ])('by %s', async (id, claims, received) => {
    site = await startSite()
    const token = await site.issuer.token({ aud: site.url, scope: 'notes:read', ...claims })
    const { findings } = await examine({ url: site.url, token })
    const { message = '' } = findings.find((finding) => finding.id === id) ?? {}
    expect(message).toContain('expected')
    expect(message).toContain(received)
  })
})

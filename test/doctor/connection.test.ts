/** Checks that need a server with TLS, or a port without a server. */

import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { examine, type Report } from '../../src/doctor/examine.ts'
import { createCertificate } from '../support/certificate.ts'

type Answer = (url: string, init: RequestInit) => Response | Promise<Response>

async function report(url: string, answer: Answer): Promise<Report> {
  const result = await examine({ url, fetch: async (at, init) => answer(at, init) })
  if ('problem' in result) throw new Error(result.problem)
  return result
}

function levels({ findings }: Report): Record<string, string> {
  return Object.fromEntries(findings.map(({ id, level }) => [id, level]))
}

function failing(code: string): Answer {
  return () => {
    throw new TypeError('fetch failed', { cause: Object.assign(new Error(code), { code }) })
  }
}

const unauthorized: Answer = () => new Response(null, { status: 401 })

describe('examine() reports, about the connection,', () => {
  it('an expired certificate, and runs no other checks', async () => {
    const found = await report('https://mcp.example/mcp', failing('CERT_HAS_EXPIRED'))
    expect(levels(found)).toEqual({
      certificate: 'error',
      https: 'pass',
      'plain-http': 'pass',
      'public-host': 'pass',
      'public-port': 'pass',
    })
    expect(found.findings[0]?.message).toContain('CERT_HAS_EXPIRED')
  })

  it('a self-signed certificate on a real connection', async () => {
    const { pem, key } = createCertificate()
    const server = createServer({ cert: pem, key }, (_req, res) => res.writeHead(401).end())
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    try {
      const result = await examine({ url: `https://127.0.0.1:${port}/mcp` })
      if ('problem' in result) throw new Error(result.problem)
      const expected = { certificate: 'error', https: 'pass', 'public-host': 'pass' }
      expect(levels(result)).toEqual(expected)
    } finally {
      server.close()
    }
  })

  it('a server without TLS', async () => {
    const found = await report('http://mcp.example/mcp', unauthorized)
    expect(levels(found)).toMatchObject({ https: 'error' })
  })

  it.each([
    ['https://mcp.example/mcp', 'pass', 'pass'],
    ['https://mcp.example:8443/mcp', 'pass', 'warning'],
    ['https://notes.internal/mcp', 'warning', 'pass'],
    ['https://notes.local/mcp', 'warning', 'pass'],
    ['https://notes.corp./mcp', 'warning', 'pass'],
    ['https://notes/mcp', 'warning', 'pass'],
    ['https://10.1.2.3/mcp', 'warning', 'pass'],
    ['https://192.168.0.7:8443/mcp', 'warning', 'warning'],
    ['https://100.64.0.1/mcp', 'warning', 'pass'],
    ['https://[fd00::1]/mcp', 'warning', 'pass'],
    ['https://8.8.8.8/mcp', 'pass', 'pass'],
    ['https://mcp.internal.example/mcp', 'pass', 'pass'],
    ['http://mcp.example:3000/mcp', 'pass', undefined],
    ['http://localhost:3000/mcp', 'pass', undefined],
    ['http://127.0.0.1:3000/mcp', 'pass', undefined],
  ] as const)('whether hosted clients reach %s', async (url, host, port) => {
    const found = levels(await report(url, unauthorized))
    expect([found['public-host'], found['public-port']]).toEqual([host, port])
  })

  it.each([
    ['content', () => new Response('hello'), 'warning'],
    ['a redirect to https', (url: string) => redirect(url.replace('http:', 'https:')), 'pass'],
    ['a redirect to http', (url: string) => redirect(`${url}/`), 'warning'],
    ['nothing', failing('ECONNREFUSED'), 'pass'],
  ] as const)('beside https, in the clear, %s', async (_what, plain, level) => {
    const found = await report('https://mcp.example/mcp', (url, init) =>
      url.startsWith('http:') ? plain(url, init) : unauthorized(url, init),
    )
    expect(levels(found)).toMatchObject({ certificate: 'pass', https: 'pass', 'plain-http': level })
  })

  it('authorization servers that only this machine can reach, without sending them requests', async () => {
    const servers = ['http://localhost:8080', 'https://10.0.0.7', 'https://as.example']
    const asked: string[] = []
    const found = await report('https://mcp.example/mcp', (url) => {
      asked.push(url)
      return url.includes('oauth-protected-resource')
        ? Response.json({ resource: 'https://mcp.example/mcp', authorization_servers: servers })
        : new Response(null, { status: 401 })
    })
    const messages = found.findings.flatMap(({ id, message }) =>
      id === 'server-found' ? [message] : [],
    )
    expect(messages).toEqual([
      expect.stringContaining('is not https'),
      expect.stringContaining('private network'),
      expect.stringContaining('No metadata was found'),
    ])
    expect(asked.filter((url) => /localhost|10\.0\.0\.7/.test(url))).toEqual([])
  })
})

describe('examine() returns a problem for', () => {
  it.each(['mcp.example', 'ftp://mcp.example', '', 'https://user@mcp.example'])(
    '"%s"',
    async (url) => {
      const result = await examine({ url, fetch: () => Promise.reject(new Error('asked')) })
      const problem = expect.stringContaining('must be an absolute')
      expect(result).toMatchObject({ url, problem, errors: 1, requests: 0 })
      expect(result.findings).toMatchObject([{ id: 'response', level: 'error', message: problem }])
    },
  )

  it('a server that drops connections, after one timeout', async () => {
    const hangs = (_url: string, { signal }: RequestInit) =>
      new Promise<Response>((_resolve, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason))
      })
    const result = await examine({ url: 'https://mcp.example/mcp', fetch: hangs, timeoutMs: 20 })
    const problem = 'mcp.example did not respond (20 ms).'
    expect(result).toMatchObject({ problem, errors: 1, requests: 1 })
  })

  it('a server that does not respond', async () => {
    const fetch = async (url: string, init: RequestInit) => failing('ENOTFOUND')(url, init)
    const result = await examine({ url: 'https://mcp.example/mcp', fetch })
    expect(result).toMatchObject({ problem: 'mcp.example did not respond (ENOTFOUND).' })
  })
})

function redirect(to: string): Response {
  return new Response(null, { status: 308, headers: { Location: to } })
}

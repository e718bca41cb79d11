/** The limits of the doctor's HTTP client, and the URL guard. */

import { describe, expect, it } from 'vitest'
import { readEvent } from '../../../src/doctor/collect/event-stream.ts'
import {
  createHttpClient,
  type HttpClientOptions,
} from '../../../src/doctor/collect/http-client.ts'
import { findBlockReason } from '../../../src/doctor/collect/url-guard.ts'

function client(fetch: HttpClientOptions['fetch'], limits: Partial<HttpClientOptions> = {}) {
  return createHttpClient({
    fetch,
    timeoutMs: 1000,
    budgetMs: 9000,
    maxBytes: 10,
    maxRequests: 2,
    wait: async () => {},
    ...limits,
  })
}

const URL_ = 'https://mcp.example/mcp'

describe('createHttpClient()', () => {
  it('sends no more than maxRequests requests', async () => {
    let sent = 0
    const { send, count } = client(async () => {
      sent += 1
      return new Response('ok')
    })
    const exchanges = [
      await send({ url: URL_ }),
      await send({ url: URL_ }),
      await send({ url: URL_ }),
    ]
    expect(exchanges.map(({ status }) => status)).toEqual([200, 200, 0])
    expect(exchanges[2]?.failure).toBe('not_sent')
    expect([sent, count()]).toEqual([2, 2])
  })

  it.each([
    ['2', [2000], [200]],
    ['0', [0], [200]],
    ['11', [], [429]],
    ['Fri, 31 Dec 1999 23:59:59 GMT', [], [429]],
    [undefined, [], [429]],
  ])('repeats a request once after Retry-After: %s', async (value, waits, statuses) => {
    const waited: number[] = []
    const headers = value === undefined ? {} : { 'Retry-After': value }
    let sent = 0
    const { send, isLimited } = client(
      async () => new Response('', { status: sent++ === 0 ? 429 : 200, headers }),
      {
        wait: async (milliseconds) => {
          waited.push(milliseconds)
        },
      },
    )
    expect(isLimited()).toBe(false)
    const { status } = await send({ url: URL_ })
    expect([waited, [status], isLimited()]).toEqual([waits, statuses, true])
  })

  it('repeats a request no more than once', async () => {
    let sent = 0
    const { send } = client(async () => {
      sent += 1
      return new Response('', { status: 429, headers: { 'Retry-After': '1' } })
    })
    expect((await send({ url: URL_ })).status).toBe(429)
    expect(sent).toBe(2)
  })

  it('follows no redirect', async () => {
    let init: RequestInit | undefined
    const { send } = client(async (_url, given) => {
      init = given
      return new Response(null, { status: 302, headers: { Location: 'https://evil.example' } })
    })
    expect((await send({ url: URL_ })).status).toBe(302)
    expect(init?.redirect).toBe('manual')
  })

  it('reads at most maxBytes and cancels the rest', async () => {
    let cancelled = false
    const body = new ReadableStream({
      pull: (controller) => controller.enqueue(new TextEncoder().encode('1234567')),
      cancel: () => {
        cancelled = true
      },
    })
    const exchange = await client(async () => new Response(body)).send({ url: URL_ })
    expect(exchange).toMatchObject({ body: '1234567123', isCut: true })
    expect(cancelled).toBe(true)
  })

  it('stops at the timeout of a request', async () => {
    const { send } = client(
      (_url, { signal }) =>
        new Promise((_resolve, reject) => {
          signal?.addEventListener('abort', () => reject(signal.reason))
        }),
      { timeoutMs: 5 },
    )
    expect(await send({ url: URL_ })).toMatchObject({ failure: 'timeout', reason: '5 ms' })
    expect(await send({ url: URL_, timeoutMs: 1 })).toMatchObject({ status: 0, reason: '1 ms' })
  })

  it('sends nothing after the total time limit', async () => {
    const { send, count } = client(async () => new Response('ok'), { budgetMs: 0 })
    expect(await send({ url: URL_ })).toMatchObject({ status: 0, failure: 'not_sent' })
    expect(count()).toBe(0)
  })

  it('cancels the body of a headOnly request', async () => {
    let cancelled = false
    const body = new ReadableStream({
      cancel: () => {
        cancelled = true
      },
    })
    const { send } = client(async () => new Response(body))
    expect(await send({ url: URL_, headOnly: true })).toMatchObject({ status: 200, body: '' })
    expect(cancelled).toBe(true)
  })

  it.each([
    ['ECONNREFUSED', 'unreachable'],
    ['CERT_HAS_EXPIRED', 'certificate'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'certificate'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'certificate'],
  ])('reports %s as its own kind of failure', async (code, failure) => {
    const cause = Object.assign(new Error(code), { code })
    const { send } = client(() => Promise.reject(new TypeError('fetch failed', { cause })))
    expect(await send({ url: URL_ })).toMatchObject({ status: 0, failure, reason: code })
  })

  it('reads the first event of a stream and cancels the rest', async () => {
    const text = ': hello\n\nevent: message\ndata: {"a":\ndata: 1}\n\ndata: 2\n\n'
    const headers = { 'Content-Type': 'text/event-stream' }
    const { send } = client(async () => new Response(text, { headers }), { maxBytes: 1000 })
    expect(await send({ url: URL_ })).toMatchObject({ body: '{"a":\n1}', isCut: false })
    expect(readEvent('data: unfinished\n')).toBeUndefined()
  })
})

describe('findBlockReason() blocks, for a public server,', () => {
  it.each([
    ['http://as.example', /https/],
    ['https://localhost/x', /loopback/],
    ['https://127.0.0.1:8443/x', /loopback/],
    ['https://[::1]/x', /loopback/],
    ['https://10.0.0.1/x', /private/],
    ['https://192.168.1.1/x', /private/],
    ['https://169.254.169.254/latest/meta-data', /private/],
    ['https://172.16.0.1/x', /private/],
    ['https://100.64.0.1/x', /private/],
    ['https://2130706433/x', /loopback/],
    ['https://[fd00::1]/x', /private/],
    ['https://[::ffff:10.0.0.1]/x', /private/],
    ['https://localhost./x', /loopback/],
    ['https://admin.localhost./x', /loopback/],
    ['https://127.0.0.1./x', /loopback/],
    ['https://metadata./x', /private/],
    ['https://db_1/x', /private/],
    ['https://1password/x', /private/],
    ['https://vault.internal./x', /private/],
    ['https://kubernetes.default.svc/x', /private/],
    ['https://build.localdomain/x', /private/],
    ['https://192.0.0.170/x', /private/],
    ['https://198.19.0.1/x', /private/],
    ['https://224.0.0.1/x', /private/],
    ['https://255.255.255.255/x', /private/],
    ['https://[fec0::1]/x', /private/],
    ['https://[64:ff9b::a00:1]/x', /private/],
    ['https://[2002:a00:1::]/x', /private/],
    ['https://[2001::a00:1]/x', /private/],
    ['https://[2001:0:4136:e378::1]/x', /private/],
    ['file:///etc/passwd', /https/],
    ['not a URL', /URL/],
  ])('%s', (url, reason) => {
    expect(findBlockReason(url, new URL(URL_))).toMatch(reason)
  })

  it('and allows public https URLs, and loopback URLs for a loopback server', () => {
    expect(findBlockReason('https://as.example/x', new URL(URL_))).toBeUndefined()
    for (const host of [
      '172.32.0.1',
      '198.20.0.1',
      '223.255.0.1',
      '[2001:db8::1]',
      '[2606:4700::1]',
    ]) {
      expect(findBlockReason(`https://${host}/x`, new URL(URL_))).toBeUndefined()
    }
    expect(findBlockReason('http://127.0.0.1:1/x', new URL('http://localhost:2'))).toBeUndefined()
    expect(findBlockReason('ftp://127.0.0.1/x', new URL('http://localhost:2'))).toMatch(/http/)
  })
})

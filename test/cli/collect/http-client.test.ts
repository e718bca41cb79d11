/** Politeness: what the doctor does not do, whatever it meets. */

import { describe, expect, it } from 'vitest'
import { readEvent } from '../../../src/cli/collect/event-stream.ts'
import { createVisitor, type VisitorOptions } from '../../../src/cli/collect/http-client.ts'
import { whyNotToVisit } from '../../../src/cli/collect/url-guard.ts'

function visitor(fetch: VisitorOptions['fetch'], limits: Partial<VisitorOptions> = {}) {
  return createVisitor({
    fetch,
    timeoutMs: 1000,
    patienceMs: 9000,
    maxBytes: 10,
    maxRequests: 2,
    ...limits,
  })
}

const URL_ = 'https://mcp.example/mcp'

describe('ask()', () => {
  it('asks no more often than it may', async () => {
    let asked = 0
    const { ask, asked: count } = visitor(async () => {
      asked += 1
      return new Response('ok')
    })
    const answers = [await ask({ url: URL_ }), await ask({ url: URL_ }), await ask({ url: URL_ })]
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 0])
    expect(answers[2]?.silence).toBe('not_asked')
    expect([asked, count()]).toEqual([2, 2])
  })

  it('follows no redirect', async () => {
    let init: RequestInit | undefined
    const { ask } = visitor(async (_url, given) => {
      init = given
      return new Response(null, { status: 302, headers: { Location: 'https://evil.example' } })
    })
    expect((await ask({ url: URL_ })).status).toBe(302)
    expect(init?.redirect).toBe('manual')
  })

  it('reads no more than it may, and hangs up', async () => {
    let cancelled = false
    const body = new ReadableStream({
      pull: (controller) => controller.enqueue(new TextEncoder().encode('1234567')),
      cancel: () => {
        cancelled = true
      },
    })
    const answer = await visitor(async () => new Response(body)).ask({ url: URL_ })
    expect(answer).toMatchObject({ body: '1234567123', isCut: true })
    expect(cancelled).toBe(true)
  })

  it('gives up in time', async () => {
    const { ask } = visitor(
      (_url, { signal }) =>
        new Promise((_resolve, reject) => {
          signal?.addEventListener('abort', () => reject(signal.reason))
        }),
      { timeoutMs: 5 },
    )
    expect(await ask({ url: URL_ })).toMatchObject({ silence: 'timeout', reason: '5 ms' })
    expect(await ask({ url: URL_, timeoutMs: 1 })).toMatchObject({ status: 0, reason: '1 ms' })
  })

  it('gives up on everything in time', async () => {
    const { ask, asked } = visitor(async () => new Response('ok'), { patienceMs: 0 })
    expect(await ask({ url: URL_ })).toMatchObject({ status: 0, silence: 'not_asked' })
    expect(asked()).toBe(0)
  })

  it('does not wait for a stream of which only the head matters', async () => {
    let cancelled = false
    const body = new ReadableStream({
      cancel: () => {
        cancelled = true
      },
    })
    const { ask } = visitor(async () => new Response(body))
    expect(await ask({ url: URL_, headOnly: true })).toMatchObject({ status: 200, body: '' })
    expect(cancelled).toBe(true)
  })

  it.each([
    ['ECONNREFUSED', 'unreachable'],
    ['CERT_HAS_EXPIRED', 'certificate'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'certificate'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'certificate'],
  ])('tells %s from other failures', async (code, silence) => {
    const cause = Object.assign(new Error(code), { code })
    const { ask } = visitor(() => Promise.reject(new TypeError('fetch failed', { cause })))
    expect(await ask({ url: URL_ })).toMatchObject({ status: 0, silence, reason: code })
  })

  it('hears the first event of a stream and hangs up', async () => {
    const text = ': hello\n\nevent: message\ndata: {"a":\ndata: 1}\n\ndata: 2\n\n'
    const headers = { 'Content-Type': 'text/event-stream' }
    const { ask } = visitor(async () => new Response(text, { headers }), { maxBytes: 1000 })
    expect(await ask({ url: URL_ })).toMatchObject({ body: '{"a":\n1}', isCut: false })
    expect(readEvent('data: unfinished\n')).toBeUndefined()
  })
})

describe('whyNotToVisit() keeps a public server from sending the doctor', () => {
  it.each([
    ['http://as.example', /https/],
    ['https://localhost/x', /this very machine/],
    ['https://127.0.0.1:8443/x', /this very machine/],
    ['https://[::1]/x', /this very machine/],
    ['https://10.0.0.1/x', /private/],
    ['https://192.168.1.1/x', /private/],
    ['https://169.254.169.254/latest/meta-data', /private/],
    ['https://172.16.0.1/x', /private/],
    ['https://100.64.0.1/x', /private/],
    ['https://2130706433/x', /this very machine/],
    ['https://[fd00::1]/x', /private/],
    ['https://[::ffff:10.0.0.1]/x', /private/],
    ['file:///etc/passwd', /https/],
    ['not a URL', /URL/],
  ])('to %s', (url, reason) => {
    expect(whyNotToVisit(url, new URL(URL_))).toMatch(reason)
  })

  it('but lets it go where clients go', () => {
    expect(whyNotToVisit('https://as.example/x', new URL(URL_))).toBeUndefined()
    expect(whyNotToVisit('https://172.32.0.1/x', new URL(URL_))).toBeUndefined()
    expect(whyNotToVisit('http://127.0.0.1:1/x', new URL('http://localhost:2'))).toBeUndefined()
    expect(whyNotToVisit('ftp://127.0.0.1/x', new URL('http://localhost:2'))).toMatch(/http/)
  })
})

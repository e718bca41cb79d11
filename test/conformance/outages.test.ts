/** The behaviour while an authorization server is unreachable, and the table of the guide about it. */

import { readFileSync } from 'node:fs'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { DocumentEvent } from '../../src/index.ts'
import { START } from '../support/clock.ts'
import { ISSUER, RESOURCE } from '../support/issuer.ts'
import { createScene } from '../support/scene.ts'
import { setUp, type TestSetup } from '../support/setup-resource.ts'

const METADATA = `${ISSUER}/.well-known/oauth-authorization-server`
const OPENID = `${ISSUER}/.well-known/openid-configuration`
const KEYS = `${ISSUER}/jwks`

/** How long after its first good request the server fails; fresh time is 10 minutes, ±10 %. */
const STATES = [
  { state: 'cold: nothing was fetched yet', after: undefined },
  { state: 'fresh', after: 300 },
  { state: 'stale: fresh time is over, at most `staleIfErrorSeconds` ago', after: 700 },
  { state: 'beyond stale', after: 660 + 3600 },
] as const

const FAILURES = {
  'metadata fails': [METADATA, OPENID],
  'keys fail': [KEYS],
  'both fail': [METADATA, OPENID, KEYS],
} as const

const SERVED = '200'
const REFUSED = '503 + `Retry-After`'

const MATRIX: Readonly<Record<string, readonly string[]>> = {
  [STATES[0].state]: [REFUSED, REFUSED, REFUSED],
  [STATES[1].state]: [SERVED, SERVED, SERVED],
  [STATES[2].state]: [SERVED, SERVED, SERVED],
  [STATES[3].state]: [REFUSED, REFUSED, REFUSED],
}

/** Every way of failing that a server has, and what the event calls it. */
const MODES: Readonly<
  Record<string, { code: string; answer: () => Response | Promise<Response>; more?: object }>
> = {
  unreachable: {
    code: 'unreachable',
    answer: () => Promise.reject(new TypeError('fetch failed')),
  },
  'a name without an address': {
    code: 'unreachable',
    answer: () => Promise.reject(new TypeError('fetch failed', { cause: { code: 'ENOTFOUND' } })),
    more: { reason: 'ENOTFOUND' },
  },
  'status 500': {
    code: 'status',
    answer: () => new Response('', { status: 500 }),
    more: { status: 500 },
  },
  redirect: {
    code: 'redirect',
    answer: () =>
      new Response(null, { status: 302, headers: { Location: 'http://169.254.169.254/latest' } }),
    more: { status: 302, received: ['http://169.254.169.254'] },
  },
  'never answers': { code: 'timeout', answer: () => new Promise<Response>(() => {}) },
  'a page': {
    code: 'not_json',
    answer: () => new Response('<html>', { headers: { 'Content-Type': 'text/html' } }),
  },
  'a hundred megabytes': { code: 'too_large', answer: () => new Response(endless(100)) },
}

describe('the outage matrix', () => {
  for (const { state, after } of STATES) {
    for (const [column, failure] of Object.keys(FAILURES).entries()) {
      const expected = MATRIX[state]?.[column]
      it(`ERR-15, CAC-06: ${state}, ${failure}: ${expected}`, async () => {
        const setup = await setUp({ options: { tokenCache: false } })
        const token = await setup.issuer.token({ exp: START + 100_000 })
        if (after !== undefined) {
          expect((await setup.send(token)).status).toBe(200)
          setup.clock.advance(after)
        }
        fail(setup, FAILURES[failure as keyof typeof FAILURES], MODES['status 500'])
        const response = await setup.send(token)
        if (expected === SERVED) expect(response.status).toBe(200)
        else await expectUnavailable(response, setup, after === undefined ? 0 : 1)
      })
    }
  }

  for (const [name, mode] of Object.entries(MODES)) {
    it(`ERR-15: keys that are cold and ${name}: 503, and the event says ${mode.code}`, async () => {
      const setup = await setUp({ server: { timeoutMs: 100 } })
      fail(setup, [KEYS], mode)
      const response = await setup.send(await setup.issuer.token())
      await expectUnavailable(response, setup, 0)
      expect(documentEvents(setup).at(-1)).toEqual({
        type: 'document',
        issuer: ISSUER,
        url: KEYS,
        outcome: 'failed',
        code: mode.code,
        message: expect.stringMatching(/^https:\/\/as\.example\/jwks \w/),
        ...mode.more,
      })
    })

    it(`keys that are stale and ${name}: served, and the event says so`, async () => {
      const setup = await setUp({ server: { timeoutMs: 100 } })
      const token = await setup.issuer.token({ exp: START + 100_000 })
      expect((await setup.send(token)).status).toBe(200)
      fail(setup, [KEYS], mode)
      setup.clock.advance(700)
      expect((await setup.send(token)).status).toBe(200)
      expect(documentEvents(setup).at(-1)).toMatchObject({ outcome: 'stale', code: mode.code })
    })
  }

  it('docs/guides/outages.md shows this table', () => {
    const header = ['State of the documents', ...Object.keys(FAILURES)]
    const rows = [header, header.map(() => '---')]
    for (const [state, cells] of Object.entries(MATRIX)) rows.push([state, ...cells])
    const table = rows.map((cells) => `| ${cells.join(' | ')} |`).join('\n')
    const guide = readFileSync(new URL('../../docs/guides/outages.md', import.meta.url), 'utf8')
    expect(guide).toContain(table)
  })
})

describe('a host without a required function', () => {
  afterEach(() => void vi.unstubAllGlobals())

  for (const abort of ['with', 'without']) {
    it(`ERR-15: ${abort} AbortController good tokens are 200, and a server that hangs has a deadline`, async () => {
      const setup = await setUpOn(abort, 100)
      fail(setup, [KEYS], MODES['never answers'])
      await expectUnavailable(await setup.next(), setup, 0)
      expect(documentEvents(setup).at(-1)).toMatchObject({ url: KEYS, code: 'timeout' })
      setup.issuer.respondAt(KEYS, undefined)
      setup.clock.advance(20)
      expect((await setup.next()).status).toBe(200)
    })

    it(`ERR-15: ${abort} AbortController a body that trickles is left at the deadline`, async () => {
      const setup = await setUpOn(abort, 100)
      const cancelled = Promise.withResolvers<string>()
      setup.issuer.respondAt(
        KEYS,
        () => new Response(trickling(() => cancelled.resolve('cancelled'))),
      )
      await expectUnavailable(await setup.next(), setup, 0)
      expect(await cancelled.promise).toBe('cancelled')
    })

    it(`ERR-15: ${abort} AbortController a body that begins after the deadline is not read`, async () => {
      const setup = await setUpOn(abort, 50)
      const late = Promise.withResolvers<Response>()
      const cancelled = Promise.withResolvers<string>()
      setup.issuer.respondAt(KEYS, () => late.promise)
      await expectUnavailable(await setup.next(), setup, 0)
      late.resolve(new Response(trickling(() => cancelled.resolve('cancelled'))))
      expect(await cancelled.promise).toBe('cancelled')
    })
  }

  it('an exception in the library is 500, without an event about the provider', async () => {
    const setup = await setUp()
    const token = await setup.issuer.token()
    setup.issuer.respondAt(KEYS, () => {
      const response = Response.json(setup.issuer.jwks)
      response.headers.get = () => {
        throw new ReferenceError('This host lacks something')
      }
      return response
    })
    for (const _ of [1, 2]) {
      const response = await setup.send(token)
      expect(response.status).toBe(500)
      expect(response.headers.get('WWW-Authenticate')).toBeNull()
      expect(await response.json()).toMatchObject({ error: 'server_error' })
    }
    expect(setup.calls()).toBe(0)
    expect(documentEvents(setup).at(-1)).toEqual({
      type: 'document',
      issuer: ISSUER,
      url: KEYS,
      outcome: 'failed',
    })
    expect(setup.events.at(-1)).toMatchObject({ type: 'refused', code: 'internal' })
    setup.issuer.respondAt(KEYS, undefined)
    setup.clock.advance(20)
    expect((await setup.send(token)).status).toBe(200)
  })
})

/** Requests are made before the host loses what Node needs to make them. */
async function setUpOn(abort: string, timeoutMs: number) {
  const scene = await createScene({ server: { timeoutMs } })
  const headers = { Authorization: `Bearer ${await scene.issuer.token()}` }
  const requests = [1, 2].map(() => new Request(RESOURCE, { method: 'POST', headers }))
  if (abort === 'without') vi.stubGlobal('AbortController', undefined)
  return {
    ...scene,
    calls: () => scene.runs.length,
    next: () => scene.send(requests.pop() as Request),
  }
}

function trickling(cancel: () => void): ReadableStream<Uint8Array> {
  return new ReadableStream({
    async pull(controller) {
      await new Promise((resolve) => setTimeout(resolve, 5))
      controller.enqueue(new Uint8Array([32]))
    },
    cancel,
  })
}

async function expectUnavailable(
  response: Response,
  setup: Pick<TestSetup, 'calls'>,
  calls: number,
): Promise<void> {
  expect(response.status).toBe(503)
  expect(response.headers.get('WWW-Authenticate')).toBeNull()
  const seconds = Number(response.headers.get('Retry-After'))
  expect(seconds).toBeGreaterThanOrEqual(1)
  expect(seconds).toBeLessThanOrEqual(15)
  expect(await response.json()).toEqual({
    error: 'temporarily_unavailable',
    error_description: 'The access token cannot be checked right now.',
  })
  expect(setup.calls()).toBe(calls)
}

function fail(
  { issuer }: Pick<TestSetup, 'issuer'>,
  urls: readonly string[],
  mode: { answer: () => Response | Promise<Response> } | undefined,
): void {
  for (const url of urls) issuer.respondAt(url, mode?.answer)
}

function documentEvents({ events }: Pick<TestSetup, 'events'>): DocumentEvent[] {
  return events.filter((event) => event.type === 'document')
}

function endless(megabytes: number): ReadableStream<Uint8Array> {
  let sent = 0
  return new ReadableStream({
    pull(controller) {
      if (sent++ >= megabytes) controller.close()
      else controller.enqueue(new Uint8Array(1_000_000).fill(0x20))
    },
  })
}

import { afterEach, describe, expect, it, vi } from 'vitest'
import { UpstreamError } from '../../src/contract/errors.ts'
import type { Copy } from '../../src/documents/kept-document.ts'
import { RemoteDocument } from '../../src/documents/remote-document.ts'
import { RequestBudget } from '../../src/documents/request-budget.ts'
import { fail, type Result, succeed } from '../../src/lib/result.ts'
import { createClock, type TestClock } from '../support/clock.ts'

type Outcome = Result<Copy<string>, UpstreamError>

interface Harness {
  readonly clock: TestClock
  readonly document: RemoteDocument<string>
  readonly reported: string[]
  /** The loads in flight, oldest first: settle them in any order. */
  readonly loads: { readonly at: number; settle(outcome: string | 'error'): void }[]
}

afterEach(() => void vi.unstubAllGlobals())

describe('RemoteDocument', () => {
  it('keeps a younger copy when an older load succeeds late', async () => {
    const { clock, document, loads } = start()
    const first = document.read(new RequestBudget())
    clock.advance(11)
    const second = document.read(new RequestBudget())
    expect(loads).toHaveLength(2)
    loads[1]?.settle('young')
    expect(await contentOf(second)).toBe('young')
    loads[0]?.settle('old')
    await first
    expect(await contentOf(document.read(new RequestBudget()))).toBe('young')
  })

  it('ignores the late failure of a load that is older than the copy', async () => {
    const { clock, document, loads, reported } = start()
    void document.read(new RequestBudget())
    clock.advance(11)
    const second = document.read(new RequestBudget())
    loads[1]?.settle('young')
    await second
    loads[0]?.settle('error')
    await Promise.resolve()
    expect(reported).toEqual(['fetched'])
  })

  it('shares a load until its deadline, then starts another', async () => {
    const { clock, document, loads } = start()
    void document.read(new RequestBudget())
    void document.read(new RequestBudget())
    expect(loads).toHaveLength(1)
    clock.advance(11)
    void document.read(new RequestBudget())
    expect(loads).toHaveLength(2)
  })

  it('backs off from 1 to 60 s while it serves an outdated copy', async () => {
    const { clock, document, loads, reported } = start()
    const warm = document.read(new RequestBudget())
    loads[0]?.settle('v1')
    await warm
    clock.advance(101)
    const waits: number[] = []
    let read = document.read(new RequestBudget())
    for (let attempt = 1; attempt <= 9; attempt++) {
      const before = loads.length
      loads.at(-1)?.settle('error')
      let seconds = 0
      for (; loads.length === before; seconds++) {
        expect(await contentOf(read)).toBe('v1')
        clock.advance(1)
        read = document.read(new RequestBudget())
      }
      waits.push(seconds)
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60])
    expect(reported).toEqual(['fetched', ...Array(9).fill('stale')])
  })

  it('backs off to at most 15 s without a copy to serve', async () => {
    const { clock, document, loads } = start()
    const waits: number[] = []
    for (let attempt = 1; attempt <= 6; attempt++) {
      const read = document.read(new RequestBudget())
      loads.at(-1)?.settle('error')
      expect((await read).ok).toBe(false)
      const repeated = await document.read(new RequestBudget())
      waits.push(repeated.ok ? 0 : (repeated.error.retryAfterSeconds ?? 0))
      clock.advance(waits.at(-1) ?? 0)
    }
    expect(waits).toEqual([1, 2, 4, 8, 15, 15])
  })

  it('backs off once after loads that failed at the same time, as those of many requests on Workers', async () => {
    vi.stubGlobal('navigator', { userAgent: 'Cloudflare-Workers' })
    const { clock, document, loads } = start()
    const waits: number[] = []
    for (const wait of [1, 2]) {
      const reads = Array.from({ length: 20 }, () => document.read(new RequestBudget()))
      expect(loads).toHaveLength(20)
      for (const { settle } of loads.splice(0)) settle('error')
      await Promise.all(reads)
      const repeated = await document.read(new RequestBudget())
      waits.push(repeated.ok ? 0 : (repeated.error.retryAfterSeconds ?? 0))
      clock.advance(wait)
    }
    expect(waits).toEqual([1, 2])
  })

  it('uses no copy from a load during which the clock went back', async () => {
    const { clock, document, loads } = start()
    const first = document.read(new RequestBudget())
    clock.advance(-60)
    const second = document.read(new RequestBudget())
    loads[1]?.settle('young')
    await second
    loads[0]?.settle('old')
    // The request that waited for it gets it.
    expect(await contentOf(first)).toBe('old')
    clock.advance(60)
    const third = document.read(new RequestBudget())
    loads[2]?.settle('new')
    expect(await contentOf(third)).toBe('new')
  })

  it('ends a pause when the clock has gone back', async () => {
    const { clock, document, loads } = start()
    clock.advance(3600)
    const failing = document.read(new RequestBudget())
    loads[0]?.settle('error')
    await failing
    clock.advance(-3600)
    const read = document.read(new RequestBudget())
    expect(loads).toHaveLength(2)
    loads[1]?.settle('v1')
    expect(await contentOf(read)).toBe('v1')
  })

  it('backs off although it has a copy from the future', async () => {
    const { clock, document, loads } = start()
    clock.advance(3600)
    const ahead = document.read(new RequestBudget())
    loads[0]?.settle('v1')
    await ahead
    clock.advance(-3600)
    const failing = document.read(new RequestBudget())
    loads[1]?.settle('error')
    expect((await failing).ok).toBe(false)
    expect((await document.read(new RequestBudget())).ok).toBe(false)
    expect(loads).toHaveLength(2)
  })

  it('pauses after a load that threw, and throws the same exception meanwhile', async () => {
    const { now, advance } = createClock()
    const fault = new Error('unforeseen')
    const reported: unknown[] = []
    let loads = 0
    let isFaulty = true
    const document = new RemoteDocument<string>({
      url: () => 'https://as.example/x',
      load: async () => {
        loads += 1
        if (isFaulty) throw fault
        return { ok: true, value: { value: 'v', fetchedAt: now(), freshUntil: now() + 10 } }
      },
      now,
      timeoutMs: 1000,
      staleIfErrorSeconds: 60,
      report: (outcome, error) => reported.push([outcome, error]),
    })
    for (const _ of [1, 2]) await expect(document.read(new RequestBudget())).rejects.toBe(fault)
    await expect(document.refresh(new RequestBudget())).rejects.toBe(fault)
    expect(loads).toBe(1)
    expect(reported).toEqual([['failed', undefined]])
    advance(2)
    isFaulty = false
    expect(await document.read(new RequestBudget())).toMatchObject({ ok: true })
    isFaulty = true
    advance(20)
    // The outdated copy is served, as after any failure.
    expect(await document.read(new RequestBudget())).toMatchObject({
      ok: true,
      value: { value: 'v' },
    })
    expect(reported.at(-1)).toEqual(['stale', undefined])
    expect(loads).toBe(3)
  })

  it('passes its background work to waitUntil', async () => {
    const { clock, document, loads } = start()
    const kept: Promise<unknown>[] = []
    const budget = (): RequestBudget => new RequestBudget((work) => kept.push(work))
    const warm = document.read(budget())
    loads[0]?.settle('v1')
    await warm
    const before = kept.length
    clock.advance(95)
    expect(await contentOf(document.read(budget()))).toBe('v1')
    expect(loads).toHaveLength(2)
    expect(kept.length).toBeGreaterThan(before)
  })
})

function start(): Harness {
  const clock = createClock()
  const reported: string[] = []
  const loads: Harness['loads'] = []
  const document = new RemoteDocument<string>({
    url: () => 'https://as.example/x',
    load: () => {
      const fetchedAt = clock.now()
      const { promise, resolve } = Promise.withResolvers<Outcome>()
      const settle = (outcome: string): void => {
        const error = new UpstreamError('status', 'https://as.example/x')
        const copy = { value: outcome, fetchedAt, freshUntil: fetchedAt + 100 }
        resolve(outcome === 'error' ? fail(error) : succeed(copy))
      }
      loads.push({ at: fetchedAt, settle })
      return promise
    },
    now: clock.now,
    timeoutMs: 10_000,
    staleIfErrorSeconds: 3600,
    report: (outcome) => reported.push(outcome),
  })
  return { clock, document, reported, loads }
}

async function contentOf(reading: Promise<Outcome>): Promise<string> {
  const outcome = await reading
  if (!outcome.ok) throw outcome.error
  return outcome.value.value
}

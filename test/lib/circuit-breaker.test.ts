import { describe, expect, it } from 'vitest'
import { type Call, CircuitBreaker } from '../../src/lib/circuit-breaker.ts'

function createBreaker(maxCalls = 100): CircuitBreaker {
  return new CircuitBreaker({ maxCalls, callSeconds: 5 })
}

function start(breaker: CircuitBreaker, now: number, isProven = false): Call {
  const call = breaker.start(now, isProven)
  if (!call.ok) throw new Error(`Not admitted for ${call.error} s`)
  return call.value
}

/** Seconds after which to try again; 0 for a call that is admitted. */
function waitOf(breaker: CircuitBreaker, now: number, isProven = false): number {
  const call = breaker.start(now, isProven)
  return call.ok ? 0 : call.error
}

/** Starts calls one after the other and lets each fail. */
function fail(breaker: CircuitBreaker, times: number, now: number): void {
  for (let count = 0; count < times; count++) breaker.end(start(breaker, now), 'failure', now)
}

describe('CircuitBreaker', () => {
  it('limits concurrent calls', () => {
    const breaker = createBreaker(2)
    const [first] = [start(breaker, 0), start(breaker, 0)]
    expect(waitOf(breaker, 0)).toBe(1)
    breaker.end(first, 'success', 0)
    start(breaker, 0)
    expect(waitOf(breaker, 0)).toBe(1)
  })

  it('counts a call as ended after callSeconds', () => {
    const breaker = createBreaker(1)
    start(breaker, 0)
    expect(waitOf(breaker, 5)).toBe(1)
    start(breaker, 5.1)
  })

  it('pauses after five failures in a row', () => {
    const breaker = createBreaker()
    fail(breaker, 4, 0)
    start(breaker, 0)
    fail(breaker, 1, 0)
    expect(waitOf(breaker, 0)).toBe(1)
    expect(waitOf(breaker, 0.9)).toBe(1)
  })

  it('counts failures from zero after a success', () => {
    const breaker = createBreaker()
    fail(breaker, 4, 0)
    breaker.end(start(breaker, 0), 'success', 0)
    fail(breaker, 4, 0)
    start(breaker, 0)
  })

  it('admits one call at a time after a pause, until one succeeds', () => {
    const breaker = createBreaker()
    fail(breaker, 5, 0)
    const probe = start(breaker, 1)
    expect(waitOf(breaker, 1)).toBe(1)
    breaker.end(probe, 'success', 1)
    start(breaker, 1)
    start(breaker, 1)
  })

  it('probes again where a probe never ended', () => {
    const breaker = createBreaker()
    fail(breaker, 5, 0)
    start(breaker, 1)
    expect(waitOf(breaker, 1)).toBe(1)
    start(breaker, 7)
  })

  it('doubles its pauses up to 30 s', () => {
    const breaker = createBreaker()
    fail(breaker, 5, 0)
    let now = 0
    const pauses: number[] = []
    for (let count = 0; count < 7; count++) {
      const pause = waitOf(breaker, now)
      pauses.push(pause)
      now += pause
      breaker.end(start(breaker, now), 'failure', now)
    }
    expect(pauses).toEqual([1, 2, 4, 8, 16, 30, 30])
  })

  // A clock may count whole seconds.
  it.each([5, 0])('counts calls that started before a pause once, %i seconds later', (now) => {
    const breaker = createBreaker()
    const calls = Array.from({ length: 50 }, () => start(breaker, 0))
    for (const call of calls) breaker.end(call, 'failure', now)
    expect(waitOf(breaker, now)).toBe(1)
    start(breaker, now + 1)
  })

  it('probes while calls from before the pause are running', () => {
    const breaker = createBreaker()
    for (let count = 0; count < 10; count++) start(breaker, 0)
    fail(breaker, 5, 0)
    start(breaker, 1)
    expect(waitOf(breaker, 1)).toBe(1)
  })

  it('admits calls when the clock goes back', () => {
    const breaker = createBreaker(1)
    fail(breaker, 5, 1_000_000)
    const probe = start(breaker, 1000)
    breaker.end(probe, 'success', 1000)
    start(breaker, 2000)
    start(breaker, 1000)
    expect(waitOf(breaker, 1000)).toBe(1)
  })
})

describe('CircuitBreaker, with proven calls', () => {
  const startProven = (breaker: CircuitBreaker, now: number) => start(breaker, now, true)

  it('admits them in a pause', () => {
    const breaker = createBreaker()
    fail(breaker, 5, 0)
    expect(waitOf(breaker, 0)).toBe(1)
    startProven(breaker, 0)
    startProven(breaker, 0)
  })

  it('does not count their failures, before a pause or in it', () => {
    const breaker = createBreaker()
    fail(breaker, 4, 0)
    for (let count = 0; count < 9; count++) breaker.end(startProven(breaker, 0), 'failure', 0)
    start(breaker, 0)
    fail(breaker, 1, 0)
    for (let count = 0; count < 9; count++) breaker.end(startProven(breaker, 0.5), 'failure', 0.5)
    expect(waitOf(breaker, 0.5)).toBe(1)
    start(breaker, 1)
  })

  it('ends its pause when one succeeds', () => {
    const breaker = createBreaker()
    fail(breaker, 5, 0)
    breaker.end(startProven(breaker, 0), 'success', 0)
    start(breaker, 0)
    start(breaker, 0)
  })

  it('counts them and other calls separately', () => {
    const breaker = createBreaker(2)
    start(breaker, 0)
    start(breaker, 0)
    const first = startProven(breaker, 0)
    startProven(breaker, 0)
    expect([waitOf(breaker, 0), waitOf(breaker, 0, true)]).toEqual([1, 1])
    breaker.end(first, 'failure', 0)
    expect(waitOf(breaker, 0)).toBe(1)
    startProven(breaker, 0)
  })

  it('counts one as ended after callSeconds', () => {
    const breaker = createBreaker(1)
    startProven(breaker, 0)
    expect(waitOf(breaker, 5, true)).toBe(1)
    startProven(breaker, 5.1)
  })

  it('does not count one as the probe after a pause', () => {
    const breaker = createBreaker()
    fail(breaker, 5, 0)
    startProven(breaker, 1)
    start(breaker, 1)
    expect(waitOf(breaker, 1)).toBe(1)
  })
})

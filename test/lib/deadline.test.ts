import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Deadline, EXPIRED } from '../../src/lib/deadline.ts'

describe('Deadline', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('starts with the first promise and is for all of them', async () => {
    const deadline = new Deadline(100)
    vi.advanceTimersByTime(1000)
    expect(await deadline.race(Promise.resolve(1))).toBe(1)
    vi.advanceTimersByTime(99)
    const second = deadline.race(new Promise(() => undefined))
    expect(deadline.isExpired).toBe(false)
    vi.advanceTimersByTime(1)
    expect(await second).toBe(EXPIRED)
    expect(deadline.isExpired).toBe(true)
    expect(await deadline.race(new Promise(() => undefined))).toBe(EXPIRED)
  })

  it('passes a rejection on, and ignores a late one', async () => {
    const deadline = new Deadline(100)
    await expect(deadline.race(Promise.reject(new Error('boom')))).rejects.toThrow('boom')
    let reject = (_error: Error): void => undefined
    const late = deadline.race(new Promise((_, settle) => (reject = settle)))
    vi.advanceTimersByTime(100)
    expect(await late).toBe(EXPIRED)
    reject(new Error('late'))
    // An unhandled rejection would fail the run.
    await vi.advanceTimersByTimeAsync(10)
  })

  it('leaves no timer behind', async () => {
    const deadline = new Deadline(100)
    deadline.end()
    await deadline.race(Promise.resolve(1))
    expect(vi.getTimerCount()).toBe(1)
    deadline.end()
    expect(vi.getTimerCount()).toBe(0)
  })
})

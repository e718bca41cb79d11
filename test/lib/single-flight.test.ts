import { describe, expect, it } from 'vitest'
import { type Caller, SingleFlight } from '../../src/lib/single-flight.ts'

function caller(mayAwait = true): Caller {
  return { owner: {}, mayAwait: () => mayAwait }
}

function create() {
  const flights = new SingleFlight<string>({ deadlineSeconds: 5, maxKeys: 2 })
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const start = (key: string, now: number, run = () => promise) =>
    flights.start(key, caller(), now, run)
  return { flights, start, resolve, reject }
}

describe('SingleFlight', () => {
  it('gives callers the work in flight under their key, until it settles', async () => {
    const { flights, start, resolve } = create()
    const work = start('a', 0)
    expect(flights.find('a', caller(), 1)).toBe(work)
    expect(flights.find('b', caller(), 1)).toBeUndefined()
    resolve('done')
    expect(await work.result).toBe('done')
    expect(flights.find('a', caller(), 1)).toBeUndefined()
    expect(flights.isRunning('a', 1)).toBe(false)
  })

  it('removes work that failed', async () => {
    const { flights, start, reject } = create()
    const work = start('a', 0)
    reject(new Error('down'))
    await expect(work.result).rejects.toThrow('down')
    expect(flights.isRunning('a', 0)).toBe(false)
  })

  it('gives a caller no work that it may not await, but reports that it runs', () => {
    const { flights, start } = create()
    start('a', 0)
    expect(flights.find('a', caller(false), 1)).toBeUndefined()
    expect(flights.isRunning('a', 1)).toBe(true)
  })

  it('ignores work past its deadline, and work from a clock that has gone back', () => {
    const { flights, start } = create()
    const work = start('a', 10)
    expect([9.9, 10, 15, 15.1].map((now) => flights.find('a', caller(), now))).toEqual([
      undefined,
      work,
      work,
      undefined,
    ])
  })

  it('keeps newer work under a key when older work settles', async () => {
    const { flights, start, resolve } = create()
    const old = start('a', 0)
    const young = start('a', 6, () => new Promise(() => {}))
    resolve('late')
    await old.result
    expect(flights.find('a', caller(), 7)).toBe(young)
  })

  it('is bounded: the work that was started longest ago is shared no longer', () => {
    const { flights, start } = create()
    for (const key of ['a', 'b', 'c']) start(key, 0, () => new Promise(() => {}))
    expect(['a', 'b', 'c'].map((key) => flights.isRunning(key, 0))).toEqual([false, true, true])
  })
})

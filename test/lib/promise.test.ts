import { describe, expect, it, vi } from 'vitest'
import { andThen, dropPromise } from '../../src/lib/promise.ts'

describe('dropPromise()', () => {
  it.each([undefined, null, 1, 'then', {}, []])('is false for %j', (value) => {
    expect(dropPromise(value)).toBe(false)
  })

  it('is true for promises and thenables', () => {
    expect(dropPromise(Promise.resolve(1))).toBe(true)
    // biome-ignore lint/suspicious/noThenProperty: what a library of long ago returns
    expect(dropPromise({ then: () => undefined })).toBe(true)
  })

  it('handles the rejection of the promise', async () => {
    const unhandled = vi.fn()
    process.on('unhandledRejection', unhandled)
    expect(dropPromise(Promise.reject(new Error('late')))).toBe(true)
    await new Promise((resolve) => setImmediate(resolve))
    process.off('unhandledRejection', unhandled)
    expect(unhandled).not.toHaveBeenCalled()
  })
})

describe('andThen()', () => {
  const double = (value: number): number => 2 * value

  it('takes a value at once', () => {
    expect(andThen(21, double)).toBe(42)
  })

  it('takes the value of a promise when it is there', async () => {
    const next = andThen(Promise.resolve(21), double)
    expect(next).toBeInstanceOf(Promise)
    expect(await next).toBe(42)
  })

  it('takes the value of a promise where a library has replaced the global one', async () => {
    const native = (async () => 21)()
    vi.stubGlobal('Promise', class extends Promise<unknown> {})
    const next = andThen(native, double)
    vi.unstubAllGlobals()
    expect(await next).toBe(42)
  })

  it('fails as the promise does, without the step', async () => {
    const step = vi.fn()
    await expect(andThen(Promise.reject(new Error('late')), step)).rejects.toThrow('late')
    expect(step).not.toHaveBeenCalled()
  })
})

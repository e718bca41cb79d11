import { describe, expect, it, vi } from 'vitest'
import { andThen, anyTrue, dropPromise } from '../../src/lib/promise.ts'

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

describe('anyTrue()', () => {
  const failed = () => Promise.reject(new Error('failed'))
  const pending = () => new Promise<never>(() => {})
  const found = async () => true
  const missing = async () => false

  it('is true as soon as one result is, whatever the others are', async () => {
    const unhandled = vi.fn()
    process.on('unhandledRejection', unhandled)
    for (const other of [failed, pending, missing, found]) {
      expect(await anyTrue([other(), found()])).toBe(true)
      expect(await anyTrue([found(), other()])).toBe(true)
    }
    await new Promise((resolve) => setImmediate(resolve))
    process.off('unhandledRejection', unhandled)
    expect(unhandled).not.toHaveBeenCalled()
  })

  it('is false where all results are, and rejects with the first failure otherwise', async () => {
    expect(await anyTrue([])).toBe(false)
    expect(await anyTrue([missing(), missing()])).toBe(false)
    for (const results of [[failed()], [failed(), missing()], [missing(), failed()]]) {
      await expect(anyTrue(results)).rejects.toThrow(new Error('failed'))
    }
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

import { describe, expect, it, vi } from 'vitest'
import { dropPromise } from '../../src/lib/promise.ts'

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

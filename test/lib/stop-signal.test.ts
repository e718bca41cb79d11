import { afterEach, describe, expect, it, vi } from 'vitest'
import { createStop } from '../../src/lib/stop-signal.ts'

afterEach(() => void vi.unstubAllGlobals())

describe('createStop()', () => {
  it('aborts an AbortSignal, also when the given signal aborts', () => {
    const own = createStop(undefined)
    expect(own.abortSignal).toBe(own.signal)
    own.stop()
    expect(own.signal.aborted).toBe(true)
    const given = new AbortController()
    const both = createStop(given.signal)
    given.abort()
    expect(both.abortSignal?.aborted).toBe(true)
    expect(createStop(null).signal.aborted).toBe(false)
  })

  it('stops without AbortController', () => {
    vi.stubGlobal('AbortController', undefined)
    const { abortSignal, signal, stop } = createStop(undefined)
    let calls = 0
    signal.addEventListener('abort', () => {
      calls += 1
    })
    expect([abortSignal, signal.aborted, calls]).toEqual([undefined, false, 0])
    stop()
    stop()
    expect([signal.aborted, calls]).toEqual([true, 1])
  })
})

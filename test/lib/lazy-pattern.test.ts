import { describe, expect, it, vi } from 'vitest'
import { lazyPattern } from '../../src/lib/lazy-pattern.ts'

describe('lazyPattern()', () => {
  it('compiles the pattern at the first use, and once', () => {
    const compile = vi.fn(RegExp)
    vi.stubGlobal('RegExp', compile)
    const pattern = lazyPattern('^\\p{Lu}$', 'u')
    expect(compile).not.toHaveBeenCalled()
    expect([pattern().test('Ä'), pattern().test('ä')]).toEqual([true, false])
    expect(compile).toHaveBeenCalledExactlyOnceWith('^\\p{Lu}$', 'u')
    vi.unstubAllGlobals()
  })
})

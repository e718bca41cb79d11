import { describe, expect, it } from 'vitest'
import { printable } from '../../src/lib/printable.ts'

describe('printable', () => {
  it('keeps visible text of any script', () => {
    expect(printable('https://as.example/schlüssel 鍵')).toBe('https://as.example/schlüssel 鍵')
  })

  it('replaces what would end a line, move the cursor or reorder text', () => {
    expect(printable('a\r\nb\u2028c\u2029d')).toBe('a b c d')
    expect(printable('a\u001b[2Jb\u202ec\u0007')).toBe('a [2Jb c ')
  })
})

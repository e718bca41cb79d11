import { describe, expect, it } from 'vitest'
import { AbsenceLog } from '../../src/lib/absence-log.ts'

const MASK = 0xffff

describe('AbsenceLog', () => {
  it('knows how many uses ago a credential was noted', () => {
    const log = new AbsenceLog(100, MASK)
    log.note(1, 77, 1000, 1000)
    expect(log.usesSince(1, 77, 1234)).toBe(234)
    expect(log.usesSince(1, 77 + 16, 1234)).toBe(Number.POSITIVE_INFINITY)
    expect(log.usesSince(2, 77, 1234)).toBe(Number.POSITIVE_INFINITY)
  })

  it('knows nothing of the next group of slots', () => {
    const log = new AbsenceLog(100, MASK)
    log.note(2, 0, 1000, 1000)
    expect(log.usesSince(2, 0, 1001)).toBe(1)
    expect(log.usesSince(1, 0, 1001)).toBe(Number.POSITIVE_INFINITY)
  })

  it('takes a free slot before that of a note, however old that is', () => {
    const log = new AbsenceLog(100, MASK)
    log.note(1, 77, MASK - 10, MASK - 10)
    log.note(1, 77 + 16, 4, 4)
    expect([log.usesSince(1, 77, 4), log.usesSince(1, 77 + 16, 4)]).toEqual([15, 0])
  })

  it('counts on when the number of uses starts again', () => {
    const log = new AbsenceLog(100, MASK)
    log.note(1, 77, MASK, MASK)
    expect(log.usesSince(1, 77, 4)).toBe(5)
  })

  it('does not know a credential with the hash 0 before it was noted', () => {
    const log = new AbsenceLog(1, MASK)
    expect(log.usesSince(1, 0, 5)).toBe(Number.POSITIVE_INFINITY)
    log.note(1, 0, 3, 3)
    expect(log.usesSince(1, 0, 5)).toBe(2)
  })

  it('has at least twice as many slots as entries', () => {
    expect([1, 8, 9, 100].map((entries) => new AbsenceLog(entries, MASK).slots)).toEqual([
      16, 16, 32, 256,
    ])
  })

  it('keeps the latest of the credentials that need the same slots', () => {
    const log = new AbsenceLog(100, MASK)
    const credentials = [0, 4, 8, 12, 16]
    for (const [index, credential] of credentials.entries()) log.note(5, credential, index, index)
    log.note(5, 4, 5, 5)
    log.note(5, 20, 6, 6)
    expect([...credentials, 20].map((each) => log.usesSince(5, each, 6))).toEqual([
      Number.POSITIVE_INFINITY,
      1,
      Number.POSITIVE_INFINITY,
      3,
      2,
      0,
    ])
  })

  it('forgets by one principal at most 16 credentials of others', () => {
    const log = new AbsenceLog(500, MASK)
    const others = Array.from({ length: 1024 }, (_, number) => number)
    for (const other of others) log.note(other >> 2, other * 4, 1, 1)
    for (let credential = 0; credential < 5000; credential++) log.note(30, credential, 2, 2)
    const known = others.filter((other) => log.usesSince(other >> 2, other * 4, 3) === 2)
    expect(known.length).toBe(1024 - 16)
  })
})

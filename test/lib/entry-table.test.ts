import { describe, expect, it } from 'vitest'
import { CacheEntry } from '../../src/lib/cache-entry.ts'
import { EntryTable } from '../../src/lib/entry-table.ts'

describe('EntryTable', () => {
  it('uses the memory of the text of a removed entry again', () => {
    const table = new EntryTable()
    const [one, other] = [new Entry('x'.repeat(60)), new Entry('y'.repeat(60))]
    expect(table.add('x'.repeat(60), one)).toBe(true)
    expect(table.remove(one)).toBe(true)
    table.add('y'.repeat(60), other)
    expect(other.place).toBe(one.place)
    expect([table.find('x'.repeat(60)), table.find('y'.repeat(60))]).toEqual([undefined, other])
  })

  it('removes an entry once, and none that it does not have', () => {
    const table = new EntryTable()
    const entry = new Entry('credential-1')
    table.add('credential-1', entry)
    expect(table.remove(new Entry('credential-1'))).toBe(false)
    expect([table.remove(entry), table.remove(entry), table.size]).toEqual([true, false, 0])
  })

  it('has each entry in one of its slots, by the low bits of a number', () => {
    const table = new EntryTable()
    const entries = Array.from({ length: 100 }, (_, index) => `credential-${index}`)
    for (const credential of entries) table.add(credential, new Entry(credential))
    const found = Array.from({ length: table.slots }, (_, slot) => table.at(slot + table.slots))
    expect(new Set(found.filter((entry) => entry !== undefined)).size).toBe(100)
    expect(table.slots).toBe(256)
  })

  it('grows above three quarters', () => {
    const table = new EntryTable()
    const add = (index: number) =>
      table.add(`credential-${index}`, new Entry(`credential-${index}`))
    for (let index = 0; index < 24; index++) add(index)
    expect(table.slots).toBe(32)
    add(24)
    expect(table.slots).toBe(64)
  })

  it('has no removed entry in any slot', () => {
    const table = new EntryTable()
    const credentials = Array.from({ length: 24 }, (_, index) => `credential-${index}`)
    const entries = credentials.map((credential) => new Entry(credential))
    for (const [index, entry] of entries.entries()) table.add(credentials[index] ?? '', entry)
    for (const entry of entries.slice(1)) table.remove(entry)
    const slots = Array.from({ length: table.slots }, (_, slot) => table.at(slot))
    expect(slots.filter((entry) => entry !== undefined)).toEqual([entries[0]])
  })
})

class Entry extends CacheEntry {
  readonly issuer = 'https://as.example'
  readonly holder = 'user'
  readonly validUntil = 1e9

  constructor(credential: string) {
    super(credential, { head: '' }, 0)
  }

  warm(): void {}
  cool(): void {}
}

/** The contract of document stores, tested on the real engine from two processes or isolates. */

import { expect, test } from 'vitest'
import type { DocumentStore } from '../../src/index.ts'

/** A key consists of a prefix and a digest. */
const key = (name: string): string => `mcp-gatehouse:${name.padEnd(43, '_')}`

/** The longest document that a store must accept, in characters of one to four bytes. */
const LARGE = 'aß€🔑'.repeat(10_000)

export function testDocumentStore(stores: () => readonly [DocumentStore, DocumentStore]): void {
  test('a document store returns undefined for an unknown key', async () => {
    const [one] = stores()
    expect(await one.get(key('never'))).toBeUndefined()
  })

  test('a document store returns the stored text to both members', async () => {
    const [one, other] = stores()
    await one.set(key('shared'), 'mac.{"v":1}', 600)
    expect(await one.get(key('shared'))).toBe('mac.{"v":1}')
    expect(await other.get(key('shared'))).toBe('mac.{"v":1}')
  })

  test('a document store distinguishes its keys', async () => {
    const [one, other] = stores()
    await Promise.all([one.set(key('a'), 'small', 600), other.set(key('A'), 'capital', 600)])
    expect([await other.get(key('a')), await one.get(key('A'))]).toEqual(['small', 'capital'])
  })

  test('a document store accepts 100 kB of any text, and replaces it with a shorter one', async () => {
    const [one, other] = stores()
    await one.set(key('large'), LARGE, 600)
    expect((await other.get(key('large'))) === LARGE).toBe(true)
    await other.set(key('large'), 'short', 600)
    expect(await one.get(key('large'))).toBe('short')
  })

  test('a document store accepts the shortest and the longest lifetime', async () => {
    const [one, other] = stores()
    await one.set(key('short-lived'), 'value', 1)
    await one.set(key('long-lived'), 'value', 90_000)
    expect(await other.get(key('long-lived'))).toBe('value')
  })
}

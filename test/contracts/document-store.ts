/** What every document store must do, on its real engine, seen from two processes or isolates. */

import { expect, test } from 'vitest'
import type { DocumentStore } from '../../src/index.ts'

/** Keys look like this: a prefix and a digest. */
const key = (name: string): string => `mcp-gatehouse:${name.padEnd(43, '_')}`

/** As much as a store has to take, in characters of one to four bytes. */
const LARGE = 'aß€🔑'.repeat(10_000)

export function testDocumentStore(stores: () => readonly [DocumentStore, DocumentStore]): void {
  test('a document store has nothing under a key that was never set', async () => {
    const [one] = stores()
    expect(await one.get(key('never'))).toBeUndefined()
  })

  test('a document store gives what was set, to others too', async () => {
    const [one, other] = stores()
    await one.set(key('shared'), 'mac.{"v":1}', 600)
    expect(await one.get(key('shared'))).toBe('mac.{"v":1}')
    expect(await other.get(key('shared'))).toBe('mac.{"v":1}')
  })

  test('a document store keeps its keys apart', async () => {
    const [one, other] = stores()
    await Promise.all([one.set(key('a'), 'small', 600), other.set(key('A'), 'capital', 600)])
    expect([await other.get(key('a')), await one.get(key('A'))]).toEqual(['small', 'capital'])
  })

  test('a document store takes 100 kB of any text, and something shorter in its place', async () => {
    const [one, other] = stores()
    await one.set(key('large'), LARGE, 600)
    expect((await other.get(key('large'))) === LARGE).toBe(true)
    await other.set(key('large'), 'short', 600)
    expect(await one.get(key('large'))).toBe('short')
  })

  test('a document store takes the shortest life and the longest', async () => {
    const [one, other] = stores()
    await one.set(key('short-lived'), 'value', 1)
    await one.set(key('long-lived'), 'value', 90_000)
    expect(await other.get(key('long-lived'))).toBe('value')
  })
}

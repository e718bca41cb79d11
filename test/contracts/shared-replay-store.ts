/** The contract of shared replay stores: one store for two processes, on real time. */

import { expect, test, vi } from 'vitest'
import type { ReplayStore } from '../../src/index.ts'
import { describeReplayStore } from './replay-store.ts'

/** Keys are digests. These have a common prefix, so they belong to one part of a store divided by key. */
const key = (name: string): string => `k${name.padEnd(42, '_')}`
const inSeconds = (seconds: number): number => Date.now() / 1000 + seconds

export function testReplayStore(
  name: string,
  stores: () => readonly [ReplayStore, ReplayStore],
  crowd: 'both' | 'one',
): void {
  describeReplayStore({
    name: crowd === 'both' ? `what two share through ${name}` : name,
    create() {
      const [one, second] = stores()
      const other = crowd === 'both' ? second : one
      let turn = 0
      const add: ReplayStore['add'] = (...args) => (turn++ % 2 ? one : other).add(...args)
      return { store: { add }, now: () => inSeconds(0) }
    },
  })

  test('a replay store adds a key once for both members', async () => {
    const [one, other] = stores()
    const expiresAt = inSeconds(300)
    expect(await one.add(key('once'), expiresAt)).toBe(true)
    expect(await one.add(key('once'), expiresAt)).toBe(false)
    expect(await other.add(key('once'), expiresAt)).toBe(false)
    expect(await other.add(key('once'), expiresAt + 300)).toBe(false)
  })

  test('a replay store accepts a key again after its expiry, and not before', async () => {
    const [one, other] = stores()
    const expiresAt = inSeconds(1.5)
    expect(await one.add(key('brief'), expiresAt)).toBe(true)
    const added = await vi.waitUntil(
      async () => (await other.add(key('brief'), inSeconds(300))) && Date.now() / 1000,
      { interval: 50 },
    )
    expect(added).toBeGreaterThanOrEqual(expiresAt - 0.002)
    expect(await one.add(key('brief'), inSeconds(300))).toBe(false)
  })

  test('a replay store lets one of many attempts replace an expired key', async () => {
    const [one] = stores()
    expect(await one.add(key('reborn'), inSeconds(0.2))).toBe(true)
    // An engine may count the lifetime from the arrival of the key.
    const expired = inSeconds(0.21)
    await vi.waitUntil(() => inSeconds(0) > expired)
    expect(await race(stores(), key('reborn'))).toBe(1)
  })
}

/** The number of accepted attempts out of twenty, ten at each member. */
async function race(stores: readonly [ReplayStore, ReplayStore], contested: string) {
  const expiresAt = inSeconds(300)
  const added = await Promise.all(
    Array.from({ length: 20 }, (_, index) => stores[index % 2 ? 0 : 1].add(contested, expiresAt)),
  )
  return added.filter(Boolean).length
}

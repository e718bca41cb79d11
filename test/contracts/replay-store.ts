/**
 * The contract of `ReplayStore` as a suite for any implementation. A function creates the store, so that
 * each test has its own. Keys have the form that the library uses.
 */

import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { ReplayStore } from '../../src/index.ts'

export interface ReplayStoreCase {
  readonly name: string
  /** Creates an empty store, and a function that moves its clock. */
  readonly create: () => Promise<StoreAtHand> | StoreAtHand
}

export interface StoreAtHand {
  readonly store: ReplayStore
  /** The store's clock, in seconds since the epoch. */
  readonly now: () => number
  /** Moves the store's clock. Without it, expiry is not tested. */
  readonly advance?: (seconds: number) => void | Promise<void>
  readonly close?: () => void | Promise<void>
}

/** Describes the contract for one store. */
export function describeReplayStore({ name, create }: ReplayStoreCase): void {
  const withStore = (run: (at: StoreAtHand) => Promise<void>) => async () => {
    const at = await create()
    try {
      await run(at)
    } finally {
      await at.close?.()
    }
  }
  const key = () => randomBytes(32).toString('base64url')

  describe(`${name} as a replay store`, () => {
    it(
      'rejects a key from its second use on',
      withStore(async ({ store, now }) => {
        const proof = key()
        expect(await store.add(proof, now() + 60)).toBe(true)
        expect(await store.add(proof, now() + 60)).toBe(false)
        expect(await store.add(proof, now() + 600)).toBe(false)
      }),
    )

    it(
      'distinguishes keys by case and by their last character',
      withStore(async ({ store, now }) => {
        const proof = key().slice(0, -2)
        for (const end of ['aa', 'aA', 'Aa', 'ab', '-_', '__']) {
          expect(await store.add(proof + end, now() + 60)).toBe(true)
        }
      }),
    )

    it(
      'accepts exactly one of many concurrent attempts',
      withStore(async ({ store, now }) => {
        for (let round = 0; round < 10; round++) {
          const proof = key()
          const results = await Promise.all(
            Array.from({ length: 50 }, () => store.add(proof, now() + 60)),
          )
          expect(results.filter((result) => result === true)).toHaveLength(1)
          expect(results.filter((result) => result === false)).toHaveLength(49)
        }
      }),
    )

    it(
      'accepts many different keys at once',
      withStore(async ({ store, now }) => {
        const results = await Promise.all(
          Array.from({ length: 200 }, () => store.add(key(), now() + 60)),
        )
        expect(results).toEqual(results.map(() => true))
      }),
    )

    it(
      'accepts an expiry that is not a whole second',
      withStore(async ({ store, now }) => {
        const proof = key()
        expect(await store.add(proof, now() + 60.25)).toBe(true)
        expect(await store.add(proof, now() + 60.25)).toBe(false)
      }),
    )

    it(
      'stores a key until its expiry, and only a little longer',
      withStore(async ({ store, now, advance }) => {
        if (advance === undefined) return
        const [early, late] = [key(), key()]
        const start = now()
        await store.add(late, start + 120)
        await store.add(early, start + 60)
        await advance(59)
        expect(await store.add(early, start + 60)).toBe(false)
        await advance(11)
        expect(await store.add(early, start + 130)).toBe(true)
        expect(await store.add(late, start + 120)).toBe(false)
      }),
    )
  })
}

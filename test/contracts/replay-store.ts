/**
 * What every `ReplayStore` must do, as a suite to run against any of them. The store is given by a
 * function so that each test has one of its own; keys are as the library makes them.
 */

import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { ReplayStore } from '../../src/index.ts'

export interface ReplayStoreCase {
  readonly name: string
  /** Makes an empty store, and says how to move its time. */
  readonly create: () => Promise<StoreAtHand> | StoreAtHand
}

export interface StoreAtHand {
  readonly store: ReplayStore
  /** Seconds since the epoch, as the store sees them. */
  readonly now: () => number
  /** Lets the store's time pass; without it, what expires is not tested. */
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
      'knows a key from its second time on',
      withStore(async ({ store, now }) => {
        const proof = key()
        expect(await store.add(proof, now() + 60)).toBe(true)
        expect(await store.add(proof, now() + 60)).toBe(false)
        expect(await store.add(proof, now() + 600)).toBe(false)
      }),
    )

    it(
      'keeps keys apart, by case and by their last character',
      withStore(async ({ store, now }) => {
        const proof = key().slice(0, -2)
        for (const end of ['aa', 'aA', 'Aa', 'ab', '-_', '__']) {
          expect(await store.add(proof + end, now() + 60)).toBe(true)
        }
      }),
    )

    it(
      'lets exactly one of many attempts at once be the first',
      withStore(async ({ store, now }) => {
        for (let round = 0; round < 10; round++) {
          const proof = key()
          const answers = await Promise.all(
            Array.from({ length: 50 }, () => store.add(proof, now() + 60)),
          )
          expect(answers.filter((answer) => answer === true)).toHaveLength(1)
          expect(answers.filter((answer) => answer === false)).toHaveLength(49)
        }
      }),
    )

    it(
      'takes many different keys at once',
      withStore(async ({ store, now }) => {
        const answers = await Promise.all(
          Array.from({ length: 200 }, () => store.add(key(), now() + 60)),
        )
        expect(answers).toEqual(answers.map(() => true))
      }),
    )

    it(
      'takes an end that is no whole second',
      withStore(async ({ store, now }) => {
        const proof = key()
        expect(await store.add(proof, now() + 60.25)).toBe(true)
        expect(await store.add(proof, now() + 60.25)).toBe(false)
      }),
    )

    it(
      'knows a key until its end, and no longer than a little after',
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

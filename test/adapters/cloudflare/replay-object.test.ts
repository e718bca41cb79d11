/** Limits, addresses and failures, which the real engines do not show. The rest is in contracts/. */

import { describe, expect, test } from 'vitest'
import {
  DpopReplayObject,
  durableObjectReplayStore,
  type ReplayObjectState,
} from '../../../adapters/cloudflare/index.ts'

describe('durableObjectReplayStore()', () => {
  function createStore(respond: () => Promise<{ status: number }>) {
    const names: string[] = []
    const store = durableObjectReplayStore({
      idFromName: (name) => void names.push(name),
      get: () => ({ fetch: respond }),
    })
    return { store, names }
  }

  test('spreads keys over objects by their first character', async () => {
    const { store, names } = createStore(async () => ({ status: 201 }))
    for (const key of ['Abc', 'Axy', '-bc', '_bc']) await store.add(key, 1)
    expect(names).toEqual(['A', 'A', '-', '_'])
  })

  test.each([200, 400, 404, 500, 503])(
    'rejects when the object responds with status %d',
    async (status) => {
      const { store } = createStore(async () => ({ status }))
      await expect(store.add('key', 1)).rejects.toThrow(String(status))
    },
  )

  test('rejects when the object cannot be reached', async () => {
    const { store } = createStore(() => Promise.reject(new Error('overloaded')))
    await expect(store.add('key', 1)).rejects.toThrow('overloaded')
  })
})

describe('DpopReplayObject', () => {
  /** Storage in memory that tests can read. */
  function createObject(entries: Map<string, number>) {
    const deletions: number[] = []
    const alarms: number[] = []
    const storage: ReplayObjectState['storage'] = {
      get: async (key) => entries.get(key),
      put: async (key, value) => void entries.set(key, value),
      async delete(keys) {
        deletions.push(keys.length)
        return keys.filter((key) => entries.delete(key)).length
      },
      async list({ limit, startAfter = '' }) {
        const sorted = [...entries].sort(([one], [other]) => (one < other ? -1 : 1))
        return new Map(sorted.filter(([key]) => key > startAfter).slice(0, limit))
      },
      getAlarm: async () => alarms.at(-1) ?? null,
      setAlarm: async (time) => void alarms.push(time),
    }
    return { object: new DpopReplayObject({ storage }), deletions, alarms }
  }

  const post = (body: unknown) =>
    new Request('https://object.example', { method: 'POST', body: JSON.stringify(body) })

  test.each([
    ['an expiry that is not a number', ['key', Number.NaN]],
    ['a key that is not a string', [7, 1]],
    ['no key', []],
  ])('answers 400 to a call with %s, and stores nothing', async (_case, call) => {
    const entries = new Map<string, number>()
    const { object } = createObject(entries)
    const { status } = await object.fetch(post(call))
    expect([status, entries.size]).toEqual([400, 0])
  })

  test('sets one alarm, for a whole second after the expiry', async () => {
    const { object, alarms } = createObject(new Map())
    const expiresAt = Date.now() / 1000 + 300.25
    await object.fetch(post(['one', expiresAt]))
    await object.fetch(post(['other', expiresAt + 1]))
    expect(alarms).toEqual([Math.ceil(expiresAt) * 1000])
  })

  test('deletes many keys in portions that storage accepts', async () => {
    const now = Date.now() / 1000
    const entries = new Map<string, number>()
    for (let index = 0; index < 1000; index++) {
      entries.set(`key ${index}`, index % 2 === 0 ? now - 1 : now + 300)
    }
    const { object, deletions, alarms } = createObject(entries)
    await object.alarm()
    expect(entries.size).toBe(500)
    expect(Math.max(...deletions)).toBeLessThanOrEqual(128)
    expect(alarms).toEqual([Math.ceil(now + 300) * 1000])
  })

  test('sets the next alarm no sooner than in one minute', async () => {
    const now = Date.now()
    const { object, alarms } = createObject(new Map([['soon', now / 1000 + 2]]))
    await object.alarm()
    expect(alarms[0]).toBeGreaterThanOrEqual(now + 60_000)
  })
})

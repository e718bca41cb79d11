/** Limits, addresses and failures, which the real engines do not show. The rest is in contracts/. */

import { describe, expect, test } from 'vitest'
import {
  cacheStore,
  DocumentObject,
  DpopReplayObject,
  durableObjectDocumentStore,
  durableObjectReplayStore,
  kvStore,
  type ReplayObjectState,
} from '../../../adapters/cloudflare/index.ts'

const KEY = 'mcp-gatehouse:47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU'
const URL =
  'https://mcp-gatehouse.invalid/mcp-gatehouse%3A47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU'

describe('cacheStore()', () => {
  test('opens the cache on use, and stores documents for their lifetime', async () => {
    const puts: [string, Response][] = []
    let opened = 0
    const store = cacheStore(async () => {
      opened += 1
      return {
        match: async (url) => puts.find(([known]) => known === url)?.[1],
        put: async (url, response) => void puts.push([url, response]),
      }
    })
    expect(opened).toBe(0)
    await store.set(KEY, 'value', 4199.5)
    const [[url, response]] = puts as [[string, Response]]
    expect([url, response.headers.get('Cache-Control')]).toEqual([URL, 'max-age=4200'])
    expect(await store.get(KEY)).toBe('value')
    expect(opened).toBe(2)
  })
})

describe('kvStore()', () => {
  test.each([
    [1, 60],
    [60, 60],
    [4199.5, 4200],
  ])('makes a life of %d seconds one of %d', async (seconds, expected) => {
    const asked: number[] = []
    const put = async (_key: string, _value: string, options: { expirationTtl: number }) =>
      void asked.push(options.expirationTtl)
    await kvStore({ get: async () => null, put }).set(KEY, 'value', seconds)
    expect(asked).toEqual([expected])
  })
})

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

  test('rejects a key without a valid expiry', async () => {
    const entries = new Map<string, number>()
    const { object } = createObject(entries)
    const { status } = await object.fetch(post(['key', Number.NaN]))
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

describe('durableObjectDocumentStore()', () => {
  function createStore(respond: () => Promise<{ status: number; text(): Promise<string> }>) {
    const names: string[] = []
    const store = durableObjectDocumentStore({
      idFromName: (name) => void names.push(name),
      get: () => ({ fetch: respond }),
    })
    return { store, names }
  }
  const answer = (status: number) => async () => ({ status, text: async () => 'value' })

  test('spreads keys over objects by the first character of their digest', async () => {
    const { store, names } = createStore(answer(200))
    for (const key of ['mcp-gatehouse:Abc', 'mcp-gatehouse:-bc', 'Xyz']) {
      expect(await store.get(key)).toBe('value')
    }
    expect(names).toEqual(['A', '-', 'X'])
  })

  test('has no value at a 404', async () => {
    expect(await createStore(answer(404)).store.get(KEY)).toBeUndefined()
  })

  test.each([204, 400, 500, 503])('rejects a read at status %d', async (status) => {
    await expect(createStore(answer(status)).store.get(KEY)).rejects.toThrow(String(status))
  })

  test.each([200, 400, 404, 500])('rejects a write at status %d', async (status) => {
    await expect(createStore(answer(status)).store.set(KEY, 'v', 60)).rejects.toThrow(
      String(status),
    )
  })

  test('rejects when the object cannot be reached', async () => {
    const { store } = createStore(() => Promise.reject(new Error('overloaded')))
    await expect(store.get(KEY)).rejects.toThrow('overloaded')
    await expect(store.set(KEY, 'v', 60)).rejects.toThrow('overloaded')
  })
})

describe('DocumentObject', () => {
  function createObject() {
    const entries = new Map<string, unknown>()
    let alarm: number | null = null
    const object = new DocumentObject({
      storage: {
        get: async (key) => entries.get(key),
        put: async (key, value) => void entries.set(key, value),
        delete: async (keys) => keys.filter((key) => entries.delete(key)).length,
        list: async ({ limit, startAfter = '' }) =>
          new Map(
            [...entries]
              .filter(([key]) => key > startAfter)
              .sort()
              .slice(0, limit),
          ),
        getAlarm: async () => alarm,
        setAlarm: async (time) => {
          alarm = time
        },
      },
    })
    const send = async (...message: unknown[]) => {
      const body = JSON.stringify(message)
      const response = await object.fetch(new Request(URL, { method: 'POST', body }))
      return [response.status, await response.text()]
    }
    return { object, entries, send, alarm: () => alarm }
  }
  const now = () => Date.now() / 1000

  test('stores a value until it expires', async () => {
    const { send } = createObject()
    expect(await send('get', 'a')).toEqual([404, ''])
    expect(await send('set', 'a', 'value', now() + 60)).toEqual([204, ''])
    expect(await send('get', 'a')).toEqual([200, 'value'])
    expect(await send('set', 'a', 'old', now() - 1)).toEqual([204, ''])
    expect(await send('get', 'a')).toEqual([404, ''])
  })

  test.each([
    ['set', 'a', 'value'],
    ['set', 'a', 'value', null],
    ['set', 'a', 1, 1],
    ['set', 1, 'value', 1],
    ['get'],
    ['delete', 'a'],
    [],
  ])('rejects %j %j %j %j', async (...message) => {
    const { send, entries } = createObject()
    expect(await send(...message)).toEqual([400, ''])
    expect(entries.size).toBe(0)
  })

  test('deletes what has expired, on all pages, and sets the next alarm', async () => {
    const { object, entries, send, alarm } = createObject()
    const expiresAt = now() + 300
    for (let index = 0; index < 300; index++) {
      await send(
        'set',
        `k${String(index).padStart(3, '0')}`,
        'v',
        index % 2 ? expiresAt : now() - 1,
      )
    }
    await object.alarm()
    expect(entries.size).toBe(150)
    expect(alarm()).toBeGreaterThanOrEqual(expiresAt * 1000)
  })
})

/** Limits, addresses and failures, which the real engines do not show. The rest is in contracts/. */

import { describe, expect, test } from 'vitest'
import { DocumentObject, durableObjectDocumentStore } from '../../../adapters/cloudflare/index.ts'

const KEY = 'mcp-gatehouse:47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU'
const URL =
  'https://mcp-gatehouse.invalid/mcp-gatehouse%3A47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU'

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

/** Limits, addresses and failures, which the real engines do not show. The rest is in contracts/. */

import { describe, expect, test } from 'vitest'
import { cacheStore, kvStore } from '../../../adapters/cloudflare/index.ts'

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

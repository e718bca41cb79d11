/** Documents shared through a store, and stores that are slow, broken or forged. */

import { describe, expect, it, vi } from 'vitest'
import { SharedStore } from '../../src/documents/document-store.ts'
import { START } from '../support/clock.ts'
import {
  createIssuer,
  createKey,
  ISSUER,
  METADATA_URL,
  type TestIssuer,
} from '../support/issuer.ts'
import { createMemoryStore, type MemoryStore } from '../support/memory-store.ts'
import { expectRejection } from '../support/rejection.ts'
import { expectPass, setUp, type TestSetup } from '../support/setup-resource.ts'

const METADATA = `${ISSUER}/.well-known/oauth-authorization-server`
const KEYS = `${ISSUER}/jwks`
const SECRET = 'a secret of at least thirty-two bytes'
const LONG = { exp: START + 100_000 }
const INVALID = { status: 401, error: 'invalid_token', resourceMetadata: METADATA_URL }

describe('a shared store', () => {
  it('CAC-06: two machines make one discovery and one key fetch', async () => {
    const { issuer, store } = await startFirst()
    const second = await machine(issuer, store)
    await expectPass(second, await issuer.token(LONG))
    expect(issuer.requests).toEqual([METADATA, KEYS])
  })

  it('holds digests and documents, but no issuer in a key and no token anywhere', async () => {
    const { store, token } = await startFirst()
    expect(store.entries.size).toBe(2)
    for (const [key, value] of store.entries) {
      expect(key).toMatch(/^mcp-gatehouse:[A-Za-z0-9_-]{43}$/)
      expect(value).not.toContain(token)
    }
    for (const ttl of store.ttls) {
      // Fresh time of 10 minutes (±10 %), and an hour of outage beyond it.
      expect(ttl).toBeGreaterThanOrEqual(540 + 3600)
      expect(ttl).toBeLessThanOrEqual(661 + 3600)
    }
  })

  it('the age of a copy counts from its original fetch', async () => {
    const { issuer, store, first } = await startFirst()
    const second = await machine(issuer, store)
    second.clock.advance(530)
    await expectPass(second, await issuer.token(LONG))
    expect(issuer.requests).toEqual([METADATA, KEYS])
    second.clock.advance(140)
    first.clock.advance(670)
    await expectPass(second, await issuer.token(LONG))
    expect(count(issuer, KEYS)).toBe(2)
  })

  it('a copy that was read is not written again', async () => {
    const { issuer, store } = await startFirst()
    const before = [...store.ttls]
    await expectPass(await machine(issuer, store), await issuer.token(LONG))
    expect(store.ttls).toEqual(before)
  })

  it('a machine without a copy uses an outdated one while the server is unreachable', async () => {
    const { issuer, store } = await startFirst()
    const second = await machine(issuer, store)
    second.clock.advance(700)
    for (const url of [METADATA, `${ISSUER}/.well-known/openid-configuration`, KEYS]) {
      issuer.respondAt(url, () => new Response('', { status: 500 }))
    }
    await expectPass(second, await issuer.token(LONG))
    second.clock.advance(4000)
    expect((await second.send(await issuer.token(LONG))).status).toBe(503)
  })

  it('a forced refresh uses a stored copy only if it is at most 15 s old', async () => {
    const { issuer, store, first } = await startFirst()
    const second = await machine(issuer, store)
    await expectPass(second, await issuer.token(LONG))
    const key = await createKey('k2')
    issuer.jwks.keys.push(key.jwk)
    first.clock.advance(20)
    second.clock.advance(20)
    const token = await issuer.token(LONG, { key })
    await expectPass(first, token)
    await vi.waitUntil(() => store.ttls.length === 3)
    second.clock.advance(10)
    await expectPass(second, token)
    expect(count(issuer, KEYS)).toBe(2)
    second.clock.advance(20)
    const other = await createKey('k3')
    issuer.jwks.keys.push(other.jwk)
    await expectPass(second, await issuer.token(LONG, { key: other }))
    expect(count(issuer, KEYS)).toBe(3)
  })

  it('an older copy does not bring back a removed key', async () => {
    const { issuer, store, token } = await startFirst()
    const old = new Map(store.entries)
    const second = await machine(issuer, store)
    const key = await createKey('k2')
    issuer.jwks.keys.splice(0, 1, key.jwk)
    second.clock.advance(20)
    store.entries.clear()
    await expectPass(second, await issuer.token(LONG, { key }))
    for (const [name, value] of old) store.entries.set(name, value)
    second.clock.advance(6)
    await expectRejection(await second.send(token), INVALID)
  })

  it('an older copy does not bring back a removed key while it is fresh for longer', async () => {
    const { issuer, store, token } = await startFirst()
    const old = new Map(store.entries)
    const second = await machine(issuer, store)
    const key = await createKey('k2')
    issuer.jwks.keys.splice(0, 1, key.jwk)
    issuer.respondAt(KEYS, () =>
      Response.json(issuer.jwks, { headers: { 'Cache-Control': 'max-age=60' } }),
    )
    second.clock.advance(20)
    store.entries.clear()
    await expectPass(second, await issuer.token(LONG, { key }))
    await vi.waitUntil(() => store.entries.size === 2)
    // The write of the newer copy was lost, or an earlier write arrives after it.
    for (const [name, value] of old) store.entries.set(name, value)
    second.clock.advance(70)
    await expectRejection(await second.send(token), INVALID)
    await expectPass(second, await issuer.token(LONG, { key }))
  })

  it('the result of a slow fetch does not replace that of a later one', async () => {
    const issuer = await createIssuer()
    const store = createMemoryStore()
    const [slow, second] = [await machine(issuer, store), await machine(issuer, store)]
    const removed = await issuer.token(LONG)
    const before = Response.json(structuredClone(issuer.jwks))
    const answered = Promise.withResolvers<Response>()
    issuer.respondAt(KEYS, () => answered.promise)
    const pending = slow.send(removed)
    await vi.waitUntil(() => count(issuer, KEYS) === 1)
    issuer.respondAt(KEYS, undefined)
    const key = await createKey('k2')
    issuer.jwks.keys.splice(0, 1, key.jwk)
    slow.clock.advance(2)
    second.clock.advance(2)
    await expectPass(second, await issuer.token(LONG, { key }))
    await vi.waitUntil(() => store.entries.size === 2)
    const stored = new Map(store.entries)
    const read = vi.spyOn(store, 'get')
    answered.resolve(before)
    expect((await pending).status).toBe(200)
    await vi.waitUntil(() => read.mock.settledResults.length === 1)
    expect(store.entries).toEqual(stored)
    const third = await machine(issuer, store)
    third.clock.advance(10)
    await expectRejection(await third.send(removed), INVALID)
  })

  it('a document does not replace a later one that was stored while it was looked up', async () => {
    const store = createMemoryStore()
    const options = { secrets: [], now: () => START, staleIfErrorSeconds: 60, report: () => {} }
    const shared = new SharedStore({ store, ...options })
    const id = { issuer: ISSUER, kind: 'keys' as const, url: KEYS }
    const { promise, resolve } = Promise.withResolvers<undefined>()
    const get = vi.spyOn(store, 'get').mockReturnValueOnce(promise)
    const write = (name: string, fetchedAt: number): Promise<void> =>
      shared.write(id, { body: { name }, fetchedAt, freshUntil: START + 600 })
    const slow = write('old', START - 2)
    await vi.waitUntil(() => get.mock.calls.length === 1)
    await write('new', START - 1)
    resolve(undefined)
    await slow
    expect([...store.entries.values()]).toEqual([expect.stringContaining('{"name":"new"}')])
    // The clock has gone back: nothing is from the future.
    await new SharedStore({ store, ...options, now: () => START - 60 }).write(id, {
      ...{ body: { name: 'now' }, fetchedAt: START - 60, freshUntil: START },
    })
    expect([...store.entries.values()]).toEqual([expect.stringContaining('{"name":"now"}')])
  })

  it('a refresh ahead of the end fetches, although the store has the copy in use', async () => {
    const random = vi.spyOn(Math, 'random').mockReturnValue(0.5)
    const { issuer, first } = await startFirst()
    first.clock.advance(550)
    await expectPass(first, await issuer.token(LONG))
    await vi.waitUntil(() => count(issuer, KEYS) === 2)
    random.mockRestore()
  })
})

describe('a bad store', () => {
  for (const mode of ['broken', 'hangs'] as const) {
    it(`that ${mode === 'broken' ? 'is broken' : 'hangs'} is a miss and an event, never a 503`, async () => {
      const issuer = await createIssuer()
      const store = createMemoryStore()
      store.mode = mode
      const setup = await machine(issuer, store)
      const token = await issuer.token(LONG)
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
      try {
        const asked = vi.spyOn(store, 'get')
        const passed = expectPass(setup, token)
        // A quarter of a second for the metadata, and for the keys.
        for (const count of mode === 'hangs' ? [1, 2] : []) {
          while (asked.mock.calls.length < count) await new Promise((turn) => setImmediate(turn))
          await vi.advanceTimersByTimeAsync(250)
        }
        await passed
      } finally {
        vi.useRealTimers()
      }
      expect(storeFailures(setup)).toBeGreaterThan(0)
      expect(issuer.requests).toEqual([METADATA, KEYS])
    })
  }

  it.each([
    ['an altered document', (value: string) => value.replace('"body":{', '"body":{"x":1,')],
    ['no signature', (value: string) => value.slice(value.indexOf('.'))],
    ['garbage', () => 'garbage'],
    ['nothing', () => ''],
    ['a signature only', () => 'AAAA.'],
  ])('with %s is a miss and an event', async (_name, spoil) => {
    const { issuer, store } = await startFirst()
    for (const [key, value] of store.entries) store.entries.set(key, spoil(value))
    const second = await machine(issuer, store)
    await expectPass(second, await issuer.token(LONG))
    expect(count(issuer, METADATA)).toBe(2)
    expect(storeFailures(second)).toBeGreaterThan(0)
  })

  it('with the entry of another document is a miss: entries are bound to their id', async () => {
    const { issuer, store } = await startFirst()
    const [one, two] = [...store.entries.keys()] as [string, string]
    const [first, second] = [store.entries.get(one) ?? '', store.entries.get(two) ?? '']
    store.entries.set(one, second)
    store.entries.set(two, first)
    const other = await machine(issuer, store)
    await expectPass(other, await issuer.token(LONG))
    expect(count(issuer, METADATA)).toBe(2)
    expect(count(issuer, KEYS)).toBe(2)
  })

  it('with entries signed under another secret is a miss, under a rotated one a hit', async () => {
    const { issuer, store } = await startFirst()
    await expectPass(
      await machine(issuer, store, ['new '.repeat(10), SECRET]),
      await issuer.token(LONG),
    )
    expect(issuer.requests).toEqual([METADATA, KEYS])
    await expectPass(await machine(issuer, store, ['other '.repeat(10)]), await issuer.token(LONG))
    expect(count(issuer, METADATA)).toBe(2)
  })

  it('with an entry from the future is a miss', async () => {
    const issuer = await createIssuer()
    const store = createMemoryStore()
    const ahead = await machine(issuer, store)
    ahead.clock.advance(500)
    await expectPass(ahead, await issuer.token(LONG))
    await vi.waitUntil(() => store.entries.size === 2)
    await expectPass(await machine(issuer, store), await issuer.token(LONG))
    expect(count(issuer, METADATA)).toBe(2)
  })
})

async function startFirst(): Promise<{
  issuer: TestIssuer
  store: MemoryStore
  first: TestSetup
  token: string
}> {
  const issuer = await createIssuer()
  const store = createMemoryStore()
  const first = await machine(issuer, store)
  const token = await issuer.token(LONG)
  await expectPass(first, token)
  await vi.waitUntil(() => store.entries.size === 2)
  return { issuer, store, first, token }
}

function machine(
  issuer: TestIssuer,
  documentStore: MemoryStore,
  documentStoreSecret: string | string[] = SECRET,
): Promise<TestSetup> {
  return setUp({ issuer, options: { documentStore, documentStoreSecret } })
}

function count(issuer: TestIssuer, url: string): number {
  return issuer.requests.filter((each) => each === url).length
}

function storeFailures({ events }: TestSetup): number {
  return events.filter((event) => event.type === 'document' && event.outcome === 'store_failed')
    .length
}

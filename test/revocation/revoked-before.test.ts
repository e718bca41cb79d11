import { createHash } from 'node:crypto'
import { describe, expect, it, vi } from 'vitest'
import { type RevocationQuery, revokedBefore } from '../../src/index.ts'
import { createClock, START } from '../support/clock.ts'
import { createMemoryStore } from '../support/memory-store.ts'
import { createScene, expectRejected, invalidToken, present } from '../support/scene.ts'

const ISSUER = 'https://as.example'

function queryOf(members: Partial<RevocationQuery> = {}): RevocationQuery {
  return {
    issuer: ISSUER,
    sub: 'user-1',
    subject: 'user-1',
    clientId: 'client-1',
    tokenId: 'token-1',
    sessionId: undefined,
    issuedAt: START,
    expiresAt: START + 3600,
    ...members,
  }
}

function setUp(options: Parameters<typeof revokedBefore>[1] = {}) {
  const store = createMemoryStore()
  const clock = createClock()
  return { store, clock, ...revokedBefore(store, { now: clock.now, ...options }) }
}

describe('revokedBefore()', () => {
  it('revokes what was issued at the mark or before it, and nothing later', async () => {
    const { isRevoked, revoke } = setUp()
    expect(await isRevoked(queryOf())).toBe(false)
    await revoke({ issuer: ISSUER, sub: 'user-1' })
    expect(await isRevoked(queryOf())).toBe(true)
    expect(await isRevoked(queryOf({ issuedAt: START - 1 }))).toBe(true)
    expect(await isRevoked(queryOf({ issuedAt: START + 1 }))).toBe(false)
  })

  it('is itself a value of the option revocation', async () => {
    const revocation = revokedBefore(createMemoryStore(), { now: () => START + 60 })
    const scene = await createScene({ revocation })
    expect((await present(scene)).status).toBe(200)
    await revocation.revoke({ issuer: scene.issuer.issuer, sub: 'user-1' })
    await expectRejected(scene, present(scene), invalidToken('token_revoked'))
  })

  it('takes no time in milliseconds, which would end every later token', async () => {
    const { revoke } = revokedBefore({ get: async () => undefined, set: async () => {} })
    for (const at of [Date.now(), Number.NaN, Infinity]) {
      await expect(revoke({ issuer: 'https://as.example', sub: 'a' }, at)).rejects.toThrow(
        new TypeError('at must be seconds since the epoch.'),
      )
    }
  })

  it('takes another time as the mark', async () => {
    const { isRevoked, revoke } = setUp()
    await revoke({ issuer: ISSUER, sub: 'user-1' }, START - 100)
    expect(await isRevoked(queryOf({ issuedAt: START - 100 }))).toBe(true)
    expect(await isRevoked(queryOf({ issuedAt: START - 99 }))).toBe(false)
  })

  it('revokes the tokens of one user, one session or one client of one issuer', async () => {
    const rows = [
      [{ sub: 'user-1' }, { sub: 'user-1' }, { sub: 'user-2' }],
      [{ sub: 'user-1' }, { sub: 'user-1', sessionId: 's' }, { sub: 'User-1' }],
      [{ sessionId: 's-1' }, { sessionId: 's-1' }, { sessionId: 's-2' }],
      [{ clientId: 'client-1' }, { clientId: 'client-1' }, { clientId: 'user-1' }],
    ] as const
    for (const [holder, hit, missed] of rows) {
      const { isRevoked, revoke } = setUp()
      await revoke({ issuer: ISSUER, ...holder })
      expect(await isRevoked(queryOf(hit))).toBe(true)
      expect(await isRevoked(queryOf(missed))).toBe(false)
      expect(await isRevoked(queryOf({ ...hit, issuer: 'https://other.example' }))).toBe(false)
    }
  })

  it('does not confuse a user with a session or a client of the same name', async () => {
    const { isRevoked, revoke } = setUp()
    await revoke({ issuer: ISSUER, sub: 'x' })
    expect(await isRevoked(queryOf({ sub: 'y', sessionId: 'x', clientId: 'x' }))).toBe(false)
    expect(await isRevoked(queryOf({ sub: undefined, subject: 'x', clientId: 'x' }))).toBe(false)
  })

  it('revokes a session and the tokens of its user that name none', async () => {
    const { isRevoked, revoke } = setUp()
    const both = { issuer: ISSUER, sub: 'user-1', sessionId: 's-1' }
    await revoke(both)
    expect(await isRevoked(queryOf({ sessionId: 's-1' }))).toBe(true)
    expect(await isRevoked(queryOf())).toBe(true)
    expect(await isRevoked(queryOf({ sessionId: 's-2' }))).toBe(false)
  })

  it('rejects tokens without iat, and tokens that outlive their mark', async () => {
    const { isRevoked } = setUp({ keepSeconds: 3600 })
    expect(await isRevoked(queryOf({ issuedAt: undefined }))).toBe(true)
    expect(await isRevoked(queryOf())).toBe(false)
    expect(await isRevoked(queryOf({ expiresAt: START + 3601 }))).toBe(true)
    expect(await isRevoked(queryOf({ issuedAt: Number.NaN }))).toBe(true)
  })

  it('rejects tokens whose iat is too far in the future for any mark', async () => {
    const { isRevoked, clock } = setUp()
    const query = queryOf({ issuedAt: START + 301, expiresAt: START + 3600 })
    expect(await isRevoked(query)).toBe(true)
    expect(await isRevoked(queryOf({ issuedAt: START * 1000 }))).toBe(true)
    clock.advance(1)
    expect(await isRevoked(query)).toBe(false)
  })

  it('rejects a token whose iat is in milliseconds as revoked', async () => {
    const scene = await createScene({
      revocation: revokedBefore(createMemoryStore(), { now: () => START }),
    })
    const pending = present(scene, { iat: START * 1000 })
    await expectRejected(scene, pending, invalidToken('token_revoked'))
  })

  it('revokes a token of the same second whose iat has a fraction', async () => {
    const { isRevoked, revoke } = setUp()
    await revoke({ issuer: ISSUER, sub: 'user-1' }, START)
    expect(await isRevoked(queryOf({ issuedAt: START + 0.7 }))).toBe(true)
    expect(await isRevoked(queryOf({ issuedAt: START + 1 }))).toBe(false)
  })

  it('takes the age of a token whose expiry is not in the query', async () => {
    const { isRevoked, clock } = setUp({ keepSeconds: 3600 })
    const query = queryOf({ expiresAt: undefined })
    expect(await isRevoked(query)).toBe(false)
    clock.advance(3601)
    expect(await isRevoked(query)).toBe(true)
  })

  it('keeps a week of marks by default, and the tolerance of clocks', async () => {
    const { isRevoked, revoke, store } = setUp()
    expect(await isRevoked(queryOf({ expiresAt: START + 604_800 }))).toBe(false)
    expect(await isRevoked(queryOf({ expiresAt: START + 604_801 }))).toBe(true)
    await revoke({ issuer: ISSUER, sub: 'user-1' })
    await revoke({ issuer: ISSUER, sub: 'user-2' }, START + 60)
    expect(store.ttls).toEqual([604_800 + 300, 604_800 + 360])
  })

  it('rounds the lifetime of a mark up to whole seconds', async () => {
    const { revoke, store } = setUp({ keepSeconds: 0.5 })
    await revoke({ issuer: ISSUER, sub: 'user-1' })
    expect(store.ttls).toEqual([301])
  })

  it('never lowers a mark', async () => {
    const { isRevoked, revoke } = setUp()
    const holder = { issuer: ISSUER, sub: 'user-1' }
    await revoke(holder, START + 10)
    await revoke(holder, START)
    expect(await isRevoked(queryOf({ issuedAt: START + 10 }))).toBe(true)
    await Promise.all([START + 20, START + 30, START + 25].map((at) => revoke(holder, at)))
    expect(await isRevoked(queryOf({ issuedAt: START + 30 }))).toBe(true)
    expect(await isRevoked(queryOf({ issuedAt: START + 31 }))).toBe(false)
  })

  it('writes again where another process has written an earlier mark meanwhile', async () => {
    const store = createMemoryStore()
    let isRaced = false
    const racing = {
      get: store.get,
      async set(key: string, value: string, ttl: number) {
        await store.set(key, value, ttl)
        if (isRaced) return
        isRaced = true
        await store.set(key, String(START - 50), ttl)
      },
    }
    const { isRevoked, revoke } = revokedBefore(racing, { now: () => START })
    await revoke({ issuer: ISSUER, sub: 'user-1' })
    expect(await isRevoked(queryOf())).toBe(true)
  })

  it('writes the latest mark where the write of an earlier one ends last', async () => {
    const store = createMemoryStore()
    const writes: (() => Promise<void>)[] = []
    const slow = {
      get: store.get,
      set: (key: string, value: string, ttl: number) =>
        new Promise<void>((resolve) => {
          writes.push(() => store.set(key, value, ttl).then(resolve))
        }),
    }
    const { isRevoked, revoke } = revokedBefore(slow, { now: () => START })
    const holder = { issuer: ISSUER, sub: 'user-1' }
    const nextWrites = async (count: number) => {
      await vi.waitUntil(() => writes.length === count)
      return writes.splice(0)
    }
    const revoking = [revoke(holder, START)]
    const [earlier] = await nextWrites(1)
    revoking.push(revoke(holder, START + 30))
    const [later] = await nextWrites(1)
    await later?.()
    await earlier?.()
    for (const write of await nextWrites(1)) await write()
    await Promise.all(revoking)
    expect(await isRevoked(queryOf({ issuedAt: START + 30 }))).toBe(true)
    expect(await isRevoked(queryOf({ issuedAt: START + 31 }))).toBe(false)
  })

  it.each([undefined, String(START - 60)])(
    'writes once to a store that shows %s for a while after the write',
    async (earlier) => {
      const written: string[] = []
      const store = {
        get: async () => earlier,
        set: async (_key: string, value: string) => void written.push(value),
      }
      await revokedBefore(store, { now: () => START }).revoke({ issuer: ISSUER, sub: 'user-1' })
      expect(written).toEqual([String(START)])
    },
  )

  it('writes three times at most where other processes write earlier marks all the time', async () => {
    const { get, set } = createMemoryStore()
    const written: string[] = []
    const racing = {
      get,
      async set(key: string, value: string, ttl: number) {
        written.push(value)
        await set(key, String(START - written.length), ttl)
      },
    }
    await revokedBefore(racing, { now: () => START }).revoke({ issuer: ISSUER, sub: 'user-1' })
    expect(written).toEqual(Array(3).fill(String(START)))
  })

  it('writes no earlier mark while a later one is being written, although another write has failed', async () => {
    const { get, set } = createMemoryStore()
    const writes: { value: string; finish: () => Promise<void>; fail: (error: Error) => void }[] =
      []
    const slow = {
      get,
      set: (key: string, value: string, ttl: number) =>
        new Promise<void>((resolve, reject) => {
          writes.push({ value, finish: () => set(key, value, ttl).then(resolve), fail: reject })
        }),
    }
    const { isRevoked, revoke } = revokedBefore(slow, { now: () => START })
    const revokeAt = async (at: number) => {
      const revoking = revoke({ issuer: ISSUER, sub: 'user-1' }, at)
      const count = writes.length + 1
      await vi.waitUntil(() => writes.length === count)
      return { revoking, write: writes.at(-1) }
    }
    const latest = await revokeAt(START + 30)
    const failing = await revokeAt(START + 10)
    failing.write?.fail(new Error('out of reach'))
    await expect(failing.revoking).rejects.toThrow('out of reach')
    const last = await revokeAt(START + 20)
    await latest.write?.finish()
    await latest.revoking
    await last.write?.finish()
    await last.revoking
    expect(writes.map(({ value }) => value)).toEqual(Array(3).fill(String(START + 30)))
    expect(await isRevoked(queryOf({ issuedAt: START + 30 }))).toBe(true)
  })

  it('knows a mark only while it is written: one that the store has dropped counts no more', async () => {
    const { revoke, store } = setUp()
    const holder = { issuer: ISSUER, sub: 'user-1' }
    await revoke(holder, START + 30)
    store.entries.clear()
    await revoke(holder, START)
    expect([...store.entries.values()]).toEqual([String(START)])
  })

  it('stores marks under the same keys in every version', async () => {
    const { revoke, store } = setUp()
    await revoke({ issuer: ISSUER, sub: 'a' })
    await revoke({ issuer: ISSUER, sub: 'b', sessionId: 'c' })
    await revoke({ issuer: ISSUER, clientId: 'd' })
    const keys = [
      `[1,"revoked","user","${ISSUER}","a"]`,
      `[1,"revoked","userWithoutSession","${ISSUER}","b"]`,
      `[1,"revoked","session","${ISSUER}","c"]`,
      `[1,"revoked","client","${ISSUER}","d"]`,
    ].map((text) => `mcp-gatehouse:${createHash('sha256').update(text).digest('base64url')}`)
    expect(new Set(store.entries.keys())).toEqual(new Set(keys))
  })

  it('stores digests and times only', async () => {
    const { isRevoked, revoke, store } = setUp()
    await revoke({ issuer: ISSUER, sub: 'alice@example.com' })
    await revoke({ issuer: ISSUER, sessionId: 'session-of-alice' })
    await revoke({ issuer: ISSUER, clientId: 'client-of-alice' })
    expect(await isRevoked(queryOf({ sub: 'alice@example.com' }))).toBe(true)
    const text = JSON.stringify([...store.entries])
    expect(text).not.toMatch(/alice|as\.example/)
    expect([...store.entries.keys()]).toEqual(
      expect.arrayContaining([expect.stringMatching(/^mcp-gatehouse:[\w-]{43}$/)]),
    )
    expect(new Set(store.entries.values())).toEqual(new Set([String(START)]))
  })

  it('rejects if the store fails, or returns something else than a mark', async () => {
    const { isRevoked, revoke, store } = setUp()
    await revoke({ issuer: ISSUER, sub: 'user-1' })
    const [key = ''] = store.entries.keys()
    for (const damaged of ['', ' ', 'x', '{}', 'Infinity', 'NaN']) {
      store.entries.set(key, damaged)
      await expect(isRevoked(queryOf())).rejects.toThrow('something else than a mark')
    }
    const odd = { ...store, get: async () => 5 as never }
    const asking = revokedBefore(odd, { now: () => START }).isRevoked(queryOf())
    await expect(asking).rejects.toThrow('something else than a mark')
    store.mode = 'broken'
    await expect(isRevoked(queryOf())).rejects.toThrow('the store is broken')
    await expect(revoke({ issuer: ISSUER, sub: 'user-1' })).rejects.toThrow('the store is broken')
  })

  it('reads null as no mark', async () => {
    const store = { ...createMemoryStore(), get: async () => null as never }
    const { isRevoked } = revokedBefore(store, { now: () => START })
    expect(await isRevoked(queryOf())).toBe(false)
  })

  it.each([
    ['fails', () => Promise.reject(new Error('out of reach'))],
    ['hangs', () => new Promise<never>(() => {})],
  ])(
    "revokes under 'accept' by one mark, although the read of the other %s",
    async (_name, read) => {
      const now = () => START + 60
      for (const target of [{ sub: 'user-1' }, { clientId: 'client-1' }] as const) {
        const store = createMemoryStore()
        const get = async (key: string) => store.entries.get(key) ?? read()
        const { isRevoked } = revokedBefore({ ...store, get }, { now })
        const revocation = { isRevoked, whenUnavailable: 'accept', timeoutMs: 50 } as const
        const scene = await createScene({ revocation })
        await revokedBefore(store, { now }).revoke({ issuer: scene.issuer.issuer, ...target })
        await expectRejected(scene, present(scene), invalidToken('token_revoked'))
      }
    },
  )

  it('rejects what names nothing, or names it ambiguously', async () => {
    const { revoke, store } = setUp()
    const needs = 'revoke needs an issuer, and one of sub, sessionId and clientId.'
    const texts = (name: string) => `revoke: ${name} must be a string that is not empty.`
    const wrong: readonly (readonly [unknown, string])[] = [
      [undefined, needs],
      [null, needs],
      ['user-1', needs],
      [{}, needs],
      [{ issuer: ISSUER }, needs],
      [{ sub: 'user-1' }, needs],
      [{ issuer: '', sub: 'user-1' }, texts('issuer')],
      [{ issuer: ISSUER, sub: '' }, texts('sub')],
      [{ issuer: ISSUER, sub: 1 }, texts('sub')],
      [{ issuer: ISSUER, sub: null }, texts('sub')],
      [{ issuer: ISSUER, sub: 1, clientId: 'client-1' }, texts('sub')],
      [{ issuer: ISSUER, sub: 'user-1', clientId: 'client-1' }, needs],
      [Object.create({ issuer: ISSUER, sub: 'user-1' }), needs],
    ]
    for (const [holder, message] of wrong) {
      await expect(revoke(holder as never)).rejects.toThrow(new TypeError(message))
    }
    const holder = { issuer: ISSUER, sub: 'user-1' }
    for (const at of [Number.NaN, Number.POSITIVE_INFINITY, '1' as never]) {
      await expect(revoke(holder, at)).rejects.toThrow(TypeError)
    }
    expect(store.entries.size).toBe(0)
  })

  it.each([
    ['store', 'is missing', undefined, {}],
    ['store.get', 'is not a function', { set: async () => {} }, {}],
    ['store.set', 'is not a function', { get: async () => undefined }, {}],
    ['keepSecond', expect.any(String), createMemoryStore(), { keepSecond: 60 }],
    ['now', expect.any(String), createMemoryStore(), { now: 5 }],
    ['options', expect.any(String), createMemoryStore(), 5],
  ])(
    'names %s, which would make every request a 503 or change nothing',
    (path, message, store, options) => {
      const create = () => revokedBefore(store as never, options as never)
      expect(create).toThrow(expect.objectContaining({ problems: [{ path, message }] }))
    },
  )

  it('takes any value with the methods, and reads own options only', async () => {
    const { get, set } = createMemoryStore()
    const lazy = new Proxy({}, { get: (_, name) => (name === 'get' ? get : set) })
    for (const store of [
      lazy,
      Object.assign(() => {}, { get, set }),
      Object.create({ get, set }),
    ]) {
      const { isRevoked, revoke } = revokedBefore(store, Object.create({ keepSeconds: -1 }))
      await revoke({ issuer: ISSUER, sub: 'user-1' }, START)
      expect(await isRevoked(queryOf())).toBe(true)
    }
  })

  it('rejects a keepSeconds that keeps nothing or everything', () => {
    for (const keepSeconds of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, '60' as never]) {
      const create = () => revokedBefore(createMemoryStore(), { keepSeconds })
      const message = expect.stringContaining('a number of seconds above 0')
      const problems = [{ path: 'keepSeconds', message }]
      expect(create).toThrow(expect.objectContaining({ name: 'ConfigError', problems }))
    }
  })

  it('can be detached', async () => {
    const { isRevoked, revoke } = setUp()
    const [ask, mark] = [isRevoked, revoke]
    await mark({ issuer: ISSUER, sub: 'user-1' })
    expect(await ask(queryOf())).toBe(true)
  })
})

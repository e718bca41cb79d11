import { exportJWK, generateKeyPair } from 'jose'
import { beforeAll, describe, expect, it } from 'vitest'
import { createKeySet, type KeySet } from '../../src/authorization-server/key-set.ts'
import { KeySource } from '../../src/authorization-server/key-source.ts'
import type { Jwk } from '../../src/contract/documents.ts'
import { UpstreamError } from '../../src/contract/errors.ts'
import { givenDocument } from '../../src/documents/kept-document.ts'
import { RemoteDocument } from '../../src/documents/remote-document.ts'
import { RequestBudget } from '../../src/documents/request-budget.ts'
import { fail, succeed } from '../../src/lib/result.ts'
import { TokenBucket } from '../../src/lib/token-bucket.ts'
import { createClock, START } from '../support/clock.ts'

const ABSENT = { ok: false, error: { code: 'token_key' } }

let jwk: Jwk

beforeAll(async () => {
  jwk = (await exportJWK((await generateKeyPair('ES256')).publicKey)) as Jwk
})

function sourceOf(keys: readonly Jwk[]): KeySource {
  return new KeySource(givenDocument(createKeySet({ keys }), 'https://as.example'), {
    now: () => START,
    acceptsKeyIssuer: (keyIssuer, tokenIssuer) => keyIssuer === tokenIssuer,
    report: () => {},
  })
}

function queryOf(kid?: string, arrivedAt: number = START) {
  return { algorithm: 'ES256', kid, issuer: 'https://as.example', arrivedAt }
}

function find(keys: readonly Jwk[], kid?: string) {
  return sourceOf(keys).find(queryOf(kid), new RequestBudget())
}

describe('importVerificationKey()', () => {
  async function importing(members: object, algorithm = 'ES256') {
    let skipped = 0
    const source = new KeySource(givenDocument(createKeySet({ keys: [] }), 'https://as.example'), {
      now: () => START,
      acceptsKeyIssuer: () => true,
      report: () => {
        skipped += 1
      },
    })
    const key = { jwk: { ...jwk, ...members } as Jwk, imported: new Map() }
    const both = await Promise.all([
      source.importKey(key, algorithm),
      source.importKey(key, algorithm),
    ])
    return { source, key, imported: both[0], skipped }
  }

  it('imports a key once for each algorithm', async () => {
    const { source, key, imported, skipped } = await importing({ key_ops: ['verify', 'sign'] })
    expect(skipped).toBe(0)
    expect(imported).toBeTypeOf('function')
    const again = await source.importKey(key, 'ES256')
    expect(again).toBeTypeOf('function')
    expect(await source.importKey(key, 'ES256')).toBe(again)
  })

  it('imports nothing for an invalid key, and reports it once', async () => {
    const broken = await importing({ x: jwk['y'], y: jwk['x'] })
    expect(broken).toMatchObject({ imported: undefined, skipped: 1 })
    expect(await broken.source.importKey(broken.key, 'ES256')).toBeUndefined()
  })

  it('imports nothing for an RSA key with exponent 1', async () => {
    const { n } = await exportJWK((await generateKeyPair('RS256')).publicKey)
    const rsa = { kty: 'RSA', n, e: 'AQAB' }
    expect(await importing(rsa, 'RS256')).toMatchObject({ skipped: 0 })
    expect(await importing({ ...rsa, e: 'AQ' }, 'RS256')).toMatchObject({
      imported: undefined,
      skipped: 1,
    })
  })
})

describe('KeySource of given keys', () => {
  it('finds a key by its kid, and all fitting keys without one', async () => {
    const keys = [
      { ...jwk, kid: 'a' },
      { ...jwk, kid: 'b' },
      { ...jwk, kid: 'c', alg: 'ES384' },
    ]
    expect(await find(keys, 'b')).toMatchObject({ ok: true, value: [{ jwk: { kid: 'b' } }] })
    const all = await find(keys)
    expect(all.ok && all.value.map((key) => key.jwk.kid)).toEqual(['a', 'b'])
  })

  it('finds no key for another kid, algorithm or issuer', async () => {
    expect(await find([{ ...jwk, kid: 'a' }], 'b')).toEqual(ABSENT)
    expect(await find([{ ...jwk, kid: 'a', alg: 'ES384' }], 'a')).toEqual(ABSENT)
    expect(await find([{ ...jwk, kid: 'a', issuer: 'https://other.example' }], 'a')).toEqual(ABSENT)
    expect(await find([{ ...jwk, issuer: 'https://as.example' }])).toMatchObject({ ok: true })
    expect(await find([])).toEqual(ABSENT)
  })

  it('finds at most sixteen keys for a token without kid', async () => {
    const keys = Array.from({ length: 17 }, (_, index) => ({ ...jwk, kid: `${index}` }))
    const found = await find(keys)
    expect(found.ok && found.value.map((key) => key.jwk.kid)).toEqual(
      keys.slice(0, 16).map(({ kid }) => kid),
    )
    const source = sourceOf(keys)
    const first = await source.find(queryOf(), new RequestBudget())
    const tried = first.ok ? first.value : []
    const rest = await source.findOthers(queryOf(), tried, new RequestBudget())
    expect(rest).toMatchObject({ ok: true, value: [{ jwk: { kid: '16' } }] })
    const all = [...tried, ...(rest.ok ? rest.value : [])]
    expect(await source.findOthers(queryOf(), all, new RequestBudget())).toEqual(ABSENT)
  })

  it('has no other keys, and has the keys of its set', async () => {
    const source = sourceOf([jwk])
    const found = await source.find(queryOf(), new RequestBudget())
    const [key, ...further] = found.ok ? found.value : []
    expect(further).toEqual([])
    expect(
      await source.findOthers(queryOf(), found.ok ? found.value : [], new RequestBudget()),
    ).toEqual(ABSENT)
    expect(source.has(key, START)).toBe(true)
    expect(source.has({ ...key }, START)).toBe(false)
    expect(source.has(undefined, START)).toBe(false)
  })
})

describe('KeySource of published keys', () => {
  const URL = 'https://as.example/keys'

  /** One response for each fetch, the last one for all later fetches; `'none'` is a failure. */
  function fetching(...responses: (readonly Jwk[] | 'none')[]) {
    const { now, advance } = createClock()
    const counts = { fetches: 0, undecided: 0 }
    const copies = { ageSeconds: 0 }
    const document: RemoteDocument<KeySet> = new RemoteDocument<KeySet>({
      url: () => URL,
      now,
      timeoutMs: 5000,
      staleIfErrorSeconds: 3600,
      report: () => {},
      load: async () => {
        const keys = responses[Math.min(counts.fetches, responses.length - 1)] ?? []
        counts.fetches += 1
        if (keys === 'none') return fail(new UpstreamError('unreachable', URL))
        const value = createKeySet({ keys }, document.usable(now())?.value)
        return succeed({ value, fetchedAt: now() - copies.ageSeconds, freshUntil: now() + 600 })
      },
    })
    const report = (): void => {
      counts.undecided += 1
    }
    const source = new KeySource(document, {
      now,
      acceptsKeyIssuer: () => true,
      report,
    })
    return {
      source,
      counts,
      copies,
      advance,
      find: async (kid?: string) => source.find(queryOf(kid, now()), new RequestBudget()),
      findOthers: (tried: Parameters<KeySource['findOthers']>[1] = [], kid?: string) =>
        source.findOthers(queryOf(kid, now()), tried, new RequestBudget()),
    }
  }

  it('fetches once more for an unknown kid, even just after a fetch', async () => {
    const { find, counts, advance } = fetching([{ ...jwk, kid: 'a' }], [{ ...jwk, kid: 'b' }])
    await find('a')
    advance(1.3)
    expect(await find('b')).toMatchObject({ ok: true, value: [{ jwk: { kid: 'b' } }] })
    expect(await find('x')).toEqual(ABSENT)
    expect(counts).toEqual({ fetches: 2, undecided: 0 })
  })

  it('decides by a fetch of the last five seconds when the budget is used up', async () => {
    const { find, counts, advance } = fetching([{ ...jwk, kid: 'a' }])
    await find('a')
    for (const _ of [1, 2]) {
      advance(0.1)
      expect(await find('x')).toEqual(ABSENT)
    }
    advance(5)
    expect(await find('x')).toEqual(ABSENT)
    expect(counts).toEqual({ fetches: 3, undecided: 0 })
    advance(0.1)
    // 5.3 of the 15 seconds until the next fetch have passed.
    expect(await find('x')).toMatchObject({
      ok: false,
      error: { code: 'unavailable', retryAfterSeconds: 10 },
    })
    expect(counts).toEqual({ fetches: 3, undecided: 1 })
  })

  it('fetches twice for unknown kids, then once in fifteen seconds, with Retry-After', async () => {
    const { find, counts, advance } = fetching([{ ...jwk, kid: 'a' }])
    await find('a')
    for (const seconds of [100, 6]) {
      advance(seconds)
      expect(await find('x')).toEqual(ABSENT)
    }
    expect(counts.fetches).toBe(3)
    advance(7.5)
    // 13.5 of the 15 seconds until the next fetch have passed.
    const undecided = { code: 'unavailable', cause: undefined, retryAfterSeconds: 2 }
    expect(await find('x')).toEqual({ ok: false, error: undecided })
    expect(counts).toEqual({ fetches: 3, undecided: 1 })
    advance(2)
    expect(await find('x')).toEqual(ABSENT)
    expect(counts).toEqual({ fetches: 4, undecided: 1 })
  })

  it('fetches as often as the budget allows while fetches find older copies', async () => {
    const { find, counts, copies, advance } = fetching([{ ...jwk, kid: 'a' }])
    await find('a')
    advance(100)
    copies.ageSeconds = 1
    expect(await find('x')).toEqual(ABSENT)
    expect(counts).toEqual({ fetches: 3, undecided: 0 })
    advance(6)
    expect(await find('x')).toMatchObject({
      ok: false,
      error: { code: 'unavailable', retryAfterSeconds: 9 },
    })
    expect(counts).toEqual({ fetches: 3, undecided: 1 })
  })

  it('shares the fetch in flight', async () => {
    const { find, counts, advance } = fetching([{ ...jwk, kid: 'a' }])
    await find('a')
    advance(100)
    expect(await Promise.all([find('x'), find('y')])).toEqual([ABSENT, ABSENT])
    expect(counts).toEqual({ fetches: 2, undecided: 0 })
  })

  it.each([undefined, 'a'])(
    'finds the keys of a copy that another request fetched during the verification, with kid %s',
    async (kid) => {
      const old: Jwk = kid === undefined ? jwk : { ...jwk, kid }
      const { source, find, counts, advance } = fetching([old], [old, { ...old, use: 'sig' }])
      const query = queryOf(kid, START + 100)
      await find(kid)
      advance(100)
      const found = await source.find(query, new RequestBudget())
      const tried = found.ok ? found.value : []
      advance(0.01)
      expect(await find('unknown')).toEqual(ABSENT)
      expect(counts.fetches).toBe(2)
      expect(await source.findOthers(query, tried, new RequestBudget())).toMatchObject({
        ok: true,
        value: [{ jwk: { use: 'sig' } }],
      })
      expect(counts).toEqual({ fetches: 2, undecided: 0 })
    },
  )

  it('fetches again for an unknown kid within the tick of a fetch, but not for a signature', async () => {
    const { source, find, counts } = fetching([{ ...jwk, kid: 'a' }])
    expect(source.arrival()).toEqual({ arrivedAt: START, copyThen: undefined })
    const found = await find('a')
    const [query, budget] = [{ ...queryOf('a'), ...source.arrival() }, new RequestBudget()]
    expect(await source.findOthers(query, found.ok ? found.value : [], budget)).toEqual(ABSENT)
    expect(counts.fetches).toBe(1)
    expect(await source.find({ ...query, kid: 'x' }, budget)).toEqual(ABSENT)
    expect(counts).toEqual({ fetches: 2, undecided: 0 })
  })

  it('fetches again within the tick of a fetch for a token without kid that fits no key', async () => {
    const { source, find, counts } = fetching([jwk], [{ ...jwk, use: 'sig' }])
    const found = await find(undefined)
    const query = { ...queryOf(undefined), ...source.arrival() }
    const tried = found.ok ? found.value : []
    const others = await source.findOthers(query, tried, new RequestBudget())
    expect(others).toMatchObject({ ok: true, value: [{ jwk: { use: 'sig' } }] })
    expect(counts).toEqual({ fetches: 2, undecided: 0 })
  })

  it('has a budget of its own for another kind of token', async () => {
    const { source, find, counts, advance } = fetching([{ ...jwk, kid: 'a' }])
    await find('a')
    const other = source.withBudget(new TokenBucket(1, 60))
    advance(100)
    const findOther = () => other.find(queryOf('x', START + 100), new RequestBudget())
    expect(await findOther()).toEqual(ABSENT)
    expect(counts.fetches).toBe(2)
    advance(6)
    for (const _ of [1, 2]) expect(await find('x')).toEqual(ABSENT)
    expect(counts).toEqual({ fetches: 3, undecided: 0 })
  })

  it('does not decide without a set and without budget', async () => {
    const { findOthers, counts } = fetching('none')
    for (const _ of [1, 2, 3]) {
      expect(await findOthers()).toMatchObject({ ok: false, error: { code: 'unavailable' } })
    }
    expect(counts).toEqual({ fetches: 1, undecided: 3 })
  })

  it('has the keys of its set', async () => {
    const { source, find } = fetching([{ ...jwk, kid: 'a' }])
    const found = await find('a')
    const [key] = found.ok ? found.value : []
    expect(key?.jwk.kid).toBe('a')
    const has = (each: object | undefined) => source.has(each, START, new RequestBudget())
    expect([key, { ...key }, {}, undefined].map(has)).toEqual([true, false, false, false])
  })

  it('waits for the fetch in flight, and then fetches as often as the budget allows', async () => {
    const { find, counts, copies, advance } = fetching([{ ...jwk, kid: 'a' }])
    await find('a')
    advance(100)
    copies.ageSeconds = 1
    expect(await Promise.all([find('x'), find('y')])).toEqual([ABSENT, ABSENT])
    expect(counts).toEqual({ fetches: 3, undecided: 0 })
  })

  it('fails with the error of the fetch that would have decided', async () => {
    const { find, counts, advance } = fetching([{ ...jwk, kid: 'a' }], 'none')
    await find('a')
    advance(100)
    expect(await find('x')).toMatchObject({
      ok: false,
      error: { code: 'unavailable', cause: { code: 'unreachable', url: URL } },
    })
    expect(counts).toEqual({ fetches: 2, undecided: 1 })
  })

  it('fetches once more for a kid that another key has, from the same budget', async () => {
    const { find, findOthers, counts, advance } = fetching([
      { ...jwk, kid: 'a' },
      { ...jwk, kid: 'b', alg: 'ES384' },
    ])
    const tried = await find('a')
    for (const seconds of [100, 0.1]) {
      advance(seconds)
      expect(await find('b')).toEqual(ABSENT)
    }
    // Without budget the set is at most fifteen seconds old, and it has the key.
    advance(14)
    expect(await find('b')).toEqual(ABSENT)
    expect(await findOthers(tried.ok ? tried.value : [], 'a')).toEqual(ABSENT)
    expect(counts).toEqual({ fetches: 3, undecided: 0 })
  })

  it('does not decide about a kid that another key has while fetches fail', async () => {
    const { findOthers, find, counts, advance } = fetching([{ ...jwk, kid: 'a' }], 'none')
    const tried = await find('a')
    for (const seconds of [100, 3, 3]) {
      advance(seconds)
      expect(await findOthers(tried.ok ? tried.value : [], 'a')).toMatchObject({
        ok: false,
        error: { code: 'unavailable' },
      })
    }
    expect(counts).toEqual({ fetches: 3, undecided: 3 })
  })

  it('finds a new key under an old kid', async () => {
    const [one, other] = [
      { ...jwk, kid: 'a' },
      { ...jwk, kid: 'a', iat: 5 },
    ]
    const { find, findOthers, counts, advance } = fetching([one], [other])
    const tried = await find('a')
    advance(1)
    const found = await findOthers(tried.ok ? tried.value : [], 'a')
    expect(found.ok && found.value.map((key) => key.jwk['iat'])).toEqual([5])
    expect(counts).toEqual({ fetches: 2, undecided: 0 })
  })

  it('fetches other keys where there was no set', async () => {
    const { findOthers, counts } = fetching([{ ...jwk, kid: 'a' }])
    expect(await findOthers()).toMatchObject({ ok: true, value: [{ jwk: { kid: 'a' } }] })
    expect(counts).toEqual({ fetches: 1, undecided: 0 })
  })

  it('finds only other keys that were not tried', async () => {
    const [one, other] = [
      { ...jwk, kid: 'a' },
      { ...jwk, kid: 'b' },
    ]
    const { find, findOthers, counts, advance } = fetching([one], [one, other])
    const tried = await find()
    advance(100)
    const found = await findOthers(tried.ok ? tried.value : [])
    expect(found.ok && found.value.map((key) => key.jwk.kid)).toEqual(['b'])
    advance(100)
    const all = [...(tried.ok ? tried.value : []), ...(found.ok ? found.value : [])]
    expect(await findOthers(all)).toEqual(ABSENT)
    expect(counts).toEqual({ fetches: 3, undecided: 0 })
  })

  it('has no key before the first fetch', () => {
    const { source, counts } = fetching([jwk])
    expect(source.has({}, START, new RequestBudget())).toBe(false)
    expect(counts.fetches).toBe(0)
  })
})

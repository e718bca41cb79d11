/** What the exchanges of a process keep, for how long, and how much. */

import { describe, expect, it } from 'vitest'
import { buildFailure, unavailable } from '../../src/exchange/failures.ts'
import { type Held, type Outcome, TokenStore } from '../../src/exchange/token-store.ts'

const NOW = 1_000_000
const REJECTED = buildFailure('target_refused')

function held(token = 'exchanged', actor = ''): Held {
  const issued = { ok: true, token, tokenType: 'Bearer', expiresAt: undefined, scopes: [] } as const
  return { ok: true, actor, key: undefined, token: issued }
}

function createStore(limits: { maxEntries?: number; marginSeconds?: number } = {}): TokenStore {
  return new TokenStore({ maxEntries: 10, marginSeconds: 0, ...limits })
}

/** Adds what an exchange led to that began now and ends in ten seconds. */
function add(store: TokenStore, inbound: string, outcome: Outcome, actor = ''): void {
  store.add(inbound, actor, outcome, { startedAt: NOW, endsAt: NOW + 10 })
}

describe('TokenStore', () => {
  it('gives a token from the start of its exchange until the margin before its end', () => {
    const store = createStore({ marginSeconds: 3 })
    const token = held()
    add(store, 'a', token)
    const found = [-1, 0, 6, 7].map((seconds) => store.find('a', '', NOW + seconds))
    expect(found).toEqual([undefined, token, token, undefined])
  })

  it('keeps no token that ends within the margin, and none without an end', () => {
    const store = createStore({ marginSeconds: 10 })
    add(store, 'a', held())
    expect(store.find('a', '', NOW)).toBeUndefined()
    store.add('a', '', held(), { startedAt: NOW, endsAt: undefined })
    expect(store.find('a', '', NOW)).toBeUndefined()
  })

  it('gives no place to a token that ends within the margin', () => {
    const store = createStore({ maxEntries: 1, marginSeconds: 10 })
    const token = held()
    store.add('a', '', token, { startedAt: NOW, endsAt: NOW + 11 })
    add(store, 'b', held('other'))
    expect(store.find('a', '', NOW)).toBe(token)
  })

  it('a token without an end replaces the token before it', () => {
    const store = createStore()
    add(store, 'a', held())
    store.add('a', '', held('other'), { startedAt: NOW, endsAt: undefined })
    expect(store.find('a', '', NOW)).toBeUndefined()
  })

  it('gives a rejection for five seconds', () => {
    const store = createStore()
    add(store, 'a', REJECTED)
    const found = [-1, 0, 4, 5].map((seconds) => store.find('a', '', NOW + seconds))
    expect(found).toEqual([undefined, REJECTED, REJECTED, undefined])
  })

  it('keeps no outage, which leaves a token in place', () => {
    const store = createStore()
    const token = held()
    add(store, 'a', token)
    add(store, 'a', unavailable())
    expect(store.find('a', '', NOW)).toBe(token)
    expect(store.find('b', '', NOW)).toBeUndefined()
  })

  it('a rejection replaces a token, and a token a rejection', () => {
    const store = createStore()
    add(store, 'a', held())
    add(store, 'a', REJECTED)
    expect(store.find('a', '', NOW)).toBe(REJECTED)
    const token = held('second')
    add(store, 'a', token)
    expect(store.find('a', '', NOW)).toBe(token)
    // The token has ended here, and a rejection that was left would be found again.
    store.add('a', '', REJECTED, { startedAt: NOW + 8, endsAt: undefined })
    store.add('a', '', token, { startedAt: NOW + 8, endsAt: NOW + 9 })
    expect(store.find('a', '', NOW + 10)).toBeUndefined()
  })

  it('tells actors apart, also from an inbound token alone', () => {
    const store = createStore()
    const [one, other] = [held('one', 'x'), held('other', 'y')]
    add(store, 'a', one, 'x')
    add(store, 'a', other, 'y')
    const found = ['x', 'y', 'z', ''].map((actor) => store.find('a', actor, NOW))
    expect(found).toEqual([one, other, undefined, undefined])
  })

  it('keeps at most the given number of tokens', () => {
    const store = createStore({ maxEntries: 2 })
    for (const name of ['a', 'b', 'c']) add(store, name, held(name))
    const found = ['a', 'b', 'c'].map((name) => store.find(name, '', NOW) !== undefined)
    expect(found).toEqual([false, true, true])
  })

  it('keeps tokens of 32 MiB, those of requests included', () => {
    const store = createStore()
    const half = 16_777_216
    const first = held('x'.repeat(half - 1))
    add(store, 'a', first)
    add(store, 'b', held('x'.repeat(half - 1)))
    expect(store.find('a', '', NOW)).toBe(first)
    add(store, 'c', held(''))
    const found = ['a', 'b', 'c'].map((name) => store.find(name, '', NOW) !== undefined)
    expect(found).toEqual([false, true, true])
  })

  it('keeps a thousand rejections, which displace no token', () => {
    const store = createStore({ maxEntries: 1 })
    const token = held()
    add(store, 'a', token)
    for (let index = 0; index <= 1000; index++) add(store, `rejected ${index}`, REJECTED)
    expect(store.find('a', '', NOW)).toBe(token)
    const found = [0, 1, 1000].map((index) => store.find(`rejected ${index}`, '', NOW))
    expect(found).toEqual([undefined, REJECTED, REJECTED])
  })

  describe('after a 401 of the API', () => {
    it('drops the token, and asks for another exchange', () => {
      const store = createStore()
      const token = held()
      add(store, 'a', token)
      expect(store.drop('a', token, NOW)).toBe(true)
      expect(store.find('a', '', NOW)).toBeUndefined()
    })

    it('leaves a token that has replaced the rejected one', () => {
      const store = createStore()
      const [old, current] = [held('old'), held('current')]
      add(store, 'a', current)
      expect(store.drop('a', old, NOW)).toBe(true)
      expect(store.find('a', '', NOW)).toBe(current)
      // And that was no drop: the token itself may be dropped.
      expect(store.drop('a', current, NOW)).toBe(true)
    })

    it('exchanges no second time within five seconds, but for the same token', () => {
      const store = createStore()
      const [old, current] = [held('old'), held('current')]
      expect(store.drop('a', old, NOW)).toBe(true)
      expect(store.drop('a', old, NOW + 4)).toBe(true)
      add(store, 'a', current)
      expect(store.drop('a', current, NOW + 4)).toBe(false)
      expect(store.find('a', '', NOW + 4)).toBe(current)
      expect(store.drop('a', current, NOW + 5)).toBe(true)
    })

    it('exchanges again after the clock was set back', () => {
      const store = createStore()
      store.drop('a', held('old'), NOW)
      expect(store.drop('a', held('current'), NOW - 1)).toBe(true)
    })

    it('tells actors apart', () => {
      const store = createStore()
      const [one, other] = [held('one', 'x'), held('other', 'y')]
      expect(store.drop('a', one, NOW)).toBe(true)
      expect(store.drop('a', other, NOW)).toBe(true)
    })

    it('stores the last thousand', () => {
      const store = createStore()
      store.drop('a', held('old'), NOW)
      for (let index = 0; index < 999; index++) store.drop(`other ${index}`, held(), NOW)
      expect(store.drop('a', held('current'), NOW)).toBe(false)
      store.drop('one more', held(), NOW)
      expect(store.drop('a', held('current'), NOW)).toBe(true)
    })
  })

  it('clears everything of one inbound token, and changes its generation', () => {
    const store = createStore()
    const generations = () => ['a', 'ab'].map((inbound) => store.generationOf(inbound))
    expect(generations()).toEqual([0, 0])
    add(store, 'a', held())
    add(store, 'a', held('x', 'x'), 'x')
    add(store, 'a', REJECTED, 'y')
    const dropped = held('old', 'z')
    store.drop('a', dropped, NOW)
    const others = [held('ab'), held('a', 'x')] as const
    add(store, 'ab', others[0])
    add(store, 'b', others[1], 'a x')
    store.clear('a')
    expect(['', 'x', 'y'].map((actor) => store.find('a', actor, NOW))).toEqual(
      Array(3).fill(undefined),
    )
    expect(store.drop('a', held('current', 'z'), NOW)).toBe(true)
    expect(store.find('ab', '', NOW)).toBe(others[0])
    expect(store.find('b', 'a x', NOW)).toBe(others[1])
    expect(generations()).toEqual([1, 0])
  })

  it('gives no token the generation from before its clear, however many others are cleared', () => {
    const store = createStore()
    const before = store.generationOf('a')
    store.clear('a')
    const generations = Array.from({ length: 2500 }, (_, index) => {
      store.clear(`other ${index}`)
      return store.generationOf('a')
    })
    expect(generations).not.toContain(before)
    // And the exchange of a token that is not cleared is stored, but for one clear of a thousand.
    expect(new Set(generations).size).toBe(3)
  })
})

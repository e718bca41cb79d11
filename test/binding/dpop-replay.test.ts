import { afterEach, describe, expect, it, vi } from 'vitest'
import { createReplayGuard, MemoryReplay } from '../../src/binding/dpop-replay.ts'
import { describeReplayStore } from '../contracts/replay-store.ts'
import { createClock, START } from '../support/clock.ts'

describeReplayStore({
  name: 'the memory of one isolate',
  create: () => {
    const { now, advance } = createClock()
    const memory = new MemoryReplay()
    const add = async (key: string, expiresAt: number) =>
      memory.consume({ proof: key, expiresAt, principal: key }, now()) === 'new'
    return { store: { add }, now, advance }
  },
})

describe('MemoryReplay', () => {
  const proof = (key: string | number, principal = 'one', expiresAt = START + 300) => ({
    proof: String(key),
    principal,
    expiresAt,
  })

  it('is undecided about removed proofs when the clock has gone back', () => {
    const replay = new MemoryReplay()
    const first = { proof: 'a', expiresAt: 1300, principal: 'p' }
    expect(replay.consume(first, 1000)).toBe('new')
    replay.consume({ proof: 'b', expiresAt: 3300, principal: 'p' }, 3000)
    expect(replay.consume(first, 1001)).toBe('undecided')
    expect(replay.consume({ proof: 'c', expiresAt: 1301, principal: 'p' }, 1001)).toBe('new')
  })

  it('limits one principal to 5 % of the entries', () => {
    const memory = new MemoryReplay(100)
    for (let count = 0; count < 5; count++) {
      expect(memory.consume(proof(count), START)).toBe('new')
    }
    expect(memory.consume(proof('too much'), START)).toBe('undecided')
    expect(memory.consume(proof(0), START)).toBe('seen')
    expect(memory.consume(proof('other', 'two'), START)).toBe('new')
    expect(memory.size).toBe(6)
  })

  it('allows every principal at least one entry', () => {
    const memory = new MemoryReplay(10)
    expect(memory.consume(proof('first'), START)).toBe('new')
    expect(memory.consume(proof('second'), START)).toBe('undecided')
  })

  it.each([
    ['anywhere', 'Node.js', 200_000],
    ['on Workers', 'Cloudflare-Workers', 20_000],
  ])('holds %3$i proofs %1$s', (_where, userAgent, most) => {
    vi.stubGlobal('navigator', { userAgent })
    const memory = new MemoryReplay()
    const consume = (key: number, principal: string) => memory.consume(proof(key, principal), START)
    for (let count = 0; count < most / 20; count++) consume(count, 'greedy')
    expect(memory.size).toBe(most / 20)
    expect(consume(-1, 'greedy')).toBe('undecided')
    for (let count = most / 20; count < most; count++) consume(count, `p${count % 100}`)
    expect(memory.size).toBe(most)
    expect(consume(-1, 'newcomer')).toBe('undecided')
    vi.unstubAllGlobals()
  })

  it('counts only the unexpired proofs of a principal', () => {
    const memory = new MemoryReplay(60)
    const ends = [START + 10, START + 20, START + 300]
    for (const end of ends) expect(memory.consume(proof(end, 'one', end), START)).toBe('new')
    expect(memory.consume(proof('a'), START + 11)).toBe('new')
    expect(memory.consume(proof('b'), START + 12)).toBe('undecided')
    expect(memory.consume(proof('b'), START + 21)).toBe('new')
    expect(memory.consume(proof('c'), START + 22)).toBe('undecided')
  })

  it('subtracts each expired proof from the count of its principal', () => {
    const memory = new MemoryReplay(60)
    const consume = (key: string, end: number, now: number) =>
      memory.consume(proof(key, 'one', end), now)
    for (const key of ['a', 'b']) expect(consume(key, START + 10, START)).toBe('new')
    expect(consume('c', START + 300, START)).toBe('new')
    for (const key of ['d', 'e']) expect(consume(key, START + 300, START + 11)).toBe('new')
    expect(consume('f', START + 300, START + 11)).toBe('undecided')
    for (const key of ['g', 'h', 'i']) expect(consume(key, START + 900, START + 301)).toBe('new')
    expect(consume('j', START + 900, START + 301)).toBe('undecided')
  })

  it('keeps a proof to the end of the second in which it expires', () => {
    for (const [end, seen] of [
      [START + 100, START + 100],
      [START + 100, START + 100.9],
      [START + 100.5, START + 101],
    ] as const) {
      const memory = new MemoryReplay()
      memory.consume(proof('a', 'one', end), START)
      expect(memory.consume(proof('a', 'one', end), seen)).toBe('seen')
      expect(memory.consume(proof('a', 'one', end), seen + 1)).toBe('undecided')
    }
  })

  it('accepts a proof that expires half a second after the last removed one', () => {
    const memory = new MemoryReplay()
    memory.consume(proof('a', 'one', START + 100), START)
    memory.consume(proof('b', 'one', START + 900), START + 101)
    expect(memory.consume(proof('c', 'one', START + 100), START)).toBe('undecided')
    expect(memory.consume(proof('d', 'one', START + 100.5), START)).toBe('new')
  })

  it('is undecided when it is full, and removes no unexpired proof', () => {
    const memory = new MemoryReplay(100)
    for (let count = 0; count < 100; count++) {
      expect(memory.consume(proof(count, `p${count % 20}`), START)).toBe('new')
    }
    expect(memory.consume(proof('new', 'newcomer'), START)).toBe('undecided')
    for (let count = 0; count < 100; count++) {
      expect(memory.consume(proof(count, `p${count % 20}`), START)).toBe('seen')
    }
  })

  it('accepts new proofs after others have expired, in any order', () => {
    const memory = new MemoryReplay(60)
    memory.consume(proof('late', 'one', START + 300), START)
    memory.consume(proof('early', 'one', START + 10), START)
    memory.consume(proof('middle', 'one', START + 100.5), START)
    expect(memory.consume(proof('too much'), START)).toBe('undecided')
    expect(memory.consume(proof('next'), START + 11)).toBe('new')
    expect(memory.consume(proof('middle'), START + 100)).toBe('seen')
    expect(memory.consume(proof('late'), START + 299)).toBe('seen')
    expect(memory.consume(proof('late', 'one', START + 900), START + 302)).toBe('new')
    expect(memory.size).toBe(1)
  })

  it('removes all expired proofs', () => {
    const memory = new MemoryReplay()
    for (let count = 0; count < 5000; count++) memory.consume(proof(count, `p${count}`), START)
    expect(memory.size).toBe(5000)
    memory.consume(proof('last', 'one', START + 1000), START + 400)
    expect(memory.size).toBe(1)
  })

  it('detects a replay when the clock goes back', () => {
    const memory = new MemoryReplay()
    memory.consume(proof('a'), START)
    expect(memory.consume(proof('a'), START - 1000)).toBe('seen')
    expect(memory.consume(proof('a'), START + 1)).toBe('seen')
  })
})

describe('createReplayGuard()', () => {
  afterEach(() => void vi.useRealTimers())

  const use = (proof: string) => ({ proof, expiresAt: START + 300, principal: 'p' })

  it('passes a digest of the proof to the store', async () => {
    const added: [string, number][] = []
    const guard = createReplayGuard({
      add: async (key, expiresAt) => added.push([key, expiresAt]) !== 2,
    })
    expect(await guard.consume(use('a'), START)).toBe('new')
    expect(await guard.consume(use('a'), START)).toBe('seen')
    // SHA-256 of "a" (FIPS 180-4), in base64url.
    const digest = 'ypeBEsobvcr6wjGzmiPcTaeG7_gUfE5yuYB3ha_uSLs'
    expect(added).toEqual([
      [digest, START + 330],
      [digest, START + 330],
    ])
  })

  it.each([1, 255, 256, 257, 8000])('distinguishes proofs of %i characters', async (length) => {
    const guard = createReplayGuard(undefined)
    const [one, other] = ['1', '2'].map((end) => use(`${'x'.repeat(length - 1)}${end}`))
    expect(await guard.consume(one ?? use(''), START)).toBe('new')
    expect(await guard.consume(other ?? use(''), START)).toBe('new')
    expect(await guard.consume(one ?? use(''), START)).toBe('seen')
    expect(await guard.consume(other ?? use(''), START)).toBe('seen')
  })

  it('keeps proofs of up to 256 characters as text, longer ones as digests', async () => {
    const digest = vi.spyOn(crypto.subtle, 'digest')
    const guard = createReplayGuard(undefined)
    expect(await guard.consume(use('x'.repeat(256)), START)).toBe('new')
    expect(digest).not.toHaveBeenCalled()
    expect(await guard.consume(use('x'.repeat(257)), START)).toBe('new')
    expect(digest).toHaveBeenCalledTimes(1)
    digest.mockRestore()
  })

  it('removes long proofs after they have expired', async () => {
    const guard = createReplayGuard(undefined)
    const long = 'x'.repeat(300)
    expect(await guard.consume(use(long), START)).toBe('new')
    expect(await guard.consume(use(long), START + 300)).toBe('seen')
    const later = { ...use(long), expiresAt: START + 900 }
    expect(await guard.consume(later, START + 302)).toBe('new')
  })

  it('is undecided after 2 s without a response of the store', async () => {
    vi.useFakeTimers()
    const { called, add } = silentStore()
    const checked = createReplayGuard({ add }).consume(use('k'), START)
    const settled = vi.fn()
    void checked.then(settled)
    await called
    await vi.advanceTimersByTimeAsync(1999)
    expect(settled).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(1)
    expect(settled).toHaveBeenCalledWith('undecided')
  })

  it('is undecided unless the store responds with a boolean', async () => {
    const responses = [true, false, undefined, 1, 'true']
    const guards = [
      ...responses.map((response) => createReplayGuard({ add: async () => response as boolean })),
      createReplayGuard({ add: () => Promise.reject(new Error('down')) }),
      createReplayGuard({
        add: () => {
          throw new Error('broken')
        },
      }),
    ]
    expect(await Promise.all(guards.map((guard) => guard.consume(use('k'), START)))).toEqual([
      'new',
      'seen',
      ...Array(5).fill('undecided'),
    ])
  })

  it('handles a rejection of the store that comes too late', async () => {
    vi.useFakeTimers()
    const { called, add } = silentStore((reject) =>
      setTimeout(() => reject(new Error('late')), 3000),
    )
    const checked = createReplayGuard({ add }).consume(use('k'), START)
    await called
    await vi.advanceTimersByTimeAsync(5000)
    expect(await checked).toBe('undecided')
  })
})

/** A store that does not respond, or not in time; `called` settles when `add` is called. */
function silentStore(later: (reject: (error: Error) => void) => void = () => {}): {
  readonly called: Promise<void>
  readonly add: () => Promise<boolean>
} {
  let settle = (): void => {}
  const called = new Promise<void>((resolve) => {
    settle = resolve
  })
  const add = (): Promise<boolean> =>
    new Promise((_, reject) => {
      later(reject)
      settle()
    })
  return { called, add }
}

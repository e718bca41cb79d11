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
      memory.spend({ proof: key, expiresAt, principal: key }, now()) === 'new'
    return { store: { add }, now, advance }
  },
})

describe('MemoryReplay', () => {
  const proof = (key: string | number, principal = 'one', expiresAt = START + 300) => ({
    proof: String(key),
    principal,
    expiresAt,
  })

  it('does not know what it forgot by a clock that has gone back since', () => {
    const replay = new MemoryReplay()
    const spent = { proof: 'a', expiresAt: 1300, principal: 'p' }
    expect(replay.spend(spent, 1000)).toBe('new')
    replay.spend({ proof: 'b', expiresAt: 3300, principal: 'p' }, 3000)
    expect(replay.spend(spent, 1001)).toBe('undecided')
    expect(replay.spend({ proof: 'c', expiresAt: 1301, principal: 'p' }, 1001)).toBe('new')
  })

  it('gives one principal a twentieth, and the others theirs', () => {
    const memory = new MemoryReplay(100)
    for (let count = 0; count < 5; count++) {
      expect(memory.spend(proof(count), START)).toBe('new')
    }
    expect(memory.spend(proof('too much'), START)).toBe('undecided')
    expect(memory.spend(proof(0), START)).toBe('seen')
    expect(memory.spend(proof('other', 'two'), START)).toBe('new')
    expect(memory.size).toBe(6)
  })

  it('gives one principal at least one', () => {
    const memory = new MemoryReplay(10)
    expect(memory.spend(proof('first'), START)).toBe('new')
    expect(memory.spend(proof('second'), START)).toBe('undecided')
  })

  it.each([
    ['anywhere', 'Node.js', 200_000],
    ['on Workers', 'Cloudflare-Workers', 20_000],
  ])('has room enough %s', (_where, userAgent, most) => {
    vi.stubGlobal('navigator', { userAgent })
    const memory = new MemoryReplay()
    const spend = (key: number, principal: string) => memory.spend(proof(key, principal), START)
    for (let count = 0; count < most / 20; count++) spend(count, 'greedy')
    expect(memory.size).toBe(most / 20)
    expect(spend(-1, 'greedy')).toBe('undecided')
    for (let count = most / 20; count < most; count++) spend(count, `p${count % 100}`)
    expect(memory.size).toBe(most)
    expect(spend(-1, 'newcomer')).toBe('undecided')
    vi.unstubAllGlobals()
  })

  it('counts what is left to a principal when some of its proofs have ended', () => {
    const memory = new MemoryReplay(60)
    const ends = [START + 10, START + 20, START + 300]
    for (const end of ends) expect(memory.spend(proof(end, 'one', end), START)).toBe('new')
    expect(memory.spend(proof('a'), START + 11)).toBe('new')
    expect(memory.spend(proof('b'), START + 12)).toBe('undecided')
    expect(memory.spend(proof('b'), START + 21)).toBe('new')
    expect(memory.spend(proof('c'), START + 22)).toBe('undecided')
  })

  it('counts them down one by one, also when several end at once', () => {
    const memory = new MemoryReplay(60)
    const spend = (key: string, end: number, now: number) =>
      memory.spend(proof(key, 'one', end), now)
    for (const key of ['a', 'b']) expect(spend(key, START + 10, START)).toBe('new')
    expect(spend('c', START + 300, START)).toBe('new')
    for (const key of ['d', 'e']) expect(spend(key, START + 300, START + 11)).toBe('new')
    expect(spend('f', START + 300, START + 11)).toBe('undecided')
    for (const key of ['g', 'h', 'i']) expect(spend(key, START + 900, START + 301)).toBe('new')
    expect(spend('j', START + 900, START + 301)).toBe('undecided')
  })

  it('holds a proof to the end of the second in which it ends', () => {
    for (const [end, seen] of [
      [START + 100, START + 100],
      [START + 100, START + 100.9],
      [START + 100.5, START + 101],
    ] as const) {
      const memory = new MemoryReplay()
      memory.spend(proof('a', 'one', end), START)
      expect(memory.spend(proof('a', 'one', end), seen)).toBe('seen')
      expect(memory.spend(proof('a', 'one', end), seen + 1)).toBe('undecided')
    }
  })

  it('knows what ends after all that it forgot, be it by half a second', () => {
    const memory = new MemoryReplay()
    memory.spend(proof('a', 'one', START + 100), START)
    memory.spend(proof('b', 'one', START + 900), START + 101)
    expect(memory.spend(proof('c', 'one', START + 100), START)).toBe('undecided')
    expect(memory.spend(proof('d', 'one', START + 100.5), START)).toBe('new')
  })

  it('turns everybody away when it is full, and forgets nothing for that', () => {
    const memory = new MemoryReplay(100)
    for (let count = 0; count < 100; count++) {
      expect(memory.spend(proof(count, `p${count % 20}`), START)).toBe('new')
    }
    expect(memory.spend(proof('new', 'newcomer'), START)).toBe('undecided')
    for (let count = 0; count < 100; count++) {
      expect(memory.spend(proof(count, `p${count % 20}`), START)).toBe('seen')
    }
  })

  it('has room again when proofs have ended, in whatever order they end', () => {
    const memory = new MemoryReplay(60)
    memory.spend(proof('late', 'one', START + 300), START)
    memory.spend(proof('early', 'one', START + 10), START)
    memory.spend(proof('middle', 'one', START + 100.5), START)
    expect(memory.spend(proof('too much'), START)).toBe('undecided')
    expect(memory.spend(proof('next'), START + 11)).toBe('new')
    expect(memory.spend(proof('middle'), START + 100)).toBe('seen')
    expect(memory.spend(proof('late'), START + 299)).toBe('seen')
    expect(memory.spend(proof('late', 'one', START + 900), START + 302)).toBe('new')
    expect(memory.size).toBe(1)
  })

  it('leaves nothing behind', () => {
    const memory = new MemoryReplay()
    for (let count = 0; count < 5000; count++) memory.spend(proof(count, `p${count}`), START)
    expect(memory.size).toBe(5000)
    memory.spend(proof('last', 'one', START + 1000), START + 400)
    expect(memory.size).toBe(1)
  })

  it('holds against a clock that goes back', () => {
    const memory = new MemoryReplay()
    memory.spend(proof('a'), START)
    expect(memory.spend(proof('a'), START - 1000)).toBe('seen')
    expect(memory.spend(proof('a'), START + 1)).toBe('seen')
  })
})

describe('createReplayGuard()', () => {
  afterEach(() => void vi.useRealTimers())

  const spent = (proof: string) => ({ proof, expiresAt: START + 300, principal: 'p' })

  it('shows a store nothing of a proof but a digest, the same for the same proof', async () => {
    const added: [string, number][] = []
    const guard = createReplayGuard({
      add: async (key, expiresAt) => added.push([key, expiresAt]) !== 2,
    })
    expect(await guard.spend(spent('a'), START)).toBe('new')
    expect(await guard.spend(spent('a'), START)).toBe('seen')
    // SHA-256 of "a" (FIPS 180-4), in base64url.
    const digest = 'ypeBEsobvcr6wjGzmiPcTaeG7_gUfE5yuYB3ha_uSLs'
    expect(added).toEqual([
      [digest, START + 300],
      [digest, START + 300],
    ])
  })

  it.each([1, 255, 256, 257, 8000])('tells proofs of %i characters apart', async (length) => {
    const guard = createReplayGuard(undefined)
    const [one, other] = ['1', '2'].map((end) => spent(`${'x'.repeat(length - 1)}${end}`))
    expect(await guard.spend(one ?? spent(''), START)).toBe('new')
    expect(await guard.spend(other ?? spent(''), START)).toBe('new')
    expect(await guard.spend(one ?? spent(''), START)).toBe('seen')
    expect(await guard.spend(other ?? spent(''), START)).toBe('seen')
  })

  it('keeps 256 characters of a proof, and of longer ones a digest', async () => {
    const digest = vi.spyOn(crypto.subtle, 'digest')
    const guard = createReplayGuard(undefined)
    expect(await guard.spend(spent('x'.repeat(256)), START)).toBe('new')
    expect(digest).not.toHaveBeenCalled()
    expect(await guard.spend(spent('x'.repeat(257)), START)).toBe('new')
    expect(digest).toHaveBeenCalledTimes(1)
    digest.mockRestore()
  })

  it('forgets long proofs when they have ended', async () => {
    const guard = createReplayGuard(undefined)
    const long = 'x'.repeat(300)
    expect(await guard.spend(spent(long), START)).toBe('new')
    expect(await guard.spend(spent(long), START + 300)).toBe('seen')
    const later = { ...spent(long), expiresAt: START + 900 }
    expect(await guard.spend(later, START + 302)).toBe('new')
  })

  it('gives up on a store that does not answer', async () => {
    vi.useFakeTimers()
    const { asked, add } = silentStore()
    const verdict = createReplayGuard({ add }).spend(spent('k'), START)
    const settled = vi.fn()
    void Promise.resolve(verdict).then(settled)
    await asked
    await vi.advanceTimersByTimeAsync(1999)
    expect(settled).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(1)
    expect(settled).toHaveBeenCalledWith('undecided')
  })

  it('says what the store said, and knows nothing when it failed or said something else', async () => {
    const answers = [true, false, undefined, 1, 'true']
    const guards = [
      ...answers.map((answer) => createReplayGuard({ add: async () => answer as boolean })),
      createReplayGuard({ add: () => Promise.reject(new Error('down')) }),
      createReplayGuard({
        add: () => {
          throw new Error('broken')
        },
      }),
    ]
    expect(await Promise.all(guards.map((guard) => guard.spend(spent('k'), START)))).toEqual([
      'new',
      'seen',
      ...Array(5).fill('undecided'),
    ])
  })

  it('leaves no rejection behind when the answer comes too late', async () => {
    vi.useFakeTimers()
    const { asked, add } = silentStore((reject) =>
      setTimeout(() => reject(new Error('late')), 3000),
    )
    const verdict = createReplayGuard({ add }).spend(spent('k'), START)
    await asked
    await vi.advanceTimersByTimeAsync(5000)
    expect(await verdict).toBe('undecided')
  })
})

/** A store that does not answer, or not in time; `asked` settles when it is asked. */
function silentStore(later: (reject: (error: Error) => void) => void = () => {}): {
  readonly asked: Promise<void>
  readonly add: () => Promise<boolean>
} {
  let tell = (): void => {}
  const asked = new Promise<void>((resolve) => {
    tell = resolve
  })
  const add = (): Promise<boolean> =>
    new Promise((_, reject) => {
      later(reject)
      tell()
    })
  return { asked, add }
}

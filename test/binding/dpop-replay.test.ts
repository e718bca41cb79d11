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
      memory.spend({ key, expiresAt, principal: key }, now()) === 'new'
    return { store: { add }, now, advance }
  },
})

describe('MemoryReplay', () => {
  const proof = (key: string | number, principal = 'one', expiresAt = START + 300) => ({
    key: String(key),
    principal,
    expiresAt,
  })

  it('does not know what it forgot by a clock that has gone back since', () => {
    const replay = new MemoryReplay()
    const spent = { key: 'a', expiresAt: 1300, principal: 'p' }
    expect(replay.spend(spent, 1000)).toBe('new')
    replay.spend({ key: 'b', expiresAt: 3300, principal: 'p' }, 3000)
    expect(replay.spend(spent, 1001)).toBe('undecided')
    expect(replay.spend({ key: 'c', expiresAt: 1301, principal: 'p' }, 1001)).toBe('new')
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

  it('gives up on a store that does not answer', async () => {
    vi.useFakeTimers()
    const guard = createReplayGuard({ add: () => new Promise(() => {}) })
    const verdict = guard.spend({ key: 'k', expiresAt: START, principal: 'p' }, START)
    await vi.advanceTimersByTimeAsync(2000)
    expect(await verdict).toBe('undecided')
  })

  it('leaves no rejection behind when the answer comes too late', async () => {
    vi.useFakeTimers()
    const guard = createReplayGuard({
      add: () => new Promise((_, reject) => setTimeout(() => reject(new Error('late')), 3000)),
    })
    const verdict = guard.spend({ key: 'k', expiresAt: START, principal: 'p' }, START)
    await vi.advanceTimersByTimeAsync(5000)
    expect(await verdict).toBe('undecided')
  })
})

import { describe, expect, it } from 'vitest'
import { TokenMemory } from '../../src/opaque/token-memory.ts'

const UNKNOWN = { isGood: false, undecidedSeconds: 0 }

describe('TokenMemory', () => {
  it('contains the tokens that were added only', async () => {
    const memory = new TokenMemory()
    expect(await memory.find('a', 0)).toEqual(UNKNOWN)
    await memory.addGood('a', 0)
    expect(await memory.find('a', 0)).toEqual({ isGood: true, undecidedSeconds: 0 })
    expect(await memory.find('b', 0)).toEqual(UNKNOWN)
  })

  it('contains good tokens for 10 minutes, or until they are removed', async () => {
    const memory = new TokenMemory()
    await memory.addGood('a', 0)
    expect((await memory.find('a', 599.9)).isGood).toBe(true)
    expect((await memory.find('a', 600)).isGood).toBe(false)
    await memory.addGood('a', 600)
    await memory.removeGood('b')
    expect((await memory.find('a', 600)).isGood).toBe(true)
    await memory.removeGood('a')
    expect(await memory.find('a', 600)).toEqual(UNKNOWN)
  })

  it('contains undecided tokens for 5 s, good or not', async () => {
    const memory = new TokenMemory()
    await memory.addUndecided('a', 10)
    expect(await memory.find('a', 12)).toEqual({ isGood: false, undecidedSeconds: 3 })
    await memory.addGood('a', 12)
    expect(await memory.find('a', 13)).toEqual({ isGood: true, undecidedSeconds: 2 })
    expect(await memory.find('a', 15)).toEqual({ isGood: true, undecidedSeconds: 0 })
  })
})

describe('TokenMemory is bounded', () => {
  it('to 1,000 undecided tokens, which displace no good one', async () => {
    const memory = new TokenMemory()
    await memory.addGood('good', 0)
    for (let index = 0; index < 1000; index++) await memory.addUndecided(`u${index}`, 0)
    expect((await memory.find('u0', 0)).undecidedSeconds).toBe(5)
    await memory.addUndecided('u1000', 0)
    expect((await memory.find('u0', 0)).undecidedSeconds).toBe(0)
    expect((await memory.find('u1', 0)).undecidedSeconds).toBe(5)
    expect((await memory.find('good', 0)).isGood).toBe(true)
  })

  it('to 10,000 good tokens', async () => {
    const memory = new TokenMemory()
    for (let index = 0; index < 10_000; index++) await memory.addGood(`g${index}`, 0)
    expect((await memory.find('g0', 0)).isGood).toBe(true)
    await memory.addGood('g10000', 0)
    expect((await memory.find('g0', 0)).isGood).toBe(false)
    expect((await memory.find('g1', 0)).isGood).toBe(true)
  })
})

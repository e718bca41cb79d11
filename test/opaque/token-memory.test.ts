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

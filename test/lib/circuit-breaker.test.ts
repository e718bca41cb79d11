import { describe, expect, it } from 'vitest'
import { type Call, Circuit } from '../../src/lib/circuit-breaker.ts'

function createCircuit(maxCalls = 100): Circuit {
  return new Circuit({ maxCalls, callSeconds: 5 })
}

function enter(circuit: Circuit, now: number): Call {
  const call = circuit.enter(now)
  if (typeof call === 'number') throw new Error(`Come back in ${call} s.`)
  return call
}

/** Fails so often in a row, one after the other. */
function fail(circuit: Circuit, times: number, now: number): void {
  for (let count = 0; count < times; count++) circuit.leave(enter(circuit, now), 'bad', now)
}

describe('Circuit', () => {
  it('lets so many calls through at once, and one more for each that ends', () => {
    const circuit = createCircuit(2)
    const [first] = [enter(circuit, 0), enter(circuit, 0)]
    expect(circuit.enter(0)).toBe(1)
    circuit.leave(first, 'good', 0)
    enter(circuit, 0)
    expect(circuit.enter(0)).toBe(1)
  })

  it('forgets a call that never ended, once its time is over', () => {
    const circuit = createCircuit(1)
    enter(circuit, 0)
    expect(circuit.enter(5)).toBe(1)
    enter(circuit, 5.1)
  })

  it('pauses after five failures in a row, not before', () => {
    const circuit = createCircuit()
    fail(circuit, 4, 0)
    enter(circuit, 0)
    fail(circuit, 1, 0)
    expect(circuit.enter(0)).toBe(1)
    expect(circuit.enter(0.9)).toBe(1)
  })

  it('begins to count anew after a success', () => {
    const circuit = createCircuit()
    fail(circuit, 4, 0)
    circuit.leave(enter(circuit, 0), 'good', 0)
    fail(circuit, 4, 0)
    enter(circuit, 0)
  })

  it('then lets one call through at a time, until one succeeds', () => {
    const circuit = createCircuit()
    fail(circuit, 5, 0)
    const trial = enter(circuit, 1)
    expect(circuit.enter(1)).toBe(1)
    circuit.leave(trial, 'good', 1)
    enter(circuit, 1)
    enter(circuit, 1)
  })

  it('goes on trying where a trial never ended', () => {
    const circuit = createCircuit()
    fail(circuit, 5, 0)
    enter(circuit, 1)
    expect(circuit.enter(1)).toBe(1)
    enter(circuit, 7)
  })

  it('doubles its pauses up to 30 s', () => {
    const circuit = createCircuit()
    fail(circuit, 5, 0)
    let now = 0
    const pauses: number[] = []
    for (let count = 0; count < 7; count++) {
      const pause = circuit.enter(now)
      if (typeof pause !== 'number') throw new Error('There is no pause.')
      pauses.push(pause)
      now += pause
      circuit.leave(enter(circuit, now), 'bad', now)
    }
    expect(pauses).toEqual([1, 2, 4, 8, 16, 30, 30])
  })

  it('takes many calls that fail together for one piece of news', () => {
    const circuit = createCircuit()
    const calls = Array.from({ length: 50 }, () => enter(circuit, 0))
    for (const call of calls) circuit.leave(call, 'bad', 5)
    expect(circuit.enter(5)).toBe(1)
    enter(circuit, 6)
  })

  it('is not held up by old calls while it tries', () => {
    const circuit = createCircuit()
    for (let count = 0; count < 10; count++) enter(circuit, 0)
    fail(circuit, 5, 0)
    enter(circuit, 1)
    expect(circuit.enter(1)).toBe(1)
  })

  it('is not stuck when the clock goes back', () => {
    const circuit = createCircuit(1)
    fail(circuit, 5, 1_000_000)
    const trial = enter(circuit, 1000)
    circuit.leave(trial, 'good', 1000)
    enter(circuit, 2000)
    enter(circuit, 1000)
    expect(circuit.enter(1000)).toBe(1)
  })
})

describe('Circuit, for calls that succeeded lately,', () => {
  function enterProven(circuit: Circuit, now: number): Call {
    const call = circuit.enter(now, true)
    if (typeof call === 'number') throw new Error(`Come back in ${call} s.`)
    return call
  }

  it('does not pause', () => {
    const circuit = createCircuit()
    fail(circuit, 5, 0)
    expect(circuit.enter(0)).toBe(1)
    enterProven(circuit, 0)
    enterProven(circuit, 0)
  })

  it('does not count their failures, before a pause or in it', () => {
    const circuit = createCircuit()
    fail(circuit, 4, 0)
    for (let count = 0; count < 9; count++) circuit.leave(enterProven(circuit, 0), 'bad', 0)
    enter(circuit, 0)
    fail(circuit, 1, 0)
    for (let count = 0; count < 9; count++) circuit.leave(enterProven(circuit, 0.5), 'bad', 0.5)
    expect(circuit.enter(0.5)).toBe(1)
    enter(circuit, 1)
  })

  it('ends its pause at the success of one', () => {
    const circuit = createCircuit()
    fail(circuit, 5, 0)
    circuit.leave(enterProven(circuit, 0), 'good', 0)
    enter(circuit, 0)
    enter(circuit, 0)
  })

  it('has a limit of their own, which other calls cannot use up, nor they the others', () => {
    const circuit = createCircuit(2)
    enter(circuit, 0)
    enter(circuit, 0)
    const first = enterProven(circuit, 0)
    enterProven(circuit, 0)
    expect([circuit.enter(0), circuit.enter(0, true)]).toEqual([1, 1])
    circuit.leave(first, 'bad', 0)
    expect(circuit.enter(0)).toBe(1)
    enterProven(circuit, 0)
  })

  it('forgets one that never ended', () => {
    const circuit = createCircuit(1)
    enterProven(circuit, 0)
    expect(circuit.enter(5, true)).toBe(1)
    enterProven(circuit, 5.1)
  })

  it('takes none of them for the trial after a pause', () => {
    const circuit = createCircuit()
    fail(circuit, 5, 0)
    enterProven(circuit, 1)
    enter(circuit, 1)
    expect(circuit.enter(1)).toBe(1)
  })
})

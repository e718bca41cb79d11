import { describe, expect, it } from 'vitest'
import type { IssuerDocuments } from '../../src/authorization-server/documents.ts'
import { endpointHealthOf } from '../../src/opaque/endpoint-health.ts'
import { START } from '../support/clock.ts'

const documents = (): IssuerDocuments => ({}) as IssuerDocuments

describe('endpointHealthOf()', () => {
  it('admits 128 calls at a time, each for as long as a response may take', () => {
    const { circuit } = endpointHealthOf(documents(), 5)
    for (let count = 0; count < 128; count++)
      expect(circuit.start(START)).toMatchObject({ ok: true })
    expect(circuit.start(START)).toEqual({ ok: false, error: 1 })
    expect(circuit.start(START + 5)).toEqual({ ok: false, error: 1 })
    expect(circuit.start(START + 5.001)).toEqual({
      ok: true,
      value: { startedAt: START + 5.001, isProven: false },
    })
  })

  it('stores the last 16 endpoints that introspected a token, for good', () => {
    const { proven } = endpointHealthOf(documents(), 5)
    for (let index = 0; index < 17; index++) proven.add(`https://as.example/${index}`, START)
    const year = START + 31_536_000
    expect(proven.secondsLeft('https://as.example/0', year)).toBe(0)
    expect(proven.secondsLeft('https://as.example/1', year)).toBe(Infinity)
  })

  it('is shared by all resources with the same documents, and by no others', () => {
    const shared = documents()
    expect(endpointHealthOf(shared, 5)).toBe(endpointHealthOf(shared, 5))
    expect(endpointHealthOf(shared, 5)).not.toBe(endpointHealthOf(documents(), 5))
  })
})

/** In the project `audit` only: after each test there are as many records as decisions. */

import { afterAll, afterEach, beforeEach, expect } from 'vitest'
import { tally } from './audited.ts'

let wasBusy = false
let total = 0

beforeEach(() => {
  // A request of an earlier test that never ends must not count here.
  wasBusy = tally.inFlight > 0
  Object.assign(tally, { decisions: 0, records: 0 })
})

afterEach(() => {
  if (wasBusy || tally.inFlight > 0) return
  expect(tally.records, 'audit records').toBe(tally.decisions)
  total += tally.decisions
})

afterAll(() => {
  expect(total, 'decisions').toBeGreaterThan(0)
})

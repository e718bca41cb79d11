/** Before every test file, in every project: nothing leaves this machine. */

import { afterAll, afterEach, expect } from 'vitest'
import { guardNetwork, takeAttempts } from './network.ts'

guardNetwork()

afterEach(() => {
  expect(takeAttempts(), 'places beyond loopback').toEqual([])
})

// What a test did not wait for, and what hooks do.
afterAll(() => {
  expect(takeAttempts(), 'places beyond loopback').toEqual([])
})

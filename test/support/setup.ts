/** Runs before every test file: a connection beyond loopback fails the test, and polls wait for a busy machine. */

import { afterAll, afterEach, expect } from 'vitest'
import { guardNetwork, takeAttempts } from './network.ts'
import { waitPatiently } from './patience.ts'

guardNetwork()
waitPatiently()

afterEach(() => {
  expect(takeAttempts(), 'places beyond loopback').toEqual([])
})

// What a test did not wait for, and what hooks do.
afterAll(() => {
  expect(takeAttempts(), 'places beyond loopback').toEqual([])
})

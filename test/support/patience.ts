/** Gives the polls of `vi` the time that a busy machine needs: by default they end after one second. */

import { vi } from 'vitest'

const PATIENT = { timeout: 25_000 }
const { waitFor, waitUntil } = vi

/** Takes effect once in a process: files of one project may not be isolated. */
export function waitPatiently(): void {
  const isDone = Object.hasOwn(vi, PATIENTLY)
  if (isDone) return
  Object.assign(vi, {
    [PATIENTLY]: true,
    waitFor: ((callback, options = {}) =>
      waitFor(callback, withPatience(options))) as typeof waitFor,
    waitUntil: ((callback, options = {}) =>
      waitUntil(callback, withPatience(options))) as typeof waitUntil,
  })
}

const PATIENTLY = Symbol.for('mcp-gatehouse.test.patience')

function withPatience(options: number | { timeout?: number; interval?: number }) {
  return typeof options === 'number' ? options : { ...PATIENT, ...options }
}

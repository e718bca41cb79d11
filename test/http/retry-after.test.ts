import { expect, it } from 'vitest'
import { retryAfter } from '../../src/http/retry-after.ts'

it.each([
  [undefined, '5'],
  [0, '0'],
  [15, '15'],
])('Retry-After for %s is %s', (seconds, expected) => {
  expect(retryAfter(seconds)).toEqual(['Retry-After', expected])
})

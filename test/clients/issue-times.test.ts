import { UnsecuredJWT } from 'jose'
import { expect, it } from 'vitest'
import { createIssueTimes } from './issue-times.ts'

it('createIssueTimes() takes the time of a JWT from the JWT', () => {
  const issuedAt = createIssueTimes(() => 2000)
  expect(issuedAt(new UnsecuredJWT({ iat: 1000 }).encode())).toBe(1000)
})

it.each(['opaque', 'a.b.c', '', new UnsecuredJWT({}).encode()])(
  'createIssueTimes() takes the first use of %j for its time',
  (token) => {
    let now = 2000
    const issuedAt = createIssueTimes(() => now)
    expect(issuedAt(token)).toBe(2000)
    now = 3000
    expect([issuedAt(token), issuedAt('another one')]).toEqual([2000, 3000])
  },
)

import { createHmac } from 'node:crypto'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { DpopNonces } from '../../src/binding/dpop-nonce.ts'
import { START } from '../support/clock.ts'

const RESOURCE = 'https://rs.example/mcp'
const SECRET = 'x'.repeat(32)

function nonces(secrets: string[] = [SECRET], resource = RESOURCE, lifetimeSeconds = 300) {
  return new DpopNonces({ resource, secrets, lifetimeSeconds })
}

afterEach(() => void vi.restoreAllMocks())

describe('DpopNonces', () => {
  it('issues the second and a MAC over purpose, resource and second', async () => {
    const mac = createHmac('sha256', SECRET)
      .update(JSON.stringify(['dpop-nonce', RESOURCE, START]))
      .digest('base64url')
    expect(await nonces().issue(START)).toBe(`${START.toString(36)}.${mac}`)
  })

  it('imports its secret once, not extractable', async () => {
    const importKey = vi.spyOn(crypto.subtle, 'importKey')
    const one = nonces()
    await one.issue(START)
    await one.issue(START + 1)
    const hmac = { name: 'HMAC', hash: 'SHA-256' }
    expect(importKey.mock.calls).toEqual([
      ['raw', new TextEncoder().encode(SECRET), hmac, false, ['sign', 'verify']],
    ])
  })

  it('keeps 1024 nonces, and computes no MAC for a kept one', async () => {
    const sign = vi.spyOn(crypto.subtle, 'sign')
    const many = nonces([SECRET], RESOURCE, 86_400)
    const made: string[] = []
    for (let second = 0; second < 1024; second++) made.push(await many.issue(START + second))
    for (const nonce of made) expect(await many.check(nonce, START + 1024)).toBe('fresh')
    expect(sign).toHaveBeenCalledTimes(1024)
    await many.issue(START + 1024)
    expect(await many.check(made[1], START + 1024)).toBe('fresh')
    expect(sign).toHaveBeenCalledTimes(1025)
    expect(await many.check(made[0], START + 1024)).toBe('fresh')
    expect(sign).toHaveBeenCalledTimes(1026)
  })

  it('checks a nonce as fresh, then ageing, then rejected', async () => {
    const nonce = await nonces().issue(START)
    const checks = [0, 149.9, 150, 299.9, 300, 10_000].map((age) =>
      nonces().check(nonce, START + age),
    )
    expect(await Promise.all(checks)).toEqual([
      'fresh',
      'fresh',
      'ageing',
      'ageing',
      'rejected',
      'rejected',
    ])
  })

  it('accepts nonces from a clock that is 30 s ahead', async () => {
    const nonce = await nonces().issue(START)
    expect(await nonces().check(nonce, START - 30)).toBe('fresh')
    expect(await nonces().check(nonce, START - 31)).toBe('rejected')
  })

  it('issues one nonce per second, secret and resource', async () => {
    const nonce = await nonces().issue(START)
    expect(await nonces().issue(START + 0.9)).toBe(nonce)
    expect(await nonces().issue(START + 1)).not.toBe(nonce)
    expect(await nonces(['y'.repeat(32)]).issue(START)).not.toBe(nonce)
    expect(await nonces([SECRET], `${RESOURCE}/`).issue(START)).not.toBe(nonce)
    expect(await nonces([SECRET], `${RESOURCE}/`).check(nonce, START)).toBe('rejected')
  })

  it('accepts the nonce of an older secret as ageing', async () => {
    const nonce = await nonces(['y'.repeat(32)]).issue(START)
    expect(await nonces([SECRET, 'y'.repeat(32)]).check(nonce, START)).toBe('ageing')
    expect(await nonces([SECRET]).check(nonce, START)).toBe('rejected')
  })

  it('rejects the second of one nonce with the MAC of another', async () => {
    const [one, other] = [await nonces().issue(START), await nonces().issue(START + 1)]
    const mixed = `${one.split('.')[0]}.${other.split('.')[1]}`
    expect(await nonces().check(mixed, START)).toBe('rejected')
  })

  it('rejects other texts and types without computing a MAC', async () => {
    const sign = vi.spyOn(crypto.subtle, 'sign')
    const checked = nonces()
    const [time, mac] = [START.toString(36), 'a'.repeat(43)]
    const texts = ['', '.', `${'z'.repeat(20)}.${mac}`, `0000${time}.${mac}`, `${time}.${mac}a`]
    for (const value of [undefined, null, 5, {}, ...texts, `!${time}.${mac}`]) {
      expect(await checked.check(value, START)).toBe('rejected')
    }
    expect(sign).not.toHaveBeenCalled()
  })

  it('accepts a nonce that it no longer keeps', async () => {
    const many = nonces([SECRET], RESOURCE, 86_400)
    const first = await many.issue(START)
    for (let second = 1; second <= 1100; second++) await many.issue(START + second)
    expect(await many.check(first, START + 1100)).toBe('fresh')
  })
})

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
  it('is its time and a MAC of that, of the resource and of what it is for', async () => {
    const mac = createHmac('sha256', SECRET)
      .update(JSON.stringify(['dpop-nonce', RESOURCE, START]))
      .digest('base64url')
    expect(await nonces().issue(START)).toBe(`${START.toString(36)}.${mac}`)
  })

  it('keeps its key to itself, and imports it once', async () => {
    const importKey = vi.spyOn(crypto.subtle, 'importKey')
    const one = nonces()
    await one.issue(START)
    await one.issue(START + 1)
    const hmac = { name: 'HMAC', hash: 'SHA-256' }
    expect(importKey.mock.calls).toEqual([
      ['raw', new TextEncoder().encode(SECRET), hmac, false, ['sign']],
    ])
  })

  it('remembers 1024 that it made, and computes no more than it has to', async () => {
    const sign = vi.spyOn(crypto.subtle, 'sign')
    const many = nonces([SECRET], RESOURCE, 86_400)
    const made: string[] = []
    for (let second = 0; second < 1024; second++) made.push(await many.issue(START + second))
    for (const nonce of made) expect(await many.judge(nonce, START + 1024)).toBe('fresh')
    expect(sign).toHaveBeenCalledTimes(1024)
    await many.issue(START + 1024)
    expect(await many.judge(made[1], START + 1024)).toBe('fresh')
    expect(sign).toHaveBeenCalledTimes(1025)
    expect(await many.judge(made[0], START + 1024)).toBe('fresh')
    expect(sign).toHaveBeenCalledTimes(1026)
  })

  it('is young, then ageing, then refused', async () => {
    const nonce = await nonces().issue(START)
    const verdicts = [0, 149.9, 150, 299.9, 300, 10_000].map((age) =>
      nonces().judge(nonce, START + age),
    )
    expect(await Promise.all(verdicts)).toEqual([
      'fresh',
      'fresh',
      'ageing',
      'ageing',
      'refused',
      'refused',
    ])
  })

  it('allows for clocks that disagree a little', async () => {
    const nonce = await nonces().issue(START)
    expect(await nonces().judge(nonce, START - 30)).toBe('fresh')
    expect(await nonces().judge(nonce, START - 31)).toBe('refused')
  })

  it('is the same on every machine with the secret, and another elsewhere', async () => {
    const nonce = await nonces().issue(START)
    expect(await nonces().issue(START + 0.9)).toBe(nonce)
    expect(await nonces().issue(START + 1)).not.toBe(nonce)
    expect(await nonces(['y'.repeat(32)]).issue(START)).not.toBe(nonce)
    expect(await nonces([SECRET], `${RESOURCE}/`).issue(START)).not.toBe(nonce)
    expect(await nonces([SECRET], `${RESOURCE}/`).judge(nonce, START)).toBe('refused')
  })

  it('takes what an older secret made, and wants it replaced', async () => {
    const nonce = await nonces(['y'.repeat(32)]).issue(START)
    expect(await nonces([SECRET, 'y'.repeat(32)]).judge(nonce, START)).toBe('ageing')
    expect(await nonces([SECRET]).judge(nonce, START)).toBe('refused')
  })

  it('refuses the time of one with the signature of another', async () => {
    const [one, other] = [await nonces().issue(START), await nonces().issue(START + 1)]
    const mixed = `${one.split('.')[0]}.${other.split('.')[1]}`
    expect(await nonces().judge(mixed, START)).toBe('refused')
  })

  it('refuses what is no nonce, without a computation', async () => {
    const sign = vi.spyOn(crypto.subtle, 'sign')
    const judge = nonces()
    const [time, mac] = [START.toString(36), 'a'.repeat(43)]
    const texts = ['', '.', `${'z'.repeat(20)}.${mac}`, `0000${time}.${mac}`, `${time}.${mac}a`]
    for (const value of [undefined, null, 5, {}, ...texts, `!${time}.${mac}`]) {
      expect(await judge.judge(value, START)).toBe('refused')
    }
    expect(sign).not.toHaveBeenCalled()
  })

  it('forgets what it made long ago, and still knows it', async () => {
    const many = nonces([SECRET], RESOURCE, 86_400)
    const first = await many.issue(START)
    for (let second = 1; second <= 1100; second++) await many.issue(START + second)
    expect(await many.judge(first, START + 1100)).toBe('fresh')
  })
})

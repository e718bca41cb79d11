import { describe, expect, it } from 'vitest'
import { DpopNonces } from '../../src/binding/dpop-nonce.ts'
import { START } from '../support/clock.ts'

const RESOURCE = 'https://rs.example/mcp'
const SECRET = 'x'.repeat(32)

function nonces(secrets: string[] = [SECRET], resource = RESOURCE, lifetimeSeconds = 300) {
  return new DpopNonces({ resource, secrets, lifetimeSeconds })
}

describe('DpopNonces', () => {
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
    const judge = nonces()
    for (const value of [undefined, null, 5, {}, '', '.', `${'z'.repeat(20)}.${'a'.repeat(43)}`]) {
      expect(await judge.judge(value, START)).toBe('refused')
    }
  })

  it('forgets what it made long ago, and still knows it', async () => {
    const many = nonces([SECRET], RESOURCE, 86_400)
    const first = await many.issue(START)
    for (let second = 1; second <= 1100; second++) await many.issue(START + second)
    expect(await many.judge(first, START + 1100)).toBe('fresh')
  })
})

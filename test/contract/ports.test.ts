import { describe, expect, it } from 'vitest'
import { clockOf, hostNow } from '../../src/contract/ports.ts'
import { createScene, expectFault } from '../support/scene.ts'

describe('clockOf()', () => {
  it('gives the seconds of the application, or those of the host', () => {
    expect(clockOf(() => 1_800_000_000.5)()).toBe(1_800_000_000.5)
    expect(clockOf(undefined)).toBe(hostNow)
  })

  it.each([Number.NaN, Number.POSITIVE_INFINITY, undefined, null, '1800000000', 1_800_000_000_000])(
    'rejects %j, which is not a number of seconds',
    (value) => {
      expect(clockOf((() => value) as () => number)).toThrow('seconds since the epoch')
    },
  )

  it('rejects a promise, and ignores its rejection', () => {
    const late = (): unknown => Promise.reject(new Error('late'))
    expect(clockOf(late as () => number)).toThrow('seconds since the epoch')
  })

  it('in milliseconds is a 500, not a 401 for every token', async () => {
    const scene = await createScene({ now: Date.now })
    await expectFault(scene, scene.ask(`Bearer ${await scene.issuer.token()}`), 'internal')
  })
})

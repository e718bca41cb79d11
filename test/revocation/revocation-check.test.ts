import { describe, expect, it, vi } from 'vitest'
import {
  createScene,
  expectAccepted,
  expectFault,
  expectRejected,
  invalidToken,
  present,
} from '../support/scene.ts'
import { LIST, publish, statusAt } from '../support/status-list.ts'

const LISTS = { statusList: true, timeoutMs: 60_000 }

describe('the option revocation', () => {
  it.each<[string, () => unknown, 'unavailable' | 'internal']>([
    ['rejects', () => Promise.reject(new Error('the store is down')), 'unavailable'],
    ['returns nothing', () => undefined, 'internal'],
  ])('is named in the event of a request where isRevoked %s', async (_, isRevoked, code) => {
    const revocation = { isRevoked: isRevoked as () => boolean }
    const scene = await createScene({ revocation })
    await expectFault(scene, present(scene), code)
    expect(scene.events.at(-1)).toMatchObject({ type: 'refused', code, option: 'revocation' })
  })

  it('reads status lists with and without isRevoked', async () => {
    for (const own of [{}, { isRevoked: () => false }]) {
      const scene = await createScene({ revocation: { ...LISTS, ...own } })
      await publish(scene.issuer, [0, 1])
      await expectAccepted(scene, present(scene, statusAt(0)))
      await expectRejected(scene, present(scene, statusAt(1)), invalidToken('token_revoked'))
    }
  })

  it('reads no status list unless statusList is on', async () => {
    const scene = await createScene({ revocation: { isRevoked: () => false } })
    await publish(scene.issuer, [1])
    await expectAccepted(scene, present(scene, statusAt(0)))
    expect(scene.issuer.requests).not.toContain(LIST)
  })

  it('names its resource in a warning that is printed because there is no onEvent', async () => {
    const printed = vi.spyOn(console, 'warn').mockImplementation(() => {})
    const isRevoked = () => Promise.reject(new Error('the store is down'))
    const revocation = { isRevoked, whenUnavailable: 'accept' } as const
    const scene = await createScene({ revocation, onEvent: undefined })
    await expectAccepted(scene, present(scene))
    expect(printed.mock.calls).toEqual([
      [
        expect.stringMatching(
          /^mcp-gatehouse, https:\/\/rs\.example\/mcp: revocation cannot be asked/,
        ),
      ],
    ])
    printed.mockRestore()
  })

  it('warns once a minute that tokens are accepted without a result', async () => {
    const isRevoked = () => Promise.reject(new Error('the store is down'))
    const scene = await createScene({ revocation: { isRevoked, whenUnavailable: 'accept' } })
    for (const [seconds, warnings] of [
      [0, 1],
      [59.5, 1],
      [0.5, 2],
    ] as const) {
      scene.clock.advance(seconds)
      await expectAccepted(scene, present(scene))
      expect(scene.events.filter(({ type }) => type === 'warning')).toHaveLength(warnings)
    }
  })
})

import { afterEach, describe, expect, it, vi } from 'vitest'
import { clockOf, hostFetch, hostNow } from '../../src/contract/ports.ts'
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

describe('hostFetch()', () => {
  const PLACE = Symbol.for('undici.globalDispatcher.2')
  const received: object[] = []
  const ours = {
    isMockActive: true,
    dispatch: (options: object, handler: object) => received.push(options, handler) > 0,
  }

  // Node 24 has one there, too. The member cannot be defined again, only set.
  const places = globalThis as { [PLACE]?: unknown }
  const original = places[PLACE]
  afterEach(() => {
    vi.unstubAllGlobals()
    places[PLACE] = original
  })

  /** What `fetch` receives beside the URL, on a host with this undici. */
  async function initOn(undici: string | undefined, init?: RequestInit, host: object = ours) {
    const fetch = vi.fn(async (..._args: unknown[]) => new Response())
    const versions = undici === undefined ? undefined : { undici }
    vi.stubGlobal('fetch', fetch)
    vi.stubGlobal('process', undici === 'no process' ? undefined : { versions })
    places[PLACE] = host
    await hostFetch('https://as.example/jwks', init)
    vi.unstubAllGlobals()
    const [url, received] = fetch.mock.calls[0] ?? []
    expect(url).toBe('https://as.example/jwks')
    return received as { dispatcher?: typeof ours; method?: string }
  }

  it.each(['8.0.1', '8.13.1', '10.0.0'])('keeps HTTP/2 out with undici %s', async (version) => {
    const { dispatcher, method } = await initOn(version, { method: 'POST' })
    expect(method).toBe('POST')
    // `fetch` of undici reads it, for bodies of its mocks.
    expect(dispatcher?.isMockActive).toBe(true)
    const handler = { onRequestStart() {} }
    expect(dispatcher?.dispatch({ path: '/jwks', allowH2: true }, handler)).toBe(true)
    expect(received.splice(0)).toEqual([{ path: '/jwks', allowH2: false }, handler])
  })

  // There, `fetch` has handlers that such a dispatcher does not know.
  it.each(['7.16.0', undefined, 'no process'])('adds nothing with undici %s', async (version) => {
    expect(await initOn(version, { method: 'POST' })).toEqual({ method: 'POST' })
    expect(await initOn(version)).toEqual({})
  })

  it('reads the members of a dispatcher from itself, as private ones require', async () => {
    class Own {
      readonly #isMock = true
      readonly #received: object[] = []
      get isMockActive() {
        return this.#isMock
      }
      dispatch(options: object) {
        return this.#received.push(options) > 0
      }
    }
    const { dispatcher } = await initOn('8.0.1', undefined, new Own())
    expect(dispatcher?.isMockActive).toBe(true)
    expect(dispatcher?.dispatch({ path: '/jwks' }, {})).toBe(true)
  })

  it('uses the dispatcher of its caller', async () => {
    const dispatcher = {}
    const init = await initOn('8.0.1', { dispatcher } as RequestInit)
    expect(init.dispatcher).toBe(dispatcher)
  })
})

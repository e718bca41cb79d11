/** Which calls share one exchange, on Workers by looking at the cache alone. */

import { afterEach, describe, expect, it, vi } from 'vitest'
import { API, bearerResponse, createExchangeScene, type Respond } from '../support/exchange.ts'

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

/** A server whose first responses wait until `release` is called. */
async function createHeldScene(waiting: number, options: object = {}) {
  const releases: (() => void)[] = []
  const issue: Respond = async (_seen, index) => {
    if (index < waiting) await new Promise<void>((resolve) => releases.push(resolve))
    return bearerResponse(index)
  }
  const held = await createExchangeScene({ issue, ...options })
  const release = () => {
    for (const each of releases.splice(0)) each()
  }
  return { ...held, release }
}

async function untilAsked({ asked }: { readonly asked: readonly unknown[] }, count: number) {
  while (asked.length < count) await new Promise((resolve) => setImmediate(resolve))
}

describe('exchange()', () => {
  it('waits for the exchange of another request without a timer', async () => {
    const scene = await createHeldScene(1)
    const first = scene.exchange.exchange(scene.auth)
    await untilAsked(scene, 1)
    vi.useFakeTimers({ toFake: ['setTimeout'] })
    const second = scene.exchange.exchange({ ...scene.auth })
    scene.release()
    expect(await Promise.all([first, second])).toMatchObject(
      Array(2).fill({ token: 'exchanged-1' }),
    )
    expect(scene.asked).toHaveLength(1)
  })

  it('shares no exchange that takes longer than the time limit', async () => {
    const scene = await createHeldScene(2, { timeoutMs: 5000 })
    const calls = [scene.exchange.exchange(scene.auth)]
    await untilAsked(scene, 1)
    scene.scene.clock.advance(5)
    calls.push(scene.exchange.exchange(scene.auth))
    await new Promise((resolve) => setImmediate(resolve))
    expect(scene.asked).toHaveLength(1)
    scene.scene.clock.advance(1)
    calls.push(scene.exchange.exchange(scene.auth))
    await untilAsked(scene, 2)
    scene.release()
    expect((await Promise.all(calls)).map((each) => each.ok && each.token)).toEqual([
      ...['exchanged-1', 'exchanged-1'],
      'exchanged-2',
    ])
  })

  it('shares and keeps an exchange during which another token is cleared', async () => {
    const scene = await createHeldScene(1)
    const calls = [scene.exchange.exchange(scene.auth)]
    await untilAsked(scene, 1)
    scene.exchange.clear(await scene.context({ sub: 'user-2' }))
    calls.push(scene.exchange.exchange(scene.auth))
    scene.release()
    expect(await Promise.all(calls)).toMatchObject(Array(2).fill({ token: 'exchanged-1' }))
    expect(await scene.exchange.exchange(scene.auth)).toMatchObject({ token: 'exchanged-1' })
    expect(scene.asked).toHaveLength(1)
  })

  it('shares a thousand exchanges at the same time', async () => {
    const scene = await createHeldScene(Infinity)
    const calls: Promise<unknown>[] = []
    const start = (token: string) => calls.push(scene.exchange.exchange({ ...scene.auth, token }))
    for (let index = 0; index < 1000; index++) start(`token-${index}`)
    start('token-0')
    await untilAsked(scene, 1000)
    start('one-more')
    start('token-1')
    await untilAsked(scene, 1001)
    expect(scene.asked).toHaveLength(1001)
    // The first exchange was displaced.
    start('token-0')
    await untilAsked(scene, 1002)
    scene.release()
    await Promise.all(calls)
  })
})

describe('exchange() on Workers', () => {
  it('takes the token of another request from the cache, which it looks at every 20 ms', async () => {
    vi.stubGlobal('navigator', { userAgent: 'Cloudflare-Workers' })
    const scene = await createHeldScene(1)
    const first = scene.exchange.exchange(scene.auth)
    await untilAsked(scene, 1)
    vi.useFakeTimers({ toFake: ['setTimeout'] })
    let second: unknown
    const isDone = scene.exchange.exchange({ ...scene.auth }).then((result) => {
      second = result
    })
    await vi.advanceTimersByTimeAsync(39)
    scene.release()
    await first
    expect(second).toBeUndefined()
    await vi.advanceTimersByTimeAsync(1)
    await isDone
    expect(second).toMatchObject({ token: 'exchanged-1' })
    expect(scene.asked).toHaveLength(1)
  })

  it('exchanges itself after a second, because the other request may have been cancelled', async () => {
    vi.stubGlobal('navigator', { userAgent: 'Cloudflare-Workers' })
    const scene = await createHeldScene(1)
    scene.exchange.exchange(scene.auth)
    await untilAsked(scene, 1)
    vi.useFakeTimers({ toFake: ['setTimeout'] })
    const second = scene.exchange.exchange({ ...scene.auth })
    await vi.advanceTimersByTimeAsync(999)
    expect(scene.asked).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(1)
    expect(await second).toMatchObject({ ok: true, token: 'exchanged-2' })
    scene.release()
  })

  it('shares the exchange of its own request', async () => {
    vi.stubGlobal('navigator', { userAgent: 'Cloudflare-Workers' })
    const scene = await createHeldScene(1)
    const calls = [scene.exchange.exchange(scene.auth), scene.exchange.exchange(scene.auth)]
    await untilAsked(scene, 1)
    vi.useFakeTimers({ toFake: ['setTimeout'] })
    scene.release()
    expect(await Promise.all(calls)).toMatchObject(Array(2).fill({ token: 'exchanged-1' }))
    expect(scene.asked).toHaveLength(1)
  })
})

describe('exchange.fetch()', () => {
  it('sends nothing for the context of another issuer', async () => {
    const { exchange, auth, asked, called } = await createExchangeScene()
    const foreign = { ...auth, issuer: 'https://other.example' }
    await expect(exchange.fetch(foreign, `${API}/`)).rejects.toMatchObject({
      ...{ name: 'ExchangeError', failure: { ok: false, code: 'subject_not_accepted' } },
    })
    expect([...asked, ...called]).toEqual([])
  })

  it('exchanges again after each 401 where nothing is kept', async () => {
    const serve: Respond = (_seen, index) =>
      index === 0 ? new Response(null, { status: 401 }) : new Response('served')
    const { exchange, auth, asked, called } = await createExchangeScene({ cache: false, serve })
    expect((await exchange.fetch(auth, `${API}/`)).status).toBe(200)
    expect(called.map(({ headers }) => headers.get('Authorization'))).toEqual([
      'Bearer exchanged-1',
      'Bearer exchanged-2',
    ])
    expect(asked.map(({ headers }) => headers.has('DPoP'))).toEqual([false, false])
    expect(() => exchange.clear(auth)).not.toThrow()
  })
})

/** Bodies that end with their token: see `test/conformance/trn-streams.test.ts` for streams. */

import { afterEach, expect, it, vi } from 'vitest'
import { type AuthContext, completeResponse, verifyAccessToken } from '../../src/index.ts'
import { START } from '../support/clock.ts'
import { ISSUER, RESOURCE } from '../support/issuer.ts'
import { createScene } from '../support/scene.ts'
import { unchecked } from '../support/unchecked.ts'

afterEach(() => {
  vi.useRealTimers()
})

it.each([
  ['a body of a fixed length breaks off', { 'Content-Length': '100' }, false],
  ['another body ends', {}, true],
])('%s with its token', async (_, headers, isComplete) => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new TextEncoder().encode('part')),
  })
  const scene = await createScene({ handler: () => new Response(body, { headers }) })
  const token = await scene.issuer.token({ exp: scene.clock.now() + 60 })
  const authorization = `Bearer ${token}`
  const response = await scene.send(new Request(RESOURCE, { headers: { authorization } }))
  expect(response.status).toBe(200)
  const received = response.text().then(
    (text) => [true, text],
    (error: Error) => [false, error.message],
  )
  await vi.advanceTimersByTimeAsync(60_000)
  expect(await received).toEqual(
    isComplete ? [true, 'part'] : [false, 'The access token has expired.'],
  )
})

const ACCEPTED_FOR_MINUTE = { kind: 'jwt', maxTokenAgeSeconds: 60 } as const
const OPAQUE = {
  kind: 'custom',
  accepts: (token: string) => token === 'opaque',
  verify: async () => ({ aud: RESOURCE, sub: 'user-1', scope: '', exp: START + 600, iat: START }),
} as const

it.each([
  ['with the age of its JWT', {}, 60],
  ['also where mapClaims removes iat', { mapClaims: () => ({ sub: 'user-1' }) }, 60],
  ['with its JWT, where that expires first', {}, 20, 20],
  ['with the exp of an opaque token of the same server', {}, 600, 600, 'opaque'],
])(
  'ends %s at a server with maxTokenAgeSeconds',
  async (_, server, end, exp = 600, opaque = '') => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const body = new ReadableStream<Uint8Array>()
    const scene = await createScene({
      handler: () => new Response(body),
      authorizationServers: [
        { issuer: ISSUER, accessToken: [ACCEPTED_FOR_MINUTE, OPAQUE], ...server },
      ],
    })
    const token = opaque || (await scene.issuer.token({ iat: START, exp: START + exp }))
    const authorization = `Bearer ${token}`
    const response = await scene.send(new Request(RESOURCE, { headers: { authorization } }))
    expect(response.status).toBe(200)
    let hasEnded = false
    const received = response.text().then(() => {
      hasEnded = true
    })
    await vi.advanceTimersByTimeAsync(end * 1000 - 1)
    expect(hasEnded).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    await received
    expect(hasEnded).toBe(true)
  },
)

it('ends at once where the client begins to read after the end, without the leeway', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const scene = await createScene({
    clockToleranceSeconds: 30,
    handler: () => new Response(new ReadableStream<Uint8Array>()),
  })
  const authorization = `Bearer ${await scene.issuer.token({ exp: START + 10 })}`
  const response = await scene.send(new Request(RESOURCE, { headers: { authorization } }))
  expect(response.status).toBe(200)
  scene.clock.advance(11)
  let hasEnded = false
  const received = response.text().then(() => {
    hasEnded = true
  })
  await vi.advanceTimersByTimeAsync(1)
  expect(hasEnded).toBe(true)
  await received
})

it('ends with the exp of a context that the application made without its token', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const scene = await createScene({ server: { accessToken: ACCEPTED_FOR_MINUTE } })
  const auth = await verifyAccessToken(await scene.issuer.token(), scene.resource)
  const { token: _, ...made } = { ...auth, expiresAt: START + 20 }
  const response = completeResponse(
    new Response(new ReadableStream()),
    new Request(RESOURCE),
    unchecked<AuthContext>(made),
    scene.resource,
  )
  let hasEnded = false
  const received = response.text().then(() => {
    hasEnded = true
  })
  await vi.advanceTimersByTimeAsync(19_999)
  expect(hasEnded).toBe(false)
  await vi.advanceTimersByTimeAsync(1)
  await received
})

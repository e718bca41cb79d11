/** Bodies that end with their token: see `test/conformance/trn-streams.test.ts` for streams. */

import { afterEach, expect, it, vi } from 'vitest'
import { RESOURCE } from '../support/issuer.ts'
import { createScene } from '../support/scene.ts'

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

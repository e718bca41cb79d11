/** SCO, ERR: bodies that arrive slowly, in small pieces or never. */

import { describe, expect, it, vi } from 'vitest'
import { RESOURCE } from '../support/issuer.ts'
import { BODY_TIMEOUT, callTool, expectPlainRejection, post, TOO_LARGE } from '../support/mcp.ts'
import { DELETE_AND_HELP } from '../support/operations-scene.ts'
import {
  bearer,
  createScene,
  expectAccepted,
  expectRejected,
  malformed,
  NO_CREDENTIALS,
} from '../support/scene.ts'

const INVALID = malformed('body_invalid')

/** A body that sends these chunks, and then stalls or repeats them. */
function endless(chunk: Uint8Array<ArrayBuffer>, everyMs?: number) {
  const state = { cancelled: false, chunks: 0 }
  let timer: ReturnType<typeof setInterval> | undefined
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start(controller) {
      controller.enqueue(chunk)
      if (everyMs === undefined) return
      timer = setInterval(() => {
        state.chunks += 1
        controller.enqueue(chunk)
      }, everyMs)
    },
    cancel() {
      clearInterval(timer)
      state.cancelled = true
    },
  })
  return {
    init: { method: 'POST', body, duplex: 'half' } as RequestInit,
    state,
    end: () => clearInterval(timer),
  }
}

describe('a body that never ends', () => {
  const ONE = new TextEncoder().encode('{')

  it.each([
    ['stops', ONE, undefined],
    ['drips', ONE, 1000],
    ['sends empty chunks', new Uint8Array(), 1000],
  ])(
    'TRN-15: that %s is a 408 after bodyTimeoutMs with a valid token',
    async (_, chunk, everyMs) => {
      vi.useFakeTimers()
      try {
        const scene = await createScene(DELETE_AND_HELP)
        const token = await bearer(scene)
        await expectAccepted(scene, scene.ask(token, post(callTool('list'))))
        const { init, end } = endless(chunk, everyMs)
        let settled = false
        const answer = scene.ask(token, init).finally(() => {
          settled = true
        })
        await vi.advanceTimersByTimeAsync(9_999)
        expect(settled).toBe(false)
        await vi.advanceTimersByTimeAsync(1)
        expect(settled).toBe(true)
        end()
        await expectPlainRejection(scene, answer, BODY_TIMEOUT)
        expect(vi.getTimerCount()).toBe(0)
      } finally {
        vi.useRealTimers()
      }
    },
  )

  it('TRN-15: is limited by bodyTimeoutMs', async () => {
    const scene = await createScene({ ...DELETE_AND_HELP, bodyTimeoutMs: 20 })
    const { init } = endless(ONE)
    await expectPlainRejection(scene, scene.ask(await bearer(scene), init), BODY_TIMEOUT)
  })

  it.each([
    ['no token', undefined, NO_CREDENTIALS],
    [
      'an invalid token',
      'Bearer garbage',
      { code: 'token_malformed', status: 401, error: 'invalid_token' },
    ],
  ] as const)(
    'TRN-15: is the plain 401 after a second with %s',
    async (_, authorization, expected) => {
      vi.useFakeTimers()
      try {
        for (const optional of [false, true]) {
          const scene = await createScene({ ...DELETE_AND_HELP, requirements: { optional } })
          const { init } = endless(ONE)
          let settled = false
          const answer = scene.ask(authorization, init).finally(() => {
            settled = true
          })
          await vi.advanceTimersByTimeAsync(999)
          expect(settled).toBe(false)
          await vi.advanceTimersByTimeAsync(1)
          expect(settled).toBe(true)
          await expectRejected(scene, answer, { ...expected, scope: 'read' })
          expect(vi.getTimerCount()).toBe(0)
        }
      } finally {
        vi.useRealTimers()
      }
    },
  )

  it('TRN-15: without a valid token is limited by bodyTimeoutMs, too', async () => {
    const scene = await createScene({ ...DELETE_AND_HELP, bodyTimeoutMs: 20 })
    const { init } = endless(ONE)
    await expectRejected(scene, scene.ask(undefined, init), { ...NO_CREDENTIALS, scope: 'read' })
  })

  it('TRN-15: is a 408 on a host without AbortController, too', async () => {
    const scene = await createScene({ ...DELETE_AND_HELP, bodyTimeoutMs: 20 })
    const token = await bearer(scene)
    await expectAccepted(scene, scene.ask(token, post(callTool('list'))))
    const { init } = endless(ONE)
    const request = new Request(RESOURCE, init)
    request.headers.set('Authorization', token)
    // The Request of this host creates one.
    const copy = request.clone()
    Object.assign(request, { clone: () => copy })
    vi.stubGlobal('AbortController', undefined)
    vi.stubGlobal('AbortSignal', undefined)
    try {
      await expectPlainRejection(scene, scene.send(request), BODY_TIMEOUT)
    } finally {
      vi.unstubAllGlobals()
    }
  })

  it('TRN-15: leaves no timer when it ends in time', async () => {
    const scene = await createScene(DELETE_AND_HELP)
    const token = await bearer(scene)
    await expectAccepted(scene, scene.ask(token, post(callTool('list'))))
    vi.useFakeTimers()
    try {
      await expectAccepted(scene, scene.ask(token, post(callTool('list'))))
      await expectRejected(scene, scene.ask(token, post('x')), INVALID)
      expect(vi.getTimerCount()).toBe(0)
    } finally {
      vi.useRealTimers()
    }
  })
})

describe('a body in small pieces', () => {
  const inPieces = (text: string): RequestInit => {
    const bytes = new TextEncoder().encode(text)
    let at = 0
    const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull(controller) {
        if (at === bytes.length) controller.close()
        else controller.enqueue(bytes.slice(at, ++at))
      },
    })
    return { method: 'POST', body, duplex: 'half' } as RequestInit
  }

  it('TRN-15: is read, and reaches the handler unchanged', async () => {
    const text = JSON.stringify(callTool('list')).padEnd(10_000)
    const bodies: string[] = []
    const scene = await createScene({
      ...DELETE_AND_HELP,
      handler: async (request) => {
        bodies.push(await request.text())
        return new Response('done')
      },
    })
    await expectAccepted(scene, scene.ask(await bearer(scene), inPieces(text)))
    expect(bodies).toEqual([text])
  })

  it('TRN-15: is too large as soon as the pieces need more memory than the limit', async () => {
    const text = JSON.stringify(callTool('list'))
    const scene = await createScene({ ...DELETE_AND_HELP, maxBodyBytes: 1_048_576 })
    const good = await bearer(scene)
    await expectAccepted(scene, scene.ask(good, inPieces(text.padEnd(4096))))
    await expectPlainRejection(scene, scene.ask(good, inPieces(text.padEnd(4097))), TOO_LARGE)
    const plain = { ...NO_CREDENTIALS, scope: 'read' }
    await expectRejected(scene, scene.ask(undefined, inPieces(text.padEnd(4096))), plain)
  })

  it('TRN-15: is too large if the pieces are empty and endless', async () => {
    const scene = await createScene(DELETE_AND_HELP)
    const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull: (controller) => controller.enqueue(new Uint8Array()),
    })
    const init = { method: 'POST', body, duplex: 'half' } as RequestInit
    await expectPlainRejection(scene, scene.ask(await bearer(scene), init), TOO_LARGE)
  })
})

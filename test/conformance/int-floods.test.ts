/** INT-17: floods of invalid tokens beside a session with a valid one. */

import { describe, expect, it, vi } from 'vitest'
import {
  activeAnswer,
  createOpaqueScene,
  type OpaqueOptions,
  type OpaqueScene,
  TOKEN,
} from '../support/introspection.ts'
import { expectAccepted, expectFault, expectRejected, invalidToken } from '../support/scene.ts'

type Answer = () => Response | Promise<Response>

const SECONDS = 30
const INVENTED_A_SECOND = 10

const json = (status: number, body: unknown) => () => Response.json(body, { status })
const empty = (status: number) => () => new Response(null, { status })
const hang = () => new Promise<never>(() => {})

/** Responses of deployed servers for a token they did not issue, and the status for the client. */
const KINDS: Record<string, { answer: Answer; status: 401 | 503 }> = {
  'a 200 with active false': { answer: json(200, { active: false }), status: 401 },
  'a 401 with active false (MCP SDK)': { answer: json(401, { active: false }), status: 401 },
  'a 400 without a body (Glewlwyd)': { answer: empty(400), status: 401 },
  'a 401, invalid_client': { answer: json(401, { error: 'invalid_client' }), status: 503 },
  'a 403': { answer: empty(403), status: 503 },
  'a 404': { answer: empty(404), status: 503 },
  'a 500 (better-auth)': { answer: empty(500), status: 503 },
  'a 502 in HTML': {
    answer: () => new Response('<html>', { status: 502, headers: { 'Content-Type': 'text/html' } }),
    status: 503,
  },
  'a 429': { answer: empty(429), status: 503 },
  'a 503': { answer: empty(503), status: 503 },
  'no connection': { answer: () => Promise.reject(new TypeError('fetch failed')), status: 503 },
  'no response': { answer: hang, status: 503 },
}

/** A scene whose server sends this response for every token but the valid one. */
async function floodedScene(answer: Answer, options: OpaqueOptions = {}): Promise<OpaqueScene> {
  const scene = await createOpaqueScene({ server: { timeoutMs: 20 }, ...options })
  scene.respond(({ form }) => (form.get('token') === TOKEN ? activeAnswer() : answer()))
  return scene
}

/** The statuses in one second: of the valid token, and of ten invalid ones before and after it. */
async function second(scene: OpaqueScene, count: number): Promise<[number, number[]]> {
  const present = (index: number) => scene.present(`invented-MARKER-${count}-${index}`)
  const half = INVENTED_A_SECOND / 2
  const before = Array.from({ length: half }, (_, index) => present(index))
  const good = scene.present()
  const after = Array.from({ length: half }, (_, index) => present(half + index))
  const invented = await Promise.all([...before, ...after])
  for (const response of invented) {
    expect(response.headers.has('WWW-Authenticate')).toBe(response.status === 401)
    expect(response.headers.has('Retry-After')).toBe(response.status === 503)
  }
  return [(await good).status, invented.map(({ status }) => status)]
}

describe('ten invalid tokens a second', () => {
  for (const [what, { answer, status }] of Object.entries(KINDS)) {
    it(`INT-17: with ${what} for each, the valid token gets 200 every second`, async () => {
      const scene = await floodedScene(answer)
      await expectAccepted(scene, scene.present())
      const good: number[] = []
      const invented: number[] = []
      for (let count = 0; count < SECONDS; count++) {
        const [one, many] = await second(scene, count)
        good.push(one)
        invented.push(...many)
        scene.clock.advance(1)
      }
      expect(good).toEqual(Array.from({ length: SECONDS }, () => 200))
      expect(new Set(invented)).toEqual(new Set([status]))
      expect(scene.runs).toHaveLength(1 + SECONDS)
      expect(JSON.stringify(scene.events)).not.toContain('MARKER')
    })

    it(`INT-17: after ${what} for 30 in a row, the next gets ${status}`, async () => {
      const scene = await floodedScene(answer)
      await expectAccepted(scene, scene.present())
      for (let count = 0; count < 30; count++) {
        const invented = scene.present(`invented-${count}`)
        if (status === 401) await expectRejected(scene, invented, invalidToken('token_inactive'))
        else await expectFault(scene, invented, 'unavailable')
      }
      await expectAccepted(scene, scene.present())
    })
  }

  const RESPONSES = Object.keys(KINDS).filter((what) => !/429|a 503|no /.test(what))
  it.each(RESPONSES)('INT-17: %s does not affect a valid token that comes later', async (what) => {
    const scene = await floodedScene(KINDS[what]?.answer ?? hang)
    for (let count = 0; count < 30; count++) await scene.present(`invented-${count}`)
    await expectAccepted(scene, scene.present())
  })
})

describe('an unreachable server', () => {
  it('INT-17: unknown tokens get 503 at once, a known valid one is still introspected', async () => {
    const scene = await floodedScene(empty(503))
    await expectAccepted(scene, scene.present())
    for (let count = 0; count < 5; count++) await scene.present(`invented-${count}`)
    const before = scene.asked.length
    const response = await expectFault(scene, scene.present('unknown'), 'unavailable')
    expect(response.headers.get('Retry-After')).toBe('1')
    expect(scene.asked).toHaveLength(before)
    scene.respond(empty(503))
    for (let count = 0; count < 9; count++) await expectFault(scene, scene.present(), 'unavailable')
    expect(scene.asked).toHaveLength(before + 9)
    scene.respond(() => activeAnswer())
    await expectAccepted(scene, scene.present())
  })

  it('INT-17: a valid token is not accepted without a call, except within cacheSeconds', async () => {
    for (const [cacheSeconds, status] of [
      [0, 503],
      [60, 200],
    ] as const) {
      const scene = await floodedScene(empty(503), { introspection: { cacheSeconds } })
      await expectAccepted(scene, scene.present())
      scene.respond(empty(503))
      expect((await scene.present()).status).toBe(status)
    }
  })

  it('INT-17: 128 hanging calls leave 128 calls for tokens that were accepted recently', async () => {
    const scene = await createOpaqueScene({ server: { timeoutMs: 60_000 } })
    await expectAccepted(scene, scene.present())
    const { promise, resolve } = Promise.withResolvers<unknown>()
    scene.respond(() => promise)
    const presentAll = (tokenOf: (index: number) => string) =>
      Array.from({ length: 128 }, (_, index) => scene.present(tokenOf(index)))
    const unknown = presentAll((index) => `unknown-${index}`)
    await vi.waitFor(() => expect(scene.asked).toHaveLength(1 + 128))
    await expectFault(scene, scene.present('one-more'), 'unavailable')
    expect(scene.asked).toHaveLength(1 + 128)
    const good = presentAll(() => TOKEN)
    await vi.waitFor(() => expect(scene.asked).toHaveLength(1 + 128 + 128))
    await expectFault(scene, scene.present(), 'unavailable')
    expect(scene.asked).toHaveLength(1 + 128 + 128)
    resolve(activeAnswer())
    const statuses = (await Promise.all([...unknown, ...good])).map(({ status }) => status)
    expect(new Set(statuses)).toEqual(new Set([200]))
  })

  it('INT-17: 10,000 accepted tokens stay known during a flood of others', async () => {
    const scene = await createOpaqueScene()
    scene.respond(({ form }) =>
      form.get('token')?.startsWith('good') ? activeAnswer() : new Response(null, { status: 503 }),
    )
    for (let count = 0; count <= 10_000; count++) await scene.present(`good-${count}`)
    for (let count = 0; count < 20; count++) await scene.present(`invented-${count}`)
    const isAsked = async (token: string) => {
      const before = scene.asked.length
      await scene.present(token)
      return scene.asked.length > before
    }
    expect(await isAsked('good-0')).toBe(false)
    expect(await isAsked('good-1')).toBe(true)
  })
})

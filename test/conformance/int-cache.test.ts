/** INT: the cache of introspection responses, and the circuit breaker of the endpoint. */

import { describe, expect, it } from 'vitest'
import { type IntrospectionOptions, protectedResource, verifyAccessToken } from '../../src/index.ts'
import { START } from '../support/clock.ts'
import {
  activeAnswer,
  createFixedScene,
  createOpaqueScene,
  ENDPOINT,
  TOKEN,
} from '../support/introspection.ts'
import { ISSUER } from '../support/issuer.ts'
import { expectAccepted, expectFault, expectRejected, invalidToken } from '../support/scene.ts'

describe('the cache', () => {
  it('INT-12: without cacheSeconds every request is introspected', async () => {
    const scene = await createOpaqueScene()
    await Promise.all([1, 2, 3].map(() => scene.present()))
    await expectAccepted(scene, scene.present())
    expect(scene.asked).toHaveLength(4)
  })

  it('INT-12: a response is used for cacheSeconds, and checked each time', async () => {
    const scene = await createOpaqueScene({ introspection: { cacheSeconds: 60 } })
    await expectAccepted(scene, scene.present())
    scene.clock.advance(59)
    const auth = await expectAccepted(scene, scene.present())
    expect(scene.asked).toHaveLength(1)
    expect(auth.claims).toMatchObject({ sub: 'user-1' })
    scene.clock.advance(1)
    await expectAccepted(scene, scene.present())
    expect(scene.asked).toHaveLength(2)
  })

  it('INT-12: a response is not used after exp', async () => {
    const scene = await createFixedScene(activeAnswer({ exp: START + 5 }), {
      introspection: { cacheSeconds: 60 },
    })
    await expectAccepted(scene, scene.present())
    scene.clock.advance(4.9)
    await expectAccepted(scene, scene.present())
    expect(scene.asked).toHaveLength(1)
    scene.clock.advance(0.1)
    scene.respond(() => ({ active: false }))
    await expectRejected(scene, scene.present(), invalidToken('token_inactive'))
    expect(scene.asked).toHaveLength(2)
  })

  it('INT-12: revocation takes effect at once, or after cacheSeconds', async () => {
    const uncached = await createOpaqueScene()
    const cached = await createOpaqueScene({ introspection: { cacheSeconds: 20 } })
    for (const scene of [uncached, cached]) {
      await expectAccepted(scene, scene.present())
      scene.respond(() => ({ active: false }))
    }
    await expectRejected(uncached, uncached.present(), invalidToken('token_inactive'))
    await expectAccepted(cached, cached.present())
    cached.clock.advance(20)
    await expectRejected(cached, cached.present(), invalidToken('token_inactive'))
  })

  it('INT-12: an inactive token is cached for 5 s at most', async () => {
    const scene = await createFixedScene({ active: false }, { introspection: { cacheSeconds: 60 } })
    for (const _ of [1, 2, 3]) {
      await expectRejected(scene, scene.present(), invalidToken('token_inactive'))
    }
    expect(scene.asked).toHaveLength(1)
    scene.respond(() => activeAnswer())
    scene.clock.advance(5)
    await expectAccepted(scene, scene.present())
    expect(scene.asked).toHaveLength(2)
  })

  it('INT-12: a response without a boolean active is not cached', async () => {
    const scene = await createFixedScene(activeAnswer({ active: 'true' }), {
      introspection: { cacheSeconds: 60 },
    })
    await expectRejected(scene, scene.present(), invalidToken('token_inactive'))
    scene.respond(() => activeAnswer())
    await expectAccepted(scene, scene.present())
  })

  it('INT-12: an outage is not cached', async () => {
    const scene = await createOpaqueScene({ introspection: { cacheSeconds: 60 } })
    scene.respond(() => new Response('oh', { status: 500 }))
    await expectFault(scene, scene.present(), 'unavailable')
    scene.respond(() => activeAnswer())
    scene.clock.advance(5)
    await expectAccepted(scene, scene.present())
    expect(scene.asked).toHaveLength(2)
  })

  it('INT-12: with a cache, concurrent requests with one token share a call', async () => {
    const scene = await createOpaqueScene({ introspection: { cacheSeconds: 60 } })
    const responses = await Promise.all([1, 2, 3, 4].map(() => scene.present()))
    expect(responses.map(({ status }) => status)).toEqual([200, 200, 200, 200])
    await expectAccepted(scene, scene.present('another'))
    expect(scene.asked).toHaveLength(2)
  })

  it('INT-13: events, messages, headers and bodies contain no token, secret or claim', async () => {
    const answers: (() => unknown)[] = [
      () => activeAnswer({ sub: 'claim-MARKER' }),
      () => ({ active: false }),
      () => activeAnswer({ iss: 'https://other.example', jti: 'MARKER' }),
      () => activeAnswer({ token_type: 'MARKER' }),
      () => activeAnswer({ exp: 'MARKER' }),
      () => new Response('MARKER', { status: 500 }),
      () => new Response('MARKER', { headers: { 'Content-Type': 'application/json' } }),
      () => Promise.reject(new Error('MARKER')),
    ]
    for (const cacheSeconds of [0, 60]) {
      const scene = await createOpaqueScene({ introspection: { cacheSeconds } })
      for (const [index, answer] of answers.entries()) {
        scene.respond(answer)
        const response = await scene.present(`${TOKEN}${index}`)
        const said = [...response.headers].flat().join('\n') + (await response.text())
        expect(said).not.toMatch(/MARKER/i)
      }
      expect(JSON.stringify(scene.events)).not.toMatch(/MARKER/i)
      expect(JSON.stringify(scene.resource)).not.toMatch(/MARKER/i)
    }
  })
})

describe('the circuit breaker', () => {
  const ERROR = () => new Response('oh', { status: 503 })

  it('INT-06: opens after five failures in a row, for a second', async () => {
    const scene = await createOpaqueScene()
    scene.respond(ERROR)
    for (const _ of [1, 2, 3, 4, 5, 6, 7]) await expectFault(scene, scene.present(), 'unavailable')
    expect(scene.asked).toHaveLength(5)
    const response = await expectFault(scene, scene.present(), 'unavailable')
    expect(response.headers.get('Retry-After')).toBe('1')
    scene.clock.advance(1)
    scene.respond(() => activeAnswer())
    await expectAccepted(scene, scene.present())
    await Promise.all([scene.present(), scene.present()])
    expect(scene.asked).toHaveLength(8)
  })

  it('INT-06: probes with one call', async () => {
    const scene = await createOpaqueScene()
    scene.respond(ERROR)
    for (const _ of [1, 2, 3, 4, 5]) await expectFault(scene, scene.present(), 'unavailable')
    scene.clock.advance(1)
    const statuses = await Promise.all([1, 2, 3].map(() => scene.present()))
    expect(statuses.map(({ status }) => status)).toEqual([503, 503, 503])
    expect(scene.asked).toHaveLength(6)
  })

  it.each([429, 503])('INT-06: counts status %i as a failure', async (status) => {
    const scene = await createOpaqueScene()
    scene.respond(() => Response.json({ error: 'invalid_client' }, { status }))
    for (const _ of [1, 2, 3, 4, 5, 6]) await expectFault(scene, scene.present(), 'unavailable')
    expect(scene.asked).toHaveLength(5)
  })

  it('INT-06: allows 128 concurrent calls; the next is a 503 at once', async () => {
    const scene = await createOpaqueScene()
    let release: (answer: unknown) => void = () => {}
    const answer = new Promise((resolve) => {
      release = resolve
    })
    scene.respond(() => answer)
    const waiting = Array.from({ length: 128 }, (_, index) => scene.present(`token-${index}`))
    const rejection = await expectFault(scene, scene.present('one-too-many'), 'unavailable')
    expect(rejection.headers.get('Retry-After')).toBe('1')
    expect(scene.asked).toHaveLength(128)
    release(activeAnswer())
    const statuses = new Set((await Promise.all(waiting)).map(({ status }) => status))
    expect([...statuses]).toEqual([200])
  })

  it('INT-06: is shared by resources with the same server options', async () => {
    const asked: string[] = []
    const server = {
      issuer: ISSUER,
      accessToken: introspection({ endpoint: ENDPOINT }),
      fetch: async (url: string) => {
        asked.push(url)
        return ERROR()
      },
    }
    const now = () => START
    const resources = ['https://a.example/mcp', 'https://b.example/mcp'].map((resource) =>
      protectedResource({ resource, authorizationServers: [server], now }),
    )
    for (const resource of [...resources, ...resources, ...resources, ...resources]) {
      await expect(verifyAccessToken(TOKEN, resource)).rejects.toMatchObject({
        code: 'unavailable',
        status: 503,
      })
    }
    expect(asked).toHaveLength(5)
  })
})

function introspection(changes: Partial<IntrospectionOptions> = {}): IntrospectionOptions {
  return { kind: 'introspection', clientId: 'rs', clientSecret: 's', ...changes }
}

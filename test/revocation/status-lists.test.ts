import { describe, expect, it } from 'vitest'
import { ISSUER } from '../support/issuer.ts'
import {
  createScene,
  expectAccepted,
  expectFault,
  expectRejected,
  invalidToken,
  present,
  type Scene,
  type SceneOptions,
} from '../support/scene.ts'
import { LIST, publish, statusAt } from '../support/status-list.ts'

const REVOKED = invalidToken('token_revoked')

function setUp(options: SceneOptions = {}): Promise<Scene> {
  return createScene({ revocation: { statusList: true, timeoutMs: 60_000 }, ...options })
}

function askAt(scene: Scene, idx: number, uri: string = LIST): Promise<Response> {
  return present(scene, statusAt(idx, uri))
}

function requestsOf({ issuer }: Scene, uri: string = LIST): number {
  return issuer.requests.filter((url) => url === uri).length
}

describe('a status list', () => {
  it('is fetched again for an index beyond its end after 15 seconds, and not before', async () => {
    const scene = await setUp()
    await publish(scene.issuer, Array(8).fill(0))
    await expectRejected(scene, askAt(scene, 8), REVOKED)
    await publish(scene.issuer, Array(16).fill(0))
    scene.clock.advance(14.5)
    await expectRejected(scene, askAt(scene, 8), REVOKED)
    expect(requestsOf(scene)).toBe(1)
    scene.clock.advance(0.5)
    await expectAccepted(scene, askAt(scene, 8))
    expect(requestsOf(scene)).toBe(2)
  })

  it('is not fetched again for a negative index, and is for the first one of an empty list', async () => {
    const scene = await setUp()
    await publish(scene.issuer, [])
    await expectRejected(scene, askAt(scene, -1), REVOKED)
    scene.clock.advance(20)
    await publish(scene.issuer, Array(8).fill(0))
    await expectRejected(scene, askAt(scene, -1), REVOKED)
    expect(requestsOf(scene)).toBe(1)
    await expectAccepted(scene, askAt(scene, 0))
    expect(requestsOf(scene)).toBe(2)
  })

  it('decides about an index that it did not have before', async () => {
    const scene = await setUp()
    await publish(scene.issuer, Array(8).fill(0))
    await expectAccepted(scene, askAt(scene, 0))
    scene.clock.advance(20)
    await publish(scene.issuer, [...Array(8).fill(0), 1, 0])
    await expectRejected(scene, askAt(scene, 8), REVOKED)
    await expectAccepted(scene, askAt(scene, 9))
    expect(requestsOf(scene)).toBe(2)
    const fetched = { type: 'document', issuer: ISSUER, url: LIST, outcome: 'fetched' }
    const ofList = scene.events.filter((event) => event.type === 'document' && event.url === LIST)
    expect(ofList).toEqual([fetched, fetched])
  })

  it('that cannot be fetched again for an index beyond its end is a 503', async () => {
    const scene = await setUp()
    await publish(scene.issuer, Array(8).fill(0))
    await expectAccepted(scene, askAt(scene, 0))
    scene.clock.advance(20)
    scene.issuer.respondAt(LIST, () => new Response('', { status: 500 }))
    await expectFault(scene, askAt(scene, 8), 'unavailable')
    await expectAccepted(scene, askAt(scene, 0))
  })

  it('is fetched without TLS only where the resource allows that', async () => {
    const uri = 'http://lists.example/1'
    for (const dangerouslyAllowHttp of [true, false]) {
      const scene = await setUp({ dangerouslyAllowHttp })
      await publish(scene.issuer, [0], {}, uri)
      const asking = askAt(scene, 0, uri)
      if (dangerouslyAllowHttp) await expectAccepted(scene, asking)
      else await expectRejected(scene, asking, invalidToken('token_claims'))
      expect(requestsOf(scene, uri)).toBe(dangerouslyAllowHttp ? 1 : 0)
    }
  })

  it('is not used beyond its time, whatever staleIfErrorSeconds is', async () => {
    const scene = await setUp({ staleIfErrorSeconds: 3600 })
    await publish(scene.issuer, [0])
    await expectAccepted(scene, askAt(scene, 0))
    scene.issuer.respondAt(LIST, () => new Response('', { status: 500 }))
    scene.clock.advance(300)
    await expectFault(scene, askAt(scene, 0), 'unavailable')
  })
})

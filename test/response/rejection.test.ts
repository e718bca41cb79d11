/** Rejections that are built once and sent to many requests: none contains a fact of another request. */

import { describe, expect, it } from 'vitest'
import { authenticate } from '../../src/index.ts'
import { METADATA_URL, RESOURCE } from '../support/issuer.ts'
import { bearerChallenge } from '../support/rejection.ts'
import { createScene, type Scene } from '../support/scene.ts'

interface Ask {
  readonly headers: Record<string, string>
  readonly scopes?: readonly string[]
}

const ASKS: Readonly<Record<string, Ask>> = {
  nothing: { headers: {} },
  'nothing, from its own origin': { headers: { Origin: 'https://rs.example' } },
  'nothing, where more is needed': { headers: {}, scopes: ['write'] },
  'a malformed Bearer': { headers: { Authorization: 'Bearer a b' } },
  'a malformed DPoP': { headers: { Authorization: 'DPoP a b' } },
  garbage: { headers: { Authorization: 'Bearer garbage' } },
}

describe('a rejection', () => {
  it('is the same whatever was rejected before it', async () => {
    const answers = await Promise.all(
      Object.values(ASKS).map(async (ask) => tell(await createScene(READ), ask)),
    )
    for (const order of [Object.values(ASKS), Object.values(ASKS).reverse()]) {
      const scene = await createScene(READ)
      for (const ask of [...order, ...order]) {
        expect(await tell(scene, ask)).toEqual(answers[Object.values(ASKS).indexOf(ask)])
      }
    }
  })

  it('has the whole challenge each time', async () => {
    const scene = await createScene(READ)
    for (let time = 0; time < 3; time++) {
      expect(await challenge(scene, ASKS['nothing'])).toBe(
        bearerChallenge(undefined, 'read', METADATA_URL),
      )
      expect(await challenge(scene, ASKS['nothing, where more is needed'])).toBe(
        bearerChallenge(undefined, 'read write', METADATA_URL),
      )
      expect(await challenge(scene, ASKS['a malformed DPoP'])).toBe(
        bearerChallenge('invalid_request', undefined, METADATA_URL),
      )
    }
  })

  it('is a response of its own: changing one changes no other', async () => {
    const scene = await createScene(READ)
    const first = await authenticate(new Request(RESOURCE), scene.resource)
    if (first.ok) throw new Error('accepted')
    first.headers.set('WWW-Authenticate', 'changed')
    expect(await challenge(scene, ASKS['nothing'])).toBe(
      bearerChallenge(undefined, 'read', METADATA_URL),
    )
  })
})

const READ = { requiredScopes: ['read'] }

async function tell({ resource }: Scene, { headers, scopes }: Ask): Promise<unknown> {
  const needs = scopes === undefined ? {} : { scopes }
  const answer = await authenticate(new Request(RESOURCE, { headers }), resource, needs)
  if (answer.ok) throw new Error('accepted')
  return {
    status: answer.status,
    headers: Object.fromEntries(answer.headers),
    body: await answer.text(),
  }
}

async function challenge(scene: Scene, ask: Ask | undefined): Promise<unknown> {
  const { headers } = (await tell(scene, ask ?? { headers: {} })) as {
    headers: Record<string, string>
  }
  return headers['www-authenticate']
}

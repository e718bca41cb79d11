/** For any remote document: nothing throws, nothing is a 500, and no invalid token is accepted. */

import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { authenticate } from '../../src/index.ts'
import { START } from '../support/clock.ts'
import {
  BOUNDS,
  type Change,
  changed,
  changesOf,
  isSound,
  oddJson,
  SEED,
  spoiled,
  TIMEOUT,
} from '../support/fuzz.ts'
import { activeAnswer, createOpaqueScene, TOKEN } from '../support/introspection.ts'
import { createIssuer, createKey, RESOURCE, type TestIssuer } from '../support/issuer.ts'
import { createScene } from '../support/scene.ts'

const REJECTED = [401, 503]

let issuer: TestIssuer
let forged: string
let good: string

beforeAll(async () => {
  issuer = await createIssuer()
  forged = await issuer.token({}, { key: await createKey('k1') })
  good = await issuer.token()
})

/** Headers of a document: known wrong ones of servers, and others; `undefined`: the correct ones. */
const wrapping = fc.option(
  fc.record({
    status: fc.constantFrom(200, 200, 201, 301, 302, 404, 500),
    type: fc.constantFrom('application/json', 'application/jwk-set+json', 'text/html', ''),
    freshness: fc.constantFrom('', 'max-age=60', 'max-age=-1', 'no-store', 'max-age="1', ',,='),
    fault: fc.constantFrom('none', 'none', 'throws', 'breaks off'),
  }),
  { nil: undefined, freq: 1 },
)
type Wrapping = typeof wrapping extends fc.Arbitrary<infer Value> ? Value : never

function wrap(text: string, wrapped: Wrapping): Response {
  if (wrapped === undefined) {
    return new Response(text, { headers: { 'Content-Type': 'application/json' } })
  }
  const { status, type, freshness, fault } = wrapped
  if (fault === 'throws') throw new TypeError('fetch failed')
  const headers = {
    'Content-Type': type,
    'Cache-Control': freshness,
    Location: 'https://x.example',
  }
  if (fault === 'none') return new Response(text, { status, headers })
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(new TextEncoder().encode(text.slice(0, 20)))
      controller.error(new Error('connection lost'))
    },
  })
  return new Response(stream, { status, headers })
}

/** A document with changed members or corrupted text, or another document. */
function versionsOf(document: object, names: readonly string[]): fc.Arbitrary<string> {
  const members = document as Record<string, unknown>
  return fc.oneof(
    fc.constant(JSON.stringify(members)),
    changesOf(names).map((changes: Change[]) => changed(members, changes)),
    spoiled(JSON.stringify(members), '{}[]",:0a\\'),
    oddJson,
  )
}

async function present(token: string, resource: Parameters<typeof authenticate>[1]) {
  const headers = { Authorization: `Bearer ${token}` }
  return authenticate(new Request(RESOURCE, { method: 'POST', headers }), resource)
}

describe(`authenticate(), seed ${SEED}`, { timeout: TIMEOUT }, () => {
  it('handles any metadata and key set, and accepts no forged token', async () => {
    const seen = { passed: 0, rejected: 0 }
    const key = issuer.jwks.keys[0] as Record<string, unknown>
    const metadataText = versionsOf(issuer.metadata, ['issuer', 'jwks_uri', '__proto__'])
    const keyText = versionsOf(key, ['kty', 'crv', 'x', 'y', 'kid', 'alg', 'use', 'key_ops', 'k'])
    const keysText = fc.oneof(
      keyText.map((text) => `{"keys":[${text}]}`),
      keyText.map((text) => `{"keys":[${text},${JSON.stringify(key)}]}`),
      versionsOf(issuer.jwks, ['keys']),
    )
    const property = fc.asyncProperty(
      fc.tuple(metadataText, wrapping),
      fc.tuple(keysText, wrapping),
      fc.boolean(),
      async (metadata, keys, isForged) => {
        const { resource } = await createScene({
          issuer,
          fetch: async (url) => wrap(...(url.endsWith('/jwks') ? keys : metadata)),
        })
        const outcome = await present(isForged ? forged : good, resource)
        const passed = isSound(outcome, REJECTED)
        seen[passed ? 'passed' : 'rejected']++
        if (passed) expect(isForged).toBe(false)
      },
    )
    await fc.assert(property, BOUNDS)
    expect(seen.passed).toBeGreaterThan(5)
    expect(seen.rejected).toBeGreaterThan(50)
  })

  it('handles any introspection response, and accepts only an active token', async () => {
    const seen = { passed: 0, rejected: 0 }
    const answers = versionsOf(activeAnswer(), [
      ...['active', 'iss', 'aud', 'exp', 'nbf', 'token_type', 'cnf', 'scope', 'sub', '__proto__'],
    ])
    const property = fc.asyncProperty(answers, wrapping, async (text, wrapped) => {
      const scene = await createOpaqueScene({ issuer })
      scene.respond(() => wrap(text, wrapped))
      const passed = isSound(await present(TOKEN, scene.resource), REJECTED)
      seen[passed ? 'passed' : 'rejected']++
      if (!passed) return
      const { active, aud, exp, cnf } = JSON.parse(text)
      expect(active).toBe(true)
      expect([aud].flat()).toContain(RESOURCE)
      expect(exp).toBeGreaterThan(START - 31)
      expect(cnf).toBeUndefined()
    })
    await fc.assert(property, BOUNDS)
    expect(seen.passed).toBeGreaterThan(5)
    expect(seen.rejected).toBeGreaterThan(50)
  })
})

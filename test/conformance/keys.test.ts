/** Key rotation, and floods of tokens with unknown keys. */

import { describe, expect, it, vi } from 'vitest'
import { START } from '../support/clock.ts'
import { createIssuer, createKey, ISSUER, METADATA_URL } from '../support/issuer.ts'
import { expectRejection } from '../support/rejection.ts'
import { expectPass, setUp, type TestSetup } from '../support/setup-resource.ts'

const KEYS = `${ISSUER}/jwks`

const LONG = { exp: START + 100_000 }
const INVALID = { status: 401, error: 'invalid_token', resourceMetadata: METADATA_URL }

describe('key rotation', () => {
  it('JWK-08: the first token of a rotated key is accepted after one fetch', async () => {
    const setup = await setUp()
    await expectPass(setup, await setup.issuer.token(LONG))
    setup.clock.advance(20)
    const key = await rotate(setup, 'k2')
    await expectPass(setup, await setup.issuer.token(LONG, { key }))
    expect(fetchesOf(setup, KEYS)).toBe(2)
  })

  it('JWK-08: a rotation 1.3 seconds after a good fetch is accepted after one more', async () => {
    const setup = await setUp()
    await expectPass(setup, await setup.issuer.token(LONG))
    setup.clock.advance(1.3)
    const key = await rotate(setup, 'k2')
    await expectPass(setup, await setup.issuer.token(LONG, { key }))
    expect(fetchesOf(setup, KEYS)).toBe(2)
  })

  it('JWK-08: a rotation in the clock tick of a good fetch is accepted after one more', async () => {
    const setup = await setUp()
    await expectPass(setup, await setup.issuer.token(LONG))
    const key = await rotate(setup, 'k2')
    await expectPass(setup, await setup.issuer.token(LONG, { key }))
    expect(fetchesOf(setup, KEYS)).toBe(2)
  })

  it('JWK-08: without budget an unknown key is a 401 for five seconds after a fetch, then a 503', async () => {
    const setup = await setUp()
    await expectPass(setup, await setup.issuer.token(LONG))
    const [invented] = await inventedTokens(setup, 1)
    for (const _ of [1, 2]) {
      setup.clock.advance(0.5)
      await expectRejection(await setup.send(invented), INVALID)
    }
    const key = await rotate(setup, 'k2')
    const rotated = await setup.issuer.token(LONG, { key })
    setup.clock.advance(5)
    await expectRejection(await setup.send(rotated), INVALID)
    setup.clock.advance(0.5)
    const calls = setup.calls()
    const response = await setup.send(rotated)
    expect(response.status).toBe(503)
    expect(response.headers.get('WWW-Authenticate')).toBeNull()
    expect(response.headers.get('Retry-After')).toBe('9')
    expect(setup.calls()).toBe(calls)
    expect(setup.events.filter(isUndecided)).toHaveLength(1)
    expect(fetchesOf(setup, KEYS)).toBe(3)
    setup.clock.advance(9)
    await expectPass(setup, rotated)
  })

  it('JWK-08: a new key with the kid of the old one is accepted after one fetch', async () => {
    const setup = await setUp()
    const old = await setup.issuer.token(LONG)
    await expectPass(setup, old)
    setup.clock.advance(1.3)
    const key = await createKey('k1')
    setup.issuer.jwks.keys.splice(0, 1, key.jwk)
    await expectPass(setup, await setup.issuer.token(LONG, { key }))
    expect(fetchesOf(setup, KEYS)).toBe(2)
    await expectRejection(await setup.send(old), INVALID)
  })

  it('JWK-08: so is one whose set another request fetches while the signature is being verified', async () => {
    // Not ES256, which is verified at once on some runtimes.
    const first = await createKey('k1', 'ES384')
    const setup = await setUp({ issuer: await createIssuer(undefined, first) })
    await expectPass(setup, await setup.issuer.token(LONG))
    setup.clock.advance(20)
    const key = await createKey('k1', 'ES384')
    setup.issuer.jwks.keys.push(key.jwk)
    const [invented] = await inventedTokens(setup, 1)
    const token = await setup.issuer.token(LONG, { key })
    const verify = crypto.subtle.verify.bind(crypto.subtle)
    const spy = vi.spyOn(crypto.subtle, 'verify').mockImplementationOnce(async (...given) => {
      await expectRejection(await setup.send(invented), INVALID)
      return verify(...given)
    })
    try {
      await expectPass(setup, token)
      // The old key, the copy of the other request, and the test whether the new key can be used.
      expect(spy).toHaveBeenCalledTimes(3)
    } finally {
      spy.mockRestore()
    }
    expect(fetchesOf(setup, KEYS)).toBe(2)
  })

  it('JWK-07: a token without kid is accepted whichever of forty keys signed it', async () => {
    const setup = await setUp()
    const keys = await Promise.all(Array.from({ length: 40 }, (_, index) => createKey(`n${index}`)))
    setup.issuer.jwks.keys.splice(0, 1, ...keys.map(({ jwk }) => jwk))
    for (const key of [keys[0], keys[17], keys[39]]) {
      const options = { header: { kid: undefined }, ...(key === undefined ? {} : { key }) }
      await expectPass(setup, await setup.issuer.token(LONG, options))
    }
    expect(fetchesOf(setup, KEYS)).toBe(1)
  })

  it('JWK-08: a new key of another type with the kid of the old one is accepted too', async () => {
    const setup = await setUp()
    await expectPass(setup, await setup.issuer.token(LONG))
    setup.clock.advance(1.3)
    const key = await createKey('k1', 'EdDSA')
    setup.issuer.jwks.keys.splice(0, 1, key.jwk)
    await expectPass(setup, await setup.issuer.token(LONG, { key }))
    expect(fetchesOf(setup, KEYS)).toBe(2)
  })

  it('JWK-08: forged signatures with a known kid use the budget and are always 401', async () => {
    const setup = await setUp({ options: { tokenCache: false } })
    const good = await setup.issuer.token(LONG)
    await expectPass(setup, good)
    setup.clock.advance(20)
    const stranger = await createKey('k1')
    const forged = await setup.issuer.token(LONG, { key: stranger })
    for (let second = 0; second < 60; second++) {
      setup.clock.advance(1)
      for (let count = 0; count < 10; count++) {
        await expectRejection(await setup.send(forged), INVALID)
      }
      await expectPass(setup, good)
    }
    // Two at once and one more every fifteen seconds: the one at the beginning, 2 and 60 / 15.
    expect(fetchesOf(setup, KEYS)).toBeLessThanOrEqual(7)
    expect(fetchesOf(setup, KEYS)).toBeGreaterThan(4)
  })

  it('JWK-08: a segment that cannot be a signature causes no fetch', async () => {
    const setup = await setUp()
    const good = await setup.issuer.token(LONG)
    await expectPass(setup, good)
    setup.clock.advance(20)
    for (const token of [`${good.slice(0, good.lastIndexOf('.'))}.AAAA`, `${good}AAAA`]) {
      await expectRejection(await setup.send(token), INVALID)
    }
    expect(fetchesOf(setup, KEYS)).toBe(1)
  })

  it('JWK-08: a forged signature during an outage is not decided and does not affect other tokens', async () => {
    const setup = await setUp({ options: { tokenCache: false } })
    const good = await setup.issuer.token(LONG)
    await expectPass(setup, good)
    setup.clock.advance(20)
    setup.issuer.respondAt(KEYS, () => new Response('', { status: 500 }))
    const forged = await setup.issuer.token(LONG, { key: await createKey('k1') })
    const response = await setup.send(forged)
    expect(response.status).toBe(503)
    expect(Number(response.headers.get('Retry-After'))).toBeLessThanOrEqual(15)
    await expectPass(setup, good)
  })

  it('JWK-08: a rotation under load rejects no request and causes one fetch', async () => {
    const setup = await setUp()
    const old = await setup.issuer.token(LONG)
    await expectPass(setup, old)
    setup.clock.advance(20)
    const key = await createKey('k2')
    setup.issuer.jwks.keys.push(key.jwk)
    const fresh = await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        setup.issuer.token({ ...LONG, jti: `new-${index}` }, { key }),
      ),
    )
    const answers = await Promise.all(
      fresh.flatMap((token) => [setup.send(token), setup.send(old)]),
    )
    expect(answers.map(({ status }) => status)).toEqual(Array(200).fill(200))
    expect(fetchesOf(setup, KEYS)).toBe(2)
  })

  it('JWK-08: a thousand invented kids use the budget and are 401 only shortly after a fetch', async () => {
    const setup = await setUp()
    await expectPass(setup, await setup.issuer.token(LONG))
    setup.clock.advance(20)
    const tokens = await inventedTokens(setup, 1000)
    const before = fetchesOf(setup, KEYS)
    for (const token of tokens) {
      const response = await setup.send(token)
      // The fetches of the first two answer for those that come within five seconds of them.
      await expectRejection(response, INVALID)
    }
    expect(fetchesOf(setup, KEYS) - before).toBe(2)
    for (let second = 0; second < 60; second++) {
      setup.clock.advance(1)
      for (const token of tokens.slice(0, 10)) await setup.send(token)
    }
    // Two at once and one more every fifteen seconds: 1 + 1 + 60 / 15.
    expect(fetchesOf(setup, KEYS) - before).toBeLessThanOrEqual(6)
  })

  it('JWK-08: after an attacker has used the budget, a real rotation causes no 401', async () => {
    const setup = await setUp()
    await expectPass(setup, await setup.issuer.token(LONG))
    for (let burst = 0; burst < 2; burst++) {
      setup.clock.advance(6)
      const [token] = await inventedTokens(setup, 1)
      await expectRejection(await setup.send(token), INVALID)
    }
    setup.clock.advance(6)
    const key = await rotate(setup, 'k2')
    const calls = setup.calls()
    const token = await setup.issuer.token(LONG, { key })
    const undecided = await setup.send(token)
    expect(undecided.status).toBe(503)
    expect(undecided.headers.get('WWW-Authenticate')).toBeNull()
    const wait = Number(undecided.headers.get('Retry-After'))
    expect(wait).toBeGreaterThan(0)
    expect(wait).toBeLessThanOrEqual(15)
    expect(setup.calls()).toBe(calls)
    expect(setup.events.filter(isUndecided)).toHaveLength(1)
    setup.clock.advance(wait)
    await expectPass(setup, token)
  })

  it('JWK-08: a budget that is used up does not last longer because the clock goes back', async () => {
    const setup = await setUp()
    await expectPass(setup, await setup.issuer.token(LONG))
    for (const token of await inventedTokens(setup, 2)) {
      setup.clock.advance(1)
      await expectRejection(await setup.send(token), INVALID)
    }
    setup.clock.advance(-3600)
    // Fetches the key set again: the copy is from the future now.
    await expectPass(setup, await setup.issuer.token(LONG))
    setup.clock.advance(6)
    const key = await rotate(setup, 'k2')
    const token = await setup.issuer.token(LONG, { key })
    const undecided = await setup.send(token)
    expect(undecided.status).toBe(503)
    expect(undecided.headers.get('WWW-Authenticate')).toBeNull()
    expect(undecided.headers.get('Retry-After')).toBe('14')
    setup.clock.advance(14)
    await expectPass(setup, token)
  })

  it('JWK-08: a failed fetch does not decide about the key', async () => {
    const setup = await setUp()
    await expectPass(setup, await setup.issuer.token(LONG))
    setup.clock.advance(20)
    setup.issuer.respondAt(KEYS, () => new Response('', { status: 500 }))
    const key = await createKey('k2')
    const response = await setup.send(await setup.issuer.token(LONG, { key }))
    expect(response.status).toBe(503)
    expect(response.headers.get('WWW-Authenticate')).toBeNull()
  })

  it('a failed fetch does not remove valid keys', async () => {
    const setup = await setUp({ options: { tokenCache: false } })
    const token = await setup.issuer.token(LONG)
    await expectPass(setup, token)
    for (const answer of [{ keys: [] }, { keys: [{ kty: 'oct', k: 'AAAA' }] }, { nothing: true }]) {
      setup.issuer.respondAt(KEYS, () => Response.json(answer))
      setup.clock.advance(700)
      await expectPass(setup, token)
    }
  })

  it('a removed key verifies nothing after the next fetch, also for cached tokens', async () => {
    const setup = await setUp()
    const token = await setup.issuer.token(LONG)
    await expectPass(setup, token)
    await expectPass(setup, token)
    expect(setup.events.at(-1)).toMatchObject({ type: 'accepted', cached: true })
    const key = await createKey('k2')
    setup.issuer.jwks.keys.splice(0, 1, key.jwk)
    setup.clock.advance(20)
    await expectPass(setup, await setup.issuer.token(LONG, { key }))
    await expectRejection(await setup.send(token), INVALID)
  })

  it('two keys with one kid are both tried', async () => {
    const setup = await setUp()
    const twin = await createKey('k1')
    setup.issuer.jwks.keys.push(twin.jwk)
    await expectPass(setup, await setup.issuer.token(LONG, { key: twin }))
    await expectPass(setup, await setup.issuer.token(LONG))
    await expectRejection(
      await setup.send(await setup.issuer.token(LONG, { key: await createKey('k1') })),
      INVALID,
    )
  })

  it('a key set above the size limit is a failed fetch', async () => {
    const setup = await setUp()
    const filler = Array.from(
      { length: 400 },
      async (_, index) => (await createKey(`x${index}`)).jwk,
    )
    setup.issuer.jwks.keys.push(...(await Promise.all(filler)))
    const response = await setup.send(await setup.issuer.token(LONG))
    expect(response.status).toBe(503)
    expect(response.headers.get('WWW-Authenticate')).toBeNull()
    expect(setup.events.at(-2)).toMatchObject({ outcome: 'failed', code: 'too_large' })
    expect(setup.calls()).toBe(0)
  })

  it('unusable and symmetric keys are skipped with an event', async () => {
    const setup = await setUp()
    setup.issuer.jwks.keys.unshift(
      { kty: 'oct', kid: 's', k: 'c2VjcmV0' },
      { kty: 'XYZ', kid: 'x' },
      { ...(await createKey('e')).jwk, use: 'enc' },
    )
    await expectPass(setup, await setup.issuer.token(LONG))
    const skipped = setup.events.filter(
      (event) => event.type === 'document' && event.outcome === 'key_skipped',
    )
    expect(skipped).toEqual([
      { type: 'document', issuer: ISSUER, url: KEYS, outcome: 'key_skipped' },
    ])
  })

  it('a key that stays in the set keeps the cached tokens that it verified', async () => {
    const setup = await setUp()
    const token = await setup.issuer.token(LONG)
    await expectPass(setup, token)
    setup.clock.advance(20)
    const key = await createKey('k2')
    setup.issuer.jwks.keys.push(key.jwk)
    await expectPass(setup, await setup.issuer.token(LONG, { key }))
    await expectPass(setup, token)
    expect(setup.events.at(-1)).toMatchObject({ type: 'accepted', cached: true })
  })

  it('JWK-07: a token without kid of a rotated key causes one more fetch', async () => {
    const setup = await setUp()
    await expectPass(setup, await setup.issuer.token(LONG))
    setup.clock.advance(20)
    const key = await rotate(setup, 'k2')
    await expectPass(setup, await setup.issuer.token(LONG, { key, header: { kid: undefined } }))
    expect(fetchesOf(setup, KEYS)).toBe(2)
  })

  it('oauth4webapi C2: an invented kid during an outage does not affect valid tokens', async () => {
    const setup = await setUp({ options: { tokenCache: false } })
    const token = await setup.issuer.token(LONG)
    await expectPass(setup, token)
    setup.clock.advance(20)
    setup.issuer.respondAt(KEYS, () => new Response('', { status: 500 }))
    const [invented] = await inventedTokens(setup, 1)
    expect((await setup.send(invented)).status).toBe(503)
    await expectPass(setup, token)
  })

  it('aws-jwt-verify M2: an invented kid does not prevent the fetch of a rotated key', async () => {
    const setup = await setUp()
    await expectPass(setup, await setup.issuer.token(LONG))
    setup.clock.advance(20)
    const [invented] = await inventedTokens(setup, 1)
    await expectRejection(await setup.send(invented), INVALID)
    setup.clock.advance(6)
    const key = await rotate(setup, 'k2')
    await expectPass(setup, await setup.issuer.token(LONG, { key }))
  })

  it('aws-jwt-verify M1: a removed key verifies nothing after its freshness lifetime', async () => {
    const setup = await setUp()
    const token = await setup.issuer.token(LONG)
    await expectPass(setup, token)
    const { jwk } = await createKey('k2')
    setup.issuer.jwks.keys.splice(0, 1, jwk)
    setup.clock.advance(700)
    await expectRejection(await setup.send(token), INVALID)
  })
})

async function rotate(
  setup: TestSetup,
  kid: string,
): Promise<Awaited<ReturnType<typeof createKey>>> {
  const key = await createKey(kid)
  setup.issuer.jwks.keys.push(key.jwk)
  return key
}

/** Tokens with unknown kids, signed with an arbitrary key. */
async function inventedTokens({ issuer }: TestSetup, count: number): Promise<string[]> {
  const stranger = await createKey('stranger')
  return Promise.all(
    Array.from({ length: count }, (_, index) =>
      issuer.token(LONG, { key: stranger, header: { kid: `invented-${index}` } }),
    ),
  )
}

function fetchesOf({ issuer }: TestSetup, url: string): number {
  return issuer.requests.filter((each) => each === url).length
}

function isUndecided(event: TestSetup['events'][number]): boolean {
  return event.type === 'document' && event.outcome === 'key_undecided'
}

/** The cache of verified tokens: every hit checks again what can change. */

import { describe, expect, it } from 'vitest'
import { authenticate, type ProtectedResource, verifyAccessToken } from '../../src/index.ts'
import { START } from '../support/clock.ts'
import { createIssuer, ISSUER, METADATA_URL, RESOURCE } from '../support/issuer.ts'
import { expectRejection } from '../support/rejection.ts'
import { setUp, type TestSetup } from '../support/setup-resource.ts'

const INVALID = { status: 401, error: 'invalid_token', resourceMetadata: METADATA_URL }

describe('a token that was verified before', () => {
  it('passes without being verified again, in a context of its own', async () => {
    const setup = await setUp()
    const token = await setup.issuer.token()
    const [one, two] = [await contextOf(setup, token), await contextOf(setup, token)]
    expect(cachedFlags(setup)).toEqual([false, true])
    expect(two).not.toBe(one)
    expect(two.claims).toBe(one.claims)
    expect({ ...two }).toEqual({ ...one })
    expect(Object.isFrozen(two.claims)).toBe(true)
    expect(Object.isFrozen(two.scopes)).toBe(true)
    expect(two.resource).not.toBe(two.resource)
  })

  it('JWT-17: is refused from its exp on, the leeway apart', async () => {
    const setup = await setUp()
    const token = await setup.issuer.token({ exp: START + 100 })
    expect((await setup.send(token)).status).toBe(200)
    setup.clock.advance(99)
    expect((await setup.send(token)).status).toBe(200)
    setup.clock.advance(2)
    // Within the leeway it passes, but is verified anew.
    expect((await setup.send(token)).status).toBe(200)
    expect(cachedFlags(setup)).toEqual([false, true, false])
    setup.clock.advance(30)
    await expectRejection(await setup.send(token), INVALID)
  })

  it('is verified anew after maxAgeSeconds', async () => {
    const setup = await setUp({ options: { tokenCache: { maxAgeSeconds: 10 } } })
    const token = await setup.issuer.token()
    await setup.send(token)
    setup.clock.advance(9)
    await setup.send(token)
    setup.clock.advance(2)
    await setup.send(token)
    expect(cachedFlags(setup)).toEqual([false, true, false])
  })

  it('is refused once it is older than maxTokenAgeSeconds', async () => {
    const setup = await setUp({ server: { accessToken: { kind: 'jwt', maxTokenAgeSeconds: 60 } } })
    const token = await setup.issuer.token()
    expect((await setup.send(token)).status).toBe(200)
    setup.clock.advance(91)
    await expectRejection(await setup.send(token), INVALID)
  })

  it('is refused once its tenant is', async () => {
    const tenants = new Set(['t1'])
    const issuer = await createIssuer()
    const setup = await setUp({
      issuer,
      server: {
        issuerTemplate: {
          pattern: `${ISSUER}/{tenant}`,
          claim: 'tid',
          allow: (tenant) => tenants.has(tenant),
        },
      },
    })
    const token = await issuer.token({ iss: `${ISSUER}/t1`, tid: 't1' })
    expect((await setup.send(token)).status).toBe(200)
    // Of tenants there are many: what counts events counts by what is configured.
    expect(setup.events.at(-1)).toMatchObject({ type: 'accepted', issuer: ISSUER })
    tenants.delete('t1')
    await expectRejection(await setup.send(token), INVALID)
  })

  it('still needs the scopes of the request at hand', async () => {
    const setup = await setUp()
    const token = await setup.issuer.token()
    await contextOf(setup, token)
    const answer = await authenticate(request(token), setup.resource, { scopes: ['write'] })
    if (answer.ok) throw new Error('accepted without the scope')
    await expectRejection(answer, {
      status: 403,
      error: 'insufficient_scope',
      scope: 'write',
      resourceMetadata: METADATA_URL,
    })
  })

  it('is not remembered when tokenCache is false, nor when it has more than 4 KiB', async () => {
    const without = await setUp({ options: { tokenCache: false } })
    const token = await without.issuer.token()
    await without.send(token)
    await without.send(token)
    expect(cachedFlags(without)).toEqual([false, false])
    const setup = await setUp()
    const long = await setup.issuer.token({ more: 'x'.repeat(4000) })
    await setup.send(long)
    await setup.send(long)
    expect(cachedFlags(setup)).toEqual([false, false])
  })

  it('is not remembered where it holds more than maxBytes', async () => {
    for (const [maxBytes, cached] of [
      [600, false],
      [6000, true],
    ] as const) {
      const setup = await setUp({ options: { tokenCache: { maxBytes } } })
      const token = await setup.issuer.token()
      await setup.send(token)
      await setup.send(token)
      expect(cachedFlags(setup)).toEqual([false, cached])
    }
  })

  it('is the one of its user, whatever tokens have in common', async () => {
    const setup = await setUp()
    const tokens = await Promise.all(
      ['alice', 'bob', 'carol'].map((sub) => setup.issuer.token({ sub, client_id: `of-${sub}` })),
    )
    // Three times: verified, found in the cache, and found there as one that is used often.
    for (let times = 0; times < 3; times++) {
      for (const [index, sub] of ['alice', 'bob', 'carol'].entries()) {
        const token = tokens[index] ?? ''
        const auth = await contextOf(setup, token)
        expect({ ...auth }).toMatchObject({ token, subject: sub, clientId: `of-${sub}` })
        expect({ ...auth }.claims).toMatchObject({ sub, client_id: `of-${sub}` })
        expect({ ...auth }.extra).toEqual({ issuer: ISSUER, subject: sub, claims: auth.claims })
        expect(Object.isFrozen(auth.extra)).toBe(true)
      }
    }
    expect(cachedFlags(setup)).toEqual([...Array(3).fill(false), ...Array(6).fill(true)])
  })

  it('shares nothing that a caller could change, and does not freeze what mapClaims keeps', async () => {
    const plan = { seats: [1] }
    const mapClaims = (claims: object) => Object.freeze({ ...claims, plan })
    const setup = await setUp({ server: { mapClaims } })
    const token = await setup.issuer.token({ realm: { roles: ['reader'] } })
    const { claims } = await contextOf(setup, token)
    const { roles } = claims['realm'] as { roles: string[] }
    expect(() => roles.push('admin')).toThrow(TypeError)
    plan.seats.push(2)
    expect(claims['plan']).toEqual({ seats: [1] })
    expect((await contextOf(setup, token)).claims).toBe(claims)
  })

  it('is not remembered under a header that was made long', async () => {
    const setup = await setUp()
    const token = await setup.issuer.token()
    const padded = { Authorization: `Bearer${' '.repeat(4096)}${token}` }
    for (let times = 0; times < 2; times++) {
      const request = new Request(RESOURCE, { method: 'POST', headers: padded })
      expect((await authenticate(request, setup.resource)).ok).toBe(true)
    }
    expect(cachedFlags(setup)).toEqual([false, false])
  })

  it.each([
    ['decided at once', {}],
    ['decided by the pipeline', { operations: { '*': [] } }],
  ])('gives no other spelling of the header a way around the parser, %s', async (_, options) => {
    const setup = await setUp({ options })
    const { issuer } = setup
    const token = await issuer.token()
    const known = `Bearer ${token}`
    const answerOf = (resource: ProtectedResource, value: string) =>
      authenticate(post(value), resource)
    for (let times = 0; times < 2; times++) {
      expect((await answerOf(setup.resource, known)).ok).toBe(true)
    }
    expect(cachedFlags(setup)).toEqual([false, true])
    await verifyAccessToken(token, setup.resource, {}, { body: null })
    const last = token.charCodeAt(token.length - 1)
    const spellings = [
      token,
      `Bearer${token}`,
      `Basic ${token}`,
      `DPoP ${token}`,
      `${known} x`,
      `${known},`,
      `${known},${known}`,
      `${known}"`,
      `${known.slice(0, -1)}${String.fromCharCode(last | 0x80)}`,
    ]
    for (const value of spellings) {
      const answer = await answerOf(setup.resource, value)
      const { resource } = await setUp({ issuer, options })
      const first = await answerOf(resource, value)
      if (answer.ok || first.ok) throw new Error(`accepted: ${value}`)
      expect([value, answer.status]).toEqual([value, first.status])
      expect(answer.headers.get('WWW-Authenticate')).toBe(first.headers.get('WWW-Authenticate'))
      expect(await answer.text()).toBe(await first.text())
    }
  })

  it('is looked up as the token function returned it', async () => {
    const setup = await setUp({
      options: {
        operations: { '*': [] },
        token: (request) => request.headers.get('X-Token') ?? undefined,
      },
    })
    const token = await setup.issuer.token()
    const send = (value: string) =>
      authenticate(post(`Bearer ${token}`, { 'X-Token': value }), setup.resource)
    for (let times = 0; times < 2; times++) expect((await send(token)).ok).toBe(true)
    expect(cachedFlags(setup)).toEqual([false, true])
    expect(await send(`Bearer ${token}`)).toMatchObject({ ok: false, status: 400 })
  })
})

function post(authorization: string, others: Record<string, string> = {}): Request {
  return new Request(RESOURCE, {
    method: 'POST',
    headers: {
      Authorization: authorization,
      'Content-Type': 'application/json',
      ...others,
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' }),
  })
}

async function contextOf(setup: TestSetup, token: string) {
  const auth = await authenticate(request(token), setup.resource)
  if (!auth.ok) throw new Error(`refused with ${auth.status}`)
  return auth
}

function request(token: string): Request {
  return new Request(RESOURCE, { method: 'POST', headers: { Authorization: `Bearer ${token}` } })
}

function cachedFlags({ events }: TestSetup): boolean[] {
  return events.flatMap((event) => (event.type === 'accepted' ? [event.cached] : []))
}

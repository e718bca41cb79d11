/** What the features of opaque tokens, revocation and audit pass on from the options of a resource. */

import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import { createKeySet } from '../../src/authorization-server/key-set.ts'
import { KeySource } from '../../src/authorization-server/key-source.ts'
import type { Jwk } from '../../src/contract/documents.ts'
import type { DocumentEvent } from '../../src/contract/events.ts'
import { givenDocument } from '../../src/documents/kept-document.ts'
import { RequestBudget } from '../../src/documents/request-budget.ts'
import { CUSTOM } from '../../src/features/custom.ts'
import { INTROSPECTION } from '../../src/features/introspection.ts'
import { OPAQUE_STEPS } from '../../src/features/opaque.ts'
import type { AuditRecord, TokenContext } from '../../src/index.ts'
import type { OpaqueDependencies } from '../../src/resource/feature.ts'
import { createClock, START } from '../support/clock.ts'
import { createScene } from '../support/scene.ts'

const ISSUER = 'https://as.example'
const RESOURCE = 'https://rs.example/mcp'
const ENDPOINT = `${ISSUER}/introspect`
const CLIENT = {
  kind: 'introspection',
  endpoint: ENDPOINT,
  clientId: 'us',
  clientSecret: 's',
} as const

async function dependenciesWith(fetch: (url: string, init?: RequestInit) => Promise<Response>) {
  const keys = await generateKeyPair('ES256')
  const events: DocumentEvent[] = []
  const given = {
    server: { issuer: ISSUER },
    matches: (issuer: string) => (issuer === ISSUER ? { tenant: undefined } : undefined),
    documents: {
      metadata: givenDocument({ issuer: ISSUER }, ISSUER),
      keys: new KeySource(
        givenDocument(createKeySet({ keys: [(await exportJWK(keys.publicKey)) as Jwk] }), ISSUER),
        {
          now: () => START,
          acceptsKeyIssuer: () => true,
          report: () => {},
        },
      ),
    },
    ports: {
      policy: { fetch, timeoutMs: 1000, maxBytes: 65_536, allowHttp: false },
      now: createClock().now,
      staleIfErrorSeconds: 0,
      shared: undefined,
      report: (event: DocumentEvent) => void events.push(event),
    },
    audience: { resource: RESOURCE, accepted: ['api://notes'], allowMissing: false },
    times: { toleranceSeconds: 30, maxAgeSeconds: undefined },
    reading: {},
  }
  return { keys, events, dependencies: given as never as OpaqueDependencies }
}

describe('an opaque token', () => {
  it('has the rules of its server, and the function that selects its tokens', async () => {
    const { dependencies } = await dependenciesWith(async () => Response.json({ active: false }))
    const accepts = () => true
    for (const [feature, format] of [
      [INTROSPECTION, { ...CLIENT, accepts }],
      [CUSTOM, { kind: 'custom', verify: async () => null, accepts }],
    ] as const) {
      const { matches, audience, times, reading, server } = dependencies
      const verifier = feature.create(format, dependencies)
      const rules = { issuer: ISSUER, matches, audience, times }
      expect(verifier).toMatchObject({ accepts, reading, rules: { ...rules, hasTenants: false } })
      const issuerTemplate = { pattern: `${ISSUER}/{t}`, claim: 't', allow: ['a'] }
      const tenants = { ...dependencies, server: { ...server, issuerTemplate } }
      expect(feature.create(format, tenants).rules).toEqual({ ...rules, hasTenants: true })
      expect(feature.steps).toBe(OPAQUE_STEPS)
    }
    expect(Object.keys(OPAQUE_STEPS)).toEqual(['verifyOpaqueToken', 'verifyJwtAsOpaque'])
  })

  it('has a feature that is whole, and says what it needs of its server', () => {
    const members = ['kind', 'name', 'shape']
    const last = ['checkServers', 'create', 'steps']
    expect(Object.keys(CUSTOM)).toEqual([...members, ...last])
    expect(Object.keys(INTROSPECTION).sort()).toEqual(
      [...members, ...last, 'check', 'needsKeys', 'neededMember'].sort(),
    )
    for (const signedResponse of [true, false]) {
      expect(INTROSPECTION.needsKeys?.({ ...CLIENT, signedResponse })).toBe(signedResponse)
    }
    const needed = [ENDPOINT, undefined].map((endpoint) =>
      INTROSPECTION.neededMember?.({ ...CLIENT, endpoint }),
    )
    expect(needed).toEqual([undefined, 'introspection_endpoint'])
  })

  it('is verified by a function that knows the server, the resource and the time', async () => {
    const contexts: TokenContext[] = []
    const { dependencies } = await dependenciesWith(async () => new Response())
    const verify = async (_token: string, context: TokenContext) => {
      contexts.push(context)
      return { sub: 'alice' }
    }
    const { fetchClaims } = CUSTOM.create({ kind: 'custom', verify }, dependencies)
    expect(await fetchClaims('t', new RequestBudget(), undefined)).toEqual({
      ok: true,
      value: { sub: 'alice' },
    })
    const [{ fetch, now, ...context }] = contexts as [TokenContext]
    expect(context).toEqual({ issuer: ISSUER, resource: RESOURCE })
    expect([now(), typeof fetch]).toEqual([START, 'function'])
  })

  it('of a signed response has the audience and the tolerance of the resource', async () => {
    let response = ''
    const headers = { 'Content-Type': 'application/token-introspection+jwt' }
    const { keys, dependencies } = await dependenciesWith(
      async () => new Response(response, { headers }),
    )
    const { fetchClaims } = INTROSPECTION.create({ ...CLIENT, signedResponse: true }, dependencies)
    const fetchWith = async (audience: string, expiresAt: number) => {
      response = await new SignJWT({ token_introspection: { active: true, sub: 'alice' } })
        .setProtectedHeader({ alg: 'ES256', typ: 'token-introspection+jwt' })
        .setIssuer(ISSUER)
        .setAudience(audience)
        .setIssuedAt(START)
        .setExpirationTime(expiresAt)
        .sign(keys.privateKey)
      return fetchClaims('t', new RequestBudget(), undefined)
    }
    expect(await fetchWith('api://notes', START - 29)).toEqual({
      ok: true,
      value: { active: true, sub: 'alice' },
    })
    const undecided = { ok: false, error: { code: 'unavailable' } }
    expect(await fetchWith('api://notes', START - 30)).toMatchObject(undecided)
    expect(await fetchWith('api://others', START + 60)).toMatchObject(undecided)
  })

  it('that was accepted is introspected while the server fails for others', async () => {
    const { dependencies, events } = await dependenciesWith(async (_url, init) => {
      const token = new URLSearchParams(String(init?.body)).get('token')
      const claims = { active: true, aud: 'api://notes', sub: 'alice', exp: START + 600 }
      return token === 'good' ? Response.json(claims) : new Response(null, { status: 503 })
    })
    const { fetchClaims } = INTROSPECTION.create(CLIENT, dependencies)
    const isFound = async (token: string) =>
      (await fetchClaims(token, new RequestBudget(), undefined)).ok
    expect(await isFound('good')).toBe(true)
    for (let count = 0; count < 6; count++) expect(await isFound(`bad-${count}`)).toBe(false)
    expect(await isFound('good')).toBe(true)
    expect(events[0]).toMatchObject({ issuer: ISSUER, url: ENDPOINT, outcome: 'failed' })
  })
})

describe('revocation', () => {
  it.each<[string, object, number]>([
    ['rejects where it cannot ask', { isRevoked: () => Promise.reject(new Error('no')) }, 503],
    ['waits for an answer', { isRevoked: () => later(false, 30) }, 200],
    ['waits no longer than it may', { isRevoked: () => later(false, 300), timeoutMs: 5 }, 503],
    [
      'accepts where it cannot ask and the options say so',
      { isRevoked: () => later(false, 300), timeoutMs: 5, whenUnavailable: 'accept' },
      200,
    ],
    ['reads no list by default', { isRevoked: () => false }, 200],
    ['reads the list of a token', { statusList: true }, 503],
  ])('%s', async (_, revocation, status) => {
    const { ask, issuer } = await createScene({ revocation })
    const list = { idx: 0, uri: 'https://as.example/list' }
    const token = await issuer.token({ status: { status_list: list } })
    const response = await ask(`Bearer ${token}`)
    expect([response.status, response.headers.get('WWW-Authenticate')]).toEqual([status, null])
  })
})

it('an audit record has the resource, the time of the clock and the scopes of the request', async () => {
  const records: AuditRecord[] = []
  const { ask } = await createScene({
    audit: (record) => void records.push(record),
    challengeScopes: ['challenge'],
    now: () => START + 5,
  })
  expect((await ask()).status).toBe(401)
  expect(records).toMatchObject([
    {
      time: START + 5,
      resource: RESOURCE,
      code: 'credentials_missing',
      scopes: { granted: [], needed: [] },
    },
  ])
})

async function later<Value>(value: Value, milliseconds: number): Promise<Value> {
  await new Promise((resolve) => setTimeout(resolve, milliseconds))
  return value
}

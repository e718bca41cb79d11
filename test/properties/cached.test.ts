/** For any sequence of requests: a token that was verified before is decided like one that was not. */

import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  type Actor,
  type AuthEvent,
  authenticate,
  type HostFacts,
  type ProtectedResource,
  type ProtectedResourceOptions,
  protectedResource,
  type Requirements,
} from '../../src/index.ts'
import { createClock, START } from '../support/clock.ts'
import { BOUNDS, SEED, TIMEOUT } from '../support/fuzz.ts'
import { createHolder, type Holder, makeProof } from '../support/holder.ts'
import { createIssuer, ISSUER, RESOURCE, type TestIssuer } from '../support/issuer.ts'

const CERTIFICATE = 'A'.repeat(43)
const TENANT_A = { iss: `${ISSUER}/a`, tid: 'a' }
const TENANT_B = { iss: `${ISSUER}/b`, tid: 'b' }

let issuer: TestIssuer
let holder: Holder
let tokens: readonly string[]

beforeAll(async () => {
  issuer = await createIssuer()
  holder = await createHolder()
  const bound = { jkt: holder.thumbprint }
  const claims: Record<string, unknown>[] = [
    ...[-31, -30, -29, 0, 1, 29.5, 30, 61, 400].map((seconds) => ({ exp: START + seconds })),
    ...[-1, 29, 30, 31, 90].map((seconds) => ({ nbf: START + seconds })),
    ...[-400, -371, -370, -341, 31].map((seconds) => ({ iat: START + seconds })),
    ...['read write', 'admin', '', ['read'], ['read write']].map((scope) => ({ scope })),
    ...[bound, { 'x5t#S256': CERTIFICATE }, { ...bound, 'x5t#S256': CERTIFICATE }, {}, null].map(
      (cnf) => ({ cnf }),
    ),
    ...[{ sub: 'good' }, { sub: 'bad' }, {}].map((act) => ({ act })),
    ...Array.from({ length: 5 }, () => TENANT_A),
    ...[TENANT_B, TENANT_B, { ...TENANT_A, tid: 'b' }, { iss: 'https://old.example' }],
    ...[{ sub: undefined, client_id: undefined }, { acr: 'gold', auth_time: START }, {}],
  ]
  tokens = await Promise.all(claims.map((each) => issuer.token(each)))
})

const allowed = new Set<string>()
const template = { pattern: `${ISSUER}/{t}`, claim: 'tid', allow: (t: string) => allowed.has(t) }

const optionsOf = fc.record({
  server: fc.constantFrom<object>(
    ...[
      {},
      { issuerTemplate: template },
      { issuerTemplate: template },
      { tokenIssuers: ['https://old.example'] },
    ],
    { accessToken: { kind: 'jwt', maxTokenAgeSeconds: 370 } },
    { mapClaims: (claims: object) => ({ ...claims, scope: 'read' }) },
  ),
  resource: fc.record({
    requiredScopes: fc.constantFrom([], [], ['read']),
    scopeHierarchy: fc.constantFrom(undefined, { admin: ['read', 'write'] }),
    clockToleranceSeconds: fc.constantFrom(0, 30),
    repeatGrantedScopes: fc.constantFrom(undefined, true),
    acceptActors: fc.constantFrom(undefined, 'none', (actor: Actor) => actor.subject === 'good'),
    dpop: fc.constantFrom(...[undefined, undefined, { replay: false }, { replay: false }], {
      required: true,
      replay: false,
    }),
    mtls: fc.constantFrom(undefined, undefined, undefined, true, true, { required: true }),
    getStream: fc.constantFrom(undefined, false),
  }) as fc.Arbitrary<Partial<ProtectedResourceOptions>>,
  tokenCache: fc.constantFrom(undefined, { maxEntries: 2 }, { maxAgeSeconds: 20 }),
})

const BEARER = ['Bearer ', 'Bearer ', 'Bearer ']

const step = fc.record({
  seconds: fc.constantFrom(...Array<number>(20).fill(0), 0.5, 1, 29, 30, 31, 60, 301, -1, -400),
  allow: fc.constantFrom(undefined, undefined, undefined, ['a'], ['a', 'b'], ['b']),
  token: fc.nat(200),
  scheme: fc.constantFrom(...BEARER, ...BEARER, ...BEARER, 'bearer   ', 'DPoP ', 'Basic '),
  end: fc.constantFrom(...Array<string>(20).fill(''), '=', '.', ' x', ', Bearer x'),
  method: fc.constantFrom('POST', 'POST', 'POST', 'GET', 'DELETE'),
  origin: fc.constantFrom(
    ...[undefined, undefined, undefined, undefined, undefined, undefined],
    ...['https://evil.example', 'null'],
  ),
  requirements: fc.constantFrom<Requirements | undefined>(
    ...[
      ...Array<undefined>(8).fill(undefined),
      { scopes: ['write'] },
      { scopes: { anyOf: ['x', 'write'] } },
    ],
    ...[{ acrValues: ['gold'] }, { maxAgeSeconds: 50 }, { optional: true }],
  ),
  host: fc.constantFrom<HostFacts | undefined>(undefined, { certificate: CERTIFICATE }),
})

/** A decision as text: the whole response, or the whole context. */
async function decide(
  resource: ProtectedResource,
  request: Request,
  requirements: Requirements | undefined,
  host: HostFacts | undefined,
): Promise<string> {
  const needs = requirements as Requirements & { optional?: false }
  const auth = await authenticate(request, resource, needs, host)
  if (!auth.ok) return JSON.stringify([auth.status, [...auth.headers], await auth.text()])
  const facts = Object.getOwnPropertySymbols(auth).map((key) => Reflect.get(auth, key))
  return JSON.stringify([auth, facts])
}

describe(`authenticate(), seed ${SEED}`, { timeout: TIMEOUT }, () => {
  it('decides about a cached token as about a new one, with a listener and without', async () => {
    const seen = { passed: 0, cached: 0 }
    const property = fc.asyncProperty(
      optionsOf,
      fc.noBias(fc.array(step, { minLength: 30, maxLength: 30 })),
      async ({ server, resource, tokenCache }, steps) => {
        const clock = createClock()
        const events: AuthEvent[] = []
        const make = (further: Partial<ProtectedResourceOptions>): ProtectedResource =>
          protectedResource({
            resource: RESOURCE,
            authorizationServers: [{ issuer: ISSUER, ...server }],
            ...{ fetch: issuer.fetch, now: clock.now, ...resource, ...further },
          })
        const cold = make({ tokenCache: false, onEvent: () => {} })
        const warm = make({ tokenCache, onEvent: (event) => events.push(event) })
        const quiet = make({ onEvent: undefined, tokenCache })
        let token = ''
        for (const { seconds, allow, scheme, end, method, origin, ...given } of steps) {
          clock.advance(seconds)
          if (allow !== undefined) allowed.clear()
          for (const each of allow ?? []) allowed.add(each)
          // Three of four requests repeat the token before.
          if (given.token % 4 === 0) token = tokens[given.token % tokens.length] ?? ''
          const headers = new Headers({ Authorization: `${scheme}${token}${end}` })
          if (origin !== undefined) headers.set('Origin', origin)
          if (scheme === 'DPoP ') {
            const claims = { iat: clock.now(), htm: method }
            headers.set('DPoP', await makeProof(holder, token, { claims }))
          }
          const outcomes: string[] = []
          for (const each of [cold, warm, warm, quiet, quiet]) {
            const request = new Request(RESOURCE, { method, headers })
            outcomes.push(await decide(each, request, given.requirements, given.host))
          }
          const [first = ''] = outcomes
          expect(outcomes).toEqual(outcomes.map(() => first))
          if (first.includes('"ok":true')) seen.passed++
        }
        for (const event of events) if (event.type === 'accepted' && event.cached) seen.cached++
      },
    )
    const numRuns = Math.ceil((BOUNDS.numRuns ?? 1000) / 8)
    await fc.assert(property, { ...BOUNDS, numRuns })
    // The property is empty if nothing passes, or nothing is cached.
    expect(seen.passed).toBeGreaterThan(numRuns / 4)
    expect(seen.cached).toBeGreaterThan(numRuns / 4)
  })
})

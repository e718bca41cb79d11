/** SEC-01, SEC-03: JWTs and their claims appear in no output, on every path that fails. */

import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import {
  AuthError,
  authenticate,
  challengeResponse,
  requireScopes,
  UpstreamError,
  verifyAccessToken,
} from '../../src/index.ts'
import { START } from '../support/clock.ts'
import { forge, partsOf, segment, signedBy, unsigned } from '../support/forge.ts'
import { createKey, goodClaims, ISSUER, RESOURCE } from '../support/issuer.ts'
import { everythingIn, everythingOf, expectNowhere } from '../support/leak.ts'
import { expectNoPrint, hidden, MARKER, repeat, SECRET_CLAIMS } from '../support/marker.ts'
import { createMemoryStore } from '../support/memory-store.ts'
import { createScene, rejectionCodes, type Scene, type SceneOptions } from '../support/scene.ts'

expectNoPrint()

const KEYS = `${ISSUER}/jwks`

interface Path {
  readonly title: string
  readonly options?: SceneOptions
  readonly prepare?: (scene: Scene) => void
  /** The token; by default a good one with secret claims. */
  readonly token?: (scene: Scene) => Promise<string>
  /** `Authorization` for a token. */
  readonly present?: (token: string) => string
  readonly headers?: Record<string, string>
}

type MakeToken = NonNullable<Path['token']>

const withClaims =
  (claims: Record<string, unknown>, header: Record<string, unknown> = {}): MakeToken =>
  ({ issuer }) =>
    issuer.token({ ...SECRET_CLAIMS, ...claims }, { header })

/** A true signature over what no library would write. */
const forged =
  (header: Record<string, unknown> | string, claims: Record<string, unknown> | string = {}) =>
  ({ issuer }: Scene): Promise<string> => {
    const whole =
      typeof claims === 'string' ? claims : { ...goodClaims(), ...SECRET_CLAIMS, ...claims }
    return forge(header, whole, signedBy(issuer.key))
  }

const rearranged =
  (change: (parts: [string, string, string]) => string): MakeToken =>
  async ({ issuer }) =>
    change(partsOf(await issuer.token(SECRET_CLAIMS)))

const template = { pattern: `${ISSUER}/{tenant}`, claim: 'tid' }
const tenant = withClaims({
  iss: `${ISSUER}/${MARKER.replace('~', '-')}`,
  tid: MARKER.replace('~', '-'),
})
const down = ({ issuer }: Scene): void => {
  issuer.respondAt(KEYS, () => Promise.reject(new Error(`${MARKER} refused`)))
}
const saying =
  (body: () => Response): NonNullable<Path['prepare']> =>
  ({ issuer }) =>
    issuer.respondAt(KEYS, body)
const PATHS: readonly Path[] = [
  { title: 'two credentials', present: (token) => `Bearer ${token}, Bearer ${token}` },
  { title: 'something behind the token', present: (token) => `Bearer ${token} ${token}` },
  { title: 'quotes', present: (token) => `Bearer "${token}"` },
  { title: 'no scheme', present: (token) => token },
  { title: 'another scheme', present: (token) => `Basic ${token}` },
  { title: 'a scheme that is the token', present: (token) => `${token} x` },
  { title: 'a colon', present: (token) => `Bearer: ${token}` },
  { title: 'DPoP where that is off', present: (token) => `DPoP ${token}` },
  { title: 'too long a value', token: withClaims({ filler: 'x'.repeat(17_000) }) },
  { title: 'an opaque token', token: async () => `opaque-${MARKER}` },
  { title: 'four parts', token: rearranged(([h, p, s]) => `${h}.${p}.${s}.${s}`) },
  { title: 'no signature', token: rearranged(([h, p]) => `${h}.${p}.`) },
  { title: 'padding', token: rearranged(([h, p, s]) => `${h}.${p}.${s}==`) },
  {
    title: 'a broken header',
    token: rearranged(([, p, s]) => `${segment(`{"${MARKER}`)}.${p}.${s}`),
  },
  {
    title: 'a broken payload',
    token: rearranged(([h, , s]) => `${h}.${segment(`{"${MARKER}`)}.${s}`),
  },
  { title: 'an unknown typ', token: withClaims({}, { typ: MARKER }) },
  { title: 'an unknown alg', token: forged({ alg: MARKER, kid: 'k1' }) },
  {
    title: 'alg none',
    token: async () => forge({ alg: 'none' }, { ...goodClaims(), ...SECRET_CLAIMS }, unsigned),
  },
  { title: 'an unknown kid', token: withClaims({}, { kid: MARKER }) },
  { title: 'a kid that is not a string', token: forged({ alg: 'ES256', kid: { MARKER } }) },
  {
    title: 'an unknown kid during an outage',
    prepare: down,
    token: withClaims({}, { kid: MARKER }),
  },
  {
    title: 'a critical extension',
    token: forged({ alg: 'ES256', kid: 'k1', crit: [MARKER], [MARKER]: 1 }),
  },
  { title: 'an unknown issuer', token: withClaims({ iss: 'https://other.example' }) },
  { title: 'an issuer that is not a string', token: withClaims({ iss: { MARKER } }) },
  {
    title: 'a key of its own',
    token: async () =>
      forge(
        { alg: 'ES256', kid: 'k1', jwk: { k: MARKER }, jku: `https://${MARKER}.example` },
        { ...goodClaims(), ...SECRET_CLAIMS },
        signedBy(await createKey()),
      ),
  },
  {
    title: 'an exp that is not a number',
    token: forged({ alg: 'ES256', kid: 'k1' }, { exp: MARKER }),
  },
  { title: 'an nbf that is not a number', token: withClaims({ nbf: MARKER }) },
  {
    title: 'an iat that is not a number',
    token: forged({ alg: 'ES256', kid: 'k1' }, { iat: MARKER }),
  },
  { title: 'an exp that is past', token: withClaims({ exp: START - 1000 }) },
  { title: 'an nbf to come', token: withClaims({ nbf: START + 1000 }) },
  { title: 'an audience that is not a list of strings', token: withClaims({ aud: { MARKER } }) },
  { title: 'an ID token', token: withClaims({ token_use: MARKER }) },
  {
    title: 'claims that are missing',
    options: { server: { accessToken: { kind: 'jwt', profile: 'rfc9068' } } },
    token: withClaims({ jti: undefined }),
  },
  {
    title: 'a foreign signature',
    token: async ({ issuer }) => issuer.token(SECRET_CLAIMS, { key: await createKey() }),
  },
  {
    title: 'a foreign signature and audience',
    token: async ({ issuer }) =>
      issuer.token({ ...SECRET_CLAIMS, aud: MARKER }, { key: await createKey() }),
  },
  { title: 'a bound token', token: withClaims({ cnf: { jkt: MARKER, [MARKER]: MARKER } }) },
  { title: 'too little scope', options: { requiredScopes: ['write'] } },
  {
    title: 'too weak a login',
    options: { requirements: { acrValues: ['gold'], maxAgeSeconds: 60 } },
    token: withClaims({ acr: MARKER, auth_time: MARKER }),
  },
  {
    title: 'a foreign tenant',
    options: { server: { issuerTemplate: { ...template, allow: ['other'] } } },
    token: tenant,
  },
  {
    title: 'an allow that throws',
    options: { server: { issuerTemplate: { ...template, allow: repeat } } },
    token: tenant,
  },
  { title: 'a mapClaims that throws the claims', options: { server: { mapClaims: repeat } } },
  { title: 'a mapClaims that refuses', options: { server: { mapClaims: () => null } } },
  {
    title: 'a mapClaims that throws an AuthError',
    options: {
      server: {
        mapClaims: (claims) => {
          throw new AuthError('token_claims', { cause: claims })
        },
      },
    },
  },
  {
    title: 'a token reader that throws the token',
    options: { token: (request) => repeat(request.headers.get('Authorization')) },
  },
  {
    title: 'a token reader that finds no token',
    options: { token: (request) => `"${request.headers.get('Authorization')}"` },
  },
  { title: 'keys out of reach', prepare: down },
  { title: 'keys that are HTML', prepare: saying(() => new Response(`<html>${MARKER}`)) },
  { title: 'keys of the wrong shape', prepare: saying(() => Response.json({ keys: MARKER })) },
  {
    title: 'keys that are private',
    prepare: saying(() =>
      Response.json({
        keys: [{ kty: 'EC', crv: 'P-256', x: MARKER, y: MARKER, d: MARKER, kid: 'k1' }],
      }),
    ),
  },
  {
    title: 'keys that are not keys',
    prepare: saying(() =>
      Response.json({ keys: [{ kty: 'EC', crv: 'P-256', x: MARKER, y: MARKER, kid: 'k1' }] }),
    ),
  },
  {
    title: 'a status that repeats it',
    prepare: saying(() => new Response(MARKER, { status: 500, statusText: MARKER })),
  },
  { title: 'a transform that throws', options: { server: { transform: () => repeat(MARKER) } } },
  {
    title: 'a certificate that cannot be read',
    options: { mtls: { dangerouslyTrustHeader: 'X-Certificate' } },
    token: withClaims({ cnf: { 'x5t#S256': 'A'.repeat(43) } }),
    headers: { 'X-Certificate': MARKER },
  },
  { title: 'a foreign origin', headers: { Origin: 'https://evil.example' } },
]

describe('a rejected JWT', () => {
  it.each(PATHS)('SEC-03: $title: no output contains any part of it', async (path) => {
    const { options = {}, prepare, token: make = withClaims({}), headers = {} } = path
    const scene = await createScene(options)
    prepare?.(scene)
    const token = await make(scene)
    const authorization = path.present?.(token) ?? `Bearer ${token}`
    const response = await scene.ask(authorization, { headers })
    expect(response.ok).toBe(false)
    expect(scene.runs).toEqual([])
    const thrown = await verifyAccessToken(token, scene.resource, options.requirements).then(
      () => undefined,
      (error: unknown) => error,
    )
    const came = [
      await everythingOf(response),
      scene.events,
      scene.issuer.requests,
      thrown,
      inspect(scene.resource, { depth: 5, showHidden: false }),
      JSON.stringify(scene.resource),
    ]
    expectNowhere(hidden(token), came)
    for (const event of scene.events) {
      if ('issuer' in event) expect(event.issuer).toBe(ISSUER)
    }
  })

  it('SEC-03: events contain only its issuer, audiences and scopes, truncated', async () => {
    const long = (word: string): string => `https://${word}.example/${'x'.repeat(300)}`
    const rows: [SceneOptions, Record<string, unknown>, string][] = [
      [{}, { iss: long('iss') }, long('iss')],
      [{}, { aud: Array.from({ length: 20 }, () => long('aud')) }, long('aud')],
      [{ requiredScopes: ['write'] }, { scope: long('scope') }, long('scope')],
    ]
    for (const [options, claims, text] of rows) {
      const scene = await createScene(options)
      const token = await scene.issuer.token({ ...SECRET_CLAIMS, ...claims })
      expect((await scene.ask(`Bearer ${token}`)).ok).toBe(false)
      const event = scene.events.at(-1)
      const received = event?.type === 'refused' ? (event.received ?? []) : []
      expect(new Set(received)).toEqual(new Set([`${text.slice(0, 255)}…`]))
      expect(received.length).toBeLessThanOrEqual(16)
      expectNowhere(hidden(token), [scene.events])
    }
  })

  it('SEC-03: the search finds the marker in every encoding', async () => {
    const { issuer } = await createScene()
    const token = await issuer.token(SECRET_CLAIMS)
    const [, payload] = partsOf(token)
    const secrets = hidden(token)
    const error = new Error('x', { cause: { deep: [new Map([['a', token]])] } })
    const quiet = Object.defineProperty(new Error('x'), 'input', { value: payload })
    for (const leak of [
      token,
      error,
      quiet,
      `prefix ${payload} suffix`,
      Buffer.from(JSON.stringify(SECRET_CLAIMS)).toString('base64url'),
      encodeURIComponent(JSON.stringify(SECRET_CLAIMS)),
      new Headers({ 'X-Debug': token }),
      { [Symbol('s')]: new Set([SECRET_CLAIMS]) },
    ]) {
      expect(secrets.some((secret) => everythingIn(leak).includes(secret))).toBe(true)
    }
    expectNowhere(secrets, ['nothing', { at: RESOURCE }])
  })
})

describe('an accepted JWT', () => {
  it('SEC-01: it is sent nowhere, and no event or store contains it', async () => {
    const documentStore = createMemoryStore()
    const urls: unknown[] = []
    const scene: Scene = await createScene({
      documentStore,
      documentStoreSecret: `secret-${MARKER}-of-thirty-two-bytes-at-least`,
      fetch: async (url, init) => {
        urls.push(url, init, new Headers(init?.headers))
        return scene.issuer.fetch(url)
      },
    })
    const token = await scene.issuer.token(SECRET_CLAIMS)
    for (let time = 0; time < 3; time++) {
      expect((await scene.ask(`Bearer ${token}`)).status).toBe(200)
      scene.clock.advance(700)
    }
    expect(documentStore.entries.size).toBeGreaterThan(0)
    const came = [urls, scene.events, documentStore.entries, JSON.stringify(scene.resource)]
    expectNowhere(hidden(token), came)
    expectNowhere(hidden(token), [inspect(scene.resource), Object.entries(scene.resource)])
  })

  it('SEC-03: a rejection by the handler does not contain it', async () => {
    const scene = await createScene({
      handler: (_, auth) => {
        if (auth.claims['kind'] === 'cause') {
          throw new AuthError('token_inactive', { cause: new Error(auth.token) })
        }
        if (auth.claims['kind'] === 'scope') requireScopes(auth, ['write'])
        return challengeResponse(new Error(auth.token, { cause: auth }), scene.resource)
      },
    })
    for (const kind of ['cause', 'scope', 'unknown']) {
      const token = await scene.issuer.token({ ...SECRET_CLAIMS, kind })
      const response = await scene.ask(`Bearer ${token}`)
      expect(response.ok).toBe(false)
      expectNowhere(hidden(token), [await everythingOf(response), scene.events])
    }
    expect(scene.runs).toHaveLength(3)
  })

  it('SEC-03: an UpstreamError of the handler is reported without its message', async () => {
    const { resource, events } = await createScene()
    const fault = new UpstreamError('status', `https://as.example/${MARKER}`, { message: MARKER })
    const response = challengeResponse(fault, resource)
    expect(response.status).toBe(503)
    expectNowhere(hidden(), [await everythingOf(response), events])
  })
})

describe('the reason for a rejection', () => {
  it('SEC-03: only the application receives the precise reason', async () => {
    const scene = await createScene()
    const token = await scene.issuer.token({ ...SECRET_CLAIMS, exp: 1 })
    const response = await scene.ask(`Bearer ${token}`)
    expect(rejectionCodes(scene)).toEqual(['token_expired'])
    expect(everythingIn(await everythingOf(response))).not.toContain('token_expired')
    const headers = { Authorization: `Bearer ${token}` }
    const answer = await authenticate(new Request(RESOURCE, { headers }), scene.resource)
    expect(answer.ok).toBe(false)
    expect(Reflect.ownKeys(answer).map(String).join()).not.toContain('token_expired')
  })
})

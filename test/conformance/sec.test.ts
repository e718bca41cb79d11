/** SEC: errors deny access, and responses contain no secrets. */

import { describe, expect, it, vi } from 'vitest'
import {
  AuthError,
  type AuthEvent,
  authenticate,
  ConfigError,
  protect,
  protectedResource,
  type Requirements,
  verifyAccessToken,
} from '../../src/index.ts'
import { START } from '../support/clock.ts'
import { createKey, RESOURCE } from '../support/issuer.ts'
import {
  createScene,
  expectAccepted,
  expectFault,
  expectRejected,
  invalidToken,
  present,
  type SceneOptions,
} from '../support/scene.ts'
import { unchecked } from '../support/unchecked.ts'

const METADATA = 'https://as.example/.well-known/oauth-authorization-server'
const SECONDS_TYPE = /^maxAgeSeconds must be a whole number of at least 0\.$/
const SCOPES_TYPE = /^scopes must be an array of scopes or \{ anyOf: \[\.\.\.\] \}\.$/

function boom(): never {
  throw new Error('boom')
}

describe('failing closed', () => {
  const template = { pattern: 'https://as.example/{tenant}', claim: 'tid' }
  const tenant = { iss: 'https://as.example/t', tid: 't' }
  it.each<[string, SceneOptions, Record<string, unknown>]>([
    ['mapClaims', { server: { mapClaims: boom } }, {}],
    ['issuerTemplate.allow', { server: { issuerTemplate: { ...template, allow: boom } } }, tenant],
    [
      'an issuerTemplate.allow that promises',
      {
        server: {
          issuerTemplate: { ...template, allow: unchecked<() => boolean>(async () => true) },
        },
      },
      tenant,
    ],
    ['token', { token: boom }, {}],
    ['a token reader that promises', { token: unchecked<() => string>(async () => 'x') }, {}],
    ['a token reader’s promise', { token: unchecked<() => string>(async () => boom()) }, {}],
    ['now', { now: boom }, {}],
    ['now that returns no number', { now: () => Number.NaN }, {}],
    ['now that is nothing', { now: unchecked<() => number>(() => undefined) }, {}],
  ])(
    'SEC-02: when %s throws or makes no sense, the answer is 5xx and nothing ran',
    async (_, options, claims) => {
      const scene = await createScene(options)
      await expectFault(scene, present(scene, claims), 'internal')
    },
  )

  it('SEC-02: verifyAccessToken() throws an AuthError for every exception', async () => {
    const { resource, issuer } = await createScene({ now: boom })
    const decision = verifyAccessToken(await issuer.token(), resource)
    await expect(decision).rejects.toMatchObject({
      name: 'AuthError',
      code: 'internal',
      status: 500,
    })
  })

  it('SEC-02: requirements that throw reject the request', async () => {
    const { resource, issuer } = await createScene()
    let runs = 0
    const handle = protect(
      resource,
      () => {
        runs++
        return new Response()
      },
      boom,
    )
    const headers = { Authorization: `Bearer ${await issuer.token()}` }
    await expect(handle(new Request(RESOURCE, { headers }))).rejects.toThrow('boom')
    expect(runs).toBe(0)
  })

  it('SEC-02: requirements that are a promise reject the request', async () => {
    const { resource, issuer } = await createScene()
    const promised = unchecked<() => { optional: false }>(async () => ({ scopes: ['admin'] }))
    let runs = 0
    const handle = protect(resource, () => new Response(String(runs++)), promised)
    const headers = { Authorization: `Bearer ${await issuer.token()}` }
    const request = new Request(RESOURCE, { headers })
    await expect(handle(request)).rejects.toThrow(/not a promise/)
    await expect(authenticate(request, resource, promised())).rejects.toThrow(/not a promise/)
    const failing = unchecked<() => { optional: false }>(async () => boom())
    await expect(authenticate(request, resource, failing())).rejects.toThrow(/not a promise/)
    expect(runs).toBe(0)
  })

  it.each([
    ['nothing', undefined, /returned nothing/],
    ['a misspelt name', { scope: ['admin'] }, /^scope is not a requirement/],
    ['a misspelt name beside others', { scopes: [], maxAge: 60 }, /^maxAge is not a requirement/],
    ['a text as scopes', { scopes: 'notes:read' }, SCOPES_TYPE],
    ['an empty text as scopes', { scopes: '' }, SCOPES_TYPE],
    ['null as scopes', { scopes: null }, SCOPES_TYPE],
    ['a set as scopes', { scopes: new Set(['notes:read']) }, SCOPES_TYPE],
    ['a scope that is not set', { scopes: [undefined] }, SCOPES_TYPE],
    ['a list in a list', { scopes: [['notes:read']] }, SCOPES_TYPE],
    ['a list of holes', { scopes: new Array(2) }, SCOPES_TYPE],
    ['alternatives that are holes', { scopes: { anyOf: new Array(1) } }, SCOPES_TYPE],
    [
      'holes as acrValues',
      { acrValues: new Array(1) },
      /^acrValues must be an array of strings\.$/,
    ],
    ['no alternatives', { scopes: {} }, SCOPES_TYPE],
    ['a text as alternatives', { scopes: { anyOf: 'notes:read' } }, SCOPES_TYPE],
    ['a text as acrValues', { acrValues: 'gold' }, /^acrValues must be an array of strings\.$/],
    ['null as acrValues', { acrValues: null }, /^acrValues must be an array of strings\.$/],
    ['NaN seconds', { maxAgeSeconds: Number.NaN }, SECONDS_TYPE],
    ['negative seconds', { maxAgeSeconds: -1 }, SECONDS_TYPE],
    ['endless seconds', { maxAgeSeconds: Infinity }, SECONDS_TYPE],
    ['a text as seconds', { maxAgeSeconds: '300' }, SECONDS_TYPE],
    ['an object as certificate', { certificate: {} }, /^certificate must be a string\.$/],
    ['a number as waitUntil', { waitUntil: 5 }, /^waitUntil must be a function\.$/],
    ['a text as optional', { optional: 'false' }, /^optional must be a boolean\.$/],
  ])(
    'SEC-02: a function of requirements that returns %s rejects the request',
    async (_what, needs, message) => {
      const { resource, issuer } = await createScene()
      let runs = 0
      const needsOf = unchecked<() => { optional: false }>(() => needs)
      const handle = protect(resource, () => new Response(String(runs++)), needsOf)
      const headers = { Authorization: `Bearer ${await issuer.token()}` }
      const request = new Request(RESOURCE, { headers })
      await expect(handle(request)).rejects.toThrow(message)
      expect(runs).toBe(0)
      if (needs === undefined) return
      const bare = needs as Requirements & { optional?: false }
      await expect(authenticate(request, resource, bare)).rejects.toThrow(message)
      const token = verifyAccessToken(await issuer.token(), resource, bare)
      await expect(token).rejects.toThrow(message)
    },
  )

  it.each([
    ['throws', boom],
    ['rejects', async () => boom()],
  ])('SEC-02: a waitUntil that %s changes no decision and no process', async (_name, waitUntil) => {
    const unhandled = vi.fn()
    process.on('unhandledRejection', unhandled)
    const scene = await createScene()
    const token = await scene.issuer.token({ exp: START + 100_000 })
    const headers = { Authorization: `Bearer ${token}` }
    const ask = () =>
      authenticate(new Request(RESOURCE, { headers }), scene.resource, {}, { waitUntil })
    expect(await ask()).toMatchObject({ ok: true, subject: 'user-1' })
    // The last tenth of the fresh time, in which the documents are refreshed in the background.
    scene.clock.advance(659)
    expect(await ask()).toMatchObject({ ok: true, subject: 'user-1' })
    await new Promise((resolve) => setImmediate(resolve))
    process.off('unhandledRejection', unhandled)
    expect(unhandled).not.toHaveBeenCalled()
  })

  it('SEC-02: a listener that changes the lists of its events changes no decision and no challenge', async () => {
    const events: AuthEvent[] = []
    const changed = new Set<string>()
    const onEvent = (event: AuthEvent): void => {
      events.push(structuredClone(event))
      for (const [name, list] of Object.entries(event)) {
        if (!Array.isArray(list)) continue
        changed.add(`${'code' in event ? event.code : event.type} ${name}`)
        list.push('admin', 'https://evil.example', 'dpop+jwt', 'RS512')
      }
    }
    const made = await createScene({ onEvent, requiredScopes: ['admin'] })
    const scene = { ...made, events }
    const { issuer, clock } = scene
    const foreign = { ...issuer.metadata, issuer: 'https://evil.example' }
    issuer.respondAt(METADATA, () => Response.json(foreign))
    for (let time = 0; time < 3; time++) {
      await expectFault(scene, present(scene), 'unavailable')
      clock.advance(61)
    }
    issuer.respondAt(METADATA, undefined)
    const withHeader = async (header: Record<string, unknown>) =>
      scene.ask(`Bearer ${await issuer.token({}, { header })}`)
    for (let time = 0; time < 2; time++) {
      const iss = present(scene, { iss: 'https://evil.example' })
      await expectRejected(scene, iss, { ...invalidToken('token_issuer'), scope: 'admin' })
      const aud = present(scene, { aud: 'https://evil.example' })
      await expectRejected(scene, aud, { ...invalidToken('token_audience'), scope: 'admin' })
      const typ = withHeader({ typ: 'dpop+jwt' })
      await expectRejected(scene, typ, { ...invalidToken('token_type'), scope: 'admin' })
      const origin = await scene.ask('x', { headers: { Origin: 'https://evil.example' } })
      expect(origin.status).toBe(403)
      const lacking = { code: 'scope_insufficient', error: 'insufficient_scope' } as const
      await expectRejected(scene, present(scene), { ...lacking, status: 403, scope: 'admin' })
    }
    expect(changed).toEqual(
      new Set([
        ...['issuer_mismatch expected', 'issuer_mismatch received'],
        ...['token_issuer expected', 'token_issuer received'],
        ...['token_audience expected', 'token_audience received'],
        ...['token_type expected', 'token_type received'],
        ...['origin_refused expected', 'origin_refused received'],
        ...['scope_insufficient expected', 'scope_insufficient received'],
      ]),
    )
  })

  it('SEC-02: a token for another audience is 401 whether a listener is there or not, also during an outage', async () => {
    const foreign = { aud: 'https://other.example' }
    for (const header of [{}, { kid: 'unknown' }]) {
      for (const isDown of [true, false]) {
        const options: SceneOptions = isDown ? { fetch: boom } : {}
        const scene = await createScene(options)
        const token = await scene.issuer.token(foreign, { header })
        // Without keys the event does not repeat the audience of a token that may be forged.
        const isKnown = !isDown && !('kid' in header)
        for (let time = 0; time < 4; time++) {
          const response = await scene.ask(`Bearer ${token}`)
          expect(response.status).toBe(401)
          const quiet = await createScene({ ...options, issuer: scene.issuer, onEvent: undefined })
          expect((await quiet.ask(`Bearer ${token}`)).status).toBe(401)
          const event = scene.events.filter(({ type }) => type === 'refused').at(-1)
          const code = isDown || isKnown ? 'token_audience' : expect.stringMatching(/^token_/)
          expect(event).toMatchObject({ code, status: 401 })
          if (isKnown) expect(event).toMatchObject({ received: ['https://other.example'] })
          else expect(event).not.toHaveProperty('received')
        }
        expect(scene.runs).toEqual([])
      }
    }
  })

  it('SEC-02: a listener that throws changes no decision', async () => {
    const scene = await createScene({ onEvent: boom })
    await expectAccepted(scene, present(scene))
    expect((await present(scene, { exp: 1 })).status).toBe(401)
    expect((await scene.ask()).status).toBe(401)
    expect(scene.runs).toHaveLength(1)
  })

  it('SEC-02: a listener whose promise rejects changes nothing and does not end the process', async () => {
    const unhandled: unknown[] = []
    const note = (reason: unknown): void => void unhandled.push(reason)
    process.on('unhandledRejection', note)
    try {
      const scene = await createScene({ onEvent: async () => boom() })
      await expectAccepted(scene, present(scene))
      expect((await scene.ask()).status).toBe(401)
      await new Promise((resolve) => setTimeout(resolve, 10))
    } finally {
      process.off('unhandledRejection', note)
    }
    expect(unhandled).toEqual([])
  })

  it('SEC-02: a fetch that throws at once is an outage', async () => {
    const scene = await createScene({ fetch: boom })
    await expectFault(scene, present(scene), 'unavailable')
  })

  it('SEC-02: the body of the request is not read before the decision', async () => {
    const scene = await createScene()
    const body = new ReadableStream({ pull: (controller) => controller.error(new Error('read')) })
    const init = { body, duplex: 'half' } as RequestInit
    await expectRejected(scene, scene.ask('Bearer junk', init), invalidToken('token_malformed'))
  })

  it('SEC-02: the handler receives the original request', async () => {
    const seen: Request[] = []
    const scene = await createScene({
      handler: async (request) => {
        seen.push(request)
        return Response.json(await request.json())
      },
    })
    const headers = { Authorization: `Bearer ${await scene.issuer.token()}`, 'X-Mine': '1' }
    const request = new Request(RESOURCE, { method: 'POST', headers, body: '{"a":1}' })
    const response = await scene.send(request)
    expect(await response.json()).toEqual({ a: 1 })
    expect(seen).toEqual([request])
  })

  it('SEC-02: exceptions of the handler reach the host; AuthErrors become responses', async () => {
    const failing = await createScene({ handler: boom })
    await expect(present(failing)).rejects.toThrow('boom')
    const refusing = await createScene({
      handler: () => {
        throw new AuthError('token_inactive')
      },
    })
    const response = await present(refusing)
    expect(response.status).toBe(401)
    expect(refusing.events.at(-1)).toMatchObject({ type: 'refused', code: 'token_inactive' })
  })
})

describe('secrets', () => {
  it('SEC-03: no body, header field or event contains a rejected token', async () => {
    const scene = await createScene({ requiredScopes: ['write'] })
    const tokens = [
      await scene.issuer.token(),
      await scene.issuer.token({ exp: 1 }),
      await scene.issuer.token({ aud: 'other' }),
      await scene.issuer.token({}, { key: await createKey() }),
    ]
    for (const token of tokens) {
      const response = await scene.ask(`Bearer ${token}`)
      const out = JSON.stringify([[...response.headers], await response.text(), scene.events])
      for (const part of token.split('.')) expect(out).not.toContain(part)
      expect(out).not.toContain('user-1')
    }
    expect(scene.runs).toEqual([])
  })

  it.each([
    ['resource', { resource: 'http://rs.example/mcp' }],
    ['authorizationServers[0]', { authorizationServers: ['http://as.example'] }],
    ['authorizationServers[0].issuer', { authorizationServers: [{ issuer: 'http://as.example' }] }],
    [
      'authorizationServers[0].jwksUri',
      { authorizationServers: [{ issuer: 'https://as.example', jwksUri: 'http://as.example/k' }] },
    ],
    [
      'authorizationServers[0].metadataUrl',
      {
        authorizationServers: [{ issuer: 'https://as.example', metadataUrl: 'http://as.example' }],
      },
    ],
    ['resource', { resource: 'http://127.0.0.1.evil.example/mcp' }],
    ['resource', { resource: 'http://localhost.evil.example/mcp' }],
    ['resource', { resource: 'http://10.0.0.1/mcp' }],
    ['resource', { resource: 'ws://rs.example/mcp' }],
  ])('SEC-04: %s without TLS is a mistake', (path, options) => {
    const base = { resource: RESOURCE, authorizationServers: ['https://as.example'] }
    try {
      protectedResource({ ...base, ...options })
      expect.unreachable()
    } catch (error) {
      expect(error).toBeInstanceOf(ConfigError)
      expect((error as ConfigError).problems.map((problem) => problem.path)).toEqual([path])
    }
  })

  it.each(['http://localhost:3000/mcp', 'http://127.0.0.1/mcp', 'http://[::1]:8080/mcp'])(
    'SEC-04: %s never leaves the machine',
    (resource) => {
      const made = protectedResource({ resource, authorizationServers: ['http://localhost:9000'] })
      expect(made.identifier).toBe(resource)
    },
  )

  it('SEC-04: plain http for other hosts than loopback needs the dangerous option', () => {
    const made = protectedResource({
      resource: 'http://rs.internal/mcp',
      authorizationServers: ['http://as.internal'],
      dangerouslyAllowHttp: true,
    })
    expect(made.metadata.resource).toBe('http://rs.internal/mcp')
  })

  it('SEC-04: a key set at a plain http URL is not fetched', async () => {
    const scene = await createScene()
    scene.issuer.respondAt('https://as.example/.well-known/oauth-authorization-server', () =>
      Response.json({ issuer: 'https://as.example', jwks_uri: 'http://as.example/jwks' }),
    )
    await expectFault(scene, present(scene), 'unavailable')
    expect(scene.issuer.requests).not.toContain('http://as.example/jwks')
  })

  it('SEC-07: an ID-JAG with valid signature and audience is not an access token', async () => {
    const scene = await createScene()
    const header = { typ: 'oauth-id-jag+jwt' }
    const token = await scene.issuer.token({}, { header })
    await expectRejected(scene, scene.ask(`Bearer ${token}`), invalidToken('token_type'))
  })

  it('SEC-07: the same rules apply to a client-credentials token', async () => {
    const scene = await createScene({ requiredScopes: ['read'] })
    const claims = { sub: 'client-1', scope: 'read' }
    const auth = await expectAccepted(scene, present(scene, claims))
    expect([auth.subject, auth.clientId]).toEqual(['client-1', 'client-1'])
    const answer = present(scene, { ...claims, aud: 'other' })
    await expectRejected(scene, answer, { ...invalidToken('token_audience'), scope: 'read' })
    await expectRejected(scene, present(scene, { ...claims, scope: 'mail' }), {
      code: 'scope_insufficient',
      status: 403,
      error: 'insufficient_scope',
      scope: 'read',
    })
  })
})

/** TRN: the option `sessions` binds session ids to their principal. */

import { describe, expect, it } from 'vitest'
import {
  type AuthEvent,
  authenticate,
  completeResponse,
  openSession,
  type ProtectedResourceOptions,
  protect,
  protectedResource,
} from '../../src/index.ts'
import { createClock } from '../support/clock.ts'
import { createIssuer, ISSUER, RESOURCE, type TestIssuer } from '../support/issuer.ts'
import { callTool, expectPlainRejection, type PlainRejection, post } from '../support/mcp.ts'
import { createScene, expectRejected, NO_CREDENTIALS, type SceneOptions } from '../support/scene.ts'

const SECRET = 'a secret of at least thirty-two bytes'
const SESSION = 'Mcp-Session-Id'
const SESSION_UNKNOWN: PlainRejection = {
  code: 'session_unknown',
  status: 404,
  body: { error: 'not_found', error_description: 'There is no such session.' },
}
const PRINCIPAL_MISSING: PlainRejection = {
  code: 'principal_missing',
  status: 403,
  body: {
    error: 'access_denied',
    error_description: 'The access token names neither a user nor a client.',
  },
}

/** A server whose handler creates sessions and answers with the id it received. */
async function setUp(options: SceneOptions = {}) {
  const scene = await createScene({
    sessions: { secret: SECRET },
    handler: async (request) =>
      new Response(JSON.stringify([request.headers.get(SESSION), await request.text()]), {
        headers: { [SESSION]: request.headers.get(SESSION) ?? 'session-1' },
      }),
    ...options,
  })
  const as = (claims: Record<string, unknown> | undefined, id?: string, init: RequestInit = {}) => {
    const headers = id === undefined ? {} : { [SESSION]: id }
    return claims === undefined
      ? scene.ask(undefined, { headers, ...init })
      : scene.issuer
          .token(claims)
          .then((token) => scene.ask(`Bearer ${token}`, { headers, ...init }))
  }
  const open = async (claims: Record<string, unknown> | undefined = {}): Promise<string> =>
    (await as(claims)).headers.get(SESSION) ?? ''
  return { scene, as, open }
}

describe('sessions', () => {
  it('TRN-04: the owner uses the session with every method, and the handler sees its own id', async () => {
    const { scene, as, open } = await setUp()
    const id = await open()
    expect(id).toMatch(/^session-1\.[A-Za-z0-9_-]{43}$/)
    for (const method of ['POST', 'GET', 'DELETE', 'PUT']) {
      const response = await as({ jti: 'token-2', scope: 'read write' }, id, { method })
      expect(response.status).toBe(200)
      expect(response.headers.get(SESSION)).toBe(id)
      expect(await response.json()).toEqual(['session-1', ''])
    }
    expect(scene.runs).toHaveLength(5)
  })

  it('TRN-04: the body and all other header fields reach the handler with the opened id', async () => {
    const seen: Request[] = []
    const { as } = await setUp({
      operations: { '*': [] },
      handler: async (request) => {
        seen.push(request)
        return new Response(await request.text(), { headers: { [SESSION]: 'session-1' } })
      },
    })
    const call = post(callTool('look'))
    const id = (await as({}, undefined, call)).headers.get(SESSION) ?? ''
    const headers = { ...(call.headers as object), 'Last-Event-ID': 'event-7', [SESSION]: id }
    const response = await as({}, id, { ...call, headers })
    expect(await response.json()).toEqual(callTool('look'))
    const [, second] = seen
    expect(second?.url).toBe(RESOURCE)
    expect(second?.method).toBe('POST')
    expect(second?.headers.get('Last-Event-ID')).toBe('event-7')
    expect(second?.headers.get('Content-Type')).toBe('application/json')
    expect(second?.headers.get(SESSION)).toBe('session-1')
  })

  it('TRN-04: with the token of another principal it is 404, for every method', async () => {
    const { scene, as, open } = await setUp()
    const id = await open({ sub: 'alice' })
    const others = [
      { sub: 'bob' },
      { sub: 'alice ' },
      { sub: 'Alice' },
      { sub: '', client_id: 'alice' },
      { sub: '' },
      { sub: undefined },
    ]
    for (const claims of others) {
      for (const method of ['POST', 'GET', 'DELETE']) {
        await expectPlainRejection(scene, as(claims, id, { method }), SESSION_UNKNOWN)
      }
    }
    const head = await as({ sub: 'bob' }, id, { method: 'HEAD' })
    expect([head.status, head.body]).toEqual([404, null])
    expect(scene.runs).toHaveLength(1)
  })

  it('TRN-04: forged, truncated, double and overlong ids are 404', async () => {
    const { scene, as, open } = await setUp()
    const id = await open()
    const forged = [
      'session-1',
      '',
      id.slice(0, -1),
      `${id}x`,
      `${id}, ${id}`,
      `session-2${id.slice(9)}`,
      `${'x'.repeat(981)}${id.slice(-44)}`,
    ]
    for (const each of forged) await expectPlainRejection(scene, as({}, each), SESSION_UNKNOWN)
    const twice = new Headers({ Authorization: `Bearer ${await scene.issuer.token()}` })
    twice.append(SESSION, id)
    twice.append(SESSION, id)
    await expectPlainRejection(
      scene,
      scene.send(new Request(RESOURCE, { method: 'POST', headers: twice })),
      SESSION_UNKNOWN,
    )
  })

  it('TRN-03: a good id without a token, or with a bad one, is 401', async () => {
    const { scene, as, open } = await setUp()
    const id = await open()
    await expectRejected(scene, as(undefined, id), NO_CREDENTIALS)
    await expectRejected(scene, scene.ask('Bearer garbage', { headers: { [SESSION]: id } }), {
      code: 'token_malformed',
      status: 401,
      error: 'invalid_token',
    })
  })

  it('TRN-04: scopes are decided before the session', async () => {
    const { scene, as } = await setUp({ requiredScopes: ['write'] })
    await expectRejected(scene, as({ scope: 'read' }, 'forged'), {
      code: 'scope_insufficient',
      status: 403,
      error: 'insufficient_scope',
      scope: 'write',
    })
  })

  it('TRN-04: an anonymous id does not open with a token, nor the reverse', async () => {
    const { scene, as, open } = await setUp({ requirements: { optional: true } })
    const anonymous = (await as(undefined)).headers.get(SESSION) ?? ''
    expect((await as(undefined, anonymous)).status).toBe(200)
    await expectPlainRejection(scene, as({}, anonymous), SESSION_UNKNOWN)
    await expectPlainRejection(scene, as(undefined, await open({})), SESSION_UNKNOWN)
  })

  it('TRN-04: the same secret at two resources gives two seals', async () => {
    const issuer = await createIssuer()
    const [one, two] = ['https://rs.example/one', 'https://rs.example/two'].map((resource) =>
      protectedResource({
        resource,
        authorizationServers: [issuer.issuer],
        audience: RESOURCE,
        sessions: { secret: SECRET },
        fetch: issuer.fetch,
        now: createClock().now,
      }),
    )
    if (one === undefined || two === undefined) throw new Error('unreachable')
    let runs = 0
    const send = protect([one, two], () => {
      runs += 1
      return new Response(null, { headers: { [SESSION]: 's' } })
    })
    const Authorization = `Bearer ${await issuer.token()}`
    const opened = await send(new Request(one.identifier, { headers: { Authorization } }))
    const id = opened.headers.get(SESSION) ?? ''
    const headers = { Authorization, [SESSION]: id }
    expect((await send(new Request(two.identifier, { headers }))).status).toBe(404)
    expect((await send(new Request(one.identifier, { headers }))).status).toBe(200)
    expect(runs).toBe(2)
  })

  it('TRN-04: secrets are rotated without an end of sessions', async () => {
    const issuer = await createIssuer()
    const old = await setUp({ issuer, sessions: { secret: SECRET } })
    const id = await old.open()
    const both = await setUp({ issuer, sessions: { secret: ['b'.repeat(32), SECRET] } })
    const response = await both.as({}, id)
    expect(response.status).toBe(200)
    const renewed = response.headers.get(SESSION) ?? ''
    expect(renewed).not.toBe(id)
    const fresh = await setUp({ issuer, sessions: { secret: ['b'.repeat(32)] } })
    expect((await fresh.as({}, renewed)).status).toBe(200)
    await expectPlainRejection(fresh.scene, fresh.as({}, id), SESSION_UNKNOWN)
  })

  it('TRN-04: tokenIssuers are the same principal, another server is another', async () => {
    const issuer = await createIssuer()
    const { scene, as } = await setUp({
      issuer,
      server: { tokenIssuers: ['https://old.example'] },
    })
    const opened = await as({ iss: 'https://old.example' })
    const id = opened.headers.get(SESSION) ?? ''
    expect((await as({ iss: ISSUER }, id)).status).toBe(200)

    const other = await createIssuer('https://other.example', issuer.key)
    const two = await setUp({
      issuer,
      authorizationServers: [{ issuer: ISSUER }, { issuer: other.issuer }],
      fetch: (url) => (url.startsWith(ISSUER) ? issuer : other).fetch(url),
    })
    const alice = await two.open()
    await expectPlainRejection(two.scene, two.as({ iss: other.issuer }, alice), SESSION_UNKNOWN)
    expect(scene.runs).toHaveLength(2)
  })

  it('TRN-04: a tenant of a template is its own issuer', async () => {
    const { scene, as } = await setUp({
      server: {
        jwksUri: `${ISSUER}/jwks`,
        issuerTemplate: {
          pattern: 'https://login.example/{tid}',
          claim: 'tid',
          allow: ['a', 'b'],
        },
      },
    })
    const of = (tid: string) => ({ tid, iss: `https://login.example/${tid}` })
    const id = (await as(of('a'))).headers.get(SESSION) ?? ''
    expect((await as(of('a'), id)).status).toBe(200)
    await expectPlainRejection(scene, as(of('b'), id), SESSION_UNKNOWN)
  })

  it.each([[''], [' '], [undefined]])(
    'JWT-21: with sub %j the session is the client’s; without a client, 403 before the handler',
    async (sub) => {
      const { scene, as, open } = await setUp()
      const id = await open({ sub, client_id: 'a' })
      expect((await as({ sub, client_id: 'a' }, id)).status).toBe(200)
      await expectPlainRejection(scene, as({ sub, client_id: 'b' }, id), SESSION_UNKNOWN)
      await expectPlainRejection(scene, as({ sub: 'a', client_id: 'a' }, id), SESSION_UNKNOWN)
      for (const each of [id, undefined]) {
        await expectPlainRejection(
          scene,
          as({ sub, client_id: undefined }, each),
          PRINCIPAL_MISSING,
        )
      }
    },
  )

  it.each([[42], [['a']], [{ id: 'a' }], [true]])(
    'JWT-21: with sub %j there is no session, because users of one client would share it',
    async (sub) => {
      const { scene, as, open } = await setUp()
      const id = await open({ sub: undefined, client_id: 'a' })
      for (const each of [id, undefined]) {
        await expectPlainRejection(scene, as({ sub, client_id: 'a' }, each), PRINCIPAL_MISSING)
      }
      const named = await setUp({ server: { claims: { subject: 'uid' } } })
      const uid = { uid: sub, client_id: 'a' }
      await expectPlainRejection(named.scene, named.as(uid), PRINCIPAL_MISSING)
      expect((await named.as({ sub, uid: 'u', client_id: 'a' })).status).toBe(200)
      const mapped = await setUp({
        server: { mapClaims: (claims) => ({ ...claims, sub: String(claims['sub']) }) },
      })
      const own = await mapped.open({ sub: 42, client_id: 'a' })
      expect((await mapped.as({ sub: 42, client_id: 'a' }, own)).status).toBe(200)
      const other = mapped.as({ sub: 43, client_id: 'a' }, own)
      await expectPlainRejection(mapped.scene, other, SESSION_UNKNOWN)
    },
  )

  it('TRN-04: an id that two guards in a row sealed opens at both', async () => {
    const issuer = await createIssuer()
    const resource = createResource(issuer)
    const seen: (string | null)[] = []
    const inner = protect(resource, (request) => {
      seen.push(request.headers.get(SESSION))
      return new Response(null, { headers: { [SESSION]: 'session-1' } })
    })
    const outer = protect(resource, inner)
    const send = async (sub: string, id?: string) =>
      outer(
        new Request(RESOURCE, {
          headers: {
            Authorization: `Bearer ${await issuer.token({ sub })}`,
            ...(id === undefined ? {} : { [SESSION]: id }),
          },
        }),
      )
    const id = (await send('a')).headers.get(SESSION) ?? ''
    expect(id.split('.')).toHaveLength(3)
    expect((await send('a', id)).status).toBe(200)
    expect((await send('b', id)).status).toBe(404)
    expect((await send('a', id.slice(0, -44))).status).toBe(404)
    expect(seen).toEqual([null, 'session-1'])
  })

  it.each([[''], ['x'.repeat(513)], ['a b'], ['a, b'], ['\u00e9']])(
    'TRN-04: a handler that sets the id %j gets a 500',
    async (id) => {
      const { scene, as } = await setUp({
        handler: () => new Response('secret', { headers: { [SESSION]: id } }),
      })
      const response = await as({})
      expect(response.status).toBe(500)
      expect(response.headers.get(SESSION)).toBeNull()
      expect(response.headers.get('WWW-Authenticate')).toBeNull()
      expect(await response.json()).toMatchObject({ error: 'server_error' })
      expect(scene.events.at(-1)).toMatchObject({ type: 'refused', code: 'internal', status: 500 })
    },
  )

  it('TRN-04: callers of authenticate() open and seal by themselves', async () => {
    const issuer = await createIssuer()
    const resource = createResource(issuer)
    const serve = async (request: Request): Promise<Response> => {
      const auth = await authenticate(request, resource)
      if (!auth.ok) return auth
      const opened = await openSession(request, auth, resource)
      if (!('method' in opened)) return opened
      const id = opened.headers.get(SESSION) ?? 'session-1'
      return completeResponse(
        new Response(id, { headers: { [SESSION]: id } }),
        request,
        { ...auth, resource: auth.resource },
        resource,
      )
    }
    const send = async (sub: string, headers: Record<string, string> = {}) => {
      const Authorization = `Bearer ${await issuer.token({ sub })}`
      return serve(new Request(RESOURCE, { headers: { Authorization, ...headers } }))
    }
    const id = (await send('a')).headers.get(SESSION) ?? ''
    expect(await (await send('a', { [SESSION]: id })).text()).toBe('session-1')
    const unknown = await send('b', { [SESSION]: id })
    expect(unknown.status).toBe(404)
    expect(unknown.headers.get('WWW-Authenticate')).toBeNull()
  })

  it('TRN-04: openSession() returns the same request where there is nothing to open', async () => {
    const { scene } = await setUp()
    const auth = await authenticate(
      new Request(RESOURCE, {
        headers: { Authorization: `Bearer ${await scene.issuer.token()}` },
      }),
      scene.resource,
    )
    if (!auth.ok) throw new Error('rejected')
    const plain = new Request(RESOURCE)
    expect(await openSession(plain, auth, scene.resource)).toBe(plain)
    const off = await createScene()
    const request = new Request(RESOURCE, { headers: { [SESSION]: 'any' } })
    expect(await openSession(request, auth, off.resource)).toBe(request)
  })

  it('TRN-04: a request whose body was read keeps its members', async () => {
    const { scene, open } = await setUp()
    const headers = {
      Authorization: `Bearer ${await scene.issuer.token()}`,
      [SESSION]: await open(),
    }
    const request = new Request(RESOURCE, { method: 'POST', headers, body: 'read' })
    const auth = await authenticate(request, scene.resource)
    if (!auth.ok) throw new Error('rejected')
    expect(await request.text()).toBe('read')
    const opened = await openSession(request, auth, scene.resource)
    if (!('method' in opened)) throw new Error('rejected')
    expect([opened.method, opened.bodyUsed, opened.headers.get(SESSION)]).toEqual([
      'POST',
      true,
      'session-1',
    ])
  })

  it('TRN-04: without the option ids pass unchanged, and one warning says so', async () => {
    const { scene, as } = await setUp({ sessions: undefined })
    for (const id of ['any', 'any', undefined]) {
      const response = await as({}, id)
      expect([response.status, response.headers.get(SESSION)]).toEqual([200, id ?? 'session-1'])
    }
    const warnings = scene.events.filter((event: AuthEvent) => event.type === 'warning')
    expect(warnings).toEqual([
      { type: 'warning', path: 'sessions', message: expect.stringContaining('Mcp-Session-Id') },
    ])
  })

  it('TRN-04: no warning comes from a server without sessions, or with the option', async () => {
    const plain = await createScene()
    await plain.ask(`Bearer ${await plain.issuer.token()}`)
    const { scene, open } = await setUp()
    await open()
    for (const { events } of [plain, scene]) {
      expect(events.filter(({ type }) => type === 'warning')).toEqual([])
    }
  })

  it('TRN-10: with sessions the 405 of getStream also allows DELETE', async () => {
    const { scene } = await setUp({ getStream: false })
    const response = await scene.send(new Request(RESOURCE))
    expect([response.status, response.headers.get('Allow')]).toEqual([405, 'POST, DELETE'])
    expect(scene.runs).toEqual([])
  })

  it.each<[unknown, string]>([
    ['x'.repeat(31), 'sessions.secret'],
    [[], 'sessions.secret'],
    [['x'.repeat(32), 'short'], 'sessions.secret[1]'],
    [undefined, 'sessions.secret'],
    [7, 'sessions.secret'],
  ])('CFG: the secret %j is a ConfigError', (secret, path) => {
    const options = {
      resource: RESOURCE,
      authorizationServers: [ISSUER],
      sessions: { secret },
    } as ProtectedResourceOptions
    expect(() => protectedResource(options)).toThrow(
      expect.objectContaining({ problems: [expect.objectContaining({ path })] }),
    )
  })
})

function createResource(issuer: TestIssuer) {
  return protectedResource({
    resource: RESOURCE,
    authorizationServers: [issuer.issuer],
    sessions: { secret: SECRET },
    fetch: issuer.fetch,
    now: createClock().now,
  })
}

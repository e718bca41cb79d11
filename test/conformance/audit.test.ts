/** The option `audit`: one record for each decision, with the persons of verified tokens and nothing else. */

import { describe, expect, it, vi } from 'vitest'
import {
  type AuditRecord,
  authenticate,
  challengeResponse,
  protect,
  protectedResource,
  requireScopes,
  verifyAccessToken,
} from '../../src/index.ts'
import { START } from '../support/clock.ts'
import { boundToken, createHolder, makeProof } from '../support/holder.ts'
import { activeAnswer, createOpaqueScene, TOKEN } from '../support/introspection.ts'
import { createKey, ISSUER, METADATA_URL, RESOURCE } from '../support/issuer.ts'
import { expectNowhere, partsWorthHiding, spellings } from '../support/leak.ts'
import { message } from '../support/mcp.ts'
import { createScene, type Scene, type SceneOptions } from '../support/scene.ts'

const ALLOWED: AuditRecord = {
  time: START,
  resource: RESOURCE,
  outcome: 'allowed',
  status: 200,
  code: undefined,
  issuer: ISSUER,
  subject: 'user-1',
  clientId: 'client-1',
  tokenId: 'token-1',
  denied: undefined,
  actor: undefined,
  scopes: { granted: ['read'], needed: [] },
  operations: [],
}
const UNNAMED = {
  issuer: undefined,
  subject: undefined,
  clientId: undefined,
  tokenId: undefined,
  scopes: { granted: [], needed: [] },
}

async function setUp(options: SceneOptions = {}) {
  const records: AuditRecord[] = []
  const scene = await createScene({ audit: (record) => void records.push(record), ...options })
  /** The records of one call. */
  const recordsOf = async (call: Promise<unknown>): Promise<AuditRecord[]> => {
    const before = records.length
    await call.catch(() => undefined)
    return records.slice(before)
  }
  return { ...scene, scene, records, recordsOf }
}

function body(...operations: Parameters<typeof message>): RequestInit {
  return { body: JSON.stringify(message(...operations)) }
}

describe('a record', () => {
  it('of an allowed request names the user and the operation, also for a cached token', async () => {
    const { scene, recordsOf, clock } = await setUp()
    const token = await scene.issuer.token()
    expect(await recordsOf(scene.ask(`Bearer ${token}`))).toEqual([ALLOWED])
    clock.advance(5)
    const again = await recordsOf(scene.ask(`Bearer ${token}`))
    expect(again).toEqual([{ ...ALLOWED, time: START + 5 }])
    expect(scene.events.at(-1)).toMatchObject({ type: 'accepted', cached: true })
  })

  it('has a digest for a token without jti', async () => {
    const { scene, recordsOf } = await setUp()
    const token = await scene.issuer.token({ jti: undefined })
    const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(token))
    const tokenId = Buffer.from(hash).toString('base64url').slice(0, 22)
    for (let time = 0; time < 2; time++) {
      expect(await recordsOf(scene.ask(`Bearer ${token}`))).toEqual([{ ...ALLOWED, tokenId }])
    }
  })

  it('has neither subject nor client where the token has none, and the jti before mapClaims', async () => {
    const { scene, recordsOf } = await setUp({
      server: { mapClaims: () => ({ jti: 'mapped', email: 'user@example.com', scope: 'mapped' }) },
    })
    expect(await recordsOf(scene.ask(`Bearer ${await scene.issuer.token()}`))).toEqual([
      {
        ...ALLOWED,
        subject: undefined,
        clientId: undefined,
        scopes: { granted: ['mapped'], needed: [] },
      },
    ])
  })

  it('names the actor', async () => {
    const { scene, recordsOf } = await setUp()
    const token = await scene.issuer.token({ act: { sub: 'agent', act: { client_id: 'service' } } })
    const [record] = await recordsOf(scene.ask(`Bearer ${token}`))
    expect(record?.actor).toMatchObject({ subject: 'agent', actor: { clientId: 'service' } })
  })

  it('names operations without their arguments, and the scopes that they need', async () => {
    const { scene, recordsOf } = await setUp({
      operations: { 'tools/call': ['read'], 'tools/call delete_note': ['write'] },
    })
    const token = await scene.issuer.token()
    const read = { ...body('tools/call', { name: 'search', arguments: { text: 'secret' } }) }
    expect(await recordsOf(scene.ask(`Bearer ${token}`, read))).toEqual([
      {
        ...ALLOWED,
        scopes: { granted: ['read'], needed: ['read'] },
        operations: [{ method: 'tools/call', name: 'search' }],
      },
    ])
    const write = body('tools/call', { name: 'delete_note', arguments: { id: 'secret' } })
    expect(await recordsOf(scene.ask(`Bearer ${token}`, write))).toEqual([
      {
        ...ALLOWED,
        outcome: 'rejected',
        status: 403,
        code: 'scope_insufficient',
        scopes: { granted: ['read'], needed: ['write'] },
        operations: [{ method: 'tools/call', name: 'delete_note' }],
      },
    ])
  })

  it('has the needed scopes also with repeatGrantedScopes and challengeScopes', async () => {
    const options = { requiredScopes: ['write'], challengeScopes: ['offered'] }
    const { scene, recordsOf } = await setUp({ ...options, repeatGrantedScopes: true })
    const token = await scene.issuer.token()
    const [insufficient] = await recordsOf(scene.ask(`Bearer ${token}`))
    expect(insufficient?.scopes).toEqual({ granted: ['read'], needed: ['write'] })
    const [missing] = await recordsOf(scene.ask())
    expect(missing?.scopes).toEqual({ granted: [], needed: ['write'] })
  })

  it('has the reason of a denial', async () => {
    const { scene, recordsOf } = await setUp({
      operations: () => ({ denied: 'outside of office hours' }),
    })
    const token = await scene.issuer.token()
    const [record] = await recordsOf(scene.ask(`Bearer ${token}`, body('tools/list')))
    expect(record).toMatchObject({
      outcome: 'rejected',
      status: 403,
      code: 'operation_denied',
      denied: 'outside of office hours',
      subject: 'user-1',
      operations: [{ method: 'tools/list' }],
    })
  })

  it('has the reason of a denial that was not enforced', async () => {
    const { scene, recordsOf } = await setUp({
      operations: () => ({ denied: 'outside of office hours' }),
      decisionMode: 'report',
    })
    const token = await scene.issuer.token()
    const [record] = await recordsOf(scene.ask(`Bearer ${token}`, body('tools/list')))
    expect(record).toMatchObject({ outcome: 'allowed', denied: 'outside of office hours' })
  })

  it('has the trace ID of a valid traceparent', async () => {
    const { scene, recordsOf } = await setUp()
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
    const trace = { traceparent: `00-${traceId}-00f067aa0ba902b7-01` }
    for (const authorization of [`Bearer ${await scene.issuer.token()}`, undefined, 'Bearer x']) {
      const [record] = await recordsOf(scene.ask(authorization, { headers: trace }))
      expect(record?.traceId).toBe(traceId)
    }
    const [record] = await recordsOf(scene.ask(undefined, { headers: { traceparent: 'x' } }))
    expect(record && 'traceId' in record).toBe(false)
  })

  it('of an anonymous request contains no name', async () => {
    const { scene, recordsOf } = await setUp({
      requirements: { optional: true },
      operations: { 'tools/list': 'public', 'tools/call': ['call'] },
    })
    expect(await recordsOf(scene.ask(undefined, body('tools/list')))).toEqual([
      { ...ALLOWED, ...UNNAMED, operations: [{ method: 'tools/list' }] },
    ])
    expect(await recordsOf(scene.ask(undefined, body('tools/call', { name: 'x' })))).toEqual([
      {
        ...ALLOWED,
        ...UNNAMED,
        outcome: 'rejected',
        status: 401,
        code: 'credentials_missing',
        scopes: { granted: [], needed: ['call'] },
        operations: [{ method: 'tools/call', name: 'x' }],
      },
    ])
  })

  it('names persons only of tokens whose signature held', async () => {
    const { scene, recordsOf } = await setUp()
    const rows: [string, Promise<string>, string | undefined][] = [
      ['token_expired', scene.issuer.token({ exp: 1 }), ISSUER],
      ['token_signature', scene.issuer.token({}, { key: await createKey() }), ISSUER],
      ['token_audience', scene.issuer.token({ aud: 'https://other.example' }), ISSUER],
      ['token_issuer', scene.issuer.token({ iss: 'https://other.example' }), undefined],
      ['token_malformed', Promise.resolve('opaque'), undefined],
    ]
    for (const [code, token, issuer] of rows) {
      expect(await recordsOf(scene.ask(`Bearer ${await token}`))).toEqual([
        { ...ALLOWED, ...UNNAMED, outcome: 'rejected', status: 401, code, issuer },
      ])
    }
  })

  it('names the person of a token that was rejected after its verification', async () => {
    const holder = await createHolder()
    const rows: [string, number, SceneOptions, Record<string, unknown>][] = [
      ['token_revoked', 401, { revocation: { isRevoked: () => true } }, {}],
      ['binding_unsupported', 401, {}, { cnf: { jkt: holder.thumbprint } }],
      ['actor_refused', 403, { acceptActors: 'none' }, { act: { sub: 'agent' } }],
      ['authentication_insufficient', 401, { requirements: { acrValues: ['mfa'] } }, {}],
      ['unavailable', 503, { revocation: { isRevoked: () => Promise.reject(new Error()) } }, {}],
    ]
    for (const [code, status, options, claims] of rows) {
      const { scene, recordsOf } = await setUp(options)
      const token = await scene.issuer.token(claims)
      const [record, ...others] = await recordsOf(scene.ask(`Bearer ${token}`))
      expect(others).toEqual([])
      expect(record).toMatchObject({ outcome: 'rejected', status, code, subject: 'user-1' })
    }
  })

  it('is about introspected tokens too', async () => {
    const records: AuditRecord[] = []
    const scene = await createOpaqueScene({ audit: (record) => void records.push(record) })
    await scene.present()
    scene.respond(() => ({ ...activeAnswer(), active: false }))
    await scene.present('other')
    expect(records).toEqual([
      ALLOWED,
      {
        ...ALLOWED,
        ...UNNAMED,
        outcome: 'rejected',
        status: 401,
        code: 'token_inactive',
        issuer: ISSUER,
      },
    ])
  })
})

describe('exactly one record', () => {
  it('is written for each decision of authenticate and verifyAccessToken', async () => {
    const { scene, recordsOf } = await setUp({ requiredScopes: ['read'] })
    const { resource } = scene
    const good = await scene.issuer.token()
    const request = (token?: string, init: RequestInit = {}) =>
      new Request(RESOURCE, { headers: token ? { Authorization: `Bearer ${token}` } : {}, ...init })
    const calls: [() => Promise<unknown>, Partial<AuditRecord>][] = [
      [() => authenticate(request(good), resource), { status: 200 }],
      [() => authenticate(request(), resource), { code: 'credentials_missing', status: 401 }],
      [
        () =>
          authenticate(request(good, { headers: { Origin: 'https://evil.example' } }), resource),
        { code: 'origin_refused', status: 403 },
      ],
      [
        () => authenticate(request(undefined, { headers: { Authorization: 'Bearer' } }), resource),
        { code: 'credentials_malformed', status: 400 },
      ],
      [() => verifyAccessToken(good, resource), { status: 200, subject: 'user-1' }],
      [() => verifyAccessToken('x', resource), { code: 'token_malformed', status: 401 }],
      [
        () => verifyAccessToken(good, resource, { scopes: ['write'] }),
        { code: 'scope_insufficient', status: 403, subject: 'user-1' },
      ],
    ]
    for (const [call, expected] of calls) {
      const records = await recordsOf(call())
      expect(records).toEqual([expect.objectContaining(expected)])
    }
  })

  it('is written for a GET that needs credentials, and for an exception', async () => {
    const { scene, recordsOf } = await setUp({
      requirements: { optional: true },
      operations: { '*': 'public' },
    })
    expect(await recordsOf(scene.ask(undefined, { method: 'GET' }))).toEqual([
      expect.objectContaining({ code: 'credentials_missing', status: 405 }),
    ])
    const broken = await setUp({ now: () => Number.NaN })
    const records = await broken.recordsOf(broken.scene.ask('Bearer x.y.z'))
    expect(records).toEqual([expect.objectContaining({ code: 'internal', status: 500 })])
    expect(Math.abs((records[0]?.time ?? 0) - Date.now() / 1000)).toBeLessThan(60)
  })

  it('is written where the handler rejects, about the decision before it', async () => {
    const { scene, recordsOf } = await setUp({
      handler: (_, auth) => {
        requireScopes(auth, ['write'])
        return new Response()
      },
    })
    const records = await recordsOf(scene.ask(`Bearer ${await scene.issuer.token()}`))
    expect(records).toEqual([ALLOWED])
  })

  it('is not written for requests without a decision', async () => {
    const { scene, recordsOf, records } = await setUp({ getStream: false })
    const send = (url: string, init?: RequestInit) => scene.send(new Request(url, init))
    const origin = { Origin: 'https://rs.example', 'Access-Control-Request-Method': 'POST' }
    await recordsOf(send(METADATA_URL))
    await recordsOf(send(RESOURCE, { method: 'OPTIONS', headers: origin }))
    expect((await send(RESOURCE)).status).toBe(405)
    challengeResponse(new Error(), scene.resource)
    const list = protect([scene.resource], () => new Response())
    expect((await list(new Request('https://rs.example/elsewhere'))).status).toBe(404)
    expect(records).toEqual([])
  })

  it('is written for the session of another, after that for its request', async () => {
    const { scene, recordsOf } = await setUp({
      sessions: { secret: 'a secret of at least thirty-two bytes' },
    })
    const token = await scene.issuer.token()
    const headers = { 'Mcp-Session-Id': 'forged' }
    const records = await recordsOf(scene.ask(`Bearer ${token}`, { headers }))
    expect(records).toEqual([
      ALLOWED,
      { ...ALLOWED, outcome: 'rejected', status: 404, code: 'session_unknown' },
    ])
    expect(scene.runs).toEqual([])
  })

  it('names the same for the session of another as for its request, however claims and scopes are read', async () => {
    const { scene, records } = await setUp({
      sessions: { secret: 'a secret of at least thirty-two bytes' },
      scopeHierarchy: { admin: ['read'] },
      authorizationServers: [{ issuer: ISSUER, mapClaims: ({ jti: _, ...others }) => others }],
    })
    const token = await scene.issuer.token({ scope: 'admin' })
    const headers = { 'Mcp-Session-Id': 'forged' }
    await scene.ask(`Bearer ${token}`, { headers })
    const accepted = { ...ALLOWED, scopes: { granted: ['admin'], needed: [] } }
    expect(records).toEqual([
      accepted,
      { ...accepted, outcome: 'rejected', status: 404, code: 'session_unknown' },
    ])
    expect(scene.runs).toEqual([])
  })

  it('is written for a token without user and client where sessions need one', async () => {
    const { scene, recordsOf } = await setUp({
      sessions: { secret: 'a secret of at least thirty-two bytes' },
    })
    const token = await scene.issuer.token({ sub: undefined, client_id: undefined })
    const unnamed = { ...ALLOWED, subject: undefined, clientId: undefined }
    expect(await recordsOf(scene.ask(`Bearer ${token}`))).toEqual([
      unnamed,
      { ...unnamed, outcome: 'rejected', status: 403, code: 'principal_missing' },
    ])
    expect(scene.runs).toEqual([])
  })

  it('comes after the event', async () => {
    const order: string[] = []
    const scene = await createScene({
      onEvent: ({ type }) => void (type !== 'document' && order.push(type)),
      audit: ({ outcome }) => void order.push(outcome),
    })
    await scene.ask(`Bearer ${await scene.issuer.token()}`)
    await scene.ask()
    expect(order).toEqual(['accepted', 'allowed', 'refused', 'rejected'])
  })
})

describe('an audit log', () => {
  it('that fails changes nothing', async () => {
    const failures = [
      () => {
        throw new Error('disk full')
      },
      () => Promise.reject(new Error('disk full')),
      () => new Promise<void>(() => {}),
    ]
    for (const audit of failures) {
      const scene = await createScene({ audit })
      expect((await scene.ask(`Bearer ${await scene.issuer.token()}`)).status).toBe(200)
      expect((await scene.ask()).status).toBe(401)
    }
  })

  it('that is asynchronous keeps running through waitUntil for the 404 of a session', async () => {
    const { issuer } = await createScene()
    const resource = protectedResource({
      resource: RESOURCE,
      authorizationServers: [ISSUER],
      fetch: issuer.fetch,
      now: () => START,
      sessions: { secret: 'a secret of at least thirty-two bytes' },
      audit: async () => {},
    })
    const headers = {
      Authorization: `Bearer ${await issuer.token()}`,
      'Mcp-Session-Id': 'forged',
    }
    const waitUntil = vi.fn()
    const handler = (): Response => new Response('done')
    const ways = [
      protect(resource, handler, {}, () => ({ waitUntil })),
      protect(resource, handler, { waitUntil }),
    ]
    // The first request also fetches the documents of the issuer.
    await ways[0]?.(new Request(RESOURCE, { headers }))
    for (const handle of ways) {
      waitUntil.mockClear()
      expect((await handle(new Request(RESOURCE, { headers }))).status).toBe(404)
      expect(waitUntil).toHaveBeenCalledTimes(2)
    }
  })

  it('that is asynchronous keeps running through waitUntil', async () => {
    const works: Promise<unknown>[] = []
    const written: AuditRecord[] = []
    const { issuer } = await createScene()
    const resource = protectedResource({
      resource: RESOURCE,
      authorizationServers: [ISSUER],
      fetch: issuer.fetch,
      now: () => START,
      audit: async (record) => {
        await Promise.resolve()
        written.push(record)
        throw new Error('after all')
      },
    })
    const waitUntil = vi.fn((work: Promise<unknown>) => void works.push(work))
    await authenticate(new Request(RESOURCE), resource, {}, { waitUntil })
    expect(works).toHaveLength(1)
    await Promise.all(works)
    expect(written).toHaveLength(1)
    const failing = (): never => {
      throw new Error('too late')
    }
    const { status } = (await authenticate(
      new Request(RESOURCE),
      resource,
      {},
      {
        waitUntil: failing,
      },
    )) as Response
    expect(status).toBe(401)
  })

  it('cannot change what the handler gets', async () => {
    const { scene } = await setUp({
      operations: { '*': ['read'] },
      audit: (record) => {
        ;(record.scopes.granted as string[]).push('admin')
        for (const operation of record.operations) Object.assign(operation, { name: 'other' })
        ;(record.operations as unknown[]).length = 0
      },
    })
    await scene.ask(`Bearer ${await scene.issuer.token()}`, body('tools/call', { name: 'search' }))
    await scene.ask(`Bearer ${await scene.issuer.token()}`, body('tools/call', { name: 'search' }))
    for (const auth of scene.runs) {
      expect([auth.scopes, auth.operations]).toEqual([
        ['read'],
        [{ method: 'tools/call', name: 'search' }],
      ])
    }
    expect(scene.runs).toHaveLength(2)
  })

  it('must be a function', async () => {
    await expect(createScene({ audit: {} as never })).rejects.toThrow('audit')
  })
})

describe('nothing else', () => {
  const MARKER = 'MARKER~7f3a91'
  const claims = {
    email: `${MARKER}@users.example`,
    name: MARKER,
    act: { sub: 'agent', name: MARKER },
    nested: { deep: [MARKER] },
  }
  const call = {
    ...body('tools/call', { name: 'search', arguments: { text: MARKER, deep: [{ MARKER }] } }),
    headers: { 'X-Marker': MARKER, traceparent: MARKER },
  }

  it.each<[string, SceneOptions, Record<string, unknown>, number]>([
    ['an allowed call', { operations: () => ['read'] }, {}, 200],
    ['a denied call', { operations: () => ({ denied: 'no' }) }, {}, 403],
    ['missing scopes', { operations: { '*': ['write'] } }, {}, 403],
    ['a revoked token', { revocation: { isRevoked: () => true } }, {}, 401],
    ['an expired token', {}, { exp: 1 }, 401],
    ['a token of another audience', {}, { aud: MARKER }, 401],
    ['a token of another issuer', {}, { iss: `https://${MARKER}.example` }, 401],
    ['a bound token', {}, { cnf: { [MARKER]: MARKER } }, 401],
  ])(
    'of %s is in its record: no token, claims, arguments or headers',
    async (_, options, more, status) => {
      const { scene, records } = await setUp(options)
      const token = await scene.issuer.token({ ...claims, ...more })
      const response = await scene.ask(`Bearer ${token}`, call)
      expect([response.status, records.length]).toEqual([status, 1])
      expectNowhere([...spellings(MARKER), ...partsWorthHiding(token)], records)
    },
  )

  it('of an opaque token or a proof is in its record', async () => {
    const records: AuditRecord[] = []
    const audit = (record: AuditRecord) => void records.push(record)
    const opaque = await createOpaqueScene({ audit })
    opaque.respond(() => activeAnswer({ jti: undefined, email: MARKER }))
    expect((await opaque.present()).status).toBe(200)
    const holder = await createHolder()
    const scene: Scene = await createScene({ audit, dpop: true })
    const token = await boundToken(scene.issuer, holder, claims)
    const proof = await makeProof(holder, token, { claims: { jti: MARKER } })
    const response = await scene.ask(`DPoP ${token}`, { headers: { DPoP: proof } })
    expect([response.status, records.length]).toEqual([200, 2])
    const secrets = [...spellings(MARKER, TOKEN), ...[token, proof].flatMap(partsWorthHiding)]
    expectNowhere([...secrets, holder.thumbprint], records)
  })
})

/** Concurrent requests, servers and revocations in any order of completion: what must hold in each of them. */

import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import {
  type AuditRecord,
  type AuthEvent,
  authenticate,
  backchannelLogoutResponse,
  deny,
  type ProtectedResource,
  type ProtectedResourceOptions,
  protectedResource,
  revokedBefore,
} from '../../src/index.ts'
import { TIMEOUT } from '../support/fuzz.ts'
import { createHolder, makeProof } from '../support/holder.ts'
import {
  createIssuer,
  createKey,
  ISSUER,
  RESOURCE,
  type SigningKey,
  sign,
  type TestIssuer,
} from '../support/issuer.ts'
import { inAnyOrder, type Order } from '../support/orders.ts'

let issuer: TestIssuer
let next: SigningKey
let tokens: { readonly old: string; readonly rotated: string; readonly users: readonly string[] }

beforeAll(async () => {
  issuer = await createIssuer()
  next = await createKey('k2')
  tokens = {
    old: await issuer.token(),
    rotated: await issuer.token({ jti: 'token-2' }, { key: next }),
    users: await Promise.all(['a', 'b'].map((sub) => issuer.token({ sub, jti: sub, sid: sub }))),
  }
})

afterEach(() => void vi.unstubAllGlobals())

/** A resource, and what it reports. */
function setUp({ clock }: Order, server: object, options: Partial<ProtectedResourceOptions> = {}) {
  const events: AuthEvent[] = []
  const records: AuditRecord[] = []
  const resource = protectedResource({
    resource: RESOURCE,
    now: clock.now,
    authorizationServers: [{ issuer: ISSUER, ...server }],
    onEvent: (event) => events.push(event),
    audit: (record) => void records.push(record),
    ...options,
  })
  const expectReported = (requests: number): void => {
    const decisions = events.filter(
      (event) => event.type === 'accepted' || (event.type === 'refused' && event.logout !== true),
    )
    expect(decisions).toHaveLength(requests)
    expect(records).toHaveLength(requests)
  }
  return { resource, expectReported }
}

interface Answer {
  readonly status: number
  readonly subject: string | undefined
}

async function ask(
  resource: ProtectedResource,
  headers: HeadersInit,
  body?: string,
): Promise<Answer> {
  const init = { method: 'POST', headers, ...(body === undefined ? {} : { body }) }
  const auth = await authenticate(new Request(RESOURCE, init), resource)
  return auth.ok
    ? { status: 200, subject: auth.subject }
    : { status: auth.status, subject: undefined }
}

const bearer = (token: string): HeadersInit => ({ Authorization: `Bearer ${token}` })

describe.each(['Node', 'Cloudflare-Workers'])('in any order, on %s', (userAgent) => {
  const onHost = (scene: (order: Order) => Promise<void>): Promise<void> => {
    vi.stubGlobal('navigator', { userAgent })
    return inAnyOrder(scene)
  }

  it.each([false, true])(
    'a removed key is rejected after a fetch that began later, and a new key passes (outages: %s)',
    (mayFail) =>
      onHost(async (order) => {
        let keys = [issuer.key.jwk]
        let isRemoved = false
        let isKnown = false
        const fetch = async () => {
          const beganAfter = isRemoved
          const response = await order.serve('keys', () => Response.json({ keys }), mayFail)
          isKnown ||= beganAfter
          return response
        }
        const { resource, expectReported } = setUp(order, { jwksUri: `${ISSUER}/jwks`, fetch })
        const present = (name: 'old' | 'rotated') =>
          order.step(`present ${name}`, async () => {
            const [wasKnown, wasPublished] = [isKnown, keys.includes(next.jwk)]
            const { status } = await ask(resource, bearer(tokens[name]))
            if (name === 'old' && wasKnown) expect(status).not.toBe(200)
            if (name === 'old' && !isRemoved && !mayFail) expect(status).toBe(200)
            if (name === 'rotated' && wasPublished) expect([200, 503]).toContain(status)
            if (!mayFail) expect(status).not.toBe(503)
          })
        await Promise.all([
          ...(['old', 'rotated', 'old', 'old'] as const).map(present),
          order.step('rotate', () => {
            keys = [next.jwk]
            isRemoved = true
          }),
        ])
        expectReported(4)
      }),
    TIMEOUT,
  )

  it(
    'a token is rejected after its logout was acknowledged, and others are not',
    () =>
      onHost(async (order) => {
        const entries = new Map<string, string>()
        const marks = revokedBefore(
          {
            get: (key) => order.step('get', () => entries.get(key)),
            set: async (key, value) => {
              entries.set(key, value)
              await order.step('set', () => {})
            },
          },
          { now: order.clock.now },
        )
        const { resource, expectReported } = setUp(
          order,
          { jwks: issuer.jwks },
          { revocation: marks },
        )
        let isAcknowledged = false
        const now = order.clock.now()
        const logoutToken = await sign(
          {
            ...{
              iss: ISSUER,
              aud: 'app',
              iat: now,
              exp: now + 60,
              jti: 'logout',
              sub: 'a',
              sid: 'a',
            },
            events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
          },
          { header: { typ: 'logout+jwt' } },
          issuer.key,
        )
        const logout = async (): Promise<void> => {
          const body = new URLSearchParams({ logout_token: logoutToken })
          const request = new Request(`${ISSUER}/logout`, { method: 'POST', body })
          const response = await backchannelLogoutResponse(request, resource, marks, {
            clientId: 'app',
          })
          isAcknowledged ||= response.status === 200
        }
        const present = (index: number) =>
          order.step(`present ${index}`, async () => {
            const wasAcknowledged = isAcknowledged
            const { status } = await ask(resource, bearer(tokens.users[index] ?? ''))
            if (index === 1) expect(status).toBe(200)
            else if (wasAcknowledged) expect(status).toBe(401)
          })
        await Promise.all([
          ...[0, 1, 0].map(present),
          order.step('logout', logout),
          order.step('logout again', logout),
        ])
        expect(isAcknowledged).toBe(true)
        expectReported(3)
      }),
    TIMEOUT,
  )

  it.each([0.01, 0.05])(
    'an opaque token is rejected %s s after its revocation, as long as it is cached',
    (cacheSeconds) =>
      onHost(async (order) => {
        let active = true
        const fetch = () =>
          order.serve('introspection', () =>
            Response.json({ active, aud: RESOURCE, sub: 'a', exp: order.clock.now() + 60 }),
          )
        const { resource, expectReported } = setUp(order, {
          accessToken: {
            kind: 'introspection',
            endpoint: `${ISSUER}/introspect`,
            clientId: 'rs',
            clientSecret: 'secret',
            cacheSeconds,
          },
          fetch,
        })
        let revokedAt = Infinity
        const present = (index: number) =>
          order.step(`present ${index}`, async () => {
            const isOver = order.clock.now() > revokedAt + cacheSeconds
            const { status } = await ask(resource, bearer('opaque'))
            if (isOver) expect(status).toBe(401)
            if (active) expect(status).toBe(200)
          })
        const revoke = () => {
          active = false
          revokedAt = order.clock.now()
        }
        await Promise.all([...[0, 1, 2, 3, 4].map(present), order.step('revoke', revoke)])
        expectReported(5)
      }),
    TIMEOUT,
  )
})

describe('in any order', () => {
  it(
    'a DPoP proof is accepted once',
    async () => {
      const holder = await createHolder()
      const token = await issuer.token({ cnf: { jkt: holder.thumbprint } })
      const proofs = await Promise.all([makeProof(holder, token), makeProof(holder, token)])
      await inAnyOrder(async (order) => {
        const seen = new Set<string>()
        const add = async (key: string) => {
          const isNew = await order.step('add', () => !seen.has(key) && seen.add(key) !== undefined)
          return order.step('added', () => isNew)
        }
        const { resource, expectReported } = setUp(
          order,
          { jwks: issuer.jwks },
          { dpop: { replay: { add } } },
        )
        const answers = [0, 1, 0, 1].map((index) =>
          order.step(`present ${index}`, async () => {
            const headers = { Authorization: `DPoP ${token}`, DPoP: proofs[index] ?? '' }
            return { index, ...(await ask(resource, headers)) }
          }),
        )
        const accepted = (await Promise.all(answers)).filter(({ status }) => status === 200)
        expect(accepted.map(({ index }) => index).sort()).toEqual([0, 1])
        expectReported(4)
      })
    },
    TIMEOUT,
  )

  it(
    'a decision is that of its own call, and its token that of its own user',
    () =>
      inAnyOrder(async (order) => {
        const { resource, expectReported } = setUp(
          order,
          { jwks: issuer.jwks },
          {
            operations: ({ name }, auth) =>
              order.step(`decide ${name}`, () =>
                name === auth?.subject ? undefined : deny('not yours'),
              ),
          },
        )
        const calls = [0, 1].flatMap((index) =>
          ['a', 'b'].map((name) =>
            order.step(`call ${name}`, async () => {
              const body = JSON.stringify({
                jsonrpc: '2.0',
                id: 1,
                method: 'tools/call',
                params: { name },
              })
              const answer = await ask(resource, bearer(tokens.users[index] ?? ''), body)
              const user = ['a', 'b'][index]
              expect(answer).toEqual(
                name === user
                  ? { status: 200, subject: user }
                  : { status: 403, subject: undefined },
              )
            }),
          ),
        )
        await Promise.all(calls)
        expectReported(4)
      }),
    TIMEOUT,
  )
})

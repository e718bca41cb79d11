import { describe, expect, it } from 'vitest'
import { RequestBudget } from '../../src/documents/request-budget.ts'
import { createIssuerMatcher } from '../../src/identifiers/issuer-matcher.ts'
import { succeed } from '../../src/lib/result.ts'
import type { ResourceState } from '../../src/resource/state.ts'
import { verifyLogoutToken } from '../../src/revocation/logout-token.ts'
import { START } from '../support/clock.ts'
import { forge } from '../support/forge.ts'
import { ISSUER } from '../support/issuer.ts'
import {
  CLIENT,
  expectLogoutFailure,
  expectLogoutSuccess,
  goodLogoutClaims,
  REVOKED,
  reasonsIn,
  setUpLogout,
} from '../support/logout.ts'
import { expectAccepted, expectRejected } from '../support/scene.ts'
import { unchecked } from '../support/unchecked.ts'

const TENANT = 'https://as.example/a'
const TEMPLATE = { pattern: 'https://as.example/{t}', claim: 'tid', allow: ['a', 'b'] }

describe('a logout token', () => {
  it('has at most 16,384 characters', async () => {
    const { scene, logoutToken, send } = await setUpLogout()
    const ofLength = async (length: number): Promise<string> => {
      for (const x of ['', 'x', 'xx']) {
        const tokenWith = (y: number) =>
          logoutToken({ header: { x }, claims: { jti: 'j', y: 'y'.repeat(y) } })
        const most = Math.ceil(((length - (await tokenWith(0)).length) * 3) / 4)
        for (const y of [most, most - 1, most - 2]) {
          const token = await tokenWith(y)
          if (token.length === length) return token
        }
      }
      throw new Error('No token has this length.')
    }
    await expectLogoutFailure(await send(await ofLength(16_385)))
    expect(reasonsIn(scene)).toEqual(['400 token_malformed'])
    await expectLogoutSuccess(await send(await ofLength(16_384)))
  })

  it('ends no token of a login between its iat and its arrival', async () => {
    const { scene, logOut } = await setUpLogout()
    await expectLogoutSuccess(await logOut({ claims: { iat: START - 100 } }))
    const tokenOf = (iat: number) => scene.issuer.token({ iat })
    await expectAccepted(scene, scene.ask(`Bearer ${await tokenOf(START - 99)}`))
    await expectRejected(scene, scene.ask(`Bearer ${await tokenOf(START - 100)}`), REVOKED)
  })

  it('is accepted without exp at a resource that tolerates no difference of clocks', async () => {
    const { logOut } = await setUpLogout({ clockToleranceSeconds: 0 })
    await expectLogoutSuccess(await logOut({ claims: { exp: undefined } }))
  })

  it('is accepted from a server whose access tokens are opaque', async () => {
    const accessToken = { kind: 'introspection', clientId: 'rs', clientSecret: 's' } as const
    const { store, logOut } = await setUpLogout({ server: { accessToken } })
    await expectLogoutSuccess(await logOut())
    expect(store.entries.size).toBe(1)
  })

  it('is rejected with an algorithm that access tokens of its server must not have', async () => {
    const accessToken = { kind: 'jwt', algorithms: ['RS256'] } as const
    const { scene, store, logOut } = await setUpLogout({ server: { accessToken } })
    await expectLogoutFailure(await logOut())
    expect(scene.events).toEqual([
      expect.objectContaining({
        ...{ type: 'refused', logout: true, status: 400, code: 'token_algorithm' },
        ...{ expected: ['RS256'], received: ['ES256'] },
      }),
    ])
    expect(store.entries.size).toBe(0)
  })

  it('without aud is rejected where the application has no client at its issuer', async () => {
    const { scene, store, logoutToken, send } = await setUpLogout()
    const token = await logoutToken({ claims: { aud: undefined } })
    await expectLogoutFailure(await send(token, { 'https://other.example': CLIENT }))
    expect(scene.events).toEqual([
      expect.objectContaining({
        ...{ type: 'refused', logout: true, status: 400 },
        ...{ code: 'token_audience', expected: [] },
      }),
    ])
    expect(store.entries.size).toBe(0)
  })

  it('may name its tenant in the claim of access tokens', async () => {
    const { scene, logOut } = await setUpLogout({ server: { issuerTemplate: TEMPLATE } })
    await expectLogoutSuccess(await logOut({ claims: { iss: TENANT, tid: 'a' } }))
    const token = await scene.issuer.token({ iss: TENANT, tid: 'a' })
    await expectRejected(scene, scene.ask(`Bearer ${token}`), REVOKED)
  })

  it('may have the jti of a logout token of another tenant', async () => {
    const { scene, logOut } = await setUpLogout({ server: { issuerTemplate: TEMPLATE } })
    for (const tenant of ['a', 'b']) {
      const claims = { iss: `https://as.example/${tenant}`, jti: 'same' }
      await expectLogoutSuccess(await logOut({ claims }))
      await expectLogoutFailure(await logOut({ claims }))
    }
    expect(reasonsIn(scene)).toEqual(Array(2).fill('400 token_claims jti'))
  })

  it.each<[string, () => boolean, number, Record<string, unknown>]>([
    ['does not accept', () => false, 400, { code: 'token_issuer', received: [TENANT] }],
    [
      'throws about',
      () => {
        throw new Error('unknown tenant')
      },
      500,
      { code: 'internal', option: 'issuerTemplate.allow' },
    ],
  ])('is rejected if issuerTemplate.allow %s its tenant', async (_, allow, status, reason) => {
    const issuerTemplate = { ...TEMPLATE, allow }
    const { scene, store, logOut } = await setUpLogout({ server: { issuerTemplate } })
    await expectLogoutFailure(await logOut({ claims: { iss: TENANT } }), status)
    const { identifier: resource } = scene.resource
    const common = { type: 'refused', resource, status, issuer: ISSUER, logout: true }
    const expected = status === 400 ? { expected: [ISSUER, TEMPLATE.pattern] } : {}
    expect(scene.events.filter(({ type }) => type === 'refused')).toEqual([
      { ...common, ...expected, ...reason },
    ])
    expect(store.entries.size).toBe(0)
  })
})

describe('verifyLogoutToken()', () => {
  it('knows the last 10,000 tokens that were used, so that a flood of logouts has a bound', async () => {
    const keys = {
      arrival: () => ({ arrivedAt: START, copyThen: undefined }),
      find: () => succeed([{ imported: new Map([['ES256', () => true]]) }]),
    }
    const server = {
      options: { issuer: ISSUER },
      matches: createIssuerMatcher({ issuer: ISSUER }),
      documents: { keys: { withBudget: () => keys } },
    }
    const state = unchecked<ResourceState>({
      servers: [server],
      clock: { now: () => START, toleranceSeconds: 30 },
    })
    const verify = async (serial: number) => {
      const claims = { ...goodLogoutClaims(), jti: `jti-${serial}` }
      const token = await forge({ alg: 'ES256' }, claims, () => Uint8Array.of(1))
      return verifyLogoutToken(token, state, () => CLIENT, new RequestBudget())
    }
    const use = async (serial: number) => {
      const result = await verify(serial)
      if (!result.ok) throw new Error(result.error.code)
      result.value.consume()
    }
    for (let serial = 0; serial < 10_000; serial++) await use(serial)
    const used = { ok: false, error: { code: 'token_claims', claim: 'jti', issuer: ISSUER } }
    expect(await verify(0)).toEqual(used)
    await use(10_000)
    expect(await verify(0)).toMatchObject({ ok: true })
    expect(await verify(1)).toEqual(used)
  })
})

/** Presets for servers that were measured with real installations: their tokens and introspection responses. */

import { describe, expect, it } from 'vitest'
import { djangoOauthToolkit, doorkeeper, openauth } from '../../src/providers/index.ts'
import { START } from '../support/clock.ts'
import { createIssuer, createKey, ISSUER, sign } from '../support/issuer.ts'
import { createScene, expectAccepted, expectRejected, invalidToken } from '../support/scene.ts'

const introspection = { clientId: 'rs', clientSecret: 'secret' }

describe.each([
  [
    'djangoOauthToolkit()',
    djangoOauthToolkit({ url: `${ISSUER}/o`, introspection }),
    '/o/introspect/',
  ],
  [
    'doorkeeper()',
    doorkeeper({
      issuer: ISSUER,
      introspection: { ...introspection, endpoint: `${ISSUER}/oauth/introspect` },
    }),
    '/oauth/introspect',
  ],
] as const)('%s', (_, server, endpoint) => {
  const scene = async (answer: Record<string, unknown>) => {
    const issuer = await createIssuer()
    issuer.respondAt(`${ISSUER}${endpoint}`, () => Response.json(answer))
    return createScene({ issuer, authorizationServers: [server], requiredScopes: ['read'] })
  }

  it('accepts an active token without aud', async () => {
    const at = await scene({ active: true, scope: 'read', client_id: 'c', exp: START + 60 })
    const auth = await expectAccepted(at, at.ask('Bearer opaque'))
    expect(auth).toMatchObject({ clientId: 'c', scopes: ['read'], subject: undefined })
    expect(at.issuer.requests).toEqual([`${ISSUER}${endpoint}`])
  })

  it('rejects an inactive token, a foreign aud and a JWT', async () => {
    const inactive = await scene({ active: false })
    await expectRejected(inactive, inactive.ask('Bearer opaque'), {
      ...invalidToken('token_inactive'),
      scope: 'read',
    })
    const foreign = await scene({ active: true, scope: 'read', exp: START + 60, aud: 'other' })
    await expectRejected(foreign, foreign.ask('Bearer opaque'), {
      ...invalidToken('token_audience'),
      scope: 'read',
    })
  })
})

describe('openauth()', () => {
  const claims = {
    ...{ mode: 'access', type: 'user', properties: { id: '1' }, iss: ISSUER },
    ...{ aud: 'notes-client', sub: 'user:1', exp: START + 60 },
  }
  const scene = async () => {
    const key = await createKey('k1', 'ES256')
    const issuer = await createIssuer(ISSUER, key)
    const server = openauth({ issuer: ISSUER, clientIds: ['notes-client'] })
    const at = await createScene({ issuer, authorizationServers: [server] })
    const token = (changed: Record<string, unknown> = {}) =>
      sign({ ...claims, ...changed }, { header: { typ: undefined } }, key)
    return { at, token }
  }

  it('accepts an access token of a listed client', async () => {
    const { at, token } = await scene()
    const auth = await expectAccepted(at, at.ask(`Bearer ${await token()}`))
    expect(auth).toMatchObject({ clientId: 'notes-client', subject: 'user:1', scopes: [] })
  })

  it.each([
    ['another client', { aud: 'other' }, 'token_audience'],
    ['another mode', { mode: 'refresh' }, 'token_claims'],
    ['no mode', { mode: undefined }, 'token_claims'],
    ['no exp', { exp: undefined }, 'token_claims'],
  ] as const)('rejects a token with %s', async (_, changed, code) => {
    const { at, token } = await scene()
    await expectRejected(at, at.ask(`Bearer ${await token(changed)}`), invalidToken(code))
  })
})

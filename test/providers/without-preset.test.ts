/** Servers without a preset: the claims that their source writes, with the options of docs/guides/providers.md. */

import { describe, expect, it } from 'vitest'
import type { AuthorizationServerOptions } from '../../src/index.ts'
import { START } from '../support/clock.ts'
import { createIssuer, createKey, RESOURCE, type SigningKey, sign } from '../support/issuer.ts'
import { createScene, expectAccepted, expectRejected, invalidToken } from '../support/scene.ts'

const CLIENT = { clientId: 'mcp-api', clientSecret: 'secret' } as const

describe('Dex', () => {
  const issuer = 'https://dex.example/dex'
  const challengeScopes = ['openid', 'audience:server:client_id:mcp-api']
  const claims = {
    ...{ iss: issuer, sub: 'CgVhbGljZRIFbG9jYWw', aud: ['mcp-api', 'cli'], azp: 'cli' },
    ...{ exp: START + 60, iat: START, jti: '7f7a', at_hash: 'piwt8oCH-K2D9pXlaS1Y-w' },
  }
  const scene = async (server: Partial<AuthorizationServerOptions>, answer?: object) => {
    const at = await createIssuer(issuer, await key())
    at.respondAt(`${issuer}/token/introspect`, () => Response.json(answer))
    const authorizationServers = [{ issuer, audience: 'mcp-api', ...server }]
    return createScene({ issuer: at, authorizationServers, challengeScopes })
  }

  it('issues ID tokens as access tokens, which are rejected', async () => {
    const at = await scene({})
    await expectRejected(at, at.ask(`Bearer ${await sign(claims, {}, await key())}`), {
      ...invalidToken('token_type'),
      scope: challengeScopes.join(' '),
    })
  })

  it('is asked by introspection, and its groups become scopes', async () => {
    const { iss, sub, aud, exp, iat } = claims
    const common = { active: true, iss, sub, aud, exp, iat, nbf: iat, client_id: 'cli' }
    const ext = { azp: 'cli', groups: ['notes:admin'] }
    const introspection = { kind: 'introspection', endpoint: `${issuer}/token/introspect` } as const
    const server: Partial<AuthorizationServerOptions> = {
      accessToken: { ...introspection, ...CLIENT },
      mapClaims: (own) => ({ ...own, scope: (own['ext'] as typeof ext).groups.join(' ') }),
    }
    const answer = { ...common, token_type: 'Bearer', token_use: 'access_token', ext }
    const at = await scene(server, answer)
    const token = `Bearer ${await sign(claims, {}, await key())}`
    const auth = await expectAccepted(at, at.ask(token))
    expect(auth).toMatchObject({ clientId: 'cli', scopes: ['notes:admin'], subject: sub })

    const refresh = await scene(server, { ...answer, token_use: 'refresh_token' })
    await expectRejected(refresh, refresh.ask('Bearer opaque'), {
      ...invalidToken('token_type'),
      scope: challengeScopes.join(' '),
    })
    const own = await scene(server, { ...answer, aud: 'cli' })
    await expectRejected(own, own.ask(token), {
      ...invalidToken('token_audience'),
      scope: challengeScopes.join(' '),
    })
  })
})

describe('authentik', () => {
  const issuer = 'https://auth.example/application/o/notes/'
  const claims = {
    ...{ iss: issuer, sub: 'a1b2', aud: 'notes-client', exp: START + 60, iat: START },
    ...{ auth_time: START, acr: 'goauthentik.io/providers/oauth2/default', sid: 'c3d4' },
  }
  const scene = async (server: Partial<AuthorizationServerOptions>, answer?: object) => {
    const at = await createIssuer(issuer, await key())
    at.respondAt(`${issuer}.well-known/openid-configuration`, () =>
      Response.json({ issuer, jwks_uri: `${issuer}jwks/` }),
    )
    at.respondAt(`${issuer}jwks/`, async () => Response.json({ keys: [(await key()).jwk] }))
    at.respondAt('https://auth.example/application/o/introspect/', () => Response.json(answer))
    const authorizationServers = [{ issuer, audience: 'notes-client', ...server }]
    return createScene({ issuer: at, authorizationServers })
  }
  const token = async () =>
    `Bearer ${await sign({ ...claims, azp: 'notes-client', uid: 'x' }, { header: { typ: 'JWT' } }, await key())}`

  it('issues JWTs without scopes', async () => {
    const at = await scene({})
    const auth = await expectAccepted(at, at.ask(await token()))
    expect(auth).toMatchObject({ clientId: 'notes-client', scopes: [], subject: 'a1b2' })
  })

  it('names the client that asks in its introspection response', async () => {
    const endpoint = 'https://auth.example/application/o/introspect/'
    const accessToken = { kind: 'introspection', endpoint, ...CLIENT } as const
    const answer = { ...claims, active: true, scope: 'openid notes:read', client_id: 'mcp-api' }
    const asked = await scene({ accessToken }, answer)
    const own = await expectAccepted(asked, asked.ask(await token()))
    expect(own).toMatchObject({ clientId: 'mcp-api', scopes: ['openid', 'notes:read'] })
    const corrected = await scene({ accessToken, claims: { clientId: 'aud' } }, answer)
    const auth = await expectAccepted(corrected, corrected.ask(await token()))
    expect(auth.clientId).toBe('notes-client')
  })
})

describe('Azure AD B2C', () => {
  const host = 'https://contoso.b2clogin.com'
  const issuer = `${host}/775527ff-9a37-4307-8b3d-cc311f58d925/v2.0/`
  const policy = `${host}/contoso.onmicrosoft.com/B2C_1_signupsignin1`
  const metadataUrl = `${policy}/v2.0/.well-known/openid-configuration`
  const claims = {
    ...{ iss: issuer, aud: 'mcp-api', sub: '884408e1', exp: START + 60, nbf: START, iat: START },
    ...{ tfp: 'B2C_1_signupsignin1', ver: '1.0' },
  }

  it('has its metadata at a URL with the policy, which the issuer lacks', async () => {
    const { jwk } = await key()
    const at = await createIssuer(issuer, await key())
    const jwksUri = `${policy}/discovery/v2.0/keys`
    at.respondAt(metadataUrl, () => Response.json({ issuer, jwks_uri: jwksUri }))
    at.respondAt(jwksUri, () => Response.json({ keys: [jwk] }))
    const authorizationServers = [{ issuer, metadataUrl, audience: 'mcp-api' }]
    const place = await createScene({ issuer: at, authorizationServers })
    const header = { header: { typ: 'JWT' } }
    const access = await sign({ ...claims, scp: 'notes.read', azp: 'cli' }, header, await key())
    const auth = await expectAccepted(place, place.ask(`Bearer ${access}`))
    expect(auth).toMatchObject({ clientId: 'cli', scopes: ['notes.read'], subject: '884408e1' })
    const id = await sign({ ...claims, auth_time: START, acr: 'x' }, header, await key())
    await expectRejected(place, place.ask(`Bearer ${id}`), invalidToken('token_type'))
  })
})

describe('FusionAuth', () => {
  const issuer = 'https://acme.fusionauth.example'
  const application = 'e9fdb985-9173-4e01-9d73-ac2d60d1dc8e'
  const claims = {
    ...{ iss: issuer, sub: '00000000-0000-0000-0000-111111111111', jti: '2e2271d7' },
    ...{ aud: [application, RESOURCE], applicationId: application, authenticationType: 'PASSWORD' },
    ...{ exp: START + 60, iat: START, auth_time: START, roles: [], sid: '0abe7139' },
    scope: 'offline_access openid',
  }
  const scene = async (server: Partial<AuthorizationServerOptions> = {}) => {
    const at = await createIssuer(issuer, await key())
    const authorizationServers = [{ issuer, claims: { clientId: 'applicationId' }, ...server }]
    return createScene({ issuer: at, authorizationServers })
  }
  const token = async (changes: object) =>
    `Bearer ${await sign({ ...claims, ...changes }, { header: { typ: 'JWT', gty: ['authorization_code'] } }, await key())}`

  it('names the resource beside the application, if both list and request name it', async () => {
    const at = await scene()
    const auth = await expectAccepted(at, at.ask(await token({})))
    expect(auth).toMatchObject({ clientId: application, scopes: ['offline_access', 'openid'] })
    const other = await scene()
    const alone = other.ask(await token({ aud: application }))
    await expectRejected(other, alone, invalidToken('token_audience'))
  })

  it('has an issuer that is not a URL by default, which tokenIssuers accepts', async () => {
    const old = await token({ iss: 'acme.com' })
    const at = await scene()
    await expectRejected(at, at.ask(old), invalidToken('token_issuer'))
    const listed = await scene({ tokenIssuers: ['acme.com'] })
    expect((await expectAccepted(listed, listed.ask(old))).issuer).toBe('acme.com')
  })
})

describe('OpenIddict', () => {
  const issuer = 'https://openiddict.example/'
  const common = {
    ...{ active: true, iss: issuer, sub: 'a1b2', jti: 'j1', client_id: 'cli' },
    ...{ iat: START, nbf: START, exp: START + 60, aud: ['https://rs.example/mcp', 'mcp-api'] },
  }
  const scene = async (answer: object) => {
    const endpoint = `${issuer}connect/introspect`
    const at = await createIssuer(issuer, await key())
    at.respondAt(endpoint, () => Response.json(answer))
    const accessToken = { kind: 'introspection', endpoint, ...CLIENT } as const
    return createScene({ issuer: at, authorizationServers: [{ issuer, accessToken }] })
  }

  it('states scopes to a client that is an audience, and none to others', async () => {
    const use = { token_type: 'Bearer', token_usage: 'access_token' }
    const at = await scene({ ...common, ...use, scope: 'notes:read' })
    expect((await expectAccepted(at, at.ask('Bearer opaque'))).scopes).toEqual(['notes:read'])
    const other = await scene({ ...common, ...use, aud: 'https://rs.example/mcp' })
    expect((await expectAccepted(other, other.ask('Bearer opaque'))).scopes).toEqual([])
  })

  it('states the use of a refresh token, which is rejected', async () => {
    const at = await scene({ ...common, token_usage: 'refresh_token' })
    await expectRejected(at, at.ask('Bearer opaque'), invalidToken('token_type'))
  })
})

let only: Promise<SigningKey> | undefined
function key(): Promise<SigningKey> {
  only ??= createKey('k1', 'ES256')
  return only
}

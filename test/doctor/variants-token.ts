/** What `--token` says about a token that a server rejects. */

import { at, hasJwt, isPost, PATH } from './breaks.ts'
import type { Variant } from './variants.ts'

const now = Math.floor(Date.now() / 1000)

const encoded = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')

export const TOKEN: readonly Variant[] = [
  {
    report: 'an opaque token at a server that expects JWTs',
    id: 'token-form',
    says: /opaque, not a JWT, and is rejected/,
    token: 'gho_16C7e42F292c6912E7710c838347Ae178B4a',
  },
  {
    report: 'Auth0 without audience: an encrypted token',
    id: 'token-form',
    says: /encrypted \(JWE\)/,
    token: 'eyJhbGciOiJkaXIifQ..aXY.Y2lwaGVy.dGFn',
  },
  {
    report: 'the ID token in place of the access token',
    id: 'token-form',
    says: /ID token/,
    token: `${encoded({ alg: 'RS256', typ: 'JWT' })}.${encoded({ aud: 'client-1', nonce: 'n' })}.AAAA`,
  },
  {
    report: 'the audience has no path',
    id: 'token-audience',
    says: /lacks the path/,
    expected: /\/mcp/,
    token: { aud: 'http://127.0.0.1' },
    server: (request) =>
      request.url.includes('oauth-protected-resource') && request.method === 'GET'
        ? Response.json({ resource: 'http://127.0.0.1/mcp', authorization_servers: [] })
        : undefined,
  },
  {
    report: 'the audience is the client id',
    id: 'token-audience',
    says: /client id/,
    received: /0oa1b2c3/,
    token: { aud: '0oa1b2c3' },
  },
  {
    report: 'Keycloak: aud is account',
    id: 'token-audience',
    says: /audience mapper/,
    received: /account/,
    token: { aud: ['account', 'master-realm'] },
  },
  {
    report: 'Entra: aud is api://…',
    id: 'token-audience',
    says: /application ID URI/,
    token: { aud: 'api://5f1d-notes' },
  },
  {
    report: 'Entra: a token for Microsoft Graph',
    id: 'token-audience',
    says: /token for Microsoft Graph.*request a scope of your API/,
    received: /00000003/,
    token: { aud: '00000003-0000-0000-c000-000000000000' },
  },
  {
    report: 'Entra: a token for Microsoft Graph, by its URL',
    id: 'token-audience',
    says: /token for Microsoft Graph/,
    token: { aud: 'https://graph.microsoft.com/' },
  },
  {
    report: 'Auth0 without audience: a token for the profile',
    id: 'token-audience',
    says: /profile of the user/,
    token: { aud: 'https://tenant.us.auth0.com/userinfo' },
  },
  {
    report: 'a proxy removes Authorization',
    id: 'token-accepted',
    says: /without an error.*may not receive the token/,
    token: {},
    server: (request) =>
      request.headers.has('Authorization')
        ? new Response(null, {
            status: 401,
            headers: { 'WWW-Authenticate': 'Bearer resource_metadata="https://as.example/"' },
          })
        : undefined,
  },
  {
    report: 'no audience at all',
    id: 'token-audience',
    says: /received none/,
    received: /none/,
    token: { aud: undefined },
  },
  {
    report: 'Entra: a token of version 1',
    id: 'token-issuer',
    says: /version 1/,
    received: /sts\.windows\.net/,
    token: { iss: 'https://sts.windows.net/9f2c/' },
  },
  {
    report: 'the issuer lacks the slash',
    id: 'token-issuer',
    says: /received "https:\/\/as\.example\/"/,
    token: { iss: 'https://as.example/' },
  },
  {
    report: 'the scope is missing, and the server answers 403',
    id: 'token-scope',
    says: /expected "notes:read", received "openid" and "email"/,
    expected: /notes:read/,
    received: /email/,
    token: { scope: 'openid email' },
  },
  {
    report: 'the scope is missing, and the server answers 401',
    id: 'token-scope',
    says: /lacks a scope/,
    token: { scope: 'openid' },
    server: at(
      PATH,
      () =>
        new Response(null, {
          status: 401,
          headers: { 'WWW-Authenticate': 'Bearer error="insufficient_scope", scope="notes:read"' },
        }),
      hasJwt,
    ),
  },
  {
    report: 'the token is old',
    id: 'token-expiry',
    says: /expired 3\d{3} s ago: get a new one/,
    expected: /exp after/,
    token: { iat: now - 7200, exp: now - 3600 },
  },
  {
    report: 'the clock of the authorization server is ahead',
    id: 'token-expiry',
    says: /clocks/,
    token: { iat: now + 600, nbf: now + 600, exp: now + 4200 },
  },
  {
    report: 'an expired token is accepted',
    id: 'token-expiry',
    says: /ago and is accepted/,
    token: { iat: now - 7200, exp: now - 3600 },
    server: at(
      PATH,
      async (request) => {
        const { id } = (await request.clone().json()) as { id: number }
        return Response.json({ jsonrpc: '2.0', id, result: {} })
      },
      (request) => isPost(request) && hasJwt(request),
    ),
  },
  {
    report: 'the key was rotated away',
    id: 'token-key',
    says: /key of the token is not at/,
    expected: /other/,
    token: {},
    authority: (request) =>
      request.url.endsWith('/jwks')
        ? Response.json({
            keys: [{ kty: 'EC', crv: 'P-256', x: 'x'.repeat(43), y: 'y'.repeat(43), kid: 'other' }],
          })
        : undefined,
  },
  {
    report: 'a bearer token at a server that requires DPoP',
    id: 'token-binding',
    says: /expected a token that is bound by DPoP, received a bearer token/,
    expected: /DPoP/,
    token: {},
    resource: { dpop: { required: true } },
  },
  {
    report: 'a DPoP token without proof',
    id: 'token-accepted',
    says: /bound to a DPoP key/,
    token: { cnf: { jkt: 'A'.repeat(43) } },
    server: at(PATH, () => new Response(null, { status: 403 }), hasJwt),
  },
]

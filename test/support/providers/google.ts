/**
 * Google's authorization server as developers.google.com/identity/protocols/oauth2 describes it: every
 * client has a secret, installed applications included; scopes are Google's own; refresh tokens need
 * `access_type=offline`; access tokens are opaque, and tokeninfo describes them.
 */

import { randomUUID } from 'node:crypto'
import { createFakeProvider, type FakeProvider, type Grant } from './authorization-server.ts'

export interface GoogleSettings {
  readonly client: { readonly id: string; readonly secret: string; readonly redirectUri: string }
  /** Scopes of Google that the project's consent screen has. */
  readonly scopes: readonly string[]
}

const ISSUER = 'https://accounts.google.com'

export function createFakeGoogle({ client, scopes }: GoogleSettings): FakeProvider {
  const tokens = new Map<string, Grant & { readonly expiresAt: number }>()
  const document = {
    issuer: ISSUER,
    authorization_endpoint: `${ISSUER}/o/oauth2/v2/auth`,
    token_endpoint: 'https://oauth2.googleapis.com/token',
    jwks_uri: 'https://www.googleapis.com/oauth2/v3/certs',
    response_types_supported: ['code', 'token', 'id_token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
    scopes_supported: ['openid', 'email', 'profile'],
    token_endpoint_auth_methods_supported: ['client_secret_post', 'client_secret_basic'],
    grant_types_supported: ['authorization_code', 'refresh_token'],
    code_challenge_methods_supported: ['plain', 'S256'],
  }
  return createFakeProvider({
    documents: {
      [`${ISSUER}/.well-known/oauth-authorization-server`]: document,
      [`${ISSUER}/.well-known/openid-configuration`]: document,
    },
    endpoints: {
      authorize: document.authorization_endpoint,
      token: document.token_endpoint,
    },
    clients: { [client.id]: { redirectUris: [client.redirectUri], secret: client.secret } },
    authorize: (params) => {
      const unknown = (params.get('scope') ?? '')
        .split(' ')
        .filter((each) => !scopes.includes(each))
      return unknown.length === 0
        ? undefined
        : {
            error: 'invalid_scope',
            description: `Some requested scopes were invalid. {invalid=[${unknown.join(', ')}]}`,
          }
    },
    accessToken: (grant) => {
      const token = `ya29.${randomUUID()}`
      tokens.set(token, { ...grant, expiresAt: Math.floor(Date.now() / 1000) + 3600 })
      return token
    },
    issuesRefreshToken: (_, params) => params.get('access_type') === 'offline',
    rotatesRefreshTokens: false,
    other: (request) => {
      if (new URL(request.url).host !== 'oauth2.googleapis.com') return undefined
      const found = tokens.get(request.headers.get('Authorization')?.replace('Bearer ', '') ?? '')
      if (found === undefined || found.expiresAt <= Date.now() / 1000) {
        return Response.json({ error: 'invalid_token' }, { status: 400 })
      }
      return Response.json({
        ...{ azp: found.clientId, aud: found.clientId, sub: '1234567890' },
        ...{ scope: found.scopes.join(' '), exp: `${found.expiresAt}`, expires_in: '3599' },
      })
    },
  })
}

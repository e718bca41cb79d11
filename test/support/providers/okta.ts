/**
 * A custom authorization server of Okta as developer.okta.com describes it: concepts/auth-servers,
 * guides/validate-access-tokens, reference/api/oidc (`/authorize`: `state` and `scope` are required;
 * `offline_access` for refresh tokens; unknown scopes are `invalid_scope`), reference/api/oauth-clients
 * (dynamic registration needs an API token).
 */

import { type SigningKey, sign } from '../issuer.ts'
import { createFakeProvider, type FakeProvider } from './authorization-server.ts'

export interface OktaSettings {
  readonly key: SigningKey
  readonly issuer: string
  /** The audience of the authorization server, which every token has. */
  readonly audience: string
  readonly scopes: readonly string[]
  readonly client: { readonly id: string; readonly redirectUri: string }
}

export function createFakeOkta(settings: OktaSettings): FakeProvider {
  const { key, issuer, audience, scopes, client } = settings
  const { origin, pathname } = new URL(issuer)
  const allowed = new Set(['openid', 'profile', 'email', 'offline_access', ...scopes])
  return createFakeProvider({
    documents: {
      [`${origin}/.well-known/oauth-authorization-server${pathname}`]: {
        issuer,
        authorization_endpoint: `${issuer}/v1/authorize`,
        token_endpoint: `${issuer}/v1/token`,
        jwks_uri: `${issuer}/v1/keys`,
        registration_endpoint: `${origin}/oauth2/v1/clients`,
        introspection_endpoint: `${issuer}/v1/introspect`,
        response_types_supported: ['code', 'token', 'code token'],
        grant_types_supported: ['authorization_code', 'refresh_token', 'client_credentials'],
        scopes_supported: [...allowed],
        code_challenge_methods_supported: ['S256'],
        token_endpoint_auth_methods_supported: ['client_secret_basic', 'none'],
      },
      [`${issuer}/v1/keys`]: { keys: [key.jwk] },
    },
    endpoints: {
      authorize: `${issuer}/v1/authorize`,
      token: `${issuer}/v1/token`,
      register: `${origin}/oauth2/v1/clients`,
    },
    clients: { [client.id]: { redirectUris: [client.redirectUri] } },
    register: () => ({ error: 'E0000005', description: 'Invalid session', status: 403 }),
    authorize: (params) => {
      if (params.get('state') === null) {
        return { error: 'invalid_request', description: 'The state parameter is missing.' }
      }
      const requested = (params.get('scope') ?? '').split(' ')
      return requested.every((each) => allowed.has(each))
        ? undefined
        : {
            error: 'invalid_scope',
            description:
              'One or more scopes are not configured for the authorization server resource.',
          }
    },
    accessToken: ({ clientId, scopes: granted }) => {
      const now = Math.floor(Date.now() / 1000)
      const claims = {
        ...{ ver: 1, jti: `AT.${now}`, iss: issuer, aud: audience, iat: now, exp: now + 3600 },
        ...{ cid: clientId, uid: '00u1', sub: 'alice@example.com', scp: granted },
      }
      return sign(claims, { header: { typ: undefined, alg: 'RS256' } }, key)
    },
    issuesRefreshToken: ({ scopes: granted }) => granted.includes('offline_access'),
    rotatesRefreshTokens: true,
  })
}

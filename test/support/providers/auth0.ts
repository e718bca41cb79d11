/**
 * Auth0 as its documentation describes it: auth0.com/ai/docs/mcp (resource parameter compatibility
 * profile, dynamic client registration, default permissions of third-party applications),
 * auth0.com/docs/get-started/applications/{dynamic-client-registration,third-party-applications},
 * auth0.com/docs/secure/tokens/access-tokens/access-token-profiles.
 */

import { type SigningKey, sign } from '../issuer.ts'
import { createFakeProvider, type FakeProvider } from './authorization-server.ts'

export interface Auth0Settings {
  readonly key: SigningKey
  readonly domain: string
  readonly api: string
  readonly scopes: readonly string[]
  /** Dynamic registration, off by default. */
  readonly registersClients?: boolean
  /** The Resource Parameter Compatibility Profile, off by default. */
  readonly readsResource?: boolean
  /** Whether a connection is promoted to domain level, so that registered applications can use it. */
  readonly hasDomainConnection?: boolean
  /** The default permissions of the API for third-party applications. */
  readonly defaultPermissions?: readonly string[]
}

export function createFakeAuth0(settings: Auth0Settings): FakeProvider {
  const { key, domain, api, scopes, registersClients = false, readsResource = false } = settings
  const { hasDomainConnection = false, defaultPermissions = [] } = settings
  const base = `https://${domain}`
  const issuer = `${base}/`
  const document = {
    issuer,
    authorization_endpoint: `${base}/authorize`,
    token_endpoint: `${base}/oauth/token`,
    jwks_uri: `${base}/.well-known/jwks.json`,
    response_types_supported: ['code'],
    grant_types_supported: ['authorization_code', 'refresh_token'],
    code_challenge_methods_supported: ['S256', 'plain'],
    scopes_supported: ['openid', 'profile', 'offline_access', 'email'],
    token_endpoint_auth_methods_supported: ['client_secret_post', 'none'],
    ...(registersClients ? { registration_endpoint: `${base}/oidc/register` } : {}),
  }
  return createFakeProvider({
    documents: {
      [`${base}/.well-known/oauth-authorization-server`]: document,
      [`${base}/.well-known/openid-configuration`]: document,
      [`${base}/.well-known/jwks.json`]: { keys: [key.jwk] },
    },
    endpoints: {
      authorize: `${base}/authorize`,
      token: `${base}/oauth/token`,
      ...(registersClients ? { register: `${base}/oidc/register` } : {}),
    },
    authorize: (params) => {
      if (!hasDomainConnection) {
        return {
          error: 'invalid_request',
          description: 'no connections enabled for the client',
        }
      }
      const audience = params.get('audience') ?? (readsResource ? params.get('resource') : null)
      if (audience !== null && audience !== api) {
        return { error: 'access_denied', description: `Service not found: ${audience}` }
      }
      return audience !== null && defaultPermissions.length === 0
        ? {
            error: 'access_denied',
            description: `Client is not authorized to access resource server "${api}".`,
          }
        : undefined
    },
    // Scopes that the API does not have, or that third parties may not use, are dropped silently.
    scopes: (requested) =>
      requested.filter((each) =>
        scopes.includes(each)
          ? defaultPermissions.includes(each)
          : document.scopes_supported.includes(each),
      ),
    accessToken: ({ clientId, scopes: granted, resource }) => {
      // Without an API the token is opaque.
      if (!readsResource || resource === undefined) return `opaque.${Date.now()}`
      const now = Math.floor(Date.now() / 1000)
      const aud = granted.includes('openid') ? [api, `${base}/userinfo`] : api
      const claims = {
        ...{ iss: issuer, sub: 'auth0|1', aud, iat: now, exp: now + 3600 },
        ...{ scope: granted.join(' '), azp: clientId },
      }
      return sign(claims, { header: { typ: 'JWT', alg: 'RS256' } }, key)
    },
    issuesRefreshToken: ({ scopes: granted }) => granted.includes('offline_access'),
    rotatesRefreshTokens: true,
  })
}

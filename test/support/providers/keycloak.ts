/**
 * Keycloak 26 as its guides describe it: keycloak.org/securing-apps/mcp-authz-server (audience by a
 * mapper of a client scope; `resource` is ignored without the experimental feature),
 * keycloak.org/securing-apps/client-registration (policy Trusted Hosts), and the measured run of
 * phasetwo.io/tutorials/emerging/mcp-server-auth (no `aud` without a mapper).
 */

import { type SigningKey, sign } from '../issuer.ts'
import { createFakeProvider, type FakeProvider } from './authorization-server.ts'

export interface KeycloakSettings {
  readonly key: SigningKey
  readonly url: string
  readonly realm: string
  /** Client scopes of the realm, and the audience that a mapper in each of them adds. */
  readonly scopes: Readonly<Record<string, string | undefined>>
  /** Whether the policy Trusted Hosts admits the client's host. */
  readonly trustsHost?: boolean
}

export function createFakeKeycloak(settings: KeycloakSettings): FakeProvider {
  const { key, url, realm, scopes, trustsHost = false } = settings
  const issuer = `${url}/realms/${realm}`
  const endpoints = `${issuer}/protocol/openid-connect`
  const registration = `${issuer}/clients-registrations/openid-connect`
  const allowed = new Set(['openid', 'profile', 'email', 'offline_access', ...Object.keys(scopes)])
  const document = {
    issuer,
    authorization_endpoint: `${endpoints}/auth`,
    token_endpoint: `${endpoints}/token`,
    jwks_uri: `${endpoints}/certs`,
    registration_endpoint: registration,
    response_types_supported: ['code'],
    grant_types_supported: ['authorization_code', 'refresh_token'],
    code_challenge_methods_supported: ['plain', 'S256'],
    scopes_supported: [...allowed],
    subject_types_supported: ['public', 'pairwise'],
    id_token_signing_alg_values_supported: ['RS256'],
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'none'],
    authorization_response_iss_parameter_supported: false,
  }
  return createFakeProvider({
    documents: {
      [`${url}/.well-known/oauth-authorization-server/realms/${realm}`]: document,
      [`${issuer}/.well-known/openid-configuration`]: document,
      [`${endpoints}/certs`]: { keys: [key.jwk, { ...key.jwk, kid: 'enc', use: 'enc' }] },
    },
    endpoints: {
      authorize: `${endpoints}/auth`,
      token: `${endpoints}/token`,
      register: registration,
    },
    register: () =>
      trustsHost
        ? undefined
        : {
            error: 'insufficient_scope',
            description:
              "Policy 'Trusted Hosts' rejected request to client-registration service. Details: Host not trusted.",
            status: 403,
          },
    authorize: (params) => {
      const requested = (params.get('scope') ?? '').split(' ').filter((each) => each !== '')
      return requested.every((each) => allowed.has(each))
        ? undefined
        : { error: 'invalid_scope', description: `Invalid scopes: ${requested.join(' ')}` }
    },
    accessToken: ({ clientId, scopes: granted }) => {
      const now = Math.floor(Date.now() / 1000)
      const aud = granted.flatMap((each) => scopes[each] ?? [])
      const claims = {
        ...{ iss: issuer, sub: 'f3f1', typ: 'Bearer', azp: clientId, iat: now, exp: now + 3600 },
        ...{ jti: `${now}`, scope: granted.join(' '), aud: aud.length === 0 ? undefined : aud },
      }
      return sign(claims, { header: { typ: 'JWT', alg: 'RS256' } }, key)
    },
    // A refresh token of the session, with or without offline_access.
    issuesRefreshToken: () => true,
    rotatesRefreshTokens: true,
  })
}

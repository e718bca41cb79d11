/**
 * Microsoft Entra ID as its pages and public error reports describe it:
 * - learn.microsoft.com/entra/identity-platform/{v2-oauth2-auth-code-flow, access-token-claims-reference,
 *   reference-error-codes, identifier-uri-restrictions}
 * - AADSTS9010010: github.com/microsoft/azure-devops-mcp/issues/1601, /anthropics/claude-code/issues/52871
 * - AADSTS650053: github.com/anthropics/claude-code/issues/73460
 * - AADSTS90009: github.com/Softeria/ms-365-mcp-server/issues/502
 */

import type { SigningKey } from '../issuer.ts'
import { sign } from '../issuer.ts'
import { createFakeProvider, type FakeProvider, type Refusal } from './authorization-server.ts'

export interface EntraSettings {
  readonly key: SigningKey
  readonly tenantId: string
  /** The API: its application ID, Application ID URI and scopes. */
  readonly api: { readonly id: string; readonly uri: string; readonly scopes: readonly string[] }
  /** The client; the API's own application ID is the trap of AADSTS90009. */
  readonly client: { readonly id: string; readonly redirectUri: string; readonly secret?: string }
  /** Scopes that neither the user nor an administrator has consented to. */
  readonly withoutConsent?: readonly string[]
}

const HOST = 'https://login.microsoftonline.com'
const OPENID = new Set(['openid', 'profile', 'email', 'offline_access'])

export function createFakeEntra(settings: EntraSettings): FakeProvider {
  const { key, tenantId, api, client, withoutConsent = [] } = settings
  const issuer = `${HOST}/${tenantId}/v2.0`
  const base = `${HOST}/${tenantId}`
  const { alg: _, ...withoutAlgorithm } = key.jwk
  const { secret } = client
  return createFakeProvider({
    // Only at the appended OpenID place; the inserted one of RFC 8414 is a 404.
    documents: {
      [`${issuer}/.well-known/openid-configuration`]: {
        issuer,
        authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
        token_endpoint: `${base}/oauth2/v2.0/token`,
        jwks_uri: `${base}/discovery/v2.0/keys`,
        response_types_supported: ['code', 'id_token', 'code id_token', 'id_token token'],
        response_modes_supported: ['query', 'fragment', 'form_post'],
        subject_types_supported: ['pairwise'],
        id_token_signing_alg_values_supported: ['RS256'],
        scopes_supported: [...OPENID],
        token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt'],
      },
      [`${base}/discovery/v2.0/keys`]: {
        keys: [{ ...withoutAlgorithm, issuer: `${HOST}/{tenantid}/v2.0` }],
      },
    },
    endpoints: { authorize: `${base}/oauth2/v2.0/authorize`, token: `${base}/oauth2/v2.0/token` },
    clients: {
      [client.id]: {
        redirectUris: [client.redirectUri],
        ...(secret === undefined ? {} : { secret }),
      },
    },
    authorize: (params) => {
      const requested = (params.get('scope') ?? '').split(' ').filter((each) => !OPENID.has(each))
      return checkScopes(requested, params.get('resource'))
    },
    token: (form, { scopes, clientId }) => {
      const resource = form.get('resource')
      if (form.get('grant_type') === 'refresh_token' && clientId === api.id) {
        const asked = (form.get('scope') ?? scopes.join(' ')).split(' ')
        if (asked.some((each) => each.startsWith(`${api.uri}/`))) return refuseSelf(clientId)
      }
      return checkScopes(
        scopes.filter((each) => !OPENID.has(each)),
        resource,
      )
    },
    accessToken: ({ clientId, scopes }) => {
      const now = Math.floor(Date.now() / 1000)
      const claims = {
        ...{ aud: api.id, iss: issuer, iat: now, nbf: now, exp: now + 3600, azp: clientId },
        ...{ oid: 'user-1', sub: 'pairwise-1', tid: tenantId, ver: '2.0', azpacr: '0' },
        scp: scopes
          .flatMap((each) => each.split('/').slice(-1))
          .filter((each) => !OPENID.has(each)),
      }
      const scp = claims.scp.join(' ')
      return sign({ ...claims, scp }, { header: { typ: 'JWT', alg: 'RS256' } }, key)
    },
    issuesRefreshToken: ({ scopes }) => scopes.includes('offline_access'),
    rotatesRefreshTokens: true,
  })

  function checkScopes(requested: readonly string[], resource: string | null): Refusal | undefined {
    const prefixes = [api.uri, api.id]
    for (const scope of requested) {
      const cut = scope.lastIndexOf('/')
      if (cut < 0) {
        return {
          error: 'invalid_client',
          description: `AADSTS650053: The application asked for scope '${scope}' that doesn't exist on the resource '00000003-0000-0000-c000-000000000000'.`,
        }
      }
      const [uri, name] = [scope.slice(0, cut), scope.slice(cut + 1)]
      if (!prefixes.includes(uri)) {
        return {
          error: 'invalid_resource',
          description: `AADSTS500011: The resource principal named ${uri} was not found in the tenant.`,
        }
      }
      if (!api.scopes.includes(name)) {
        return {
          error: 'invalid_client',
          description: `AADSTS650053: The application asked for scope '${name}' that doesn't exist on the resource '${api.id}'.`,
        }
      }
      if (resource !== null && resource !== uri) {
        return {
          error: 'invalid_target',
          description:
            "AADSTS9010010: The resource parameter provided in the request doesn't match with the requested scopes.",
        }
      }
      if (withoutConsent.includes(name)) {
        return {
          error: 'invalid_grant',
          description:
            'AADSTS65001: The user or administrator has not consented to use the application.',
        }
      }
    }
    return undefined
  }

  function refuseSelf(id: string): Refusal {
    return {
      error: 'invalid_request',
      description: `AADSTS90009: Application '${id}' is requesting a token for itself. This scenario is supported only if resource is specified using the GUID based App Identifier.`,
    }
  }
}

/**
 * Amazon Cognito as its developer guide describes it (docs.aws.amazon.com/cognito/latest/developerguide):
 * authorization-endpoint, token-endpoint, cognito-user-pools-define-resource-servers (scopes, resource
 * binding), amazon-cognito-user-pools-using-the-access-token.
 */

import { type SigningKey, sign } from '../issuer.ts'
import { createFakeProvider, type FakeProvider } from './authorization-server.ts'

export interface CognitoSettings {
  readonly key: SigningKey
  readonly userPoolId: string
  /** The resource server's identifier and the scopes that the app client may request. */
  readonly resourceServer: string
  readonly scopes: readonly string[]
  readonly client: { readonly id: string; readonly redirectUri: string }
  /** Whether the plan has resource binding. */
  readonly bindsResources: boolean
}

const DOMAIN = 'https://notes.auth.eu-west-2.amazoncognito.com'

export function createFakeCognito(settings: CognitoSettings): FakeProvider {
  const { key, userPoolId, resourceServer, scopes, client, bindsResources } = settings
  const issuer = `https://cognito-idp.${userPoolId.split('_')[0]}.amazonaws.com/${userPoolId}`
  const allowed = new Set(['openid', ...scopes])
  return createFakeProvider({
    documents: {
      [`${issuer}/.well-known/openid-configuration`]: {
        issuer,
        authorization_endpoint: `${DOMAIN}/oauth2/authorize`,
        token_endpoint: `${DOMAIN}/oauth2/token`,
        jwks_uri: `${issuer}/.well-known/jwks.json`,
        response_types_supported: ['code', 'token'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['RS256'],
        scopes_supported: ['openid', 'email', 'phone', 'profile'],
        token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
      },
      [`${issuer}/.well-known/jwks.json`]: { keys: [key.jwk] },
    },
    endpoints: { authorize: `${DOMAIN}/oauth2/authorize`, token: `${DOMAIN}/oauth2/token` },
    clients: { [client.id]: { redirectUris: [client.redirectUri] } },
    authorize: (params) => {
      const requested = (params.get('scope') ?? '').split(' ')
      // A scope that the app client does not have is refused, not dropped.
      if (!requested.every((each) => allowed.has(each))) {
        return { error: 'invalid_request', description: 'invalid_scope' }
      }
      const resource = params.get('resource')
      return bindsResources && resource !== null && resource !== resourceServer
        ? { error: 'invalid_target', description: 'The resource is not a resource server.' }
        : undefined
    },
    accessToken: ({ clientId, scopes: granted, resource }) => {
      const now = Math.floor(Date.now() / 1000)
      const claims = {
        ...{ iss: issuer, sub: 'user-1', client_id: clientId, token_use: 'access' },
        ...{ scope: granted.join(' '), iat: now, auth_time: now, exp: now + 3600, jti: `${now}` },
        aud: bindsResources ? resource : undefined,
      }
      return sign(claims, { header: { typ: undefined, alg: 'RS256' } }, key)
    },
    issuesRefreshToken: () => true,
    rotatesRefreshTokens: false,
  })
}

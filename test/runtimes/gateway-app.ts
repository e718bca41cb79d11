/** A gateway in front of an upstream, for every runtime. */

import {
  type AuthContext,
  type Jwk,
  type ProtectedResource,
  protectedResource,
} from 'mcp-gatehouse'
import { forward, forwardAuth } from 'mcp-gatehouse/gateway'

export interface GatewayConfig {
  /** The origin of the server behind the gateway. */
  readonly upstream: string
  /** The private key that signs the identity. */
  readonly key: Jwk
}

/** The only valid token. It is long enough to be searched for in other fields. */
export const TOKEN = 'the-access-token-of-user-1'
export const RESOURCE = 'https://rs.example/mcp'
/** Sub-requests of a proxy have this path. */
export const QUESTION = '/question'

export function createResource(): ProtectedResource {
  return protectedResource({
    resource: RESOURCE,
    authorizationServers: [
      {
        issuer: 'https://as.example',
        accessToken: {
          kind: 'custom',
          verify: async (token, { issuer }) =>
            token === TOKEN
              ? {
                  iss: issuer,
                  aud: RESOURCE,
                  sub: 'user-1',
                  client_id: 'client-1',
                  scope: 'read',
                  exp: 1_800_003_600,
                }
              : null,
        },
      },
    ],
    requiredScopes: ['read'],
    // Otherwise the warning about sessions is printed.
    onEvent: () => {},
    now: () => 1_800_000_000,
  })
}

/** The handler behind the guard. */
export function createHandler({ upstream, key }: GatewayConfig) {
  return forward(`${upstream}/up`, {
    subpaths: true,
    identity: { key, header: 'X-Identity' },
    headers: { 'X-User': (auth) => (auth.anonymous ? undefined : auth.subject) },
    timeoutMs: 10_000,
  })
}

/** Decides for nginx. */
export function createDecision(resource: ProtectedResource) {
  return forwardAuth(resource, {
    proxy: 'nginx',
    identityHeaders: { 'X-User': (auth) => (auth as AuthContext).subject },
  })
}

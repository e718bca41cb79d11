/** workers-oauth-provider in front of a protected resource, in one Worker. The login page approves each request. */

import { type OAuthHelpers, OAuthProvider } from '@cloudflare/workers-oauth-provider'
import { type AuthContext, protect, protectedResource } from 'mcp-gatehouse'

interface Env {
  readonly OAUTH_PROVIDER: OAuthHelpers
}

const ORIGIN = 'https://mcp.example'
let handle: ((request: Request) => Promise<Response>) | undefined

/** Made at the first request, because only then are the helpers there. */
function createHandler({ OAUTH_PROVIDER: helpers }: Env) {
  const resource = protectedResource({
    resource: `${ORIGIN}/notes`,
    authorizationServers: [
      {
        issuer: ORIGIN,
        metadata: { issuer: ORIGIN },
        accessToken: {
          kind: 'custom',
          verify: async (token) => {
            const known = await helpers.unwrapToken(token)
            if (known === null) return null
            return {
              sub: known.userId,
              client_id: known.grant.clientId,
              scope: known.scope.join(' '),
              exp: known.expiresAt,
              aud: known.audience,
            }
          },
        },
      },
    ],
    requiredScopes: ['notes:read'],
  })
  return protect(resource, (_request, { subject, clientId, scopes }: AuthContext) =>
    Response.json({ subject, hasClient: clientId !== undefined, scopes }),
  )
}

const pages = {
  async fetch(request: Request, env: Env): Promise<Response> {
    const { pathname } = new URL(request.url)
    if (pathname === '/notes') {
      handle ??= createHandler(env)
      return handle(request)
    }
    if (pathname !== '/authorize') return new Response(null, { status: 404 })
    const asked = await env.OAUTH_PROVIDER.parseAuthRequest(request)
    const { redirectTo } = await env.OAUTH_PROVIDER.completeAuthorization({
      request: asked,
      userId: 'user-1',
      metadata: {},
      scope: asked.scope,
      props: {},
    })
    return new Response(null, { status: 302, headers: { Location: redirectTo } })
  },
}

export default new OAuthProvider({
  apiRoute: '/notes/api/',
  apiHandler: pages,
  defaultHandler: pages,
  authorizeEndpoint: '/authorize',
  tokenEndpoint: '/token',
  clientRegistrationEndpoint: '/register',
  scopesSupported: ['notes:read', 'notes:write'],
  resourceMetadata: { resource: `${ORIGIN}/notes` },
})

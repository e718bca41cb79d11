/** Examples of the gateway. `npm run docs` copies each region into the comments of its symbols. */

import { type Jwk, protect, protectedResource } from 'mcp-gatehouse'
import {
  type ForwardAuthOptions,
  type ForwardAuthProxy,
  type ForwardOptions,
  forward,
  forwardAuth,
  type IdentityOptions,
  identityKeysResponse,
  type Upstream,
} from 'mcp-gatehouse/gateway'

export const notes = protectedResource({
  resource: 'https://api.example.com/notes',
  authorizationServers: ['https://auth.example.com'],
})

// #region forward
export const handle = protect(
  notes,
  forward('http://127.0.0.1:9000/mcp', {
    headers: { 'X-User': (auth) => (auth.anonymous ? undefined : auth.subject) },
  }),
)
// #endregion

// #region Upstream
export const byVersion = ((request: Request) =>
  request.headers.get('MCP-Protocol-Version') === '2026-07-28'
    ? 'http://127.0.0.1:9001/mcp'
    : 'http://127.0.0.1:9000/mcp') satisfies Upstream
// #endregion

// #region ForwardOptions
export const limits: ForwardOptions = { subpaths: true, timeoutMs: 10_000 }
// #endregion

// #region IdentityOptions
export function forwardSigned(key: Jwk) {
  const identity: IdentityOptions = { key, header: 'X-Identity' }
  return protect(notes, forward('http://127.0.0.1:9000/mcp', { identity }))
}
// #endregion

// #region identityKeysResponse
export function serveKeys(request: Request, key: Jwk): Promise<Response> {
  // The servers behind the gateway fetch this document; it contains public members only.
  return identityKeysResponse(request, key)
}
// #endregion

// #region forwardAuth
export const decide = forwardAuth(notes, {
  proxy: 'nginx',
  identityHeaders: { 'X-User': (auth) => (auth.anonymous ? undefined : auth.subject) },
})
// #endregion

// #region ForwardAuthOptions
export const asking: ForwardAuthOptions = {
  proxy: 'caddy',
  requirements: { scopes: ['notes:read'] },
}
// #endregion

// #region ForwardAuthProxy
export const proxies: readonly ForwardAuthProxy[] = ['nginx', 'caddy']
// #endregion

import { type CustomTokenOptions, UpstreamError } from 'mcp-gatehouse'

/** Tokens of an API that has no introspection, only a place that says whose a token is. */
export function verifyAtApi(url: string, clientIds: readonly string[]): CustomTokenOptions {
  return {
    kind: 'custom',
    // One call per token and minute; a token that is revoked lives that much longer.
    cacheSeconds: 60,
    async verify(token, { fetch, now, resource }) {
      const response = await fetch(url, { headers: { Authorization: `Bearer ${token}` } })
      // Only these say that the token is not valid. Whatever else happens is not its fault.
      if (response.status === 401 || response.status === 404) return null
      if (!response.ok) throw new UpstreamError('status', url, { status: response.status })
      const user = (await response.json()) as { id: string; client: string; scopes: string[] }
      return {
        sub: user.id,
        client_id: user.client,
        scope: user.scopes.join(' '),
        // The API does not say for whom a token is: its client has to stand for that.
        aud: clientIds.includes(user.client) ? resource : undefined,
        // Nor when it ends. Say how long you believe the answer.
        exp: now() + 3600,
      }
    },
  }
}

import { type CustomTokenOptions, UpstreamError } from 'mcp-gatehouse'

/** For tokens of an API without introspection that has an endpoint for the user of a token. */
export function verifyAtApi(url: string, clientIds: readonly string[]): CustomTokenOptions {
  return {
    kind: 'custom',
    // One call per token and minute. A revoked token stays valid that much longer.
    cacheSeconds: 60,
    async verify(token, { fetch, now, resource }) {
      const response = await fetch(url, { headers: { Authorization: `Bearer ${token}` } })
      // Only these statuses mean that the token is invalid. Any other failure is a failure of the API.
      if (response.status === 401 || response.status === 404) return null
      if (!response.ok) throw new UpstreamError('status', url, { status: response.status })
      const user = (await response.json()) as { id: string; client: string; scopes: string[] }
      return {
        sub: user.id,
        client_id: user.client,
        scope: user.scopes.join(' '),
        // The API reports no audience, so the client stands for it.
        aud: clientIds.includes(user.client) ? resource : undefined,
        // It reports no expiry, either. Set the time after which the token is verified again.
        exp: now() + 3600,
      }
    },
  }
}

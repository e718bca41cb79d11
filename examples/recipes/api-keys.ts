import type { CustomTokenOptions } from 'mcp-gatehouse'

/** What your store knows about a key. */
export interface ApiKey {
  readonly owner: string
  readonly scopes: readonly string[]
}

/** Accepts keys that begin with `key_`. The store holds only digests: a leaked copy contains no usable key. */
export function apiKeys(find: (digest: string) => Promise<ApiKey | undefined>): CustomTokenOptions {
  return {
    kind: 'custom',
    accepts: (token) => token.startsWith('key_'),
    async verify(token, { now, resource }) {
      const key = await find(await sha256(token))
      if (key === undefined) return null
      return {
        sub: key.owner,
        client_id: 'api-key',
        scope: key.scopes.join(' '),
        aud: resource,
        // Event streams of a key end after an hour, and clients connect again.
        exp: now() + 3600,
      }
    },
  }
}

/** A digest without salt suffices for keys of at least 32 random bytes: they cannot be guessed. */
export async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

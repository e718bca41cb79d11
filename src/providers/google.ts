/** The preset for Google accounts. */

import type { TokenContext } from '../contract/access-token-options.ts'
import type { AuthorizationServerOptions } from '../contract/authorization-server-options.ts'
import type { JsonObject } from '../lib/json.ts'
import { fetchTokenInfo } from './fetch-token-info.ts'
import type { QuestionOptions } from './shared.ts'
import { CLIENTS, QUESTION, validateOptions } from './validate.ts'

/**
 * Options of {@link google}.
 *
 * @example
 * ```ts
 * const withGoogle = protectedResource({
 *   resource: 'https://api.example.com/notes',
 *   authorizationServers: [
 *     google({ clientIds: ['123.apps.googleusercontent.com'], cacheSeconds: 60 }),
 *   ],
 * })
 * ```
 */
export interface GoogleOptions extends QuestionOptions {
  /** Your OAuth clients at Google, which users log in to. */
  clientIds: readonly string[]
}

/**
 * Options for Google accounts. Access tokens are opaque, so each is verified at Google's `tokeninfo`
 * endpoint. `cacheSeconds` reduces the requests; a revoked token stays valid that much longer.
 *
 * Quirks: Google has no client registration, so MCP clients use your client ID.
 *
 * Relaxes: the audience is one of your clients, not the resource. Users grant access (to mail,
 * files) to that client, so use one client per resource.
 *
 * @param options Your clients.
 * @returns Options for `authorizationServers`.
 * @throws {ConfigError} If a member is missing, unknown or invalid.
 * @example
 * ```ts
 * const withGoogle = protectedResource({
 *   resource: 'https://api.example.com/notes',
 *   authorizationServers: [
 *     google({ clientIds: ['123.apps.googleusercontent.com'], cacheSeconds: 60 }),
 *   ],
 * })
 * ```
 * @see {@link https://developers.google.com/identity/protocols/oauth2 Google: OAuth 2.0}
 */
export function google(options: GoogleOptions): AuthorizationServerOptions {
  const { clientIds, ...question } = validateOptions('google', options, {
    clientIds: CLIENTS,
    ...QUESTION,
  })
  return {
    issuer: 'https://accounts.google.com',
    audience: clientIds,
    accessToken: { kind: 'custom', verify: verifyGoogleToken, ...question },
  }
}

const TOKEN_INFO = 'https://oauth2.googleapis.com/tokeninfo'

/** As Google's own client libraries do: a POST with the token in a header, not in the URL. */
async function verifyGoogleToken(token: string, context: TokenContext): Promise<JsonObject | null> {
  const info = await fetchTokenInfo(context, TOKEN_INFO, [400, 401], {
    method: 'POST',
    headers: {
      Authorization: `Bearer ${token}`,
      'Content-Type': 'application/x-www-form-urlencoded',
    },
  })
  if (info === null) return null
  // Google sends numbers as strings.
  return { ...info, iss: context.issuer, client_id: info['azp'], exp: Number(info['exp']) }
}

/** The preset for GitHub. */

import type { CustomTokenOptions } from '../contract/access-token-options.ts'
import type { AuthorizationServerOptions } from '../contract/authorization-server-options.ts'
import { expiresIn, fetchTokenInfo, objectIn, toSubject } from './fetch-token-info.ts'
import type { QuestionOptions } from './shared.ts'
import { QUESTION, validateOptions } from './validate.ts'

/**
 * Options of {@link github}.
 *
 * @example
 * ```ts
 * const withGithub = protectedResource({
 *   resource: 'https://api.example.com/notes',
 *   authorizationServers: [
 *     github({ clientId: 'Iv1.0123456789abcdef', clientSecret: 'from the environment' }),
 *   ],
 * })
 * ```
 */
export interface GithubOptions extends QuestionOptions {
  /** The client ID of your OAuth app or GitHub App, which users log in to. */
  clientId: string
  /** Its secret. GitHub verifies tokens only for the application they belong to. */
  clientSecret: string
}

/**
 * Options for GitHub. User tokens are opaque, so each is verified at GitHub's *check a token*
 * endpoint, which knows only the tokens of your application. Personal access tokens and tokens of
 * other applications are rejected; the usual check, `GET /user`, accepts them all.
 *
 * Quirks: tokens of GitHub Apps have no scopes. GitHub has no client registration.
 *
 * Relaxes: the audience is your application, not the resource, so use one application per resource.
 * Tokens of OAuth apps do not expire; `exp` is set to one hour after each verification.
 *
 * @param options Your application.
 * @returns Options for `authorizationServers`.
 * @throws {ConfigError} If a member is missing, unknown or invalid.
 * @example
 * ```ts
 * const withGithub = protectedResource({
 *   resource: 'https://api.example.com/notes',
 *   authorizationServers: [
 *     github({ clientId: 'Iv1.0123456789abcdef', clientSecret: 'from the environment' }),
 *   ],
 * })
 * ```
 * @see {@link https://docs.github.com/en/rest/apps/oauth-applications#check-a-token GitHub: check a token}
 */
export function github(options: GithubOptions): AuthorizationServerOptions {
  const {
    clientId,
    clientSecret,
    accepts = isGithubUserToken,
    cacheSeconds,
  } = validateOptions('github', options, {
    clientId: { is: 'text' },
    clientSecret: { is: 'secret' },
    ...QUESTION,
  })
  return {
    issuer: 'https://github.com/login/oauth',
    type: 'oauth',
    audience: clientId,
    accessToken: {
      kind: 'custom',
      verify: createGithubVerifier(clientId, clientSecret),
      accepts,
      cacheSeconds,
    },
  }
}

/** User tokens begin with `gho_` (OAuth apps) or `ghu_` (GitHub Apps). */
function isGithubUserToken(token: string): boolean {
  return token.startsWith('gho_') || token.startsWith('ghu_')
}

function createGithubVerifier(
  clientId: string,
  clientSecret: string,
): CustomTokenOptions['verify'] {
  const url = `https://api.github.com/applications/${encodeURIComponent(clientId)}/token`
  return async (token, context) => {
    // 404: an unknown token, or one of another application; 422: not a token at all.
    const grant = await fetchTokenInfo(context, url, [404, 422], {
      method: 'POST',
      headers: {
        Accept: 'application/vnd.github+json',
        Authorization: `Basic ${btoa(`${clientId}:${clientSecret}`)}`,
        'Content-Type': 'application/json',
        // GitHub rejects requests without a User-Agent, and workerd sends none.
        'User-Agent': 'mcp-gatehouse',
      },
      body: JSON.stringify({ access_token: token }),
    })
    if (grant === null) return null
    const application = objectIn(grant, 'app')['client_id']
    const user = objectIn(grant, 'user')
    const expiry = grant['expires_at']
    return {
      iss: context.issuer,
      aud: application,
      client_id: application,
      sub: toSubject(user['id']),
      login: user['login'],
      scope: grant['scopes'],
      exp: typeof expiry === 'string' ? Date.parse(expiry) / 1000 : expiresIn(context, undefined),
    }
  }
}

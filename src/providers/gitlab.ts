/** The preset for GitLab. */

import type { CustomTokenOptions } from '../contract/access-token-options.ts'
import type { AuthorizationServerOptions } from '../contract/authorization-server-options.ts'
import { expiresIn, fetchTokenInfo, objectIn, toSubject } from './fetch-token-info.ts'
import { type QuestionOptions, type SelfHostedOption, toUrl, transportOptions } from './shared.ts'
import { CLIENTS, FLAG, QUESTION, validateOptions } from './validate.ts'

/**
 * Options of {@link gitlab}.
 *
 * @example
 * ```ts
 * const withGitlab = protectedResource({
 *   resource: 'https://api.example.com/notes',
 *   authorizationServers: [gitlab({ clientIds: ['client-1'] })],
 * })
 * ```
 */
export interface GitlabOptions extends QuestionOptions, SelfHostedOption {
  /** The URL of a self-hosted instance. @default 'https://gitlab.com' */
  url?: string | undefined
  /** The applications whose tokens are accepted. */
  clientIds: readonly string[]
}

/**
 * Options for GitLab. Access tokens are opaque, so each is verified at GitLab's *token info*
 * endpoint.
 *
 * Relaxes: the audience is the application, not the resource. Clients may register themselves at
 * GitLab, but only tokens of the listed applications pass.
 *
 * @param options The instance and its applications.
 * @returns Options for `authorizationServers`.
 * @throws {ConfigError} If a member is missing, unknown or invalid.
 * @example
 * ```ts
 * const withGitlab = protectedResource({
 *   resource: 'https://api.example.com/notes',
 *   authorizationServers: [gitlab({ clientIds: ['client-1'] })],
 * })
 * ```
 * @see {@link https://docs.gitlab.com/api/oauth2/ GitLab: OAuth 2.0 API}
 */
export function gitlab(options: GitlabOptions): AuthorizationServerOptions {
  const {
    url = 'https://gitlab.com',
    clientIds,
    dangerouslyAllowHttp,
    ...question
  } = validateOptions('gitlab', options, {
    url: { is: 'url', adds: '/oauth', example: 'https://gitlab.example', isOptional: true },
    clientIds: CLIENTS,
    dangerouslyAllowHttp: FLAG,
    ...QUESTION,
  })
  const issuer = toUrl(url)
  return {
    ...transportOptions({ dangerouslyAllowHttp }),
    issuer,
    audience: clientIds,
    accessToken: { kind: 'custom', verify: createGitlabVerifier(issuer), ...question },
  }
}

function createGitlabVerifier(origin: string): CustomTokenOptions['verify'] {
  return async (token, context) => {
    const headers = { Authorization: `Bearer ${token}` }
    const info = await fetchTokenInfo(context, `${origin}/oauth/token/info`, [401], { headers })
    if (info === null) return null
    const application = objectIn(info, 'application')['uid']
    return {
      iss: context.issuer,
      aud: application,
      client_id: application,
      sub: toSubject(info['resource_owner_id']),
      scope: info['scope'],
      iat: info['created_at'],
      exp: expiresIn(context, info['expires_in']),
    }
  }
}

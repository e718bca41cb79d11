/** The preset for Django OAuth Toolkit. */

import type { AuthorizationServerOptions } from '../contract/authorization-server-options.ts'
import {
  type IntrospectionCredentials,
  type SelfHostedOption,
  toUrl,
  transportOptions,
} from './shared.ts'
import { CREDENTIALS, FLAG, validateOptions } from './validate.ts'

/**
 * Options of {@link djangoOauthToolkit}.
 *
 * @example
 * ```ts
 * const withDjangoOauthToolkit = protectedResource({
 *   resource: 'https://api.example.com/notes',
 *   authorizationServers: [
 *     djangoOauthToolkit({
 *       url: 'https://app.example.com/o',
 *       introspection: { clientId: 'notes', clientSecret: 'from the environment' },
 *     }),
 *   ],
 * })
 * ```
 */
export interface DjangoOauthToolkitOptions extends SelfHostedOption {
  /** The URL under which its URLs are included: `https://app.example.com/o`. */
  url: string
  /** Credentials of a confidential application. */
  introspection: IntrospectionCredentials
}

/**
 * Options for Django OAuth Toolkit.
 *
 * Quirks: tokens are opaque. The metadata omits the introspection endpoint. The usual discovery URL
 * redirects to one with a slash at the end, and redirects are not followed. With `USE_TZ = False` the
 * introspected `exp` is the local time read as UTC.
 *
 * Relaxes: tokens have no `aud`, so every token of the server passes, whatever it was issued for.
 *
 * @param options The mount point, and the credentials for introspection.
 * @returns Options for `authorizationServers`.
 * @throws {ConfigError} If a member is missing, unknown or invalid.
 * @example
 * ```ts
 * const withDjangoOauthToolkit = protectedResource({
 *   resource: 'https://api.example.com/notes',
 *   authorizationServers: [
 *     djangoOauthToolkit({
 *       url: 'https://app.example.com/o',
 *       introspection: { clientId: 'notes', clientSecret: 'from the environment' },
 *     }),
 *   ],
 * })
 * ```
 * @see {@link https://django-oauth-toolkit.readthedocs.io/en/latest/resource_server.html Django OAuth Toolkit: separate resource server}
 */
export function djangoOauthToolkit(options: DjangoOauthToolkitOptions): AuthorizationServerOptions {
  const { url, introspection, ...transport } = validateOptions('djangoOauthToolkit', options, {
    url: { is: 'url', example: 'https://app.example.com/o' },
    introspection: { ...CREDENTIALS, isOptional: false },
    dangerouslyAllowHttp: FLAG,
  })
  const issuer = toUrl(url)
  return {
    ...transportOptions(transport),
    issuer,
    metadataUrl: `${issuer}/.well-known/openid-configuration/`,
    dangerouslyAllowMissingAudience: true,
    accessToken: {
      kind: 'introspection',
      endpoint: `${issuer}/introspect/`,
      ...introspection,
    },
  }
}

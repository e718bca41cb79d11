/** The preset for Logto. */

import {
  type AudienceOption,
  type JwtServerOptions,
  type SelfHostedOption,
  toUrl,
  transportOptions,
} from './shared.ts'
import { AUDIENCE, FLAG, validateOptions } from './validate.ts'

/**
 * Options of {@link logto}.
 *
 * @example
 * ```ts
 * const withLogto = protectedResource({
 *   resource: 'https://api.example.com/notes',
 *   authorizationServers: [logto({ endpoint: 'https://tenant.logto.app' })],
 * })
 * ```
 */
export interface LogtoOptions extends AudienceOption, SelfHostedOption {
  /** The tenant's endpoint: `https://tenant.logto.app`. */
  endpoint: string
}

/**
 * Options for Logto.
 *
 * Configure: register the resource identifier as an API resource. Tokens for an API resource follow
 * RFC 9068, and only those pass. A client that requests no resource gets an opaque token, which is
 * rejected.
 *
 * Relaxes: nothing.
 *
 * @param options The tenant, and the indicator of the API resource if it differs from the resource
 * identifier.
 * @returns Options for `authorizationServers`.
 * @throws {ConfigError} If a member is missing, unknown or invalid.
 * @example
 * ```ts
 * const withLogto = protectedResource({
 *   resource: 'https://api.example.com/notes',
 *   authorizationServers: [logto({ endpoint: 'https://tenant.logto.app' })],
 * })
 * ```
 * @see {@link https://github.com/logto-io/logto/blob/1fbc55441f/packages/core/src/oidc/resource.ts Logto: format of access tokens}
 */
export function logto(options: LogtoOptions): JwtServerOptions {
  const { endpoint, audience, ...transport } = validateOptions('logto', options, {
    endpoint: { is: 'url', adds: '/oidc', example: 'https://tenant.logto.app' },
    audience: AUDIENCE,
    dangerouslyAllowHttp: FLAG,
  })
  return {
    ...transportOptions(transport),
    issuer: `${toUrl(endpoint)}/oidc`,
    audience,
    accessToken: { kind: 'jwt', profile: 'rfc9068' },
  }
}

/** The preset for Doorkeeper. */

import type { AuthorizationServerOptions } from '../contract/authorization-server-options.ts'
import { type IntrospectionCredentials, type SelfHostedOption, transportOptions } from './shared.ts'
import { CREDENTIALS, FLAG, validateOptions } from './validate.ts'

/**
 * Options of {@link doorkeeper}.
 *
 * @example
 * ```ts
 * const withDoorkeeper = protectedResource({
 *   resource: 'https://api.example.com/notes',
 *   authorizationServers: [
 *     doorkeeper({
 *       issuer: 'https://app.example.com',
 *       introspection: { clientId: 'notes', clientSecret: 'from the environment' },
 *     }),
 *   ],
 * })
 * ```
 */
export interface DoorkeeperOptions extends SelfHostedOption {
  /** The issuer of doorkeeper-openid_connect, byte for byte. */
  issuer: string
  /** Credentials of an application that may introspect the tokens of other applications. */
  introspection: IntrospectionCredentials
}

/**
 * Options for Doorkeeper with doorkeeper-openid_connect.
 *
 * Configure: tokens are opaque. By default, only a token's own application may introspect it, and every
 * other one reads `active: false`. Allow yours in `allow_token_introspection`. The response has no user: add
 * `sub` in `custom_introspection_response`, otherwise `subject` is undefined and sessions belong to the client.
 *
 * Relaxes: tokens have no `aud`, so every token of the server passes, whatever it was issued for. So do its refresh
 * tokens, which introspection does not distinguish from access tokens.
 *
 * @param options The issuer, and the credentials for introspection.
 * @returns Options for `authorizationServers`.
 * @throws {ConfigError} If a member is missing, unknown or invalid.
 * @example
 * ```ts
 * const withDoorkeeper = protectedResource({
 *   resource: 'https://api.example.com/notes',
 *   authorizationServers: [
 *     doorkeeper({
 *       issuer: 'https://app.example.com',
 *       introspection: { clientId: 'notes', clientSecret: 'from the environment' },
 *     }),
 *   ],
 * })
 * ```
 * @see {@link https://github.com/doorkeeper-gem/doorkeeper/wiki Doorkeeper: wiki}
 */
export function doorkeeper(options: DoorkeeperOptions): AuthorizationServerOptions {
  const { issuer, introspection, ...transport } = validateOptions('doorkeeper', options, {
    issuer: { is: 'issuer', example: 'https://app.example.com' },
    introspection: { ...CREDENTIALS, isOptional: false },
    dangerouslyAllowHttp: FLAG,
  })
  return {
    ...transportOptions(transport),
    issuer,
    dangerouslyAllowMissingAudience: true,
    accessToken: { kind: 'introspection', ...introspection },
  }
}

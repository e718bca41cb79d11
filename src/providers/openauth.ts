/** The preset for OpenAuth. */

import { type JwtServerOptions, type SelfHostedOption, transportOptions } from './shared.ts'
import { CLIENTS, FLAG, validateOptions } from './validate.ts'

/**
 * Options of {@link openauth}.
 *
 * @example
 * ```ts
 * const withOpenauth = protectedResource({
 *   resource: 'https://api.example.com/notes',
 *   authorizationServers: [
 *     openauth({ issuer: 'https://auth.example.com', clientIds: ['notes-client'] }),
 *   ],
 * })
 * ```
 */
export interface OpenauthOptions extends SelfHostedOption {
  /** The issuer, byte for byte. */
  issuer: string
  /** The clients whose tokens are accepted. */
  clientIds: readonly string[]
}

/**
 * Options for OpenAuth (`@openauthjs/openauth`).
 *
 * Quirks: `resource` is ignored. Tokens have the client as `aud`, and neither scopes nor `iat`. Only tokens
 * with `mode: access` pass.
 *
 * Relaxes: `aud` is the client, so every token of these clients passes, including those that were issued
 * for other APIs. Clients that register themselves cannot be listed.
 *
 * @param options The issuer and the clients.
 * @returns Options for `authorizationServers`.
 * @throws {ConfigError} If a member is missing, unknown or invalid.
 * @example
 * ```ts
 * const withOpenauth = protectedResource({
 *   resource: 'https://api.example.com/notes',
 *   authorizationServers: [
 *     openauth({ issuer: 'https://auth.example.com', clientIds: ['notes-client'] }),
 *   ],
 * })
 * ```
 * @see {@link https://openauth.js.org/docs/issuer/ OpenAuth: issuer}
 */
export function openauth(options: OpenauthOptions): JwtServerOptions {
  const { issuer, clientIds, ...transport } = validateOptions('openauth', options, {
    issuer: { is: 'issuer', example: 'https://auth.example.com' },
    clientIds: CLIENTS,
    dangerouslyAllowHttp: FLAG,
  })
  return {
    ...transportOptions(transport),
    issuer,
    type: 'oauth',
    audience: clientIds,
    claims: { clientId: 'aud' },
    accessToken: { kind: 'jwt', requiredClaims: ['mode'] },
    mapClaims: (claims) => (claims['mode'] === 'access' ? claims : null),
  }
}

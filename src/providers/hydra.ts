/** The preset for Ory Hydra and Ory Network. */

import type { AuthorizationServerOptions } from '../contract/authorization-server-options.ts'
import {
  type AudienceOption,
  type IntrospectionCredentials,
  type JwtServerOptions,
  type SelfHostedOption,
  transportOptions,
} from './shared.ts'
import { AUDIENCE, CREDENTIALS, FLAG, validateOptions } from './validate.ts'

/**
 * Options of {@link hydra}.
 *
 * @example
 * ```ts
 * const withHydra = protectedResource({
 *   resource: 'https://api.example.com/notes',
 *   authorizationServers: [hydra({ issuer: 'https://hydra.example.com/' })],
 * })
 * ```
 */
export interface HydraOptions extends AudienceOption, SelfHostedOption {
  /** The value of `urls.self.issuer`, byte for byte, with or without a slash at the end. */
  issuer: string
  /**
   * Credentials used to introspect opaque tokens, Hydra's default format. The metadata does not
   * advertise the endpoint; it is `/admin/oauth2/introspect` at the admin port. @default opaque
   * tokens are rejected
   */
  introspection?: (IntrospectionCredentials & { endpoint: string }) | undefined
}

/**
 * Options for Ory Hydra and Ory Network.
 *
 * Configure: Hydra ignores the `resource` that MCP clients send, so `aud` is empty unless the consent
 * application grants it (`grant_access_token_audience`). Grant only audiences that the client's registration
 * lists: Hydra does not check what is granted.
 *
 * Quirks: JWTs (`strategies.access_token: jwt`) have their scopes in `scp`, `scope` or both. The
 * introspection endpoint reports refresh tokens as active; they are rejected. The admin port of a
 * self-hosted Hydra requires no credentials and accepts any `clientSecret`. Ory Network requires its
 * API key, which a custom `fetch` can add.
 *
 * Relaxes: nothing.
 *
 * @param options The issuer, and the introspection endpoint with its credentials.
 * @returns Options for `authorizationServers`.
 * @throws {ConfigError} If a member is missing, unknown or invalid.
 * @example
 * ```ts
 * const withHydra = protectedResource({
 *   resource: 'https://api.example.com/notes',
 *   authorizationServers: [hydra({ issuer: 'https://hydra.example.com/' })],
 * })
 * ```
 * @see {@link https://www.ory.com/docs/oauth2-oidc/jwt-access-token Ory: JWT access tokens}
 */
export function hydra(options: HydraOptions & { introspection?: undefined }): JwtServerOptions
export function hydra(options: HydraOptions): AuthorizationServerOptions
export function hydra(options: HydraOptions): AuthorizationServerOptions {
  const { issuer, audience, introspection, ...transport } = validateOptions('hydra', options, {
    issuer: { is: 'issuer', example: 'https://hydra.example/' },
    audience: AUDIENCE,
    introspection: CREDENTIALS,
    dangerouslyAllowHttp: FLAG,
  })
  return {
    ...transportOptions(transport),
    issuer,
    audience,
    accessToken:
      introspection === undefined ? 'jwt' : ['jwt', { kind: 'introspection', ...introspection }],
  }
}

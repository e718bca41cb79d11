/** The preset for Clerk. */

import type { AuthorizationServerOptions } from '../contract/authorization-server-options.ts'
import {
  type AudienceOption,
  audienceOptions,
  type IntrospectionCredentials,
  type JwtServerOptions,
  toUrl,
} from './shared.ts'
import { AUDIENCE, CLIENTS, CREDENTIALS, validateOptions } from './validate.ts'

/**
 * Options of {@link clerk}.
 *
 * @example
 * ```ts
 * const withClerk = protectedResource({
 *   resource: 'https://api.example.com/notes',
 *   authorizationServers: [clerk({ domain: 'clerk.example.com', clientIds: ['client-1'] })],
 * })
 * ```
 */
export interface ClerkOptions extends AudienceOption {
  /** The instance's frontend API: `name.clerk.accounts.dev`, `clerk.example.com`. */
  domain: string
  /** OAuth applications whose tokens are accepted without `aud`. @default none */
  clientIds?: readonly string[] | undefined
  /**
   * Credentials of an OAuth application, used to introspect opaque tokens (`oat_…`). @default opaque
   * tokens are rejected
   */
  introspection?: IntrospectionCredentials | undefined
}

/**
 * Options for Clerk.
 *
 * Quirks: OAuth tokens follow RFC 9068, except that only logins that sent `resource` while *Include
 * Audience* was on have an `aud`. Session tokens are signed with the same keys but do not follow RFC 9068,
 * and are rejected. `azp` may be an origin, so it never counts as the client.
 *
 * Relaxes: nothing by default. With `clientIds`, `client_id` stands for a missing `aud`, so every
 * token of these applications passes, including those issued for other APIs. Clients that register
 * themselves cannot be listed: configure Clerk to issue `aud`, or spread the preset and set
 * `dangerouslyAllowMissingAudience`, which accepts every OAuth token of the instance.
 *
 * @param options The instance, and either `aud` values or client IDs.
 * @returns Options for `authorizationServers`.
 * @throws {ConfigError} If a member is missing, unknown or invalid.
 * @example
 * ```ts
 * const withClerk = protectedResource({
 *   resource: 'https://api.example.com/notes',
 *   authorizationServers: [clerk({ domain: 'clerk.example.com', clientIds: ['client-1'] })],
 * })
 * ```
 * @see {@link https://clerk.com/docs/guides/configure/auth-strategies/oauth/how-clerk-implements-oauth Clerk: how Clerk implements OAuth}
 */
export function clerk(options: ClerkOptions & { introspection?: undefined }): JwtServerOptions
export function clerk(options: ClerkOptions): AuthorizationServerOptions
export function clerk(options: ClerkOptions): AuthorizationServerOptions {
  const { domain, clientIds, audience, introspection } = validateOptions('clerk', options, {
    domain: { is: 'host', example: 'name.clerk.accounts.dev' },
    clientIds: { ...CLIENTS, isOptional: true },
    audience: AUDIENCE,
    introspection: CREDENTIALS,
  })
  const issuer = toUrl(domain)
  const jwt = { kind: 'jwt', profile: 'rfc9068' } as const
  return {
    issuer,
    ...audienceOptions(clientIds, audience),
    accessToken:
      introspection === undefined
        ? jwt
        : [
            jwt,
            {
              kind: 'introspection',
              endpoint: `${issuer}/oauth/token_info`,
              accepts: isClerkToken,
              ...introspection,
            },
          ],
  }
}

function isClerkToken(token: string): boolean {
  return token.startsWith('oat_')
}

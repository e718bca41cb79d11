/** The preset for Zitadel. */

import type { AuthorizationServerOptions } from '../contract/authorization-server-options.ts'
import {
  type IntrospectionCredentials,
  type JwtServerOptions,
  type SelfHostedOption,
  toUrl,
  transportOptions,
} from './shared.ts'
import { CREDENTIALS, FLAG, validateOptions } from './validate.ts'

/**
 * Options of {@link zitadel}.
 *
 * @example
 * ```ts
 * const withZitadel = protectedResource({
 *   resource: 'https://api.example.com/notes',
 *   authorizationServers: [
 *     zitadel({
 *       domain: 'name.zitadel.cloud',
 *       projectId: '259254317079330818',
 *       introspection: { clientId: 'notes', clientSecret: 'from the environment' },
 *     }),
 *   ],
 * })
 * ```
 */
export interface ZitadelOptions extends SelfHostedOption {
  /** The instance: `name.zitadel.cloud`. */
  domain: string
  /** The ID of the project that contains this resource. */
  projectId: string
  /**
   * Credentials of the API application, used to introspect opaque tokens. @default opaque tokens
   * are rejected
   */
  introspection?: IntrospectionCredentials | undefined
}

/**
 * Options for Zitadel.
 *
 * Quirks: an application issues opaque tokens unless it is set to JWT. JWTs have no scope claim, so
 * requiring scopes takes introspection. ID tokens have the same `aud` and keys but no `jti`, so
 * `jti` is required.
 *
 * Relaxes: `aud` is the project, so all resources of the project accept each other's tokens.
 *
 * @param options The instance, the project, and the credentials for introspection.
 * @returns Options for `authorizationServers`.
 * @throws {ConfigError} If a member is missing, unknown or invalid.
 * @example
 * ```ts
 * const withZitadel = protectedResource({
 *   resource: 'https://api.example.com/notes',
 *   authorizationServers: [
 *     zitadel({
 *       domain: 'name.zitadel.cloud',
 *       projectId: '259254317079330818',
 *       introspection: { clientId: 'notes', clientSecret: 'from the environment' },
 *     }),
 *   ],
 * })
 * ```
 * @see {@link https://github.com/zitadel/zitadel/pull/12180 Zitadel: JWTs have no scope claim}
 */
export function zitadel(options: ZitadelOptions & { introspection?: undefined }): JwtServerOptions
export function zitadel(options: ZitadelOptions): AuthorizationServerOptions
export function zitadel(options: ZitadelOptions): AuthorizationServerOptions {
  const { domain, projectId, introspection, ...transport } = validateOptions('zitadel', options, {
    domain: { is: 'host', example: 'name.zitadel.cloud' },
    projectId: { is: 'text' },
    introspection: CREDENTIALS,
    dangerouslyAllowHttp: FLAG,
  })
  const jwt = { kind: 'jwt', requiredClaims: ['jti'] } as const
  return {
    ...transportOptions(transport),
    issuer: toUrl(domain),
    type: 'oidc',
    audience: projectId,
    accessToken:
      introspection === undefined ? jwt : [jwt, { kind: 'introspection', ...introspection }],
  }
}

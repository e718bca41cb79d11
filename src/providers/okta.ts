/** The preset for Okta. */

import { type JwtServerOptions, toUrl } from './shared.ts'
import { AUDIENCE, validateOptions } from './validate.ts'

/**
 * Options of {@link okta}.
 *
 * @example
 * ```ts
 * const withOkta = protectedResource({
 *   resource: 'https://api.example.com/notes',
 *   authorizationServers: [okta({ domain: 'org.okta.com' })],
 * })
 * ```
 */
export interface OktaOptions {
  /** The org's domain or its custom domain: `org.okta.com`. */
  domain: string
  /** The ID of the custom authorization server. @default 'default' */
  authorizationServerId?: string | undefined
  /** The audience configured at that authorization server. @default 'api://default' */
  audience?: string | readonly string[] | undefined
}

/**
 * Options for a custom authorization server of Okta. Tokens of the org authorization server can be
 * verified by Okta only, so there is no preset for it.
 *
 * Quirks: scopes are a list in `scp`, and the client is `cid`. `sub` is the login, which can change,
 * so the subject is `uid`; tokens of services have no `uid` and no subject. The
 * `registration_endpoint` requires an administrator's token, so register clients by hand.
 *
 * Relaxes: the audience belongs to the authorization server, not to the resource. All resources of
 * one authorization server accept each other's tokens, so use one authorization server per resource.
 *
 * @param options The org and the authorization server.
 * @returns Options for `authorizationServers`.
 * @throws {ConfigError} If a member is missing, unknown or invalid.
 * @example
 * ```ts
 * const withOkta = protectedResource({
 *   resource: 'https://api.example.com/notes',
 *   authorizationServers: [okta({ domain: 'org.okta.com' })],
 * })
 * ```
 * @see {@link https://developer.okta.com/docs/guides/validate-access-tokens/ Okta: validate access tokens}
 */
export function okta(options: OktaOptions): JwtServerOptions {
  const {
    domain,
    authorizationServerId = 'default',
    audience = 'api://default',
  } = validateOptions('okta', options, {
    // The console of administrators has a domain of its own, which tokens never name.
    domain: { is: 'host', pattern: /^(?!.*-admin\.okta)/, example: 'org.okta.com, without -admin' },
    authorizationServerId: { is: 'segment', isOptional: true },
    audience: AUDIENCE,
  })
  return {
    issuer: `${toUrl(domain)}/oauth2/${authorizationServerId}`,
    audience,
    claims: { scope: 'scp', clientId: 'cid', subject: 'uid' },
  }
}

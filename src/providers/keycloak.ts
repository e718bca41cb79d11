/** The preset for Keycloak. */

import {
  type AudienceOption,
  type JwtServerOptions,
  type SelfHostedOption,
  toUrl,
  transportOptions,
} from './shared.ts'
import { AUDIENCE, FLAG, validateOptions } from './validate.ts'

/**
 * Options of {@link keycloak}.
 *
 * @example
 * ```ts
 * const withKeycloak = protectedResource({
 *   resource: 'https://api.example.com/notes',
 *   authorizationServers: [keycloak({ url: 'https://keycloak.example', realm: 'notes' })],
 * })
 * ```
 */
export interface KeycloakOptions extends AudienceOption, SelfHostedOption {
  /** The base URL, with `/auth` for versions before 17: `https://keycloak.example`. */
  url: string
  /** The realm's name, as in its URLs. */
  realm: string
}

/**
 * Options for one realm of Keycloak.
 *
 * Configure: tokens have no `aud` by default. Add an *Audience* mapper with the resource identifier
 * to a client scope (or, from 26.6, use the feature `resource-indicators`).
 *
 * Quirks: ID, refresh and other tokens of a realm are signed with the same keys and have the header
 * `typ: JWT`; only tokens whose `typ` claim is `Bearer` or `DPoP` pass. Before 26.4 the realm's
 * metadata is missing at the RFC 8414 location; it is found at the OpenID Connect location.
 *
 * Relaxes: nothing.
 *
 * @param options The realm, and the value that the audience mapper writes if it differs from the
 * resource identifier.
 * @returns Options for `authorizationServers`.
 * @throws {ConfigError} If a member is missing, unknown or invalid.
 * @example
 * ```ts
 * const withKeycloak = protectedResource({
 *   resource: 'https://api.example.com/notes',
 *   authorizationServers: [keycloak({ url: 'https://keycloak.example', realm: 'notes' })],
 * })
 * ```
 * @see {@link https://www.keycloak.org/securing-apps/mcp-authz-server Keycloak as an MCP authorization server}
 */
export function keycloak(options: KeycloakOptions): JwtServerOptions {
  const { url, realm, audience, ...transport } = validateOptions('keycloak', options, {
    url: { is: 'url', adds: '/realms', example: 'https://keycloak.example' },
    realm: { is: 'segment' },
    audience: AUDIENCE,
    dangerouslyAllowHttp: FLAG,
  })
  return {
    ...transportOptions(transport),
    issuer: `${toUrl(url)}/realms/${realm}`,
    audience,
    mapClaims: (claims) => (claims['typ'] === 'Bearer' || claims['typ'] === 'DPoP' ? claims : null),
  }
}

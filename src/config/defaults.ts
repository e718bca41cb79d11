/** Fills in the defaults of `src/contract/defaults.ts`, once, when a resource is made. */

import type { AuthorizationServerOptions } from '../contract/authorization-server-options.ts'
import { FETCH_DEFAULTS, RESOURCE_DEFAULTS, TOKEN_CACHE_DEFAULTS } from '../contract/defaults.ts'
import { hostFetch } from '../contract/ports.ts'
import type { ProtectedResourceOptions, TokenCacheOptions } from '../contract/resource-options.ts'
import { definedMembers, ownMembers } from '../lib/own-members.ts'
import type { ServerSettings, Settings, TokenCacheSettings } from '../resource/settings.ts'
import { toServerOptions } from './server-rules.ts'

/**
 * Fills in the defaults of valid options.
 *
 * @param options Own copies of the options ({@link ownOptions}).
 * @param given The servers as the application gave them: resources with the same object share documents.
 */
export function withDefaults(
  options: ProtectedResourceOptions<string>,
  given: ProtectedResourceOptions['authorizationServers'],
): Settings {
  const { authorizationServers, tokenCache, ...others } = ownMembers(options)
  return ownMembers({
    ...RESOURCE_DEFAULTS,
    ...definedMembers(others),
    servers: authorizationServers.map((server, index) =>
      serverSettings(toServerOptions(server), given[index], options),
    ),
    tokenCache: tokenCacheSettings(tokenCache),
  })
}

function serverSettings(
  server: AuthorizationServerOptions,
  given: string | AuthorizationServerOptions | undefined,
  options: ProtectedResourceOptions<string>,
): ServerSettings {
  return {
    options: server,
    sharedBy: typeof given === 'object' ? given : server,
    audience: server.audience ?? options.audience ?? options.resource,
    fetch: server.fetch ?? options.fetch ?? hostFetch,
    timeoutMs: server.timeoutMs ?? FETCH_DEFAULTS.timeoutMs,
    maxBytes: server.maxBytes ?? FETCH_DEFAULTS.maxBytes,
    allowHttp:
      server.dangerouslyAllowHttp ??
      options.dangerouslyAllowHttp ??
      RESOURCE_DEFAULTS.dangerouslyAllowHttp,
  }
}

function tokenCacheSettings(
  options: false | TokenCacheOptions | undefined,
): TokenCacheSettings | undefined {
  return options === false
    ? undefined
    : { ...TOKEN_CACHE_DEFAULTS, ...definedMembers(options ?? {}) }
}

/** Fills in the defaults of `src/contract/defaults.ts`, once, when a resource is made. */

import type { AuthorizationServerOptions } from '../contract/authorization-server-options.ts'
import type { DpopOptions, MtlsOptions } from '../contract/binding-options.ts'
import {
  DPOP_DEFAULTS,
  FETCH_DEFAULTS,
  MTLS_DEFAULTS,
  RESOURCE_DEFAULTS,
  REVOCATION_DEFAULTS,
  TOKEN_CACHE_DEFAULTS,
} from '../contract/defaults.ts'
import { hostFetch } from '../contract/ports.ts'
import type { ProtectedResourceOptions, TokenCacheOptions } from '../contract/resource-options.ts'
import type { RevocationOptions } from '../contract/revocation.ts'
import { PROOF_ALGORITHMS } from '../crypto/algorithms.ts'
import { ownMembers } from '../lib/own-members.ts'
import type {
  DpopSettings,
  MtlsSettings,
  RevocationSettings,
  ServerSettings,
  Settings,
  TokenCacheSettings,
} from '../resource/settings.ts'
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
  const { authorizationServers, dpop, mtls, revocation, tokenCache, ...others } =
    ownMembers(options)
  return ownMembers({
    ...RESOURCE_DEFAULTS,
    ...withoutUndefined(others),
    servers: authorizationServers.map((server, index) =>
      serverSettings(toServerOptions(server), given[index], options),
    ),
    dpop: dpopSettings(optionsOf(dpop)),
    mtls: mtlsSettings(optionsOf(mtls)),
    revocation: revocation && revocationSettings(revocation),
    tokenCache: tokenCacheSettings(tokenCache),
  }) as Settings
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

function dpopSettings(options: DpopOptions | undefined): DpopSettings | undefined {
  if (options === undefined) return undefined
  const { nonce } = options
  return {
    required: options.required ?? DPOP_DEFAULTS.required,
    algorithms: options.algorithms ?? PROOF_ALGORITHMS,
    windowSeconds: options.windowSeconds ?? DPOP_DEFAULTS.windowSeconds,
    nonce: nonce && {
      secret: nonce.secret,
      lifetimeSeconds: nonce.lifetimeSeconds ?? DPOP_DEFAULTS.nonceLifetimeSeconds,
    },
    replay: options.replay,
  }
}

function mtlsSettings(options: MtlsOptions | undefined): MtlsSettings | undefined {
  if (options === undefined) return undefined
  return {
    required: options.required ?? MTLS_DEFAULTS.required,
    trustedHeader: options.dangerouslyTrustHeader,
  }
}

function revocationSettings(options: RevocationOptions): RevocationSettings {
  return {
    isRevoked: options.isRevoked,
    statusList: options.statusList ?? REVOCATION_DEFAULTS.statusList,
    whenUnavailable: options.whenUnavailable ?? REVOCATION_DEFAULTS.whenUnavailable,
    timeoutMs: options.timeoutMs ?? REVOCATION_DEFAULTS.timeoutMs,
  }
}

function tokenCacheSettings(
  options: false | TokenCacheOptions | undefined,
): TokenCacheSettings | undefined {
  if (options === false) return undefined
  return {
    maxEntries: options?.maxEntries ?? TOKEN_CACHE_DEFAULTS.maxEntries,
    maxAgeSeconds: options?.maxAgeSeconds ?? TOKEN_CACHE_DEFAULTS.maxAgeSeconds,
  }
}

/** `true` means the feature with all of its defaults. */
function optionsOf<Options extends object>(
  option: boolean | Options | undefined,
): Options | undefined {
  if (option === undefined || option === false) return undefined
  return option === true ? (ownMembers({}) as Options) : option
}

function withoutUndefined<Options extends object>(options: Options): Options {
  const defined = Object.entries(options).filter(([, value]) => value !== undefined)
  return Object.fromEntries(defined) as Options
}

/**
 * The defaults of all options, with their units. The names and the reasons are those of the options:
 * see `ProtectedResourceOptions`.
 */

import { DEFAULT_MAX_BYTES, DEFAULT_TIMEOUT_MS } from '../authorization-server/discovery.ts'
import type { AuthorizationServerOptions } from '../contract/authorization-server-options.ts'
import type { DpopOptions, MtlsOptions } from '../contract/binding-options.ts'
import { hostFetch } from '../contract/ports.ts'
import type { ProtectedResourceOptions, TokenCacheOptions } from '../contract/resource-options.ts'
import { PROOF_ALGORITHMS } from '../crypto/algorithms.ts'
import { ownMembers } from '../lib/own-members.ts'
import type {
  DefaultedOption,
  DpopSettings,
  MtlsSettings,
  ServerSettings,
  Settings,
  TokenCacheSettings,
} from '../resource/settings.ts'
import { toServerOptions } from './server-rules.ts'

/** Durations carry their unit in the name; sizes are in bytes. */
const RESOURCE_DEFAULTS: Pick<Settings, DefaultedOption> = {
  scopesSupported: [],
  metadata: {},
  requiredScopes: [],
  repeatGrantedScopes: false,
  metadataMaxAgeSeconds: 300,
  maxBodyBytes: 4_194_304,
  getStream: true,
  bodyTimeoutMs: 10_000,
  endStreamsAtExpiry: 'listening',
  serveAuthorizationServerMetadata: false,
  clockToleranceSeconds: 30,
  staleIfErrorSeconds: 3600,
  measureDurations: false,
  dangerouslyAllowHttp: false,
}

const TOKEN_CACHE_DEFAULTS: TokenCacheSettings = { maxEntries: 10_000, maxAgeSeconds: 300 }

/** RFC 9449 §11.1 demands a short window; MCP's profile (SEP-1932) allows five minutes. */
const DPOP_WINDOW_SECONDS = 300
const DPOP_NONCE_LIFETIME_SECONDS = 300

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
  const { authorizationServers, dpop, mtls, tokenCache, ...others } = ownMembers(options)
  return ownMembers({
    ...RESOURCE_DEFAULTS,
    ...withoutUndefined(others),
    servers: authorizationServers.map((server, index) =>
      serverSettings(toServerOptions(server), given[index], options),
    ),
    dpop: dpopSettings(optionsOf(dpop)),
    mtls: mtlsSettings(optionsOf(mtls)),
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
    timeoutMs: server.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    maxBytes: server.maxBytes ?? DEFAULT_MAX_BYTES,
    allowHttp: server.dangerouslyAllowHttp ?? options.dangerouslyAllowHttp ?? false,
  }
}

function dpopSettings(options: DpopOptions | undefined): DpopSettings | undefined {
  if (options === undefined) return undefined
  const { nonce } = options
  return {
    required: options.required ?? false,
    algorithms: options.algorithms ?? PROOF_ALGORITHMS,
    windowSeconds: options.windowSeconds ?? DPOP_WINDOW_SECONDS,
    nonce: nonce && {
      secret: nonce.secret,
      lifetimeSeconds: nonce.lifetimeSeconds ?? DPOP_NONCE_LIFETIME_SECONDS,
    },
    replay: options.replay,
  }
}

function mtlsSettings(options: MtlsOptions | undefined): MtlsSettings | undefined {
  if (options === undefined) return undefined
  return { required: options.required ?? false, trustedHeader: options.dangerouslyTrustHeader }
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

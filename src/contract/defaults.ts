/**
 * The default of every option, in one place. A name that ends in `Seconds` or `Ms` is a duration, one that
 * ends in `Bytes` a size. The reasons are in the doc comments of the options.
 */

/** `ProtectedResourceOptions`. */
export const RESOURCE_DEFAULTS = {
  scopesSupported: [],
  metadata: {},
  requiredScopes: [],
  repeatGrantedScopes: false,
  metadataMaxAgeSeconds: 300,
  getStream: true,
  acceptActors: 'any',
  endStreamsAtExpiry: 'listening',
  serveAuthorizationServerMetadata: false,
  clockToleranceSeconds: 30,
  staleIfErrorSeconds: 3600,
  measureDurations: false,
  dangerouslyAllowHttp: false,
} as const

/** The options about bodies and decisions of `ProtectedResourceOptions`. */
export const OPERATION_DEFAULTS = {
  maxBodyBytes: 4_194_304,
  bodyTimeoutMs: 10_000,
  decisionTimeoutMs: 2000,
  decisionMode: 'enforce',
} as const

/** `AuthorizationServerOptions`. */
export const SERVER_DEFAULTS = { advertised: true, dangerouslyIgnoreKeyIssuer: false } as const

/** `TokenCacheOptions`. */
export const TOKEN_CACHE_DEFAULTS = {
  maxEntries: 65_536,
  maxBytes: 67_108_864,
  maxAgeSeconds: 300,
} as const

/** `FetchOptions`, for each remote document. */
export const FETCH_DEFAULTS = { timeoutMs: 5000, maxBytes: 65_536 } as const

/** `JwtOptions`. */
export const JWT_DEFAULTS = { profile: 'standard' } as const

/** `AuthzenOptions`. */
export const AUTHZEN_DEFAULTS = {
  timeoutMs: 2000,
  maxBytes: 65_536,
  dangerouslyAllowHttp: false,
} as const

/** `IntrospectionOptions` and `CustomTokenOptions`. */
export const OPAQUE_DEFAULTS = { cacheSeconds: 0 } as const

/** `DpopOptions`. RFC 9449 §11.1 demands a short window; MCP's profile (SEP-1932) allows five minutes. */
export const DPOP_DEFAULTS = {
  required: false,
  windowSeconds: 300,
  nonceLifetimeSeconds: 300,
} as const

/** `MtlsOptions`. */
export const MTLS_DEFAULTS = { required: false, format: 'rfc9440' } as const

/** `RevocationOptions`. The time is spent at every request, so it is short. */
export const REVOCATION_DEFAULTS = {
  statusList: false,
  whenUnavailable: 'reject',
  timeoutMs: 500,
} as const

/** `revokedBefore`: a week. */
export const REVOKED_BEFORE_DEFAULTS = { keepSeconds: 604_800 } as const

/** `TokenExchangeOptions`. The bounds of the cache are those of agentgateway's. */
export const EXCHANGE_DEFAULTS = {
  style: 'rfc8693',
  maxEntries: 8192,
  marginSeconds: 15,
  responseTimeoutMs: 30_000,
} as const

/** `ForwardOptions`. The SDKs' clients wait 60 s for a response, too. */
export const FORWARD_DEFAULTS = {
  subpaths: false,
  timeoutMs: 60_000,
  identityHeader: 'Authorization',
  identityLifetimeSeconds: 60,
} as const

/** Making a resource: all options judged at once, all parts wired, nothing done yet. */

import { DEFAULT_MAX_BYTES, DEFAULT_TIMEOUT_MS } from './authorization-server/discovery.ts'
import { createIssuerDocuments, type IssuerDocuments } from './authorization-server/documents.ts'
import type { DocumentPorts } from './authorization-server/load-document.ts'
import { ownOptions } from './config/own-options.ts'
import { toServerOptions } from './config/server-rules.ts'
import { configProblems } from './config/validate.ts'
import type { JwtOptions } from './contract/access-token-options.ts'
import type { AuthorizationServerOptions } from './contract/authorization-server-options.ts'
import type { ProtectedResourceMetadata } from './contract/documents.ts'
import { ConfigError } from './contract/errors.ts'
import { type DocumentEvent, emit, warn } from './contract/events.ts'
import { clockOf, hostFetch } from './contract/ports.ts'
import type { ProtectedResourceOptions } from './contract/resource-options.ts'
import { SUPPORTED_ALGORITHMS } from './crypto/algorithms.ts'
import { SharedStore } from './documents/document-store.ts'
import { createOriginPolicy } from './http/cors.ts'
import { createIssuerMatcher } from './identifiers/issuer-matcher.ts'
import {
  metadataPath,
  protectedResourceMetadataUrl,
  resourceWarnings,
} from './identifiers/resource-identifier.ts'
import type { AudiencePolicy } from './jwt/audience.ts'
import type { JwtRules } from './jwt/verify-jwt.ts'
import { deepFreeze } from './lib/json.ts'
import { ownMembers } from './lib/own-members.ts'
import { TextPool } from './lib/text-pool.ts'
import { toList } from './lib/to-list.ts'
import { createOperationRules } from './mcp/policy.ts'
import { buildProtectedResourceMetadata } from './metadata/protected-resource.ts'
import { createServedDocument } from './metadata/serve-document.ts'
import { createTokenCache } from './request/token-cache.ts'
import {
  bindingFacts,
  bindingWarnings,
  createDpop,
  createMtls,
  requiresCertificate,
} from './resource/create-binding.ts'
import { createOpaqueVerifiers } from './resource/create-opaque-verifiers.ts'
import {
  attachState,
  type ProtectedResource,
  type ResourceState,
  type ServerState,
} from './resource/state.ts'
import { tokenFormatsOf } from './resource/token-formats.ts'
import { createGrantReader } from './scope/grant.ts'
import { createScopeClosure } from './scope/hierarchy.ts'

const DEFAULT_METADATA_MAX_AGE_SECONDS = 300
const DEFAULT_CLOCK_TOLERANCE_SECONDS = 30
const DEFAULT_TOKEN_CACHE_ENTRIES = 10_000
const DEFAULT_TOKEN_CACHE_SECONDS = 300
const DEFAULT_STALE_IF_ERROR_SECONDS = 3600
const DEFAULT_MAX_BODY_BYTES = 4_194_304
const DEFAULT_BODY_TIMEOUT_MS = 10_000

/**
 * Makes a protected resource: what it is, whom it trusts, what it asks for.
 *
 * Nothing else happens now: no fetch, no timer, no clock, no randomness, so it may stand at module
 * scope on any host. Metadata and keys are fetched when the first token comes.
 *
 * @param options The configuration. It is judged as a whole.
 * @returns The resource, to be handed to everything else of this library. Make it once, not per
 * request: it remembers metadata and keys.
 * @throws {ConfigError} If anything in the configuration is wrong, with every mistake in it.
 * @see {@link https://www.rfc-editor.org/rfc/rfc9728.html#section-2 RFC 9728 §2}
 */
export function protectedResource<const Custom extends string = never>(
  options: ProtectedResourceOptions<Custom>,
): ProtectedResource {
  const own = ownOptions(options)
  const problems = configProblems(own)
  if (problems.length > 0) throw new ConfigError(problems)
  return createResource(own, options.authorizationServers)
}

function createResource(
  own: ProtectedResourceOptions<string>,
  given: ProtectedResourceOptions['authorizationServers'],
): ProtectedResource {
  const metadata = metadataOf(own)
  const resource: ProtectedResource = {
    identifier: own.resource,
    metadataUrl: protectedResourceMetadataUrl(own.resource),
    metadata,
    requiresCertificate: requiresCertificate(own),
  }
  const state = createState(own, metadata, given)
  for (const message of resourceWarnings(own.resource)) {
    warn(own.onEvent, { path: 'resource', message }, own.resource)
  }
  for (const warning of bindingWarnings(own)) warn(own.onEvent, warning, own.resource)
  return attachState(resource, state)
}

function metadataOf(
  options: ProtectedResourceOptions<string>,
): Readonly<ProtectedResourceMetadata> {
  return deepFreeze(
    buildProtectedResourceMetadata({
      resource: options.resource,
      issuers: options.authorizationServers.map((server) => toServerOptions(server).issuer),
      scopesSupported: [...(options.scopesSupported ?? [])],
      usesAuthorizationHeader: options.token === undefined,
      ...bindingFacts(options),
      further: structuredClone(options.metadata ?? {}),
    }),
  )
}

function createState(
  options: ProtectedResourceOptions<string>,
  metadata: Readonly<ProtectedResourceMetadata>,
  given: ProtectedResourceOptions['authorizationServers'],
): ResourceState {
  const url = new URL(options.resource)
  const maxAge = options.metadataMaxAgeSeconds ?? DEFAULT_METADATA_MAX_AGE_SECONDS
  const document = createServedDocument(metadata, maxAge)
  const grant = createGrantReader(createScopeClosure(options.scopeHierarchy))
  return {
    identifier: options.resource,
    metadataUrl: protectedResourceMetadataUrl(options.resource),
    url,
    place: { pathAndQuery: metadataPath(url), document },
    servers: options.authorizationServers.map((server, index) =>
      createServer(toServerOptions(server), options, grant, given[index] ?? server),
    ),
    required: { allOf: [...(options.requiredScopes ?? [])], anyOf: [] },
    challengeScopes: options.challengeScopes && [...options.challengeScopes],
    repeatGrantedScopes: options.repeatGrantedScopes ?? false,
    operations: operationReading(options),
    offersGetStream: options.getStream ?? true,
    endStreamsAtExpiry: options.endStreamsAtExpiry ?? 'listening',
    dpop: createDpop(options),
    mtls: createMtls(options),
    origins: createOriginPolicy(options.origins, url),
    readToken: options.token,
    servesAuthorizationServerMetadata: options.serveAuthorizationServerMetadata ?? false,
    metadataMaxAgeSeconds: maxAge,
    clockToleranceSeconds: toleranceOf(options),
    plainRejections: new Map(),
    tokenCache: tokenCacheOf(options.tokenCache),
    tokenCacheMaxAgeSeconds: tokenCacheMaxAge(options.tokenCache),
    texts: new TextPool(),
    now: clockOf(options.now),
    onEvent: options.onEvent,
    measuresDurations: options.measureDurations ?? false,
  }
}

function tokenCacheOf(cache: ProtectedResourceOptions['tokenCache']): ResourceState['tokenCache'] {
  if (cache === false) return undefined
  return createTokenCache(cache?.maxEntries ?? DEFAULT_TOKEN_CACHE_ENTRIES)
}

function tokenCacheMaxAge(cache: ProtectedResourceOptions['tokenCache']): number {
  return (cache === false ? undefined : cache?.maxAgeSeconds) ?? DEFAULT_TOKEN_CACHE_SECONDS
}

function operationReading(options: ProtectedResourceOptions<string>): ResourceState['operations'] {
  const { operations } = options
  if (operations === undefined) return undefined
  return {
    rules: createOperationRules(operations),
    maxBodyBytes: options.maxBodyBytes ?? DEFAULT_MAX_BODY_BYTES,
    bodyTimeoutMs: options.bodyTimeoutMs ?? DEFAULT_BODY_TIMEOUT_MS,
  }
}

function createServer(
  server: AuthorizationServerOptions,
  options: ProtectedResourceOptions<string>,
  grant: ServerState['reading']['grant'],
  given: string | AuthorizationServerOptions,
): ServerState {
  const jwt = jwtOptionsOf(server)
  const documents = documentsOf(server, options, given)
  const reading = {
    authority: server.issuer,
    names: server.claims,
    mapClaims: server.mapClaims,
    grant,
  }
  const matches = createIssuerMatcher(server)
  const audience = audiencePolicy(server, options)
  const ports = portsOf(server, options, (event) => emit(options.onEvent, event))
  return {
    options: server,
    matches,
    documents,
    jwt: jwt === undefined ? undefined : jwtRules(jwt, server.claims, audience, options),
    reading: { profile: jwt?.profile ?? 'standard', ...reading },
    opaque: createOpaqueVerifiers(tokenFormatsOf(server), {
      server,
      matches,
      documents,
      ports,
      audience,
      times: { toleranceSeconds: toleranceOf(options), maxAgeSeconds: undefined },
      reading: { profile: 'standard', ...reading },
    }),
  }
}

function jwtOptionsOf(server: AuthorizationServerOptions): JwtOptions | undefined {
  for (const kind of tokenFormatsOf(server)) {
    if (kind === 'jwt') return ownMembers<JwtOptions>({ kind: 'jwt' })
    if (kind.kind === 'jwt') return kind
  }
  return undefined
}

function jwtRules(
  jwt: JwtOptions,
  names: AuthorizationServerOptions['claims'],
  audience: AudiencePolicy,
  options: ProtectedResourceOptions<string>,
): JwtRules {
  return {
    profile: jwt.profile ?? 'standard',
    algorithms: new Set(jwt.algorithms ?? SUPPORTED_ALGORITHMS),
    requiredClaims: jwt.requiredClaims ?? [],
    evidence: { names, isReplaced: jwt.requiredClaims !== undefined },
    audience,
    times: { toleranceSeconds: toleranceOf(options), maxAgeSeconds: jwt.maxTokenAgeSeconds },
  }
}

function audiencePolicy(
  server: AuthorizationServerOptions,
  options: ProtectedResourceOptions<string>,
): AudiencePolicy {
  return {
    resource: options.resource,
    // Told in events, so frozen: an observer must not be able to let a token in.
    accepted: Object.freeze([...toList(server.audience ?? options.audience ?? options.resource)]),
    allowMissing: server.dangerouslyAllowMissingAudience ?? false,
    substitute: server.claims?.audience,
  }
}

function toleranceOf({ clockToleranceSeconds }: ProtectedResourceOptions<string>): number {
  return clockToleranceSeconds ?? DEFAULT_CLOCK_TOLERANCE_SECONDS
}

/** Documents that several resources share, because they were given the same server options object. */
interface CommonDocuments {
  /** All that decides how documents are had; shared only where every part is the same. */
  readonly means: readonly unknown[]
  readonly documents: IssuerDocuments
  readonly listeners: Set<NonNullable<ProtectedResourceOptions['onEvent']>>
}

const SHARED = new WeakMap<AuthorizationServerOptions, CommonDocuments[]>()

/** One discovery and one key fetch for all resources that were given the same object for the server. */
function documentsOf(
  server: AuthorizationServerOptions,
  options: ProtectedResourceOptions<string>,
  given: string | AuthorizationServerOptions,
): IssuerDocuments {
  const key = typeof given === 'string' ? server : given
  const means = [
    options.fetch,
    options.now,
    options.documentStore,
    options.documentStoreSecret,
    options.staleIfErrorSeconds,
    options.dangerouslyAllowHttp,
  ]
  const known = SHARED.get(key) ?? []
  let shared = known.find((each) => each.means.every((part, index) => part === means[index]))
  if (shared === undefined) {
    shared = createShared(server, options, means)
    SHARED.set(key, [...known, shared])
  }
  if (options.onEvent !== undefined) shared.listeners.add(options.onEvent)
  return shared.documents
}

function createShared(
  server: AuthorizationServerOptions,
  options: ProtectedResourceOptions<string>,
  means: readonly unknown[],
): CommonDocuments {
  const listeners: CommonDocuments['listeners'] = new Set()
  const ports = portsOf(server, options, (event) => {
    for (const listener of listeners) emit(listener, event)
  })
  return { means, listeners, documents: createIssuerDocuments(server, ports) }
}

function portsOf(
  server: AuthorizationServerOptions,
  options: ProtectedResourceOptions<string>,
  report: (event: DocumentEvent) => void,
): DocumentPorts {
  const now = clockOf(options.now)
  const staleIfErrorSeconds = options.staleIfErrorSeconds ?? DEFAULT_STALE_IF_ERROR_SECONDS
  const { documentStore: store, documentStoreSecret: secret = [] } = options
  return {
    policy: {
      fetch: server.fetch ?? options.fetch ?? hostFetch,
      timeoutMs: server.timeoutMs ?? DEFAULT_TIMEOUT_MS,
      maxBytes: server.maxBytes ?? DEFAULT_MAX_BYTES,
      allowHttp: server.dangerouslyAllowHttp ?? options.dangerouslyAllowHttp ?? false,
    },
    now,
    staleIfErrorSeconds,
    shared:
      store === undefined
        ? undefined
        : new SharedStore({ store, secrets: toList(secret), now, staleIfErrorSeconds, report }),
    report,
  }
}

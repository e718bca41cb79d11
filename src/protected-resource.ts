/** Creates a protected resource: checks its options, fills in defaults, and connects its parts. */

import { withDefaults } from './config/defaults.ts'
import { metadataUrlWarnings } from './config/metadata-url-rules.ts'
import { ownOptions } from './config/own-options.ts'
import { scopePrefixWarnings } from './config/scope-prefix-rules.ts'
import { configProblems } from './config/validate.ts'
import type { ProtectedResourceMetadata } from './contract/documents.ts'
import { ConfigError, type ConfigProblem } from './contract/errors.ts'
import { warn } from './contract/events.ts'
import { clockOf } from './contract/ports.ts'
import type { ProtectedResourceOptions } from './contract/resource-options.ts'
import { createOriginPolicy } from './http/cors.ts'
import {
  metadataPath,
  protectedResourceMetadataUrl,
  resourceWarnings,
} from './identifiers/resource-identifier.ts'
import { deepFreeze } from './lib/json.ts'
import { TextPool } from './lib/text-pool.ts'
import { toList } from './lib/to-list.ts'
import { createOperationRules } from './mcp/policy.ts'
import { buildProtectedResourceMetadata } from './metadata/protected-resource.ts'
import {
  createServedDocument,
  type DocumentPlace,
  type ServedDocument,
} from './metadata/serve-document.ts'
import { createTokenCache } from './request/token-cache.ts'
import {
  bindingFacts,
  bindingWarnings,
  createBinding,
  requiresCertificate,
} from './resource/create-binding.ts'
import { createServer, isAdvertised } from './resource/create-server.ts'
import type { Settings } from './resource/settings.ts'
import {
  attachState,
  type EndpointState,
  type OperationReading,
  type ProtectedResource,
  type ResourceIdentity,
  type ResourceState,
  type ScopePolicy,
  type TokenCacheState,
} from './resource/state.ts'
import { createRevocation } from './revocation/create-revocation.ts'
import { createGrantReader } from './scope/grant.ts'
import { createScopeClosure } from './scope/hierarchy.ts'
import { scopePrefixesOf } from './scope/scope-prefix.ts'
import { createSessions } from './session/create-sessions.ts'

/**
 * Creates a protected resource: its identifier, the servers whose tokens it accepts, and the scopes
 * that it needs.
 *
 * Creating it fetches nothing, starts no timer, and reads neither clock nor randomness, so it may stand
 * at module scope on any host. Metadata and keys are fetched when the first token comes.
 *
 * @param options The configuration. It is checked as a whole.
 * @returns The resource, which the other functions take. Create it once, not for each request: it
 * caches metadata, keys and tokens.
 * @throws {ConfigError} If the configuration has mistakes, with every one of them.
 * @example
 * ```ts
 * const notes = protectedResource({
 *   resource: 'https://api.example.com/notes',
 *   authorizationServers: ['https://auth.example.com'],
 *   scopesSupported: ['notes:read', 'notes:write'],
 * })
 * ```
 * @see {@link https://www.rfc-editor.org/rfc/rfc9728.html#section-2 RFC 9728 §2}
 */
export function protectedResource<const Custom extends string = never>(
  options: ProtectedResourceOptions<Custom>,
): ProtectedResource {
  const own = ownOptions(options)
  const problems = configProblems(own)
  if (problems.length > 0) throw new ConfigError(problems)
  return createResource(withDefaults(own, options.authorizationServers))
}

const REPORT_ONLY = {
  path: 'decisionMode',
  message:
    "is 'report': the scopes and denials of operations are reported and not enforced; remove the option to enforce them",
}

function createResource(settings: Settings): ProtectedResource {
  const { resource: identifier, onEvent } = settings
  const identity = {
    identifier,
    url: new URL(identifier),
    metadataUrl: settings.metadataUrl ?? protectedResourceMetadataUrl(identifier),
  }
  const metadata = metadataOf(settings)
  const resource: ProtectedResource = {
    identifier,
    metadataUrl: identity.metadataUrl,
    metadata,
    requiresCertificate: requiresCertificate(settings),
  }
  const state = createState(settings, identity, metadata)
  for (const warning of warningsOf(settings, state)) warn(onEvent, warning, identifier)
  return attachState(resource, state)
}

function warningsOf(settings: Settings, { scopes }: ResourceState): ConfigProblem[] {
  const audiences = settings.servers.map(({ audience }) => toList(audience))
  const messages = resourceWarnings(settings.resource, audiences)
  return [
    ...messages.map((message) => ({ path: 'resource', message })),
    ...metadataUrlWarnings(settings),
    ...scopePrefixWarnings(settings, scopes.prefixes),
    ...(settings.decisionMode === 'report' ? [REPORT_ONLY] : []),
    ...bindingWarnings(settings),
  ]
}

function metadataOf(settings: Settings): Readonly<ProtectedResourceMetadata> {
  return deepFreeze(
    buildProtectedResourceMetadata({
      resource: settings.resource,
      issuers: settings.servers.filter(isAdvertised).map(({ options }) => options.issuer),
      scopesSupported: [...settings.scopesSupported],
      usesAuthorizationHeader: settings.token === undefined,
      ...bindingFacts(settings),
      further: structuredClone(settings.metadata),
    }),
  )
}

function createState(
  settings: Settings,
  identity: ResourceIdentity,
  metadata: Readonly<ProtectedResourceMetadata>,
): ResourceState {
  const { metadataMaxAgeSeconds: maxAgeSeconds, serveAuthorizationServerMetadata } = settings
  const document = createServedDocument(metadata, maxAgeSeconds)
  const grant = createGrantReader(createScopeClosure(settings.scopeHierarchy))
  const servers = settings.servers.map((server) => createServer(server, settings, grant))
  return {
    identity,
    metadata: {
      place: { pathAndQuery: metadataPath(identity.url), document },
      furtherPlace: furtherPlaceOf(identity, document),
      maxAgeSeconds,
      servesAuthorizationServerMetadata: serveAuthorizationServerMetadata,
    },
    servers,
    tokens: createTokens(settings),
    scopes: createScopePolicy(settings),
    operations: createOperationReading(settings),
    acceptActors: settings.acceptActors === 'any' ? undefined : settings.acceptActors,
    binding: createBinding(settings),
    revocation: createRevocation(settings, servers),
    endpoint: createEndpoint(settings, identity),
    clock: { now: clockOf(settings.now), toleranceSeconds: settings.clockToleranceSeconds },
    sessions: createSessions(settings),
    events: {
      onEvent: settings.onEvent,
      measuresDurations: settings.measureDurations,
      warned: new Set(),
    },
    plainRejections: new Map(),
  }
}

/** The place of `metadataUrl`, if the resource can serve it and does not serve it anyway. */
function furtherPlaceOf(
  { url, metadataUrl }: ResourceIdentity,
  document: ServedDocument,
): DocumentPlace | undefined {
  const { origin, pathname, search } = new URL(metadataUrl)
  const pathAndQuery = pathname + search
  return origin === url.origin && pathAndQuery !== metadataPath(url)
    ? { pathAndQuery, document }
    : undefined
}

function createTokens({ tokenCache }: Settings): TokenCacheState {
  return {
    entries: tokenCache && createTokenCache(tokenCache.maxEntries),
    maxAgeSeconds: tokenCache?.maxAgeSeconds ?? 0,
    texts: new TextPool(),
  }
}

function createScopePolicy(settings: Settings): ScopePolicy {
  const { requiredScopes, challengeScopes, repeatGrantedScopes } = settings
  return {
    required: { allOf: [...requiredScopes], anyOf: [] },
    challengeScopes: challengeScopes && [...challengeScopes],
    repeatGrantedScopes,
    prefixes: scopePrefixesOf(settings.servers.map(({ options }) => options)),
  }
}

function createOperationReading(settings: Settings): OperationReading | undefined {
  const { operations, maxBodyBytes, bodyTimeoutMs, decisionTimeoutMs, decisionMode } = settings
  if (operations === undefined) return undefined
  return {
    rules: createOperationRules(operations),
    maxBodyBytes,
    bodyTimeoutMs,
    decisionTimeoutMs,
    isReportOnly: decisionMode === 'report',
  }
}

function createEndpoint(settings: Settings, { url }: ResourceIdentity): EndpointState {
  const { origins, token, getStream, endStreamsAtExpiry } = settings
  return {
    origins: createOriginPolicy(origins, url),
    readToken: token,
    offersGetStream: getStream,
    endStreamsAtExpiry,
  }
}

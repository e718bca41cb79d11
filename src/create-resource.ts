/** Creates a protected resource with its features: checks its options, and connects its parts. */

import { withDefaults } from './config/defaults.ts'
import { metadataUrlWarnings } from './config/metadata-url-rules.ts'
import { scopePrefixWarnings } from './config/scope-prefix-rules.ts'
import { configProblems } from './config/validate.ts'
import { type ConfigProblem, throwProblems } from './contract/config-error.ts'
import type { ProtectedResourceMetadata } from './contract/documents.ts'
import { warn } from './contract/events.ts'
import { clockOf } from './contract/ports.ts'
import type { ProtectedResourceOptions } from './contract/resource-options.ts'
import { createOriginPolicy } from './http/cors.ts'
import {
  metadataPath,
  protectedResourceMetadataUrl,
  resourceWarnings,
} from './identifiers/resource-identifier.ts'
import { CredentialCache } from './lib/credential-cache.ts'
import { deepFreeze } from './lib/json.ts'
import { ownMembers } from './lib/own-members.ts'
import { TextPool } from './lib/text-pool.ts'
import { toList } from './lib/to-list.ts'
import { buildProtectedResourceMetadata } from './metadata/protected-resource.ts'
import {
  createServedDocument,
  type DocumentPlace,
  type ServedDocument,
} from './metadata/serve-document.ts'
import type { BindingState } from './resource/binding.ts'
import { createServer, isAdvertised } from './resource/create-server.ts'
import { type Feature, type TokenFormatFeature, tokenFormatsAmong } from './resource/feature.ts'
import type { Settings } from './resource/settings.ts'
import type { Slots } from './resource/slots.ts'
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
import { TokenGroups } from './resource/token-groups.ts'
import { createGrantReader } from './scope/grant.ts'
import { createScopeClosure } from './scope/hierarchy.ts'
import { scopePrefixesOf } from './scope/scope-prefix.ts'

/** Every slot, so that the state inherits none. */
const NO_SLOTS: Slots<ResourceState> = {
  audit: undefined,
  revocation: undefined,
  sessions: undefined,
  explainMissing: undefined,
}

type OtherFeature = Exclude<Feature, TokenFormatFeature>

/**
 * Creates a resource with its features.
 *
 * @param own Own copies of the options, as the main entry knows them.
 * @param given The options as the application gave them: resources with the same server object share
 * documents.
 * @param features Without inherited members, because most members are optional.
 * @param createSlots Creates members of the state that the entry itself fills, from valid options.
 * @throws {ConfigError} If the configuration has mistakes, with every one of them.
 */
export function createResource(
  own: ProtectedResourceOptions<string>,
  given: Pick<ProtectedResourceOptions, 'authorizationServers'>,
  features: readonly Feature[],
  createSlots?: () => Partial<Slots<ResourceState>>,
): ProtectedResource {
  const problems = configProblems(own, features)
  throwProblems(problems)
  const settings = withDefaults(own, given.authorizationServers)
  const { resource: identifier, onEvent } = settings
  const identity = {
    identifier,
    url: new URL(identifier),
    metadataUrl: settings.metadataUrl ?? protectedResourceMetadataUrl(identifier),
  }
  const others = features.filter((feature) => feature.kind !== 'tokenFormat')
  const metadata = metadataOf(settings, others)
  const binding = createBinding(settings, others)
  const resource: ProtectedResource = {
    identifier,
    metadataUrl: identity.metadataUrl,
    metadata,
    requiresCertificate: binding.all.some((each) => each.requiresCertificate === true),
  }
  const parts = createParts({ settings, identity, metadata, binding, features })
  const { servers } = parts
  const filled = others.map((each) =>
    each.kind === 'resource' ? each.create(settings, { servers }) : undefined,
  )
  const state: ResourceState = Object.assign(
    { ...parts, ...NO_SLOTS, ...createSlots?.() },
    ...filled,
  )
  for (const warning of warningsOf(settings, state, others)) warn(onEvent, warning, identifier)
  return attachState(resource, state)
}

function warningsOf(
  settings: Settings,
  { scopes }: ResourceState,
  features: readonly OtherFeature[],
): ConfigProblem[] {
  const audiences = settings.servers.map(({ audience }) => toList(audience))
  const messages = resourceWarnings(settings.resource, audiences)
  return [
    ...messages.map((message) => ({ path: 'resource', message })),
    ...metadataUrlWarnings(settings),
    ...scopePrefixWarnings(settings, scopes.prefixes),
    ...features.flatMap((feature) => feature.warnings?.(settings) ?? []),
  ]
}

function metadataOf(
  settings: Settings,
  features: readonly OtherFeature[],
): Readonly<ProtectedResourceMetadata> {
  return deepFreeze(
    buildProtectedResourceMetadata({
      resource: settings.resource,
      issuers: settings.servers.filter(isAdvertised).map(({ options }) => options.issuer),
      scopesSupported: [...settings.scopesSupported],
      usesAuthorizationHeader: settings.token === undefined,
      features: Object.assign({}, ...features.map((each) => each.metadata?.(settings))),
      further: structuredClone(settings.metadata),
    }),
  )
}

interface Given {
  readonly settings: Settings
  readonly identity: ResourceIdentity
  readonly metadata: Readonly<ProtectedResourceMetadata>
  readonly binding: BindingState
  readonly features: readonly Feature[]
}

function createParts({
  settings,
  identity,
  metadata,
  binding,
  features,
}: Given): Omit<ResourceState, keyof Slots<ResourceState>> {
  const { metadataMaxAgeSeconds: maxAgeSeconds, serveAuthorizationServerMetadata } = settings
  const document = createServedDocument(metadata, maxAgeSeconds)
  const formats = tokenFormatsAmong(features)
  const grant = createGrantReader(createScopeClosure(settings.scopeHierarchy))
  return {
    identity,
    metadata: {
      place: { pathAndQuery: metadataPath(identity.url), document },
      furtherPlace: furtherPlaceOf(identity, document),
      maxAgeSeconds,
      servesAuthorizationServerMetadata: serveAuthorizationServerMetadata,
    },
    servers: settings.servers.map((server) => createServer(server, settings, grant, formats)),
    tokens: createTokens(settings),
    scopes: createScopePolicy(settings),
    operations: createOperationReading(settings, features),
    acceptActors: settings.acceptActors === 'any' ? undefined : settings.acceptActors,
    binding,
    opaque: Object.values(formats)[0]?.steps,
    endpoint: createEndpoint(settings, identity),
    clock: { now: clockOf(settings.now), toleranceSeconds: settings.clockToleranceSeconds },
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
    entries: tokenCache && new CredentialCache(tokenCache),
    maxAgeSeconds: tokenCache?.maxAgeSeconds ?? 0,
    groups: new TokenGroups(),
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

function createOperationReading(
  settings: Settings,
  features: readonly Feature[],
): OperationReading | undefined {
  return features.find((feature) => feature.kind === 'operations')?.create(settings)
}

function createBinding(settings: Settings, features: readonly Feature[]): BindingState {
  const all = features.flatMap((feature) => {
    const binding = feature.kind === 'binding' ? feature.create(settings) : undefined
    return binding === undefined ? [] : [ownMembers(binding)]
  })
  const scheme = all.find(({ dpop }) => dpop !== undefined)
  return {
    all,
    isRequired: all.some(({ required }) => required === true),
    dpop: scheme?.dpop && { required: scheme.required === true, algs: scheme.dpop.algs },
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

/** Computes how each known client sees a server: from its behaviour and from the documents of the server. */

import { textsOf } from '../lib/json.ts'
import { parseScope } from '../scope/scope.ts'
import { CLIENT_BEHAVIORS, type ClientBehavior, type StepUp } from './client-behaviors.ts'
import type { Evidence } from './evidence.ts'
import { isOriginOnly } from './urls.ts'

/**
 * How a client sees the server.
 *
 * @example
 * ```ts
 * function clientsThatCannotStepUp({ clients = [] }: Report): string[] {
 *   const never: StepUp = 'never'
 *   return clients.filter(({ stepUp }: ClientView) => stepUp === never).map(({ client }) => client)
 * }
 * ```
 */
export interface ClientView {
  /** The name of the client. */
  readonly client: string
  /** The version whose behaviour is known. Others may differ. */
  readonly version: string
  /** The scopes that it requests in a login. */
  readonly scopes: readonly string[]
  /** The `resource` that it sends to the authorization server. */
  readonly resource: string
  /** Whether it gets more scopes after a 403. */
  readonly stepUp: StepUp
  /** How it gets a client id: by its client ID metadata document, by registration, or by hand. */
  readonly registration: 'document' | 'dynamic' | 'by hand'
  /** What may fail, a sentence each. */
  readonly problems: readonly string[]
}

/** A view for each known client; none if the server has no metadata or the authorization server has none. */
export function viewsOf(evidence: Evidence): readonly ClientView[] {
  const { found, servers, rejection } = evidence
  const resource = found?.document['resource']
  const server = servers.find(({ metadata }) => metadata !== undefined)?.metadata
  if (typeof resource !== 'string' || server === undefined) return []
  const challenge = parseScope(rejection.challenge?.params.get('scope') ?? '')
  const metadata = textsOf(found?.document['scopes_supported'])
  const facts: Facts = {
    resource,
    challenge: challenge.length > 0 ? challenge : metadata,
    required: challenge,
    metadata,
    server: textsOf(server['scopes_supported']),
    hasDocuments: server['client_id_metadata_document_supported'] === true,
    hasPublicClients: textsOf(server['token_endpoint_auth_methods_supported']).includes('none'),
    hasRegistration: typeof server['registration_endpoint'] === 'string',
    isOpenToPages: isOpenToPages(evidence),
    getStatus: evidence.get.status,
    isFoundUnasked: evidence.places.some(
      ({ places, document }) => document !== undefined && places.join() !== 'named',
    ),
  }
  return CLIENT_BEHAVIORS.map((behavior) => viewOf(behavior, facts))
}

interface Facts {
  readonly resource: string
  readonly challenge: readonly string[]
  readonly required: readonly string[]
  readonly metadata: readonly string[]
  readonly server: readonly string[]
  readonly hasDocuments: boolean
  readonly hasPublicClients: boolean
  readonly hasRegistration: boolean
  readonly isOpenToPages: boolean
  /** The status of a GET without a token. */
  readonly getStatus: number
  /** Whether the metadata is at a URL that clients derive, not only at the one that the challenge names. */
  readonly isFoundUnasked: boolean
}

function viewOf(behavior: ClientBehavior, facts: Facts): ClientView {
  const { name, version, stepUp, isInBrowser } = behavior
  const readsChallenge = hasChallenge(behavior, facts)
  const scopes = scopesOf(behavior, facts)
  const resource = resourceOf(behavior, facts.resource)
  const registration = registrationOf(behavior, facts)
  const missing = facts.required.filter((scope) => !scopes.includes(scope))
  const problems = [
    ...(readsChallenge || facts.isFoundUnasked
      ? []
      : [
          `It reads the challenge of a GET, which is answered with ${facts.getStatus}: it does not find the metadata.`,
        ]),
    ...(missing.length > 0
      ? [`It does not request ${missing.join(' ')}: its first call is answered with 403.`]
      : []),
    ...(resource === facts.resource
      ? []
      : [`It sends ${resource} in place of ${facts.resource}: the server may reject it.`]),
    ...(registration === 'by hand' ? ['Its user must register it and enter the client id.'] : []),
    ...(isInBrowser && !facts.isOpenToPages ? ['Its page may not call the server (CORS).'] : []),
  ]
  return { client: name, version, scopes, resource, stepUp, registration, problems }
}

function scopesOf(behavior: ClientBehavior, facts: Facts): string[] {
  const { scopes: source, addsOfflineAccess } = behavior
  const challenge = hasChallenge(behavior, facts) ? facts.challenge : facts.metadata
  const lists = { challenge, resource: facts.metadata, server: facts.server, none: [] }
  const isOffered = facts.server.includes(OFFLINE) && addsOfflineAccess
  // Without scopes of the resource, these clients request those of the challenge.
  const own = source === 'resource' && facts.metadata.length === 0 ? facts.required : lists[source]
  return [...new Set([...own, ...(isOffered ? [OFFLINE] : [])])]
}

function hasChallenge({ readsChallengeOfGet }: ClientBehavior, { getStatus }: Facts): boolean {
  return readsChallengeOfGet !== true || getStatus === 401
}

const OFFLINE = 'offline_access'

/** Clients disagree only about an origin. */
function resourceOf({ slash }: ClientBehavior, resource: string): string {
  if (slash === 'kept' || !isOriginOnly(resource)) return resource
  const bare = resource.replace(/\/$/, '')
  return slash === 'added' ? `${bare}/` : bare
}

function registrationOf(
  { registration, documentNeedsNone }: ClientBehavior,
  { hasDocuments, hasPublicClients, hasRegistration }: Facts,
): ClientView['registration'] {
  const isAccepted = hasDocuments && (documentNeedsNone !== true || hasPublicClients)
  if (registration === 'document' && isAccepted) return 'document'
  return registration !== 'none' && hasRegistration ? 'dynamic' : 'by hand'
}

function isOpenToPages({ fromPage, origin }: Evidence): boolean {
  const allowed = fromPage.exchange.headers.get('Access-Control-Allow-Origin')
  return allowed === '*' || allowed === origin
}

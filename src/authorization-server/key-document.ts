/** The key set that an authorization server publishes: where it is, how it is fetched and checked. */

import type { AuthorizationServerOptions } from '../contract/authorization-server-options.ts'
import type { UpstreamError } from '../contract/errors.ts'
import { documentEvent } from '../contract/events.ts'
import { invalidDocument } from '../documents/bounded-fetch.ts'
import { fetchJson } from '../documents/fetch-json.ts'
import type { RemoteDocument } from '../documents/remote-document.ts'
import type { RequestBudget } from '../documents/request-budget.ts'
import type { FreshnessBounds } from '../http/freshness.ts'
import type { JsonObject } from '../lib/json.ts'
import { succeed } from '../lib/result.ts'
import { parseKeySet } from '../metadata/authorization-server.ts'
import { createKeySet, type KeySet } from './key-set.ts'
import {
  createRemoteDocument,
  type DocumentPorts,
  type Loaded,
  loadDocument,
  type MetadataSource,
  missingMember,
} from './load-document.ts'

const FRESHNESS: FreshnessBounds = { least: 60, most: 3600, otherwise: 600 }
/** RFC 7517 §8.5.2, and the type that most servers use; some respond with 406 to only one of them. */
const KEY_SET_TYPES = 'application/jwk-set+json, application/json'

export function createKeyDocument(
  options: AuthorizationServerOptions,
  metadata: MetadataSource,
  ports: DocumentPorts,
  reported: WeakSet<UpstreamError>,
): RemoteDocument<KeySet> {
  const { issuer } = options
  const { policy } = ports
  // An error names the URL of the last load, or the issuer while it is not known.
  let lastUrl = issuer
  const document: RemoteDocument<KeySet> = createRemoteDocument(
    issuer,
    () => lastUrl,
    ports,
    reported,
    async (request) => {
      const located = await locateKeys(options, metadata, request.budget)
      if (!located.ok) return located
      const url = located.value
      lastUrl = url
      const left = request.budget.remainingMs(policy.timeoutMs)
      return loadDocument(request, ports, {
        id: { issuer, kind: 'keys', url },
        freshness: FRESHNESS,
        fetch: () => fetchJson({ url, typed: false, accept: KEY_SET_TYPES }, policy, left),
        accept: async (body) =>
          acceptKeys(body, issuer, url, ports, document.usable(ports.now())?.value),
      })
    },
  )
  return document
}

async function locateKeys(
  { jwksUri }: AuthorizationServerOptions,
  metadata: MetadataSource,
  budget: RequestBudget,
): Promise<Loaded<string>> {
  if (jwksUri !== undefined) return succeed(jwksUri)
  const read = await metadata.read(budget)
  if (!read.ok) return read
  const known = read.value.value.jwks_uri
  if (known !== undefined) return succeed(known)
  // A server may have published it by now.
  const again = await metadata.refresh(budget)
  const uri = again.ok ? again.value.value.jwks_uri : undefined
  return uri === undefined ? missingMember(metadata.url, 'jwks_uri') : succeed(uri)
}

function acceptKeys(
  document: JsonObject,
  issuer: string,
  url: string,
  { report }: DocumentPorts,
  previous: KeySet | undefined,
): Loaded<KeySet> {
  const parsed = parseKeySet(document)
  if (!parsed.ok) return invalidDocument(url, parsed.error)
  const set = createKeySet(parsed.value, previous)
  if (set.skipped > 0) report(documentEvent(issuer, url, 'key_skipped'))
  return set.usable === 0
    ? invalidDocument(url, 'keys: none of them can verify a signature')
    : succeed(set)
}

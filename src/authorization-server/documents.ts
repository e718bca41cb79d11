/** The documents of one authorization server: its metadata and its keys, given or fetched at first use. */

import type { AuthorizationServerOptions } from '../contract/authorization-server-options.ts'
import { SERVER_DEFAULTS } from '../contract/defaults.ts'
import type { AuthorizationServerMetadata } from '../contract/documents.ts'
import type { UpstreamError } from '../contract/errors.ts'
import { type DocumentEvent, documentEvent } from '../contract/events.ts'
import type { RemoteDocument } from '../documents/remote-document.ts'
import type { FreshnessBounds } from '../http/freshness.ts'
import { templatePatterns } from '../identifiers/issuer-matcher.ts'
import { findTenant } from '../identifiers/issuer-template.ts'
import { authorizationServerMetadataUrls } from '../metadata/well-known.ts'
import { acceptMetadata, type DiscoveryPlan, discover } from './discovery.ts'
import { FetchedKeys } from './fetched-keys.ts'
import { GivenKeys } from './given-keys.ts'
import { createKeyDocument } from './key-document.ts'
import { createKeySet } from './key-set.ts'
import type { KeySource, KeySourceOptions } from './key-source.ts'
import { createRemoteDocument, type DocumentPorts, loadDocument } from './load-document.ts'
import { fetchedMetadata, givenMetadata, type MetadataSource } from './metadata-source.ts'

export interface IssuerDocuments {
  readonly metadata: MetadataSource
  readonly keys: KeySource
}

const METADATA_FRESHNESS: FreshnessBounds = { least: 60, most: 86_400, otherwise: 600 }

export function createIssuerDocuments(
  options: AuthorizationServerOptions,
  ports: DocumentPorts,
): IssuerDocuments {
  const reported = new WeakSet<UpstreamError>()
  const metadata = createMetadataSource(options, ports, reported)
  return { metadata, keys: createKeySource(options, metadata, ports, reported) }
}

/** The metadata of a server alone, given or fetched at first use. */
export function createMetadataSource(
  options: AuthorizationServerOptions,
  ports: DocumentPorts,
  reported: WeakSet<UpstreamError> = new WeakSet(),
): MetadataSource {
  return options.metadata === undefined
    ? fetchedMetadata(createMetadataDocument(options, ports, reported))
    : givenMetadata(options.metadata, options.issuer)
}

function createMetadataDocument(
  options: AuthorizationServerOptions,
  ports: DocumentPorts,
  reported: WeakSet<UpstreamError>,
): RemoteDocument<AuthorizationServerMetadata> {
  const { issuer, metadataUrl, type, transform } = options
  const { policy } = ports
  const urls =
    metadataUrl === undefined ? authorizationServerMetadataUrls(issuer, type) : [metadataUrl]
  // Frozen: errors contain this list, and must not change what is accepted.
  const issuers = Object.freeze([issuer, ...templatePatterns(options.issuerTemplate)])
  const plan: DiscoveryPlan = { urls, issuers, transform }
  const url = urls[0] ?? issuer
  return createRemoteDocument(
    issuer,
    () => url,
    ports,
    reported,
    (request) =>
      loadDocument(request, ports, {
        id: { issuer, kind: 'metadata', url },
        freshness: METADATA_FRESHNESS,
        fetch: () => discover(plan, policy, request.budget.remainingMs(policy.timeoutMs)),
        accept: (document) => acceptMetadata(document, url, plan, policy.allowHttp),
      }),
  )
}

function createKeySource(
  options: AuthorizationServerOptions,
  metadata: MetadataSource,
  ports: DocumentPorts,
  reported: WeakSet<UpstreamError>,
): KeySource {
  const { issuer, jwks } = options
  if (jwks !== undefined) {
    return new GivenKeys(
      createKeySet(jwks),
      keySourceOptions(options, ports, () => issuer),
    )
  }
  const document = createKeyDocument(options, metadata, ports, reported)
  return new FetchedKeys(
    document,
    keySourceOptions(options, ports, () => document.url),
  )
}

function keySourceOptions(
  { issuer, issuerTemplate, dangerouslyIgnoreKeyIssuer }: AuthorizationServerOptions,
  { now, report }: DocumentPorts,
  url: () => string,
): KeySourceOptions {
  const patterns = templatePatterns(issuerTemplate)
  const ownTenant = findTenant(issuer, patterns)
  // The configured issuer may be one of the tenants: its keys are not those of the others.
  const isOwnOrShared = (tokenIssuer: string): boolean =>
    ownTenant === undefined || [undefined, ownTenant].includes(findTenant(tokenIssuer, patterns))
  const acceptsAll = dangerouslyIgnoreKeyIssuer ?? SERVER_DEFAULTS.dangerouslyIgnoreKeyIssuer
  const reportAs = (outcome: DocumentEvent['outcome']): void =>
    report(documentEvent(issuer, url(), outcome))
  return {
    now,
    acceptsKeyIssuer: (keyIssuer, tokenIssuer) =>
      acceptsAll ||
      keyIssuer === tokenIssuer ||
      (typeof keyIssuer === 'string' && patterns.includes(keyIssuer)) ||
      (keyIssuer === issuer && isOwnOrShared(tokenIssuer)),
    reportUndecided: () => reportAs('key_undecided'),
    reportSkipped: () => reportAs('key_skipped'),
  }
}

/** The documents of one authorization server: its metadata and its keys, given or fetched at first use. */

import type { AuthorizationServerOptions } from '../contract/authorization-server-options.ts'
import { SERVER_DEFAULTS } from '../contract/defaults.ts'
import type { AuthorizationServerMetadata } from '../contract/documents.ts'
import type { UpstreamError } from '../contract/errors.ts'
import { documentEvent } from '../contract/events.ts'
import { givenDocument, type KeptDocument } from '../documents/kept-document.ts'
import type { RemoteDocument } from '../documents/remote-document.ts'
import type { RequestBudget } from '../documents/request-budget.ts'
import type { FreshnessBounds } from '../http/freshness.ts'
import { templatePatterns } from '../identifiers/issuer-matcher.ts'
import { findTenant } from '../identifiers/issuer-template.ts'
import { authorizationServerMetadataUrls } from '../metadata/well-known.ts'
import { acceptMetadata, type DiscoveryPlan, fetchMetadata } from './discovery.ts'
import { createKeyDocument } from './key-document.ts'
import { createKeySet, type KeySet } from './key-set.ts'
import { KeySource } from './key-source.ts'
import {
  createRemoteDocument,
  type DocumentPorts,
  loadDocument,
  type MetadataSource,
} from './load-document.ts'
import type { KeyRules } from './select-keys.ts'

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
    ? createMetadataDocument(options, ports, reported)
    : givenDocument(options.metadata, options.issuer)
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
  const left = (budget: RequestBudget): number => budget.remainingMs(policy.timeoutMs)
  return createRemoteDocument(
    issuer,
    () => url,
    ports,
    reported,
    (request) =>
      loadDocument(request, ports, {
        id: { issuer, kind: 'metadata', url },
        freshness: METADATA_FRESHNESS,
        fetch: () => fetchMetadata(plan, policy, left(request.budget)),
        accept: (document, foundAt) =>
          acceptMetadata(document, foundAt, plan, policy, left(request.budget)),
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
  const document =
    jwks === undefined
      ? createKeyDocument(options, metadata, ports, reported)
      : givenDocument(createKeySet(jwks), issuer)
  return new KeySource(document, keyRules(options, ports, document))
}

function keyRules(
  { issuer, issuerTemplate, dangerouslyIgnoreKeyIssuer }: AuthorizationServerOptions,
  { now, report }: DocumentPorts,
  document: KeptDocument<KeySet>,
): KeyRules {
  const patterns = templatePatterns(issuerTemplate)
  const ownTenant = findTenant(issuer, patterns)
  // The configured issuer may be one of the tenants: its keys are not those of the others.
  const isOwnOrShared = (tokenIssuer: string): boolean =>
    ownTenant === undefined || [undefined, ownTenant].includes(findTenant(tokenIssuer, patterns))
  const acceptsAll = dangerouslyIgnoreKeyIssuer ?? SERVER_DEFAULTS.dangerouslyIgnoreKeyIssuer
  return {
    now,
    acceptsKeyIssuer: (keyIssuer, tokenIssuer) =>
      acceptsAll ||
      keyIssuer === tokenIssuer ||
      (typeof keyIssuer === 'string' && patterns.includes(keyIssuer)) ||
      (keyIssuer === issuer && isOwnOrShared(tokenIssuer)),
    report: (outcome) => report(documentEvent(issuer, document.url, outcome)),
  }
}

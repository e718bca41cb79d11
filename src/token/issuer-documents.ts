/** The documents of one authorization server: its metadata and its keys, fetched when first needed. */

import { fetchJson } from '../documents/fetch-json.ts'
import type { FetchPolicy } from '../documents/patience.ts'
import { type Copy, type LoadRequest, RemoteDocument } from '../documents/remote-document.ts'
import { UpstreamError, type UpstreamErrorCode } from '../errors.ts'
import type { DocumentEvent } from '../events.ts'
import { type FreshnessBounds, freshSeconds } from '../http/freshness.ts'
import { templatePatterns } from '../identifiers/issuer-matcher.ts'
import { fail, type Result, succeed } from '../lib/result.ts'
import { parseKeySet } from '../metadata/authorization-server.ts'
import { discover } from '../metadata/discovery.ts'
import { authorizationServerMetadataUrls } from '../metadata/well-known.ts'
import type { AuthorizationServerMetadata, AuthorizationServerOptions } from '../options.ts'
import { createKeySet, type KeySet, KeySource } from './jwks.ts'

/** What the documents need of their surroundings. */
export interface DocumentPorts {
  readonly policy: FetchPolicy
  readonly now: () => number
  readonly staleIfErrorSeconds: number
  readonly tell: (event: DocumentEvent) => void
}

export interface IssuerDocuments {
  readonly metadata: MetadataSource
  readonly keys: KeySource
}

/** Metadata given by hand, or fetched. */
export type MetadataSource =
  | AuthorizationServerMetadata
  | RemoteDocument<AuthorizationServerMetadata>

type Loaded<Value> = Promise<Result<Copy<Value>, UpstreamError>>

const METADATA_FRESHNESS: FreshnessBounds = { least: 60, most: 86_400, otherwise: 600 }
const KEYS_FRESHNESS: FreshnessBounds = { least: 60, most: 3600, otherwise: 600 }
/** A little, so that machines started together do not come back together. */
const JITTER = 0.1

export function createIssuerDocuments(
  options: AuthorizationServerOptions,
  ports: DocumentPorts,
): IssuerDocuments {
  const metadata = options.metadata ?? createMetadata(options, ports)
  const document =
    options.jwks === undefined ? createKeys(options, metadata, ports) : createKeySet(options.jwks)
  return { metadata, keys: createKeySource(options, document, ports) }
}

/** The metadata, whichever way it was given. */
export async function readMetadata(
  source: MetadataSource,
  patience: LoadRequest['patience'],
): Promise<Result<AuthorizationServerMetadata, UpstreamError>> {
  if (!(source instanceof RemoteDocument)) return succeed(source)
  const outcome = await source.read(patience)
  return outcome.ok ? succeed(outcome.value.value) : outcome
}

function createMetadata(
  options: AuthorizationServerOptions,
  ports: DocumentPorts,
): RemoteDocument<AuthorizationServerMetadata> {
  const { issuer, metadataUrl, type, transform } = options
  const urls =
    metadataUrl === undefined ? authorizationServerMetadataUrls(issuer, type) : [metadataUrl]
  const issuers = [issuer, ...templatePatterns(options.issuerTemplate)]
  const url = urls[0] ?? issuer
  return createDocument(
    issuer,
    () => url,
    ports,
    async ({ patience }) => {
      const fetchedAt = ports.now()
      const { policy } = ports
      const left = patience.remainingMs(policy.timeoutMs)
      const found = await discover({ urls, issuers, transform }, policy, left)
      if (!found.ok) return found
      const { headers, metadata } = found.value
      return succeed(copyOf(metadata, fetchedAt, freshSeconds(headers, METADATA_FRESHNESS)))
    },
  )
}

function createKeys(
  options: AuthorizationServerOptions,
  metadata: MetadataSource,
  ports: DocumentPorts,
): RemoteDocument<KeySet> {
  const { issuer } = options
  let lastUrl = options.jwksUri ?? issuer
  return createDocument(
    issuer,
    () => lastUrl,
    ports,
    async ({ patience }) => {
      const located = await locateKeys(options, metadata, patience)
      if (!located.ok) return located
      lastUrl = located.value
      return fetchKeys(located.value, issuer, ports, patience.remainingMs(ports.policy.timeoutMs))
    },
  )
}

async function locateKeys(
  options: AuthorizationServerOptions,
  metadata: MetadataSource,
  patience: LoadRequest['patience'],
): Promise<Result<string, UpstreamError>> {
  if (options.jwksUri !== undefined) return succeed(options.jwksUri)
  const read = await readMetadata(metadata, patience)
  if (!read.ok) return read
  const uri = read.value.jwks_uri
  if (uri !== undefined) return succeed(uri)
  return misfit(options.issuer, 'its metadata has no jwks_uri')
}

async function fetchKeys(
  url: string,
  issuer: string,
  ports: DocumentPorts,
  timeoutMs: number,
): Loaded<KeySet> {
  const fetchedAt = ports.now()
  const fetched = await fetchJson({ url, typed: false }, ports.policy, timeoutMs)
  if (!fetched.ok) return fetched
  const parsed = parseKeySet(fetched.value.document)
  if (!parsed.ok) return misfit(url, parsed.error)
  const set = createKeySet(parsed.value)
  if (set.skipped > 0) ports.tell({ type: 'document', issuer, url, outcome: 'key_skipped' })
  if (set.keys.length === 0) return misfit(url, 'keys: none of them can verify a signature')
  return succeed(copyOf(set, fetchedAt, freshSeconds(fetched.value.headers, KEYS_FRESHNESS)))
}

function createDocument<Value>(
  issuer: string,
  url: () => string,
  ports: DocumentPorts,
  load: (request: LoadRequest) => Loaded<Value>,
): RemoteDocument<Value> {
  return new RemoteDocument({
    url,
    load,
    now: ports.now,
    timeoutMs: ports.policy.timeoutMs,
    staleIfErrorSeconds: ports.staleIfErrorSeconds,
    tell: (outcome, error) =>
      ports.tell(documentEvent(issuer, error?.url ?? url(), outcome, error?.code)),
  })
}

function createKeySource(
  options: AuthorizationServerOptions,
  document: RemoteDocument<KeySet> | KeySet,
  ports: DocumentPorts,
): KeySource {
  const { issuer } = options
  const patterns = templatePatterns(options.issuerTemplate)
  return new KeySource({
    document,
    now: ports.now,
    acceptsKeyIssuer: (keyIssuer, tokenIssuer) =>
      keyIssuer === tokenIssuer || keyIssuer === issuer || patterns.includes(keyIssuer),
    tellUndecided: () =>
      ports.tell(documentEvent(issuer, options.jwksUri ?? issuer, 'key_undecided', undefined)),
  })
}

function documentEvent(
  issuer: string,
  url: string,
  outcome: DocumentEvent['outcome'],
  code: UpstreamErrorCode | undefined,
): DocumentEvent {
  return { type: 'document', issuer, url, outcome, ...(code === undefined ? {} : { code }) }
}

function copyOf<Value>(value: Value, fetchedAt: number, fresh: number): Copy<Value> {
  const jitter = 1 + (Math.random() * 2 - 1) * JITTER
  return { value, fetchedAt, freshUntil: fetchedAt + fresh * jitter }
}

function misfit(url: string, what: string): { readonly ok: false; readonly error: UpstreamError } {
  return fail(new UpstreamError('invalid_document', url, `${url} does not fit: ${what}`))
}

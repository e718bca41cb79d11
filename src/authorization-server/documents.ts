/** The documents of one authorization server: its metadata and its keys, fetched when first needed. */

import type { AuthorizationServerOptions } from '../contract/authorization-server-options.ts'
import type { AuthorizationServerMetadata } from '../contract/documents.ts'
import { UpstreamError, type UpstreamErrorOptions } from '../contract/errors.ts'
import { type DocumentEvent, documentEvent } from '../contract/events.ts'
import type { SharedPlace, SharedStore } from '../documents/document-store.ts'
import { fetchJson } from '../documents/fetch-json.ts'
import { type Copy, type LoadRequest, RemoteDocument } from '../documents/remote-document.ts'
import type { FetchPolicy, RequestBudget } from '../documents/request-budget.ts'
import { type FreshnessBounds, freshSeconds } from '../http/freshness.ts'
import { templatePatterns } from '../identifiers/issuer-matcher.ts'
import { CircuitBreaker } from '../lib/circuit-breaker.ts'
import type { JsonObject } from '../lib/json.ts'
import { RecentKeys } from '../lib/recent-keys.ts'
import { fail, type Result, succeed } from '../lib/result.ts'
import { parseKeySet } from '../metadata/authorization-server.ts'
import { authorizationServerMetadataUrls } from '../metadata/well-known.ts'
import { acceptMetadata, type DiscoveryPlan, discover } from './discovery.ts'
import { KeySource } from './jwks.ts'
import { createKeySet, type KeySet } from './key-set.ts'

/** What the documents need of their surroundings. */
export interface DocumentPorts {
  readonly policy: FetchPolicy
  readonly now: () => number
  readonly staleIfErrorSeconds: number
  readonly shared: SharedStore | undefined
  readonly tell: (event: DocumentEvent) => void
}

export interface IssuerDocuments {
  readonly metadata: MetadataSource
  readonly keys: KeySource
  /** Spares the introspection endpoint, on behalf of everybody who shares these documents. */
  readonly circuit: CircuitBreaker
  /** Introspection endpoints that have answered about a token: a 200 with a boolean `active`. */
  readonly provenEndpoints: RecentKeys
}

/** Metadata given by hand, or fetched. */
export type MetadataSource =
  | AuthorizationServerMetadata
  | RemoteDocument<AuthorizationServerMetadata>

type Outcome<Value> = Result<Value, UpstreamError>

/** A document as it came from the server, and what it amounts to. */
interface Found<Value> {
  readonly document: JsonObject
  readonly headers: Headers
  readonly value: Value
  readonly url: string
}

/** How a kind of document is fetched, and how a fetched one is judged. */
interface Recipe<Value> {
  readonly place: SharedPlace
  readonly bounds: FreshnessBounds
  readonly fetch: () => Promise<Outcome<Found<Value>>>
  readonly accept: (document: JsonObject) => Outcome<Value> | Promise<Outcome<Value>>
}

const METADATA_FRESHNESS: FreshnessBounds = { least: 60, most: 86_400, otherwise: 600 }
const KEYS_FRESHNESS: FreshnessBounds = { least: 60, most: 3600, otherwise: 600 }
/** RFC 7517 §8.5.2, and what most servers call it; some answer 406 to one of the two. */
const KEY_SET_TYPES = 'application/jwk-set+json, application/json'
/** A little, so that machines started together do not come back together. */
const JITTER = 0.1
/** At a tenth of a second each, more than a thousand a second: beyond that, a cache is wanted. */
const MAX_INTROSPECTIONS = 128
/** A server has one introspection endpoint, a few while it moves. */
const PROVEN_ENDPOINTS = { maxKeys: 16, seconds: Number.POSITIVE_INFINITY }

export function createIssuerDocuments(
  options: AuthorizationServerOptions,
  ports: DocumentPorts,
): IssuerDocuments {
  const told = new WeakSet<UpstreamError>()
  const metadata = options.metadata ?? createMetadata(options, ports, told)
  const document =
    options.jwks === undefined
      ? createKeys(options, metadata, ports, told)
      : createKeySet(options.jwks)
  const circuit = new CircuitBreaker({
    maxCalls: MAX_INTROSPECTIONS,
    callSeconds: ports.policy.timeoutMs / 1000,
  })
  const provenEndpoints = new RecentKeys(PROVEN_ENDPOINTS)
  return { metadata, keys: createKeySource(options, document, ports), circuit, provenEndpoints }
}

/** The metadata, whichever way it was given. */
export async function readMetadata(
  source: MetadataSource,
  budget: RequestBudget,
): Promise<Outcome<AuthorizationServerMetadata>> {
  if (!(source instanceof RemoteDocument)) return succeed(source)
  const outcome = await source.read(budget)
  return outcome.ok ? succeed(outcome.value.value) : outcome
}

/** The failure of metadata that has no such member, and where that metadata is. */
export function lacks(
  source: MetadataSource,
  issuer: string,
  missing: string,
): { readonly ok: false; readonly error: UpstreamError } {
  const url = source instanceof RemoteDocument ? source.url : issuer
  return misfit(url, `it has no ${missing}`, { missing })
}

function createMetadata(
  options: AuthorizationServerOptions,
  ports: DocumentPorts,
  told: WeakSet<UpstreamError>,
): RemoteDocument<AuthorizationServerMetadata> {
  const { issuer, metadataUrl, type, transform } = options
  const { policy } = ports
  const urls =
    metadataUrl === undefined ? authorizationServerMetadataUrls(issuer, type) : [metadataUrl]
  const issuers = [issuer, ...templatePatterns(options.issuerTemplate)]
  const plan: DiscoveryPlan = { urls, issuers, transform }
  const url = urls[0] ?? issuer
  return createDocument(
    issuer,
    () => url,
    ports,
    told,
    (request) =>
      load(request, ports, {
        place: { issuer, kind: 'metadata', url },
        bounds: METADATA_FRESHNESS,
        fetch: () => discover(plan, policy, request.budget.remainingMs(policy.timeoutMs)),
        accept: (document) => acceptMetadata(document, url, plan, policy.allowHttp),
      }),
  )
}

function createKeys(
  options: AuthorizationServerOptions,
  metadata: MetadataSource,
  ports: DocumentPorts,
  told: WeakSet<UpstreamError>,
): RemoteDocument<KeySet> {
  const { issuer } = options
  let lastUrl = options.jwksUri ?? issuer
  const document = createDocument<KeySet>(
    issuer,
    () => lastUrl,
    ports,
    told,
    async (request) => {
      const located = await locateKeys(options, metadata, request.budget)
      if (!located.ok) return located
      const url = located.value
      lastUrl = url
      const accept = (body: JsonObject): Outcome<KeySet> =>
        acceptKeys(body, issuer, url, ports, document.usable(ports.now())?.value)
      return load(request, ports, {
        place: { issuer, kind: 'keys', url },
        bounds: KEYS_FRESHNESS,
        fetch: () => fetchKeys(url, ports, request.budget, accept),
        accept,
      })
    },
  )
  return document
}

/** From the shared store if it has a fresh copy, from the server otherwise. */
async function load<Value>(
  { fetchedSince, offer, budget }: LoadRequest<Value>,
  { now, shared }: DocumentPorts,
  { accept, bounds, fetch, place }: Recipe<Value>,
): Promise<Outcome<Copy<Value>>> {
  const stored = await shared?.read(place)
  const value = stored === undefined ? undefined : await accept(stored.body)
  if (stored !== undefined && value?.ok === true) {
    // A poisoned entry must not stay fresh for longer than a fetched one could.
    const freshUntil = Math.min(stored.freshUntil, stored.fetchedAt + bounds.most * (1 + JITTER))
    const { foundAt: url = place.url, fetchedAt } = stored
    const copy = { value: value.value, url, fetchedAt, freshUntil }
    if (now() < freshUntil && stored.fetchedAt >= fetchedSince) return succeed(copy)
    offer(copy)
  }
  const fetchedAt = now()
  const fetched = await fetch()
  if (!fetched.ok) return fetched
  const { document, headers, value: fresh, url } = fetched.value
  const jitter = 1 + (Math.random() * 2 - 1) * JITTER
  const freshUntil = fetchedAt + freshSeconds(headers, bounds) * jitter
  const foundAt = url === place.url ? undefined : url
  shared?.write(place, { body: document, foundAt, fetchedAt, freshUntil }, budget)
  return succeed({ value: fresh, url, fetchedAt, freshUntil })
}

async function locateKeys(
  options: AuthorizationServerOptions,
  metadata: MetadataSource,
  budget: RequestBudget,
): Promise<Outcome<string>> {
  if (options.jwksUri !== undefined) return succeed(options.jwksUri)
  const read = await readMetadata(metadata, budget)
  if (!read.ok) return read
  const uri = read.value.jwks_uri ?? (await mendedUri(metadata, budget))
  return uri === undefined ? lacks(metadata, options.issuer, 'jwks_uri') : succeed(uri)
}

/** A document that lacks what is needed is not worth its fresh time: it may be mended by now. */
async function mendedUri(
  metadata: MetadataSource,
  budget: RequestBudget,
): Promise<string | undefined> {
  if (!(metadata instanceof RemoteDocument)) return undefined
  const again = await metadata.refresh(budget)
  return again.ok ? again.value.value.jwks_uri : undefined
}

async function fetchKeys(
  url: string,
  { policy }: DocumentPorts,
  budget: RequestBudget,
  accept: (document: JsonObject) => Outcome<KeySet>,
): Promise<Outcome<Found<KeySet>>> {
  const left = budget.remainingMs(policy.timeoutMs)
  const fetched = await fetchJson({ url, typed: false, accept: KEY_SET_TYPES }, policy, left)
  if (!fetched.ok) return fetched
  const value = accept(fetched.value.document)
  return value.ok ? succeed({ ...fetched.value, value: value.value, url }) : value
}

function acceptKeys(
  document: JsonObject,
  issuer: string,
  url: string,
  { tell }: DocumentPorts,
  previous: KeySet | undefined,
): Outcome<KeySet> {
  const parsed = parseKeySet(document)
  if (!parsed.ok) return misfit(url, parsed.error)
  const set = createKeySet(parsed.value, previous)
  if (set.skipped > 0) tell({ type: 'document', issuer, url, outcome: 'key_skipped' })
  return set.usable === 0 ? misfit(url, 'keys: none of them can verify a signature') : succeed(set)
}

function createDocument<Value>(
  issuer: string,
  url: () => string,
  ports: DocumentPorts,
  told: WeakSet<UpstreamError>,
  loadIt: (request: LoadRequest<Value>) => Promise<Outcome<Copy<Value>>>,
): RemoteDocument<Value> {
  return new RemoteDocument({
    url,
    load: loadIt,
    now: ports.now,
    timeoutMs: ports.policy.timeoutMs,
    staleIfErrorSeconds: ports.staleIfErrorSeconds,
    report: (outcome, error, foundAt = url()) => {
      // Keys that cannot be located fail with the metadata's own error. That they are stale is news.
      if (error !== undefined && told.has(error) && outcome === 'failed') return
      if (error !== undefined) told.add(error)
      ports.tell(documentEvent(issuer, foundAt, outcome, error))
    },
  })
}

function createKeySource(
  options: AuthorizationServerOptions,
  document: RemoteDocument<KeySet> | KeySet,
  ports: DocumentPorts,
): KeySource {
  const { issuer } = options
  const patterns = templatePatterns(options.issuerTemplate)
  const tell = (outcome: DocumentEvent['outcome']): void => {
    const url = document instanceof RemoteDocument ? document.url : issuer
    ports.tell(documentEvent(issuer, url, outcome))
  }
  return new KeySource({
    document,
    now: ports.now,
    acceptsKeyIssuer: (keyIssuer, tokenIssuer) =>
      keyIssuer === tokenIssuer || keyIssuer === issuer || patterns.includes(keyIssuer),
    tellUndecided: () => tell('key_undecided'),
    tellSkipped: () => tell('key_skipped'),
  })
}

function misfit(
  url: string,
  what: string,
  details?: UpstreamErrorOptions,
): { readonly ok: false; readonly error: UpstreamError } {
  const message = `${url} does not fit: ${what}`
  return fail(new UpstreamError('invalid_document', url, { ...details, message }))
}

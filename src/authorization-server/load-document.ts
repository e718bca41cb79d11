/** Loads the documents of one authorization server, from the shared store or from the server. */

import type { AuthorizationServerMetadata } from '../contract/documents.ts'
import type { UpstreamError } from '../contract/errors.ts'
import { type DocumentEvent, documentEvent } from '../contract/events.ts'
import { type FetchPolicy, invalidDocument } from '../documents/bounded-fetch.ts'
import type { DocumentId, SharedStore } from '../documents/document-store.ts'
import type { FetchedJson } from '../documents/fetch-json.ts'
import type { Copy, KeptDocument } from '../documents/kept-document.ts'
import { type LoadRequest, RemoteDocument } from '../documents/remote-document.ts'
import { type FreshnessBounds, freshSeconds } from '../http/freshness.ts'
import type { JsonObject } from '../lib/json.ts'
import { type Failure, type Result, succeed } from '../lib/result.ts'

/** What loading a document depends on. */
export interface DocumentPorts {
  readonly policy: FetchPolicy
  readonly now: () => number
  readonly staleIfErrorSeconds: number
  readonly shared: SharedStore | undefined
  readonly report: (event: DocumentEvent) => void
}

/** The metadata of one authorization server, given or fetched. */
export type MetadataSource = Pick<
  KeptDocument<AuthorizationServerMetadata>,
  'url' | 'read' | 'refresh'
>

export type Loaded<Value> = Result<Value, UpstreamError>

/** Where one document is, and how it is fetched and checked. */
interface DocumentSource<Value> {
  readonly id: DocumentId
  readonly freshness: FreshnessBounds
  readonly fetch: () => Promise<Loaded<FetchedJson>>
  /** Checks a document, fetched or stored, that was found at a URL. */
  readonly accept: (document: JsonObject, url: string) => Promise<Loaded<Value>>
}

/** Up to 10 % more or less fresh time, so that machines that started together refresh apart. */
const JITTER = 0.1

/** Loads a document from the shared store if it has a fresh copy, else from the server. */
export async function loadDocument<Value>(
  { budget, fetchedSince, offer }: LoadRequest<Value>,
  { now, shared }: DocumentPorts,
  { accept, fetch, freshness, id }: DocumentSource<Value>,
): Promise<Loaded<Copy<Value>>> {
  const stored = await shared?.read(id)
  if (stored !== undefined) {
    const { body, fetchedAt, foundAt: url = id.url } = stored
    // A forged entry must not stay fresh longer than a fetched document can.
    const freshUntil = Math.min(stored.freshUntil, fetchedAt + freshness.most * (1 + JITTER))
    const accepted = await accept(body, url)
    if (accepted.ok) {
      const copy = { value: accepted.value, url, fetchedAt, freshUntil }
      if (now() < freshUntil && fetchedAt >= fetchedSince) return succeed(copy)
      offer(copy)
    }
  }
  const fetchedAt = now()
  const fetched = await fetch()
  if (!fetched.ok) return fetched
  const { document, headers, url } = fetched.value
  const accepted = await accept(document, url)
  if (!accepted.ok) return accepted
  const jitter = 1 + (Math.random() * 2 - 1) * JITTER
  const freshUntil = fetchedAt + freshSeconds(headers, freshness, fetchedAt) * jitter
  const copy = { value: accepted.value, url, fetchedAt, freshUntil }
  // Not if a later load succeeded in the meantime.
  if (shared !== undefined && offer(copy)) {
    const foundAt = url === id.url ? undefined : url
    const fresh = { body: document, foundAt, fetchedAt, freshUntil }
    budget.runInBackground(shared.write(id, fresh))
  }
  return succeed(copy)
}

/**
 * Creates a document that reports its fetches as events.
 *
 * @param url Where the document is fetched from.
 * @param reported Errors that an event has reported. Key sets whose URL cannot be found fail with the
 * error of the metadata: the failure is reported once.
 */
export function createRemoteDocument<Value>(
  issuer: string,
  url: () => string,
  ports: DocumentPorts,
  reported: WeakSet<UpstreamError>,
  load: (request: LoadRequest<Value>) => Promise<Loaded<Copy<Value>>>,
): RemoteDocument<Value> {
  const { now, policy, staleIfErrorSeconds } = ports
  return new RemoteDocument({
    url,
    load,
    now,
    timeoutMs: policy.timeoutMs,
    staleIfErrorSeconds,
    report: (outcome, error, foundAt = url()) => {
      // `stale` is reported even if its cause was reported: an outdated document in use needs an alert of its own.
      if (error !== undefined) {
        if (outcome === 'failed' && reported.has(error)) return
        reported.add(error)
      }
      ports.report(documentEvent(issuer, foundAt, outcome, error))
    },
  })
}

/** The failure for a document that lacks a member which is needed. */
export function missingMember(url: string, missing: string): Failure<UpstreamError> {
  return invalidDocument(url, `it has no ${missing}`, { missing })
}

/** Where the metadata of one authorization server comes from: its configuration, or a fetch. */

import type { AuthorizationServerMetadata } from '../contract/documents.ts'
import type { UpstreamError } from '../contract/errors.ts'
import type { RemoteDocument } from '../documents/remote-document.ts'
import type { RequestBudget } from '../documents/request-budget.ts'
import { type Failure, type Result, succeed } from '../lib/result.ts'
import { invalidDocument } from './load-document.ts'

type MetadataResult = Result<AuthorizationServerMetadata, UpstreamError>

/** The metadata of one authorization server, given or fetched. */
export interface MetadataSource {
  /** Where the metadata is, for messages. */
  readonly url: string
  read(budget: RequestBudget): Promise<MetadataResult>
  /** Reads metadata that lacks a member again: a fetched document may have it by now. */
  readAgain(budget: RequestBudget): Promise<MetadataResult>
}

/** Metadata from the configuration. It is never fetched. */
export function givenMetadata(
  metadata: AuthorizationServerMetadata,
  issuer: string,
): MetadataSource {
  const result = succeed(metadata)
  return { url: issuer, read: async () => result, readAgain: async () => result }
}

/** Metadata that the server publishes. */
export function fetchedMetadata(
  document: RemoteDocument<AuthorizationServerMetadata>,
): MetadataSource {
  return {
    get url() {
      return document.url
    },
    read: async (budget) => toMetadata(await document.read(budget)),
    readAgain: async (budget) => toMetadata(await document.refresh(budget)),
  }
}

/** The failure for metadata that lacks a member which is needed. */
export function missingMember({ url }: MetadataSource, missing: string): Failure<UpstreamError> {
  return invalidDocument(url, `it has no ${missing}`, { missing })
}

function toMetadata(
  result: Result<{ readonly value: AuthorizationServerMetadata }, UpstreamError>,
): MetadataResult {
  return result.ok ? succeed(result.value.value) : result
}

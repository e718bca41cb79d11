/** Writes audit records to Cloudflare Analytics Engine. */

import type { AuditRecord } from 'mcp-gatehouse'

/** The part of an Analytics Engine binding that is used here. */
export interface Dataset {
  writeDataPoint(point: { indexes: string[]; blobs: (string | null)[]; doubles: number[] }): void
}

/** Analytics Engine stores one index of at most 96 bytes, and 16 kB of blobs for each point. */
const MAX_INDEX_BYTES = 96
const MAX_BLOB_LENGTH = 1000

/**
 * Creates the function for `audit`. Writing neither waits nor fails, so it needs no `waitUntil`.
 *
 * The columns: `index1` user or client; `blob1` resource, `blob2` outcome, `blob3` code, `blob4` issuer,
 * `blob5` subject, `blob6` client, `blob7` token, `blob8` operations, `blob9` granted scopes, `blob10` needed
 * scopes, `blob11` denial, `blob12` trace; `double1` status, `double2` time.
 *
 * Analytics Engine samples at high volume: it answers "how often", but a log that must be complete needs
 * another place.
 *
 * @param dataset The binding, such as `env.AUDIT`.
 */
export function auditToAnalyticsEngine(dataset: Dataset): (record: AuditRecord) => void {
  return ({ issuer, subject, clientId, operations, scopes, ...record }) => {
    const names = operations.map(({ method, name }) => [method, name ?? ''].join(' ').trim())
    dataset.writeDataPoint({
      // Sampling is fair for each index, so a busy user does not hide the others.
      indexes: [cut(subject ?? clientId ?? 'anonymous', MAX_INDEX_BYTES)],
      blobs: [
        record.resource,
        record.outcome,
        record.code,
        issuer,
        subject,
        clientId,
        record.tokenId,
        names.join(', '),
        scopes.granted.join(' '),
        scopes.needed.join(' '),
        record.denied,
        record.traceId,
      ].map((text) => (text === undefined ? null : cut(text, MAX_BLOB_LENGTH))),
      doubles: [record.status, record.time],
    })
  }
}

/** The longest beginning that has so many bytes of UTF-8, without half a character. */
function cut(text: string, maxBytes: number): string {
  const bytes = new TextEncoder().encode(text)
  if (bytes.length <= maxBytes) return text
  return new TextDecoder().decode(bytes.subarray(0, maxBytes)).replace(/\uFFFD$/, '')
}

/** Status lists as an authorization server publishes them: valid and hostile ones. */

import { deflateSync } from 'node:zlib'
import { START } from './clock.ts'
import { ISSUER, type SigningKey, sign, type TestIssuer } from './issuer.ts'

export const LIST = `${ISSUER}/statuslists/1`

export interface ListChanges {
  /** Changes claims; `undefined` removes one. */
  readonly claims?: Record<string, unknown>
  readonly header?: Record<string, unknown>
  readonly key?: SigningKey
  readonly bits?: number
  /** Replaces the compressed list. */
  readonly lst?: unknown
}

/** Packs statuses (draft-ietf-oauth-status-list §4.1): the first is in the lowest bits of the first byte. */
export function pack(statuses: readonly number[], bits = 1): Uint8Array {
  const bytes = new Uint8Array(Math.ceil((statuses.length * bits) / 8))
  for (const [index, status] of statuses.entries()) {
    const bit = index * bits
    bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) | (status << (bit & 7))
  }
  return bytes
}

export function compress(bytes: Uint8Array): string {
  return deflateSync(bytes).toString('base64url')
}

/** A status list token. */
export function listToken(
  issuer: TestIssuer,
  statuses: readonly number[],
  { claims = {}, header = {}, key, bits = 1, lst }: ListChanges = {},
): Promise<string> {
  const list = { bits, lst: lst ?? compress(pack(statuses, bits)) }
  const all = { sub: LIST, iat: START, ttl: 300, status_list: list, ...claims }
  const options = { header: { typ: 'statuslist+jwt', ...header }, ...(key ? { key } : {}) }
  return sign(all, options, issuer.key)
}

/** Publishes a list from now on. */
export async function publish(
  issuer: TestIssuer,
  statuses: readonly number[],
  changes: ListChanges = {},
  uri: string = LIST,
): Promise<void> {
  const token = await listToken(issuer, statuses, {
    ...changes,
    claims: { sub: uri, ...changes.claims },
  })
  issuer.respondAt(
    uri,
    () => new Response(token, { headers: { 'Content-Type': 'application/statuslist+jwt' } }),
  )
}

/** The claims of a token at a place of a list. */
export function statusAt(idx: unknown, uri: unknown = LIST): Record<string, unknown> {
  return { status: { status_list: { idx, uri } } }
}

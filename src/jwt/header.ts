/** Checks that the headers of all kinds of JWTs have in common. */

import type { JsonObject } from '../lib/json.ts'

/**
 * Whether a header has a critical extension (RFC 7515 §4.1.11) or says how the payload is encoded (RFC 7797 §3). No
 * extension is implemented here, so every critical one is unknown. No JWT needs `b64`: `false` is forbidden (§7), and
 * `true` the default.
 */
export function hasExtension(header: Readonly<JsonObject>): boolean {
  return Object.hasOwn(header, 'crit') || Object.hasOwn(header, 'b64')
}

/** Whether a header names its key with a text of bounded length, or not at all. */
export function hasValidKeyId({ kid }: Readonly<JsonObject>): boolean {
  return kid === undefined || (typeof kid === 'string' && kid.length <= MAX_KID_LENGTH)
}

/** Longer names would fill caches and logs; no key has one. */
const MAX_KID_LENGTH = 256

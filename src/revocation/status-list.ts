/** A status list (draft-ietf-oauth-status-list §4), reduced to one bit for each token: revoked or not. */

import { decodeBase64url } from '../lib/base64url.ts'
import { isObject } from '../lib/json.ts'
import { ownMember } from '../lib/own-members.ts'
import { inflate } from './inflate.ts'

/** The statuses of a list. A million of them take 125 kB. */
export interface StatusList {
  /** The number of entries. */
  readonly length: number
  /** One bit for each entry, the lowest bit of a byte first: whether its status is not 0 (`VALID`). */
  readonly flags: Uint8Array
}

/** As many as 16 million entries of one bit. */
const MAX_LIST_BYTES = 2_097_152
/** §4.2: the numbers of bits that an entry may have. */
const BITS = [1, 2, 4, 8]

/** Reads the claim `status_list`; `undefined` if it is not a list, or too long a one. */
export async function parseStatusList(claim: unknown): Promise<StatusList | undefined> {
  if (!isObject(claim)) return undefined
  const bits = ownMember(claim, 'bits')
  const text = ownMember(claim, 'lst')
  if (typeof bits !== 'number' || !BITS.includes(bits) || typeof text !== 'string') return undefined
  const compressed = decodeBase64url(text)
  const bytes = compressed && (await inflate(compressed, MAX_LIST_BYTES))
  if (bytes === undefined) return undefined
  const length = (bytes.byteLength * 8) / bits
  // A copy, because the buffer may be twice as long.
  return { length, flags: bits === 1 ? bytes.slice() : toFlags(bytes, bits, length) }
}

/** Whether the status of an entry is another than `VALID`; `undefined` if the list has no such entry. */
export function isRevokedIn({ flags, length }: StatusList, index: number): boolean | undefined {
  if (index < 0 || index >= length) return undefined
  return (((flags[index >>> 3] ?? 0) >>> (index & 7)) & 1) === 1
}

function toFlags(bytes: Uint8Array, bits: number, length: number): Uint8Array {
  const flags = new Uint8Array(Math.ceil(length / 8))
  const mask = (1 << bits) - 1
  const perByte = 8 / bits
  for (let index = 0; index < length; index++) {
    const byte = bytes[Math.floor(index / perByte)] ?? 0
    const status = (byte >>> ((index % perByte) * bits)) & mask
    if (status !== 0) flags[index >>> 3] = (flags[index >>> 3] ?? 0) | (1 << (index & 7))
  }
  return flags
}

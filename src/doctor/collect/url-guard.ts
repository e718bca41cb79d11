/**
 * Protection against server-side request forgery: a public server must not make the doctor send
 * requests to the machine it runs on or to its private network.
 */

import { isLoopback, parseUrl } from '../../lib/safe-url.ts'

/** Why a URL from a remote document must not be requested; `undefined` if it may. */
export function findBlockReason(url: string, target: URL): string | undefined {
  const parsed = parseUrl(url)
  if (parsed === undefined) return 'is not a URL'
  if (parsed.origin === target.origin) return undefined
  if (isLoopback(target)) {
    return isWebUrl(parsed) ? undefined : 'is neither http nor https'
  }
  if (parsed.protocol !== 'https:') return 'is not https'
  // A final point changes nothing about the address.
  parsed.hostname = parsed.hostname.replace(/\.$/, '')
  if (isLoopback(parsed)) return 'is a loopback address'
  return isPrivateHost(parsed.hostname) ? 'is an address of a private network' : undefined
}

/**
 * Addresses that are not of the public Internet (RFC 6890, RFC 4291 §2.4), those that embed an IPv4 address
 * (RFC 3056, RFC 4380, RFC 6052), and names that no public DNS has.
 */
export function isPrivateHost(host: string): boolean {
  const name = host.replace(/\.$/, '')
  // Global unicast addresses begin with 2 or 3; Teredo is 2001::/32, 6to4 is 2002::/16.
  if (name.startsWith('[')) return !/^\[[23]/.test(name) || /^\[(?:2001:(?:0:|:)|2002:)/.test(name)
  if (IPV4.test(name)) return PRIVATE_IPV4.test(name)
  // A name of one label is resolved by the search list of a network.
  return !name.includes('.') || PRIVATE_NAME.test(name)
}

const PRIVATE_NAME =
  /\.(?:local|localhost|localdomain|internal|lan|home|corp|intranet|svc|home\.arpa)$/i
const IPV4 = /^\d+\.\d+\.\d+\.\d+$/
const PRIVATE_IPV4 =
  /^(?:0|10|127|192\.168|192\.0\.0|169\.254|172\.(?:1[6-9]|2\d|3[01])|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])|198\.1[89]|22[4-9]|2[3-5]\d)\./

function isWebUrl({ protocol }: URL): boolean {
  return protocol === 'https:' || protocol === 'http:'
}

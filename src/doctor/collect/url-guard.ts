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
  if (isLoopback(parsed)) return 'is a loopback address'
  return isPrivateHost(parsed.hostname) ? 'is an address of a private network' : undefined
}

/** Addresses of RFC 1918, RFC 3927, RFC 6598, RFC 4193 and RFC 4291, and names that no public DNS has. */
export function isPrivateHost(host: string): boolean {
  if (/(?:^|\.)(?:local|internal|lan|home|corp|intranet|home\.arpa)\.?$/i.test(host)) return true
  // A name of one label is resolved by the search list of a network.
  if (/^[a-z][a-z0-9-]*$/i.test(host)) return true
  if (host.startsWith('[')) return /^\[(::|f[cd]|fe[89ab]|.*:ffff:)/i.test(host)
  return /^(0|10|127|192\.168|169\.254|172\.(1[6-9]|2\d|3[01])|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7]))\.[\d.]+$/.test(
    host,
  )
}

function isWebUrl({ protocol }: URL): boolean {
  return protocol === 'https:' || protocol === 'http:'
}

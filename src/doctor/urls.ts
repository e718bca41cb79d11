/** Forms of identifiers that have a finding of their own. */

import { isLoopback, parseUrl } from '../lib/safe-url.ts'

/** An origin: `https://api.example.com`, with or without a slash. */
export function isOriginOnly(resource: string): boolean {
  const url = parseUrl(resource)
  return url !== undefined && url.pathname === '/' && url.search === ''
}

/** The URL of a metadata document, which some list in place of the issuer. */
export function isMetadataUrl(issuer: string): boolean {
  return issuer.includes('/.well-known/')
}

/** Two names of this machine at the same port, such as `localhost` and `127.0.0.1`. */
export function isMixedLoopback(one: URL, other: URL): boolean {
  return (
    isLoopback(one) &&
    isLoopback(other) &&
    one.hostname !== other.hostname &&
    one.port === other.port
  )
}

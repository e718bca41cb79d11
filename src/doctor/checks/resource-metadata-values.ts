/** Compares the protected resource metadata with the URL of the server, and explains why there is none. */

import { protectedResourceMetadataUrl } from '../../identifiers/resource-identifier.ts'
import { isTextList } from '../../lib/json.ts'
import { isSecureTransport, parseUrl } from '../../lib/safe-url.ts'
import { isPrivateHost } from '../collect/url-guard.ts'
import type { Evidence, FetchedDocument } from '../evidence.ts'
import { type CheckResult, error, pass, quoteUntrusted, warn } from '../finding.ts'
import { isHtml } from '../intermediaries.ts'
import { isMetadataUrl, isMixedLoopback, isOriginOnly } from '../urls.ts'

export function checkFound({
  called,
  url,
  places,
  found,
  misplaced,
  legacy,
  anonymous,
}: Evidence): CheckResult | undefined {
  if (found !== undefined) return pass(`The document is at ${found.url}.`)
  // A public server without metadata: `challenge-status` reports it.
  if (anonymous.exchange.status < 300) return undefined
  const results = places.map((place) => `${place.url}: ${whyNoDocument(place)}`)
  const hints = [
    namesOther(places) &&
      `The challenge names the document of another URL than ${quoteUntrusted(called)}: set resource to the URL that clients use.`,
    misplaced &&
      `A document is at ${misplaced.url}: the well-known path must stand before the path of the URL, not after it.`,
    legacy.document &&
      `${legacy.url} has a document, which clients since MCP 2025-06-18 do not request.`,
  ].filter((hint) => typeof hint === 'string')
  return error([`No document was found. ${results.join('; ')}.`, ...hints].join(' '), {
    expected: `200 with a JSON object at ${protectedResourceMetadataUrl(url.href)}`,
    received: misplaced === undefined ? (results[0] ?? 'none') : misplaced.url,
  })
}

/** Whether the challenge names the well-known URL of another resource, as behind a proxy that strips a prefix. */
export function namesOther(places: Evidence['places']): boolean {
  return places.some(
    ({ places: ways, url }) =>
      ways.includes('named') && !ways.includes('inserted') && isMetadataUrl(url),
  )
}

/** Why a response has no document. */
export function whyNoDocument({ exchange }: Pick<FetchedDocument, 'exchange'>): string {
  const { status, failure, reason = 'no response', headers, isCut } = exchange
  if (status === 0) return failure === 'not_sent' ? `not requested: ${reason}` : reason
  const location = headers.get('Location')
  if (location !== null) return `${status}, a redirect to ${quoteUntrusted(location)}`
  if (status === 401) return '401, it needs credentials'
  if (status === 403) return '403, access is denied'
  if (status !== 200) return String(status)
  if (isCut) return '200, but the document is too long'
  return isHtml(exchange) ? '200 with an HTML page' : '200, but not a JSON object'
}

export function checkIdentity(
  resource: unknown,
  called: string,
  url: URL,
): CheckResult | undefined {
  const comparison = { expected: quoteUntrusted(called), received: quoteUntrusted(resource) }
  if (resource === undefined) {
    return error('resource is missing: clients cannot use the document.', comparison)
  }
  if (typeof resource !== 'string') return error('resource is not a string.', comparison)
  if (resource === called) return pass('resource equals the URL that was called.')
  const named = parseUrl(resource)
  const text = `resource is ${quoteUntrusted(resource)}, but the URL is ${quoteUntrusted(called)}`
  if (named === undefined) return error(`${text}: resource is not a URL.`, comparison)
  if (isOriginOnly(resource) && named.href === url.href) return undefined
  if (named.href === url.href) {
    return warn(`${text}: the same URL, but not the same text.`, comparison)
  }
  if (isMixedLoopback(named, url)) {
    return error(
      `${text}: ${named.hostname} and ${url.hostname} are two hosts for clients. Use one of them everywhere.`,
      comparison,
    )
  }
  if (isMetadataUrl(resource)) {
    return error(`${text}: resource is the URL of the metadata document.`, comparison)
  }
  if (named.origin !== url.origin) {
    return error(`${text}: ${originDifference(named, url)}.`, comparison)
  }
  if (withSlash(named.pathname) === withSlash(url.pathname) && named.search === url.search) {
    return warn(`${text}: they differ only in the trailing slash.`, comparison)
  }
  return withSlash(url.pathname).startsWith(withSlash(named.pathname)) && named.search === ''
    ? warn(`${text}: resource is a parent path.`, comparison)
    : error(`${text}: the path differs.`, comparison)
}

export function checkServers(servers: unknown, target: URL): CheckResult {
  const expected = 'a list of issuers, such as ["https://auth.example.com"]'
  const comparison = { expected, received: quoteUntrusted(servers) }
  if (servers === undefined) return error('authorization_servers is missing.', comparison)
  if (!isTextList(servers)) {
    return error('authorization_servers is not a list of strings.', comparison)
  }
  if (servers.length === 0) return error('authorization_servers is empty.', comparison)
  const metadataUrl = servers.find(isMetadataUrl)
  if (metadataUrl !== undefined) {
    return error(
      `${quoteUntrusted(metadataUrl)} is the URL of a metadata document: list the issuer, which is the value of issuer in that document.`,
      comparison,
    )
  }
  const endpoint = servers.find((issuer) => ENDPOINT.test(issuer))
  if (endpoint !== undefined) {
    return error(
      `${quoteUntrusted(endpoint)} is the URL of an endpoint: list the issuer of the server.`,
      comparison,
    )
  }
  const wrong = servers.filter((issuer) => {
    const url = parseUrl(issuer)
    const isSafe = url !== undefined && isSecureTransport(url, false)
    return !isSafe || (url.protocol === 'http:' && target.protocol === 'https:')
  })
  if (wrong.length > 0) {
    return error(`Not an https URL: ${quoteUntrusted(wrong.join(', '))}.`, comparison)
  }
  return pass(
    servers.length === 1 ? 'One server is listed.' : `${servers.length} servers are listed.`,
  )
}

function originDifference(named: URL, url: URL): string {
  if (named.protocol !== url.protocol && named.hostname === url.hostname) {
    return 'the scheme differs, as behind a proxy that terminates TLS'
  }
  if (named.hostname === url.hostname) return 'the port differs, as behind a proxy'
  return isPrivateHost(named.hostname)
    ? 'the host differs: it is the internal name of the server, as behind a proxy'
    : 'the host differs'
}

/** The ends of endpoints of products: no issuer has them. */
const ENDPOINT = /\/(authorize|authorization|token|oauth2?\/auth|openid-connect\/auth)\/?(\?|$)/

function withSlash(path: string): string {
  return path.endsWith('/') ? path : `${path}/`
}

/** Checks the URL of the metadata in the challenge. */

import { isPrivateHost } from '../collect/url-guard.ts'
import type { Evidence } from '../evidence.ts'
import { type CheckResult, error, pass, quoteUntrusted, warn } from '../finding.ts'
import { isMixedLoopback } from '../urls.ts'

export function checkMetadataUrl({
  rejection: { challenge },
  url,
  found,
}: Evidence): CheckResult | undefined {
  const text = challenge?.params.get('resource_metadata')
  if (text === undefined) return undefined
  const comparison = {
    expected: `an absolute URL at ${url.origin}`,
    received: quoteUntrusted(text),
  }
  if (UNFILLED.test(text)) {
    return error(
      `resource_metadata contains the name of a variable in place of its value: ${quoteUntrusted(text)}.`,
      comparison,
    )
  }
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) {
    return error(`resource_metadata is not an absolute URL: ${quoteUntrusted(text)}.`, comparison)
  }
  const named = new URL(text)
  if (SERVER_DOCUMENT.test(named.pathname)) {
    return error(
      `resource_metadata names the metadata of an authorization server, ${quoteUntrusted(text)}, not that of the resource.`,
      comparison,
    )
  }
  if (named.origin === url.origin) return pass('The metadata URL is absolute, on the same origin.')
  if (isMixedLoopback(named, url)) {
    // `resource-identity` reports a whole server that has the other name.
    return found?.document['resource'] === url.href
      ? error(
          `resource_metadata names ${named.hostname}, but the URL is of ${url.hostname}.`,
          comparison,
        )
      : undefined
  }
  if (named.protocol !== url.protocol && named.hostname === url.hostname) {
    return error(
      `resource_metadata is a ${named.protocol} URL, but the server was called with ${url.protocol}, as behind a proxy that terminates TLS.`,
      comparison,
    )
  }
  return named.protocol === 'https:' && !isPrivateHost(named.hostname)
    ? warn(`resource_metadata is on another host, ${quoteUntrusted(named.host)}.`, comparison)
    : error(
        `resource_metadata is a URL that clients cannot reach: ${quoteUntrusted(text)}.`,
        comparison,
      )
}

/** Templates without values, as in `https://undefined/` and `${BASE_URL}/`. */
const UNFILLED = /\$\{|\{[a-z_]+\}|\/\/null\b|\bundefined\b|<[a-z_-]+>/i

const SERVER_DOCUMENT = /\/\.well-known\/(oauth-authorization-server|openid-configuration)/

/** Checks that the server is reachable over TLS at the given URL, without a redirect. */

import { isLoopback } from '../../lib/safe-url.ts'
import type { Evidence } from '../evidence.ts'
import { allClients, checksOf, error, pass, quoteUntrusted, warn } from '../finding.ts'
import { intermediaryIn } from '../intermediaries.ts'

export const CONNECTION = checksOf<Evidence>('Connection', [
  {
    id: 'certificate',
    spec: 'RFC 9728 §2; RFC 6750 §5.3',
    means: allClients('It does not connect: clients reject this certificate.'),
    remedy:
      'Serve a valid certificate for this host name, from a public authority, with its intermediate certificates.',
    evaluate: ({ url, anonymous: { exchange } }) => {
      if (url.protocol !== 'https:') return undefined
      return exchange.failure === 'certificate'
        ? error(`The certificate was not accepted (${quoteUntrusted(exchange.reason)}).`)
        : pass('The certificate was accepted.')
    },
  },
  {
    id: 'https',
    spec: 'RFC 9728 §1.2; MCP 2025-11-25 Authorization, Communication Security',
    means: allClients('It rejects the URL, or sends tokens unencrypted.'),
    remedy: 'Put TLS in front of the server and give clients the https URL.',
    evaluate: ({ url }) => {
      if (url.protocol === 'https:') return pass('The URL is https.')
      return isLoopback(url)
        ? pass('The URL is http, which is safe on a loopback host only.')
        : error('The URL is plain http.')
    },
  },
  {
    id: 'plain-http',
    spec: 'RFC 6750 §5.3',
    means: allClients('A user who types http:// sends a token unencrypted without noticing.'),
    remedy: 'Redirect plain http to https, or close the port.',
    evaluate: ({ plain }) => {
      if (plain === undefined) return undefined
      if (plain.status === 0) return pass('The plain http port is closed.')
      if (isRedirectTo(plain.headers, 'https:')) return pass('Plain http redirects to https.')
      return warn(`Plain http responds with ${plain.status} instead of a redirect to https.`)
    },
  },
  {
    id: 'redirect',
    spec: 'RFC 9110 §15.4; RFC 6750 §5.3',
    means: allClients(
      'It does not follow the redirect, drops the token, or turns the POST into a GET.',
    ),
    remedy:
      'Give clients the final URL, and use it as the resource identifier. The usual cause is a missing or extra trailing slash in a route.',
    evaluate: ({ anonymous: { exchange } }) => {
      const { status, headers } = exchange
      if (status === 0 || intermediaryIn(exchange, 'login') !== undefined) return undefined
      if (status < 300 || status > 399) return pass('The URL responds without a redirect.')
      return error(
        `A POST is redirected (${status}) to ${quoteUntrusted(headers.get('Location'))}.`,
      )
    },
  },
])

function isRedirectTo(headers: Headers, protocol: string): boolean {
  return headers.get('Location')?.toLowerCase().startsWith(protocol) ?? false
}

/** Whether the server can be reached at all, safely, and at the URL that was typed. */

import { isLoopback } from '../../lib/safe-url.ts'
import type { Evidence } from '../evidence.ts'
import { type Check, error, everyone, pass, quoted, warn } from '../finding.ts'

const AREA = 'Connection'

export const CONNECTION: readonly Check<Evidence>[] = [
  {
    id: 'certificate',
    area: AREA,
    spec: 'RFC 9728 §2; RFC 6750 §5.3',
    means: everyone('It does not connect: there is no way to make it accept this certificate.'),
    remedy:
      'Serve a certificate for this host name that is in date, is signed by a public authority and comes with its intermediate certificates.',
    judge: ({ url, anonymous: { exchange } }) => {
      if (url.protocol !== 'https:') return undefined
      return exchange.silence === 'certificate'
        ? error(`The certificate was not accepted (${quoted(exchange.reason)}).`)
        : pass('The certificate was accepted.')
    },
  },
  {
    id: 'https',
    area: AREA,
    spec: 'RFC 9728 §1.2; MCP 2025-11-25 Authorization, Communication Security',
    means: everyone(
      'It refuses the address, or sends tokens where anybody on the way can read them.',
    ),
    remedy: 'Put TLS in front of the server and give clients the https URL.',
    judge: ({ url }) => {
      if (url.protocol === 'https:') return pass('The URL is https.')
      return isLoopback(url)
        ? pass('The URL is http, which is fine on this machine only.')
        : error('The URL is plain http.')
    },
  },
  {
    id: 'plain-http',
    area: AREA,
    spec: 'RFC 6750 §5.3',
    means: everyone('A user who types http:// sends a token in the clear, and never notices.'),
    remedy: 'Answer plain http with a redirect to https, or not at all; never with content.',
    judge: ({ plain }) => {
      if (plain === undefined) return undefined
      if (plain.status === 0) return pass('Plain http does not answer.')
      if (isRedirectTo(plain.headers, 'https:')) return pass('Plain http leads to https.')
      return warn(`Plain http answers with status ${plain.status} instead of leading to https.`)
    },
  },
  {
    id: 'redirect',
    area: AREA,
    spec: 'RFC 9110 §15.4; RFC 6750 §5.3',
    means: everyone('It does not follow, follows without the token, or turns the POST into a GET.'),
    remedy:
      'Give clients the final URL, and make it the resource identifier. A missing or superfluous slash at the end of a route is the usual reason.',
    judge: ({ anonymous: { exchange } }) => {
      const { status, headers } = exchange
      if (status === 0) return undefined
      if (status < 300 || status > 399) return pass('The URL answers itself, without a redirect.')
      return error(`A POST is redirected (${status}) to ${quoted(headers.get('Location'))}.`)
    },
  },
]

function isRedirectTo(headers: Headers, protocol: string): boolean {
  return headers.get('Location')?.toLowerCase().startsWith(protocol) ?? false
}

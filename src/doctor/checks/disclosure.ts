/** Checks that responses leak no credentials and that untrusted request headers have no effect. */

import { isLoopback } from '../../lib/safe-url.ts'
import { type Evidence, FORWARDED_HOST, GARBAGE } from '../evidence.ts'
import { allClients, checksOf, error, pass, warn } from '../finding.ts'
import { checkMcp } from './mcp-endpoint.ts'

export const DISCLOSURE = checksOf<Evidence>('Challenge', [
  {
    id: 'token-echo',
    spec: 'RFC 6750 §5.2',
    means: allClients('Its error logs contain the user’s token.'),
    remedy: 'Never repeat credentials in a header, a body or an error message.',
    evaluate: ({ garbage: { exchange } }) => {
      if (exchange.status < 400) return undefined
      const texts = [exchange.body, ...exchange.headers.values()]
      return texts.some((text) => text.includes(GARBAGE))
        ? error('The error response contains the token from the request.')
        : pass('The error response does not contain the token.')
    },
  },
  {
    id: 'forwarded-host',
    spec: 'RFC 9728 §7.3; RFC 7239 §8.1',
    means: allClients('A poisoned cache can send it to an attacker’s metadata and login page.'),
    remedy:
      'Take host and scheme from configuration, or from a proxy that overwrites X-Forwarded-*.',
    evaluate: ({ forwarded, anonymous }) => {
      if (anonymous.header === undefined) return undefined
      return [...forwarded.headers.values()].some((value) => value.includes(FORWARDED_HOST))
        ? warn('The challenge uses X-Forwarded-Host from an untrusted request.')
        : pass('X-Forwarded-Host from an untrusted request has no effect.')
    },
  },
  {
    id: 'origin',
    spec: 'MCP 2025-11-25 Streamable HTTP, Security Warning',
    means: allClients('Any web page that its user opens can call the server (DNS rebinding).'),
    remedy: 'Answer 403 to requests with an unknown Origin.',
    evaluate: (evidence) => {
      const { foreign, url, anonymous } = evidence
      if (checkMcp(evidence) !== undefined) return undefined
      if (foreign.status === 403)
        return pass('A request with an unknown Origin is answered with 403.')
      const isOpen = isLoopback(url) && anonymous.exchange.status < 300
      return isOpen && foreign.status > 0
        ? error('A server on this machine serves requests of any web page without a token.')
        : undefined
    },
  },
])

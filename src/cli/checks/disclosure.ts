/** What an answer should not give away, and whom it should not believe. */

import { isLoopback } from '../../lib/safe-url.ts'
import { type Evidence, FORWARDED_HOST, GARBAGE } from '../evidence.ts'
import { type Check, error, everyone, pass, warn } from '../finding.ts'

const AREA = 'Challenge'

export const DISCLOSURE: readonly Check<Evidence>[] = [
  {
    id: 'token-echo',
    area: AREA,
    spec: 'RFC 6750 §5.2',
    means: everyone('Whatever logs its errors logs the user’s token with them.'),
    remedy: 'Never repeat credentials in a header, a body or an error message.',
    judge: ({ garbage: { exchange } }) => {
      if (exchange.status < 400) return undefined
      const said = [exchange.body, ...exchange.headers.values()]
      return said.some((text) => text.includes(GARBAGE))
        ? error('The token that was sent is repeated in the refusal.')
        : pass('The refusal does not repeat the token.')
    },
  },
  {
    id: 'forwarded-host',
    area: AREA,
    spec: 'RFC 9728 §7.3; RFC 7239 §8.1',
    means: everyone('Through a poisoned cache it is sent to somebody else’s metadata, and login.'),
    remedy:
      'Take host and scheme from configuration, or from a proxy that overwrites X-Forwarded-*.',
    judge: ({ forwarded, anonymous }) => {
      if (anonymous.header === undefined) return undefined
      return [...forwarded.headers.values()].some((value) => value.includes(FORWARDED_HOST))
        ? warn('The challenge follows an X-Forwarded-Host that anybody can send.')
        : pass('X-Forwarded-Host from outside changes nothing.')
    },
  },
  {
    id: 'origin',
    area: AREA,
    spec: 'MCP 2025-11-25 Streamable HTTP, Security Warning',
    means: everyone('Any web page its user visits can talk to the server (DNS rebinding).'),
    remedy: 'Answer 403 to a request whose Origin you do not know.',
    judge: ({ foreign, url, anonymous }) => {
      if (foreign.status === 403) return pass('A web page that is not known is refused.')
      const isOpen = isLoopback(url) && anonymous.exchange.status < 300
      return isOpen && foreign.status > 0
        ? error('A server on this machine answers any web page, without a token.')
        : undefined
    },
  },
]

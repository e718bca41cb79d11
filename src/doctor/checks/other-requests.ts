/** Checks the responses to an invalid token, to a GET and to a DELETE. */

import type { Exchange } from '../collect/http-client.ts'
import { type Evidence, isElsewhere } from '../evidence.ts'
import {
  allClients,
  checksOf,
  error,
  excerptOf,
  pass,
  quoteUntrusted,
  responseTo,
  warn,
} from '../finding.ts'
import { isHtml } from '../intermediaries.ts'
import { onGarbage } from './challenge-guards.ts'

export const OTHER_REQUESTS = checksOf<Evidence>('Challenge', [
  {
    id: 'garbage-status',
    spec: 'RFC 6750 §3.1; MCP 2025-11-25 Authorization, Token Handling',
    means: allClients('It keeps using an expired token instead of getting a new one.'),
    remedy: 'Verify every token, and answer 401 for each invalid one.',
    evaluate: ({ anonymous, garbage: { exchange }, found }) => {
      const { status } = exchange
      if (isUnsent(exchange) || isElsewhere(anonymous.exchange.status)) return undefined
      if (anonymous.exchange.status < 300 && found === undefined) return undefined
      if (status === 401) return pass('An invalid token is answered with 401.')
      if (status === 0) {
        const message = `An invalid token ${responseTo(exchange)} instead of a 401.`
        return { ...error(message), remedy: HANGING }
      }
      if (status >= 300) {
        return error(
          `An invalid token is answered with ${status} instead of 401${excerptOf(exchange)}.`,
          { expected: '401', received: String(status) },
        )
      }
      return anonymous.exchange.status === 401
        ? error('An invalid token is accepted: tokens are not verified.')
        : warn('An invalid token is ignored instead of rejected.')
    },
  },
  {
    id: 'garbage-error',
    spec: 'RFC 6750 §3.1',
    means: allClients('It cannot see that the token is the cause, and may not refresh it.'),
    remedy: 'Send error="invalid_token" in the challenge for an invalid token.',
    evaluate: onGarbage(({ garbage: { challenge } }) => {
      const code = challenge?.params.get('error')
      if (code === 'invalid_token')
        return pass('The challenge for an invalid token has error="invalid_token".')
      return warn(
        `The challenge for an invalid token has ${code === undefined ? 'no error' : `error=${quoteUntrusted(code)}`}.`,
      )
    }),
  },
  {
    id: 'garbage-resource-metadata',
    spec: 'RFC 9728 §5.1',
    means: allClients('When its token expires it does not find the metadata for a new login.'),
    remedy: 'Send the same resource_metadata with every 401, not only with the first.',
    evaluate: onGarbage(({ rejection, garbage: { challenge } }) => {
      const expected = rejection.challenge?.params.get('resource_metadata')
      if (expected === undefined) return undefined
      return challenge?.params.get('resource_metadata') === expected
        ? pass('The challenge for an invalid token names the metadata too.')
        : warn('The 401 for an invalid token does not name the same metadata.')
    }),
  },
  {
    id: 'get-status',
    spec: 'MCP 2025-11-25 Streamable HTTP, Listening for Messages from the Server',
    means: allClients(
      'Opening the event stream fails with an unexpected status, or needs no token.',
    ),
    remedy: 'Answer GET with 401 without a token, or with 405 if there is no event stream.',
    evaluate: ({ anonymous, get }) => {
      const { status } = get
      if (isUnsent(get) || anonymous.exchange.status !== 401) return undefined
      if (status === 0) return warn(`GET ${responseTo(get)}.`)
      if (status === 401 || status === 405) return pass(`GET is answered with ${status}.`)
      const comparison = { expected: '401 or 405', received: String(status) }
      if (status >= 300) return warn(`GET is answered with ${status}.`, comparison)
      return isHtml(get)
        ? warn(`GET is answered with ${status} and an HTML page, not an event stream.`, comparison)
        : error(`GET needs no token: it is answered with ${status}.`, comparison)
    },
  },
  {
    id: 'delete-status',
    spec: 'MCP 2025-11-25 Streamable HTTP, Session Management',
    means: allClients('Not affected, but anyone can end the sessions of its user.'),
    remedy: 'Answer DELETE with 401 without a token, or with 405 if there are no sessions.',
    evaluate: ({ anonymous, remove }) => {
      const { status } = remove
      if (isUnsent(remove) || anonymous.exchange.status !== 401) return undefined
      if (status === 0) return warn(`DELETE ${responseTo(remove)}.`)
      return status < 300
        ? error(`DELETE needs no token: it is answered with ${status}.`)
        : pass(`DELETE is answered with ${status}.`)
    },
  },
])

/** The usual cause is a request to the authorization server without a time limit. */
const HANGING =
  'Limit the time of requests for keys and introspection, and answer 503 while they fail.'

/** Whether the doctor has not sent the request, because of its own limits. */
function isUnsent({ failure }: Exchange): boolean {
  return failure === 'not_sent'
}

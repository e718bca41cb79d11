/** The keys that an authorization server publishes. */

import type { Jwk } from '../../contract/options.ts'
import { isForOtherUse, isUsableKey } from '../../crypto/jwk.ts'
import { isObject } from '../../lib/json.ts'
import type { ServerEvidence } from '../evidence.ts'
import { type Check, error, everyone, pass, warn } from '../finding.ts'

const AREA = 'Authorization server'

/** Members that only private or secret keys have (RFC 7518 §6). */
const SECRET = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']

export const KEYS: readonly Check<ServerEvidence>[] = [
  {
    id: 'keys-found',
    area: AREA,
    spec: 'RFC 8414 §2; RFC 7517 §5',
    means: everyone('Its tokens are refused: the MCP server cannot verify them.'),
    remedy: 'Serve a JWK Set at jwks_uri, over https and with status 200.',
    judge: ({ keys }) => {
      if (keys === undefined) return undefined
      const { status, reason, silence } = keys.exchange
      if (keys.document !== undefined) {
        return keysOf(keys.document) === undefined
          ? error(`${keys.url} has no list of keys.`)
          : pass(`Its keys are at ${keys.url}.`)
      }
      const what = silence === 'not_asked' ? reason : `answers ${status || reason}`
      return error(`There are no keys at ${keys.url}: it ${what}.`)
    },
  },
  {
    id: 'keys-usable',
    area: AREA,
    spec: 'RFC 7517 §4; RFC 8725 §3.1; RFC 9068 §2.1',
    means: everyone('Its tokens are refused: no key can verify them.'),
    remedy: 'Publish at least one public RSA key of 2048 bits, EC or Ed25519 key for signatures.',
    judge: ({ keys }) => {
      const list = keysOf(keys?.document)
      if (list === undefined) return undefined
      const signing = list.filter((key) => !isForOtherUse(key))
      const usable = signing.filter(isUsableKey)
      if (usable.length === 0) return error(`None of its ${list.length} keys verifies signatures.`)
      return usable.length < signing.length
        ? warn(
            `${signing.length - usable.length} of its ${signing.length} signing keys cannot be used.`,
          )
        : pass(`${usable.length} of its keys verify signatures.`)
    },
  },
  {
    id: 'keys-secret',
    area: AREA,
    spec: 'RFC 7517 §9.2; RFC 7518 §6.2.2',
    means: everyone('Anybody can make tokens that pass for real.'),
    remedy: 'Replace these keys now, and publish the public half of the new ones.',
    judge: ({ keys }) => {
      const list = keysOf(keys?.document)
      if (list === undefined) return undefined
      return list.some((key) => SECRET.some((member) => key[member] !== undefined))
        ? error('It publishes private or secret keys.')
        : pass('No key has a private part.')
    },
  },
  {
    id: 'keys-named',
    area: AREA,
    spec: 'RFC 7517 §4.5; OpenID Connect Core §10.1',
    means: everyone('During a change of keys its tokens may be refused.'),
    remedy: 'Give each key a kid of its own, and put it in the header of tokens.',
    judge: ({ keys }) => {
      const list = keysOf(keys?.document)
      if (list === undefined || list.length < 2) return undefined
      const names = list.map(({ kid }) => kid)
      if (names.some((kid) => kid === undefined)) return warn('Not every key has a kid.')
      return new Set(names).size < names.length
        ? warn('Two keys have the same kid.')
        : pass('Every key has a kid of its own.')
    },
  },
]

function keysOf(document: Record<string, unknown> | undefined): readonly Jwk[] | undefined {
  const keys = document?.['keys']
  return Array.isArray(keys) ? keys.filter(isObject) : undefined
}

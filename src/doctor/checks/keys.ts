/** Checks the key set of an authorization server. */

import type { Jwk } from '../../contract/documents.ts'
import { hasSecret, isForOtherUse, isUsableKey } from '../../crypto/jwk.ts'
import { isObject } from '../../lib/json.ts'
import type { ServerEvidence } from '../evidence.ts'
import { allClients, checksOf, error, pass, warn } from '../finding.ts'

export const KEYS = checksOf<ServerEvidence>('Authorization server', [
  {
    id: 'keys-found',
    spec: 'RFC 8414 §2; RFC 7517 §5',
    means: allClients('Its tokens are rejected: the MCP server cannot verify them.'),
    remedy: 'Serve a JWK Set at jwks_uri, over https and with status 200.',
    evaluate: ({ keys }) => {
      if (keys === undefined) return undefined
      const { status, reason, failure } = keys.exchange
      if (keys.document !== undefined) {
        return keysOf(keys.document) === undefined
          ? error(`The document at ${keys.url} has no keys array.`)
          : pass(`Its keys are at ${keys.url}.`)
      }
      const what = failure === 'not_sent' ? `the URL ${reason}` : status || reason
      return error(`No keys were found at ${keys.url}: ${what}.`)
    },
  },
  {
    id: 'keys-usable',
    spec: 'RFC 7517 §4; RFC 8725 §3.1; RFC 9068 §2.1',
    means: allClients('Its tokens are rejected: no key can verify them.'),
    remedy:
      'Publish at least one public signing key, with numbers in base64url: RSA with 2048 bits or more, EC or Ed25519.',
    evaluate: ({ keys }) => {
      const list = keysOf(keys?.document)
      if (list === undefined) return undefined
      const signing = list.filter((key) => !isForOtherUse(key))
      const usable = signing.filter(isUsableKey)
      const unusable = signing.filter((key) => !usable.includes(key))
      const reason = unusable.some(isInBase64) ? ': base64 is not base64url' : ''
      if (usable.length === 0) {
        return error(`None of its ${list.length} keys verifies signatures${reason}.`)
      }
      return unusable.length > 0
        ? warn(`${unusable.length} of its ${signing.length} signing keys cannot be used${reason}.`)
        : pass(`${usable.length} of its keys verify signatures.`)
    },
  },
  {
    id: 'keys-secret',
    spec: 'RFC 7517 §9.2; RFC 7518 §6.2.2',
    means: allClients('Attackers can sign valid tokens.'),
    remedy: 'Replace these keys now, and publish only the public part of the new ones.',
    evaluate: ({ keys }) => {
      const list = keysOf(keys?.document)
      if (list === undefined) return undefined
      return list.some(hasSecret)
        ? error('It publishes private or secret keys.')
        : pass('No key has a private part.')
    },
  },
  {
    id: 'keys-named',
    spec: 'RFC 7517 §4.5; OpenID Connect Core §10.1',
    means: allClients('Its tokens may be rejected during a key rotation.'),
    remedy: 'Give each key a unique kid, and set kid in the header of tokens.',
    evaluate: ({ keys }) => {
      const list = keysOf(keys?.document)
      if (list === undefined || list.length < 2) return undefined
      const names = list.map(({ kid }) => kid)
      if (names.some((kid) => kid === undefined)) return warn('Not every key has a kid.')
      return new Set(names).size < names.length
        ? warn('Two keys have the same kid.')
        : pass('Every key has a unique kid.')
    },
  },
])

/** Whether a number of the key has characters of base64 that base64url lacks (RFC 7518 §2). */
function isInBase64(key: Jwk): boolean {
  return ['n', 'e', 'x', 'y'].some((name) => /[+/]/.test(String(key[name])))
}

function keysOf(document: Record<string, unknown> | undefined): readonly Jwk[] | undefined {
  const keys = document?.['keys']
  return Array.isArray(keys) ? keys.filter(isObject) : undefined
}

/** Parts of tokens and of the challenges for them, which several checks read. */

import { isObject, isTextList } from '../lib/json.ts'
import { parseScope } from '../scope/scope.ts'
import type { Exchange } from './collect/http-client.ts'
import { readChallenges } from './collect/parse-challenges.ts'

/** What a token is bound to (RFC 7800 §3.1). */
export function bindingOf({ cnf }: Readonly<Record<string, unknown>>): string | undefined {
  if (cnf === undefined) return undefined
  if (isObject(cnf) && cnf['jkt'] !== undefined) return 'a DPoP key'
  return isObject(cnf) && cnf['x5t#S256'] !== undefined
    ? 'a client certificate'
    : 'a key or certificate'
}

export function scopesIn({ scope, scp }: Readonly<Record<string, unknown>>): readonly string[] {
  return [scope, scp].flatMap((claim) =>
    typeof claim === 'string' ? parseScope(claim) : isTextList(claim) ? claim : [],
  )
}

/** The parameters of the challenge with an error, otherwise of the first. */
export function paramsOf({ headers }: Exchange): ReadonlyMap<string, string> | undefined {
  const { challenges } = readChallenges(headers.get('WWW-Authenticate') ?? '')
  return challenges.find(({ params }) => params.has('error'))?.params ?? challenges[0]?.params
}

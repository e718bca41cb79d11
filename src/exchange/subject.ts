/** The verified context as the subject of an exchange. */

import type { AuthContext } from '../contract/context.ts'
import { parseCompactJwt } from '../jwt/compact-jwt.ts'
import { isFiniteNumber, isObject } from '../lib/json.ts'

/**
 * Checks that a value is a verified context, or a copy of one by spread.
 *
 * @throws {TypeError} If it is anything else. An anonymous context has no token to exchange.
 */
export function requireVerified(auth: unknown): asserts auth is AuthContext {
  if (!isObject(auth)) throw new TypeError(MESSAGE)
  const { ok, anonymous, token, issuer, expiresAt } = auth
  const isVerified =
    ok === true &&
    anonymous === false &&
    typeof token === 'string' &&
    token !== '' &&
    typeof issuer === 'string' &&
    typeof expiresAt === 'number'
  if (!isVerified) throw new TypeError(MESSAGE)
}

const MESSAGE =
  'An exchange starts from the verified context of a request. An anonymous one has no token.'

/** What identifies the actor: the `sub` of its token, or the token itself where it has none to read. */
export function actorOf(token: string): string {
  const subject = claimOf(token, 'sub')
  return typeof subject === 'string' && subject !== '' ? subject : token
}

/** When a token ends, if it is a JWT that says so. Its own application made or received it. */
export function endOf(token: string): number | undefined {
  const end = claimOf(token, 'exp')
  return isFiniteNumber(end) ? end : undefined
}

function claimOf(token: string, name: string): unknown {
  return parseCompactJwt(token)?.claims[name]
}

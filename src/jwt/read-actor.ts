/** Reads the claim `act`: the chain of actors of a token (RFC 8693 §4.1). */

import type { Actor } from '../contract/actor.ts'
import { isObject, type JsonObject } from '../lib/json.ts'
import { fail, type Result, succeed } from '../lib/result.ts'
import { ownClaim, textClaim } from './read-claims.ts'

/** More actors than any deployment needs. The limit also ends cycles. */
const MAX_DEPTH = 8

const NONE = /* @__PURE__ */ succeed<Actor | undefined>(undefined)
const INVALID = /* @__PURE__ */ fail('token_claims' as const)

/**
 * Reads the actors of verified claims. `act: null` counts as absent.
 *
 * Fails with `token_claims` if `act` is not an object, if an actor has neither `sub` nor `client_id`,
 * if a member has the wrong type, or if there are more than 8 actors.
 */
export function readActor(claims: JsonObject): Result<Actor | undefined, 'token_claims'> {
  return ownClaim(claims, 'act') === undefined ? NONE : actorIn(claims['act'], 1)
}

function actorIn(act: unknown, depth: number): Result<Actor | undefined, 'token_claims'> {
  if (!isObject(act) || depth > MAX_DEPTH || !hasTexts(act)) return INVALID
  const [subject, clientId] = [textClaim(act, 'sub'), textClaim(act, 'client_id')]
  if (subject === undefined && clientId === undefined) return INVALID
  const inner = ownClaim(act, 'act') === undefined ? NONE : actorIn(act['act'], depth + 1)
  if (!inner.ok) return inner
  const issuer = textClaim(act, 'iss')
  return succeed(Object.freeze({ subject, issuer, clientId, actor: inner.value }))
}

/** Whether the members that name an actor are absent or strings. */
function hasTexts(act: JsonObject): boolean {
  return ['sub', 'iss', 'client_id'].every((name) => {
    const value = Object.hasOwn(act, name) ? act[name] : undefined
    return value === undefined || typeof value === 'string'
  })
}

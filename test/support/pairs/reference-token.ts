/** The mistakes of a token, before its binding is checked. */

import type { AuthErrorCode } from '../../../src/index.ts'
import { START } from '../clock.ts'
import { ISSUER, RESOURCE } from '../issuer.ts'
import { ALIAS, type Case, OPAQUE, OTHER_AUDIENCE } from './factors.ts'
import { type Claims, grantedTo } from './reference-scopes.ts'

export function isJwt(each: Case): boolean {
  return !OPAQUE.has(each.token) && each.format !== 'custom' && each.format !== 'introspection'
}

export function mistakesIn(each: Case, claims: Claims): AuthErrorCode[] {
  const isSecond = each.token === 'second' && each.servers === 'two'
  const tenant = tenantOf(each, claims)
  const isKnown = claims['iss'] === ISSUER || (each.issuers === 'alias' && claims['iss'] === ALIAS)
  if (!OPAQUE.has(each.token) && !isKnown && !isSecond && tenant === undefined)
    return ['token_issuer']
  if (!isJwt(each) && !isSecond) return mistakesInOpaque(each, claims)
  const codes = mistakesInClaims(each, claims, !isSecond)
  if (each.token === 'dpopType') codes.push('token_type')
  if (each.token === 'untyped' && each.format === 'rfc9068') codes.push('token_type')
  const isForged = each.token === 'unknownKey' || each.token === 'forged'
  // The audience of a token is named only where its signature holds.
  if (isForged && each.documents !== 'down' && codes.every((code) => code === 'token_audience')) {
    return ['token_key', 'token_signature']
  }
  if (codes.length > 0) return codes
  if (each.documents === 'down') return ['unavailable']
  return each.issuers === 'throws' && tenant !== undefined ? ['internal'] : []
}

function mistakesInOpaque(each: Case, claims: Claims): AuthErrorCode[] {
  if (each.format === 'jwt' || each.format === 'rfc9068') return ['token_malformed']
  if (each.token === 'dpopType') return ['token_type']
  const isCustom = each.format !== 'introspection'
  if (!isCustom && each.documents === 'down') return ['unavailable']
  if (isCustom && each.token === 'broken') return ['internal']
  if (['inactive', 'broken', 'forged', 'unknownKey'].includes(each.token)) return ['token_inactive']
  const codes = mistakesInClaims(each, claims, true)
  if (codes.length > 0) return codes
  return each.issuers === 'throws' && tenantOf(each, claims) !== undefined ? ['internal'] : []
}

function tenantOf({ issuers }: Case, { iss }: Claims): string | undefined {
  const isTemplate = issuers !== 'one' && issuers !== 'alias'
  return isTemplate ? /^https:\/\/as\.example\/([a-z0-9]+)$/.exec(String(iss))?.[1] : undefined
}

/** Of the first server, or of the second one, which has no options. */
function mistakesInClaims(each: Case, claims: Claims, isFirst: boolean): AuthErrorCode[] {
  const codes: AuthErrorCode[] = []
  const { exp, nbf, iat, aud, tid } = claims as Record<string, number | undefined>
  const leeway = each.tolerance === 'none' ? 0 : 30
  if (typeof exp !== 'number') codes.push('token_claims', 'token_expired')
  else if (exp + leeway <= START) codes.push('token_expired')
  if (nbf !== undefined && nbf > START + leeway) codes.push('token_not_yet_valid')
  const hasOptions = isFirst && isJwt(each)
  if (hasOptions && each.maxAge === 'minute') {
    if (iat === undefined) codes.push('token_claims')
    else if (iat + 60 + leeway <= START) codes.push('token_expired')
  }
  const tenant = tenantOf(each, claims)
  if (tenant !== undefined) {
    if (tid !== (tenant as unknown)) codes.push('token_claims', 'token_issuer')
    else if (each.issuers !== 'throws' && tenant !== 't1') codes.push('token_issuer')
  }
  const accepted = {
    resource: [RESOURCE],
    other: [OTHER_AUDIENCE],
    both: [RESOURCE, OTHER_AUDIENCE],
  }
  const matched = [aud].flat().filter((value) => accepted[each.audience].includes(String(value)))
  const isMissing = aud === undefined && isFirst && each.missingAudience === 'accepted'
  if (matched.length === 0 && !isMissing) codes.push('token_audience')
  const required = hasOptions && each.requiredClaims !== 'none'
  if (required && each.requiredClaims === 'tenant' && claims['tenant'] === undefined) {
    codes.push('token_claims')
  }
  if (each.format === 'rfc9068' && hasOptions) {
    const names = ['sub', 'client_id', 'jti'].map((name) => claims[name])
    const isWhole = names.every((value) => typeof value === 'string' && value.trim() !== '')
    if (!isWhole || iat === undefined) codes.push('token_claims')
  } else if (!matched.includes(RESOURCE as never)) {
    if (claims['nonce'] !== undefined) codes.push('token_type')
    if (!required && isBare(each, claims)) codes.push('token_type')
  }
  return codes
}

function isBare(each: Case, claims: Claims): boolean {
  const { scopes, clientId } = grantedTo(each, claims)
  return scopes.length === 0 && clientId === undefined && claims['jti'] === undefined
}

/** What the answer to a case must be, written from the contract and the pages and not from the code. */

import type { AuthErrorCode } from '../../../src/index.ts'
import { START } from '../clock.ts'
import { goodClaims, ISSUER } from '../issuer.ts'
import { ALIAS, type Case, SECOND_ISSUER, TOKENS } from './factors.ts'
import { challengeOf, KINDS, usesDpop } from './reference-challenge.ts'
import { type Claims, grantedTo, isSufficient, operationsOf } from './reference-scopes.ts'
import { isJwt, mistakesIn } from './reference-token.ts'

export interface Expected {
  readonly status: number
  /** The code of the event; several where a token has several mistakes. */
  readonly codes: readonly AuthErrorCode[]
  /** The whole `WWW-Authenticate`. */
  readonly challenge: string | undefined
  /** Whether an `accepted` event precedes: only sessions are checked later. */
  readonly isAccepted: boolean
  readonly context: ExpectedContext | undefined
}

/** What the handler gets; `undefined` members for an anonymous request. */
export interface ExpectedContext {
  readonly issuer: string | undefined
  readonly subject: string | undefined
  readonly clientId: string | undefined
  readonly scopes: readonly string[]
  readonly scheme: string | undefined
  readonly actor: string | undefined
  readonly operations: number
  readonly isCacheable: boolean
}

type Outcome = Expected | undefined

/** The paths of the options that cannot stand together, at start. */
export function conflictsOf({ dpop, source, issuers, missingAudience }: Case): readonly string[] {
  const hasTenants = issuers !== 'one' && issuers !== 'alias'
  return [
    ...(missingAudience === 'accepted' && hasTenants
      ? ['authorizationServers[0].dangerouslyAllowMissingAudience']
      : []),
    ...(dpop !== 'off' && source !== 'authorization' ? ['dpop'] : []),
  ]
}

/** The first answer of the steps, in the order of docs/architecture.md. */
export function expectedOf(each: Case): Expected {
  return (
    atEndpoint(each) ?? (isPresented(each) ? withToken(each, claimsOf(each)) : withoutToken(each))
  )
}

export function claimsOf({ token }: Case): Claims {
  const login = { acr: 'strong', auth_time: START - 10 }
  const claims = { ...goodClaims(), ...login, ...TOKENS[token] }
  return Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined))
}

function atEndpoint(each: Case): Outcome {
  const isOwn = each.origin === 'none' || each.origin === 'own'
  const isListed = each.origins === 'any' || (each.origins === 'listed' && each.origin === 'app')
  if (!isOwn && !isListed) return rejected(each, ['origin_refused'])
  if (each.getStream === 'off' && each.method === 'GET') return rejected(each, [])
  if (each.source === 'throws') return rejected(each, ['internal'])
  if (each.source === 'field') return undefined
  if (each.scheme === 'twice') return rejected(each, ['credentials_duplicate'])
  return each.scheme === 'malformed' ? rejected(each, ['credentials_malformed']) : undefined
}

/** The scheme DPoP is one without the option, too, but then it is not known. */
function isPresented({ source, scheme, dpop }: Case): boolean {
  if (source === 'field') return scheme === 'field'
  return scheme === 'Bearer' || (scheme === 'DPoP' && dpop !== 'off')
}

function withoutToken(each: Case): Expected {
  const missing = rejected(each, ['credentials_missing'])
  if (each.optional === 'no') return missing
  const { list, isReadable, isPublic } = operationsOf(each)
  if (each.operations === 'none') {
    const hasScopes = each.requiredScopes !== 'none' || each.scopes !== 'none'
    const isRefused = hasScopes || each.acr !== 'none' || each.login !== 'none'
    return isRefused ? missing : accepted(each, ANONYMOUS, 0)
  }
  // A client that gets a 401 here starts a login right after connecting.
  if (each.method === 'GET') return { ...missing, status: 405, challenge: undefined }
  if (!isReadable) return rejected(each, ['body_invalid'])
  return isPublic ? accepted(each, ANONYMOUS, list.length) : missing
}

const ANONYMOUS = {
  ...{ issuer: undefined, subject: undefined, clientId: undefined },
  ...{ scheme: undefined, actor: undefined, scopes: [], isCacheable: false },
}

function withToken(each: Case, claims: Claims): Expected {
  const codes = mistakesIn(each, claims)
  if (codes.length > 0) return rejected(each, codes)
  const mapped =
    each.mapClaims === 'adds' ? { ...claims, scope: `${claims['scope'] ?? ''} write` } : claims
  return (
    afterMapping(each, mapped) ??
    inBinding(each, claims) ??
    inRevocation(each, claims) ??
    inActor(each, mapped) ??
    inBody(each) ??
    inScopes(each, mapped) ??
    inLogin(each, mapped) ??
    inSession(each, mapped)
  )
}

/** `act` is read after `mapClaims`. */
function afterMapping(each: Case, { act, iss }: Claims): Outcome {
  if (iss !== SECOND_ISSUER) {
    if (each.mapClaims === 'throws') return rejected(each, ['internal'])
    if (each.mapClaims === 'rejects') return rejected(each, ['token_claims'])
  }
  return act === 'agent' ? rejected(each, ['token_claims']) : undefined
}

/** What the token alone shows comes before what the request proves. */
function inBinding(each: Case, { cnf = {} }: Claims): Outcome {
  const methods = Object.keys(cnf as object)
  const isHeld = methods.includes('jkt')
  const isCertified = methods.includes('x5t#S256')
  const isSupported = methods.every(
    (method) =>
      (method === 'jkt' && each.dpop !== 'off') || (method === 'x5t#S256' && each.mtls !== 'off'),
  )
  if (!isSupported) return rejected(each, ['binding_unsupported'])
  const isMissing =
    (each.dpop === 'required' && !isHeld) || (each.mtls === 'required' && !isCertified)
  if (isMissing || (usesDpop(each) && !isHeld)) {
    return rejected(each, ['binding_missing', 'binding_mismatch'])
  }
  const codes: AuthErrorCode[] = isHeld ? inProof(each) : []
  if (isCertified && each.certificate === 'none') codes.push('binding_missing')
  if (isCertified && each.certificate === 'other') codes.push('binding_mismatch')
  return codes.length > 0 ? rejected(each, codes) : undefined
}

function inProof(each: Case): AuthErrorCode[] {
  if (!usesDpop(each)) return ['binding_missing']
  if (each.proof === 'none') return ['dpop_proof_missing']
  if (each.proof === 'other') return ['binding_mismatch']
  return each.proof === 'good' ? [] : ['dpop_proof_invalid']
}

function inRevocation(each: Case, { sub }: Claims): Outcome {
  if (each.revocation === 'throws') return rejected(each, ['unavailable'])
  const isRevoked = each.revocation === 'subject' && sub === 'revoked'
  return isRevoked ? rejected(each, ['token_revoked']) : undefined
}

function inActor(each: Case, { act }: Claims): Outcome {
  if (act === undefined || each.actors === 'any') return undefined
  if (each.actors === 'throws') return rejected(each, ['internal'])
  const { sub } = act as { sub: string }
  return each.actors === 'agent' && sub === 'agent' ? undefined : rejected(each, ['actor_refused'])
}

function inBody(each: Case): Outcome {
  if (each.operations === 'none') return undefined
  const { list, isReadable } = operationsOf(each)
  if (!isReadable) return rejected(each, ['body_invalid'])
  const isDenied = list.includes('deny') && each.operations !== 'report'
  return isDenied ? rejected(each, ['operation_denied']) : undefined
}

function inScopes(each: Case, claims: Claims): Outcome {
  const { scopes } = grantedTo(each, claims)
  return isSufficient(each, scopes) ? undefined : rejected(each, ['scope_insufficient'], scopes)
}

/** What needs no token needs no stronger one. */
function inLogin(each: Case, { acr, auth_time }: Claims): Outcome {
  if (each.optional === 'yes' && operationsOf(each).isPublic) return undefined
  const leeway = each.tolerance === 'none' ? 0 : 30
  const isStrong = each.acr === 'none' || acr === 'strong'
  const isRecent = each.login === 'none' || Number(auth_time) + 300 + leeway >= START
  return isStrong && isRecent ? undefined : rejected(each, ['authentication_insufficient'])
}

function inSession(each: Case, claims: Claims): Expected {
  const isFirst = claims['iss'] !== SECOND_ISSUER
  const { closed, clientId, subject, isOddSubject } = grantedTo(each, claims)
  const issuer = String(claims['iss'])
  if (each.sessions === 'on') {
    const isPrincipal = !isOddSubject && (subject ?? clientId) !== undefined
    if (!isPrincipal) return late(rejected(each, ['principal_missing']))
    const isOwner = subject === 'user-1' && (issuer === ISSUER || issuer === ALIAS)
    const isOpened = each.session === 'none' || (each.session === 'own' && isOwner)
    if (!isOpened) return late(rejected(each, ['session_unknown']))
  }
  const act = claims['act'] as { sub: string } | undefined
  const isCacheable =
    each.cache === 'on' &&
    Number(claims['exp']) > START &&
    (isJwt(each) || !isFirst) &&
    !(each.maxAge === 'minute' && isFirst && Number(claims['iat']) + 60 <= START)
  const { list } = operationsOf(each)
  return accepted(
    each,
    {
      ...{ issuer, subject, clientId: clientId ?? '' },
      ...{ scheme: usesDpop(each) ? 'DPoP' : 'Bearer', actor: act?.sub },
      ...{ scopes: closed, isCacheable },
    },
    each.operations === 'none' ? 0 : list.length,
  )
}

function late(expected: Expected): Expected {
  return { ...expected, isAccepted: true }
}

function accepted(
  each: Case,
  context: Omit<ExpectedContext, 'operations'>,
  operations: number,
): Expected {
  const isAnonymous = context.issuer === undefined
  if (isAnonymous && each.sessions === 'on' && each.session !== 'none') {
    return rejected(each, ['session_unknown'])
  }
  const result = { status: 200, codes: [], challenge: undefined, isAccepted: !isAnonymous }
  return { ...result, context: { ...context, operations } }
}

function rejected(each: Case, codes: AuthErrorCode[], granted: readonly string[] = []): Expected {
  const [code = 'getStream'] = codes
  const { status } = KINDS[code]
  const challenge = challengeOf(each, code, granted)
  return { status, codes, challenge, isAccepted: false, context: undefined }
}

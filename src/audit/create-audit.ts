/** Writes one audit record for each decision. */

import type { AuditRecord } from '../contract/audit.ts'
import type { AuthContext, McpOperation } from '../contract/context.ts'
import { hostNow } from '../contract/ports.ts'
import { digestText } from '../crypto/sha256.ts'
import { traceIdOf } from '../http/trace-context.ts'
import { textClaim } from '../jwt/read-claims.ts'
import { isPromise } from '../lib/promise.ts'
import { neededOf } from '../resource/context-facts.ts'
import type { AuditedCall, AuditOutcome, AuditState } from '../resource/slots.ts'
import { shortDigest, tokenIdOf } from '../resource/token-id.ts'
import { scopesToRequest } from '../scope/requirement.ts'

/** What writing records depends on. */
interface AuditDependencies {
  readonly audit: (record: AuditRecord) => void | Promise<void>
  readonly resource: string
  readonly now: () => number
  /** The scopes in a challenge that come from this option are not those that the request needs. */
  readonly challengeScopes: readonly string[] | undefined
}

type Names = Pick<AuditRecord, 'issuer' | 'subject' | 'clientId' | 'tokenId' | 'actor'> & {
  readonly granted: readonly string[]
}

/** The names in a token that was not verified. */
const NONE: Names = {
  issuer: undefined,
  subject: undefined,
  clientId: undefined,
  tokenId: undefined,
  actor: undefined,
  granted: [],
}

export function createAudit(dependencies: AuditDependencies): AuditState {
  // A session id may be rejected after the call was accepted: both records name the same.
  const known = new WeakMap<object, Names>()
  return {
    async write(call, outcome) {
      try {
        const { auth } = outcome
        const names = (auth && known.get(auth)) ?? (await namesIn(call, outcome))
        if (auth !== undefined) known.set(auth, names)
        send(buildRecord(call, outcome, names, dependencies), dependencies, call)
      } catch {
        // Writing records must not change a decision.
      }
    },
  }
}

function send(record: AuditRecord, { audit }: AuditDependencies, { budget }: AuditedCall): void {
  const work: unknown = audit(record)
  if (isPromise(work)) budget.runInBackground(Promise.resolve(work))
}

function buildRecord(
  call: AuditedCall,
  outcome: AuditOutcome,
  { granted, ...names }: Names,
  dependencies: AuditDependencies,
): AuditRecord {
  const { request, trail } = call
  const { reason, status, auth } = outcome
  const { resource, now } = dependencies
  const traceId = request && traceIdOf(request.headers)
  return {
    time: timeBy(now),
    resource,
    outcome: reason === undefined ? 'allowed' : 'rejected',
    status,
    code: reason?.code,
    ...names,
    issuer: names.issuer ?? reason?.issuer,
    denied: reason === undefined ? trail?.denied : reason.denied,
    scopes: { granted: [...granted], needed: [...neededIn(call, outcome, dependencies)] },
    operations: (auth?.operations ?? trail?.operations ?? []).map(copyOf),
    ...(traceId === undefined ? {} : { traceId }),
  }
}

/** Names come from a verified token, or from the context that was created from one. */
async function namesIn({ trail }: AuditedCall, { auth }: AuditOutcome): Promise<Names> {
  const token = trail?.token
  if (token === undefined) return auth?.anonymous === false ? namesOf(auth) : NONE
  const { issuer, subject, clientId, actor, granted } = token.verified
  const tokenId = await tokenIdOf(token)
  return { issuer, subject, clientId: presentIn(clientId), tokenId, actor, granted }
}

async function namesOf(auth: AuthContext): Promise<Names> {
  const { issuer, subject, clientId, actor, scopes: granted, claims, token } = auth
  const tokenId = textClaim(claims, 'jti') ?? shortDigest(await digestText(token))
  return { issuer, subject, clientId: presentIn(clientId), tokenId, actor, granted }
}

function presentIn(clientId: string): string | undefined {
  return clientId === '' ? undefined : clientId
}

function neededIn(
  { needed }: AuditedCall,
  { auth, reason }: AuditOutcome,
  { challengeScopes }: AuditDependencies,
): readonly string[] {
  // With `repeatGrantedScopes` the scopes of a 403 include granted ones.
  const named = reason?.code === 'scope_insufficient' ? reason.expected : reason?.scopes
  const isKnown = challengeScopes === undefined || reason?.code === 'scope_insufficient'
  return (isKnown ? named : undefined) ?? scopesToRequest(neededOf(auth) ?? needed)
}

/** A copy, because the handler gets the same operations. */
function copyOf({ method, name }: McpOperation): McpOperation {
  return name === undefined ? { method } : { method, name }
}

/** A configured clock that fails rejects every request, and each of them has its record. */
function timeBy(now: () => number): number {
  try {
    return now()
  } catch {
    return hostNow()
  }
}

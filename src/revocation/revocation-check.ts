/** Checks at every request, by the configured sources, whether a verified token is revoked. */

import { type AuthEvent, warn } from '../contract/events.ts'
import type { RejectionReason } from '../contract/rejection-reason.ts'
import type { RevocationQuery } from '../contract/revocation.ts'
import type { RequestBudget } from '../documents/request-budget.ts'
import { textClaim } from '../jwt/read-claims.ts'
import { isFiniteNumber } from '../lib/json.ts'
import { fail, PASSED, type Result } from '../lib/result.ts'
import { within } from '../lib/within.ts'
import type { PresentedToken } from '../resource/binding.ts'
import type { RevocationSettings } from '../resource/settings.ts'
import type { RevocationState } from '../resource/slots.ts'
import type { ServerState } from '../resource/state.ts'
import { tokenIdOf } from '../resource/token-id.ts'

type CheckResult = Result<undefined, RejectionReason>

/** One source of revocations: its results fail with `token_revoked`, `token_claims`, `unavailable` or `internal`. */
export type RevocationSource = (
  token: PresentedToken,
  budget: RequestBudget,
) => readonly Promise<CheckResult>[]

/** What a check depends on. */
interface RevocationDependencies {
  readonly servers: readonly ServerState[]
  /** Further sources, such as status lists. */
  readonly sources: readonly RevocationSource[]
  readonly onEvent: ((event: AuthEvent) => void) | undefined
  readonly now: () => number
  readonly resource: string
}

const REVOKED = /* @__PURE__ */ fail<RejectionReason>({ code: 'token_revoked' })
const UNAVAILABLE = /* @__PURE__ */ fail<RejectionReason>({
  code: 'unavailable',
  option: 'revocation',
})
const INTERNAL = /* @__PURE__ */ fail<RejectionReason>({ code: 'internal', option: 'revocation' })

/** Seconds between two warnings that tokens are accepted without a result of the sources. */
const WARNING_INTERVAL_SECONDS = 60

/** Creates the check. All sources are asked at the same time, and each result has the whole `timeoutMs`. */
export function createRevocationCheck(
  { isRevoked, whenUnavailable, timeoutMs }: RevocationSettings,
  { servers, sources: further, onEvent, now, resource }: RevocationDependencies,
): RevocationState {
  const own = isRevoked === undefined ? [] : [askApplication(isRevoked, servers)]
  const sources = [...own, ...further]
  let warnedAt = Number.NEGATIVE_INFINITY
  const accept = (): CheckResult => {
    const time = now()
    if (Math.abs(time - warnedAt) >= WARNING_INTERVAL_SECONDS) {
      warnedAt = time
      const message =
        "cannot be asked, and tokens are accepted without it, as whenUnavailable: 'accept' says"
      warn(onEvent, { path: 'revocation', message }, resource)
    }
    return PASSED
  }
  return {
    async check(token, budget) {
      const results = await Promise.all(
        sources
          .flatMap((ask) => ask(token, budget))
          .map((result) => within(result, timeoutMs, () => UNAVAILABLE)),
      )
      const failures = results.filter((result) => !result.ok)
      // A source with a result decides, even if others fail.
      const decided = failures.find(({ error }) => error.code !== 'unavailable') ?? failures[0]
      if (decided === undefined) return PASSED
      const isUndecided = decided.error.code === 'unavailable'
      if (isUndecided && whenUnavailable === 'accept') return accept()
      return fail({ ...decided.error, issuer: token.verified.authority })
    },
  }
}

function askApplication(
  isRevoked: NonNullable<RevocationSettings['isRevoked']>,
  servers: readonly ServerState[],
): RevocationSource {
  return (token) => {
    const query = queryOf(token)
    return issuersOf(token, servers).map(async (issuer) => {
      try {
        const result: unknown = await isRevoked({ ...(await query), issuer })
        // A forgotten `return` must not accept revoked tokens, and is not an outage either.
        if (typeof result !== 'boolean') return INTERNAL
        return result ? REVOKED : PASSED
      } catch {
        return UNAVAILABLE
      }
    })
  }
}

/**
 * The issuers under which a token may have been revoked: its `iss` and, if that is one of `tokenIssuers`,
 * the configured issuer. A tenant of a template has its own name only: the configured issuer stands for all.
 */
function issuersOf(
  { verified: { issuer, authority } }: PresentedToken,
  servers: readonly ServerState[],
): string[] {
  if (issuer === authority) return [issuer]
  const server = servers.find(({ options }) => options.issuer === authority)
  const isAlias = server?.matches(issuer)?.tenant === undefined
  return isAlias ? [issuer, authority] : [issuer]
}

async function queryOf(token: PresentedToken): Promise<Omit<RevocationQuery, 'issuer'>> {
  const { subject, clientId, expiresAt, original } = token.verified
  const { iat, sub } = original
  return {
    // Some servers send the number of a user. `revoke()` takes it as a text.
    sub: textClaim(original, 'sub') ?? (Number.isSafeInteger(sub) ? String(sub) : undefined),
    subject,
    clientId: clientId === '' ? undefined : clientId,
    tokenId: await tokenIdOf(token),
    sessionId: textClaim(original, 'sid'),
    issuedAt: isFiniteNumber(iat) ? iat : undefined,
    expiresAt,
  }
}

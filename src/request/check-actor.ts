/** Whether the actor of a token may act at this resource. */

import type { RejectionReason } from '../contract/rejection-reason.ts'
import { dropPromise } from '../lib/promise.ts'
import { fail, PASSED } from '../lib/result.ts'
import type { PresentedToken } from '../resource/binding.ts'
import type { ResourceState } from '../resource/state.ts'
import { NO_OPERATIONS, VerifiedContext } from './auth-context.ts'
import type { Call, StepResult } from './call.ts'

/**
 * Checks the actor of a verified token. A token without `act` passes.
 *
 * Fails with `actor_refused`, or with `internal` where `acceptActors` throws or returns something else
 * than a boolean.
 */
export function checkActor(
  token: PresentedToken,
  { needed }: Pick<Call, 'needed'>,
  { acceptActors, identity }: Pick<ResourceState, 'acceptActors' | 'identity'>,
): StepResult<undefined> {
  const { actor, authority: issuer } = token.verified
  if (actor === undefined || acceptActors === undefined) return PASSED
  const reject = (code: RejectionReason['code']) =>
    fail<RejectionReason>({ code, issuer, option: 'acceptActors' })
  if (acceptActors === 'none') return reject('actor_refused')
  const auth = new VerifiedContext(token, token.verified, identity, NO_OPERATIONS, needed)
  let isAccepted: unknown
  try {
    isAccepted = acceptActors(actor, auth)
  } catch {
    return reject('internal')
  }
  if (isAccepted === true) return PASSED
  if (isAccepted === false) return reject('actor_refused')
  dropPromise(isAccepted)
  return reject('internal')
}

/** Rules for the options of sessions. */

import type { ProtectedResourceOptions } from '../contract/resource-options.ts'
import { type Report, reportEach } from './report.ts'
import { secretProblem } from './secret-rules.ts'

/** Reports every mistake in `sessions`. */
export function checkSessions(
  { sessions }: Pick<ProtectedResourceOptions, 'sessions'>,
  report: Report,
): void {
  const secret = sessions?.secret
  const path = 'sessions.secret'
  if (secret?.length === 0 && typeof secret !== 'string') {
    report(path, 'is empty; at least one secret is required')
  }
  reportEach(path, secret, secretProblem, report)
}

/** Rules for the options of sessions. */

import type { ProtectedResourceOptions } from '../contract/resource-options.ts'
import type { Report } from './report.ts'
import { checkSecrets } from './secret-rules.ts'

/** Reports every mistake in `sessions`. */
export function checkSessions(
  { sessions }: Pick<ProtectedResourceOptions, 'sessions'>,
  report: Report,
): void {
  checkSecrets('sessions.secret', sessions?.secret, report)
}

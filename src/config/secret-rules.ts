/** The rule for secrets that sign values which clients send back: nonces and session ids. */

import { ENCODER } from '../lib/utf8.ts'
import { type Report, reportEach } from './report.ts'

/** RFC 2104 §3: the key is at least as long as the output of the hash function. */
const MIN_SECRET_BYTES = 32

/** Reports each mistake in a secret, or in a list of which the first one signs. */
export function checkSecrets(
  path: string,
  secrets: string | readonly string[] | undefined,
  report: Report,
): void {
  if (secrets?.length === 0 && typeof secrets !== 'string') {
    report(path, 'is empty; at least one secret is required')
  }
  reportEach(path, secrets, secretProblem, report)
}

function secretProblem(secret: string): string | undefined {
  return ENCODER.encode(secret).length >= MIN_SECRET_BYTES
    ? undefined
    : `must be at least ${MIN_SECRET_BYTES} random bytes`
}

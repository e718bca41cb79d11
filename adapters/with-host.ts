/** What adapters have in common whose hosts know more of a request than a `Request` says. */

import type { Requirements } from '../src/index.ts'

/**
 * Adds what the host knows to what an application requires. What is no requirement, such as a list or
 * a promise of one, is passed on as it is, and the core refuses it: spread, it would ask for nothing.
 */
export function withHost(
  host: Requirements,
  needs: Requirements | undefined,
): Requirements | undefined {
  return needs === undefined || isSpreadable(needs) ? { ...host, ...needs } : needs
}

function isSpreadable(needs: unknown): boolean {
  return typeof needs === 'object' && needs !== null && !Array.isArray(needs) && !('then' in needs)
}

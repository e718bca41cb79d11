/** Audit records as a feature. */

import { createAudit } from '../audit/create-audit.ts'
import { FUNCTION } from '../config/option-types.ts'
import { clockOf } from '../contract/ports.ts'
import type { ResourceFeature } from '../resource/feature.ts'

/** The feature without options. */
export const AUDIT: ResourceFeature = {
  kind: 'resource',
  name: 'audit',
  shapes: { audit: FUNCTION },
  create({ audit, challengeScopes, now, resource }) {
    if (audit === undefined) return {}
    return { audit: createAudit({ audit, challengeScopes, now: clockOf(now), resource }) }
  },
}

/** Sessions as a feature: ids that only the principal that received them can use. */

import { TEXT_OR_TEXTS } from '../config/option-types.ts'
import { checkSessions } from '../config/session-rules.ts'
import type { ResourceFeature } from '../resource/feature.ts'
import { SealedSessions } from '../response/session-steps.ts'
import { strictObjectOf } from '../schema/shapes.ts'
import { createSessions } from '../session/create-sessions.ts'

/** The feature without options. */
export const SESSIONS: ResourceFeature = {
  kind: 'resource',
  name: 'sessions',
  shapes: { sessions: strictObjectOf({ secret: TEXT_OR_TEXTS }) },
  check: checkSessions,
  create(settings) {
    const ids = createSessions(settings)
    return { sessions: ids && new SealedSessions(ids) }
  },
}

/** Revocation of tokens before they expire, as a feature. */

import { FLAG, FUNCTION, TIMER } from '../config/option-types.ts'
import { REVOCATION_DEFAULTS } from '../contract/defaults.ts'
import type { RevocationOptions } from '../contract/revocation.ts'
import type { ResourceFeature } from '../resource/feature.ts'
import type { RevocationSettings } from '../resource/settings.ts'
import { createRevocation } from '../revocation/create-revocation.ts'
import { oneOf, strictObjectOf } from '../schema/shapes.ts'

/** The feature without options. */
export const REVOCATION: ResourceFeature = {
  kind: 'resource',
  name: 'revocation',
  shapes: {
    revocation: strictObjectOf(
      {},
      {
        isRevoked: FUNCTION,
        // Of `revokedBefore()`, which is itself a value of this option.
        revoke: FUNCTION,
        statusList: FLAG,
        whenUnavailable: oneOf(['reject', 'accept']),
        timeoutMs: TIMER,
      },
    ),
  },
  check({ revocation }, report) {
    if (revocation === undefined) return
    const { isRevoked, statusList } = revocation
    if (isRevoked !== undefined || statusList === true) return
    report('revocation', 'has no source of revocations; add isRevoked, or statusList: true')
  },
  create(settings, { servers }) {
    const { revocation } = settings
    if (revocation === undefined) return {}
    return { revocation: createRevocation(settingsOf(revocation), settings, servers) }
  },
}

function settingsOf(options: RevocationOptions): RevocationSettings {
  return {
    isRevoked: options.isRevoked,
    statusList: options.statusList ?? REVOCATION_DEFAULTS.statusList,
    whenUnavailable: options.whenUnavailable ?? REVOCATION_DEFAULTS.whenUnavailable,
    timeoutMs: options.timeoutMs ?? REVOCATION_DEFAULTS.timeoutMs,
  }
}

/** Verification by a function of the application, as a feature. */

import { checkAccepts } from '../config/opaque-rules.ts'
import { COUNT, FUNCTION } from '../config/option-types.ts'
import type { CustomTokenOptions } from '../contract/access-token-options.ts'
import { CustomVerification } from '../opaque/custom.ts'
import type { TokenFormatFeature } from '../resource/feature.ts'
import { anything, strictObjectOf } from '../schema/shapes.ts'
import { createOpaqueVerifier, OPAQUE_STEPS } from './opaque.ts'

/** The feature without options. */
export const CUSTOM: TokenFormatFeature = {
  kind: 'tokenFormat',
  name: 'custom',
  shape: strictObjectOf(
    { kind: anything(), verify: FUNCTION },
    { accepts: FUNCTION, cacheSeconds: COUNT },
  ),
  checkServers: checkAccepts,
  create: (format, dependencies) =>
    createOpaqueVerifier(format, dependencies, () => {
      const {
        server: { issuer },
        ports: { policy, now },
        audience: { resource },
      } = dependencies
      const verification = new CustomVerification(format as CustomTokenOptions, {
        issuer,
        resource,
        policy,
        now,
      })
      return (token, budget, request) => verification.verify(token, budget, request)
    }),
  steps: OPAQUE_STEPS,
}

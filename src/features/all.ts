/** Every feature, in the order of its checks: what the main entry plugs in. */

import { ownMembers } from '../lib/own-members.ts'
import type { Feature } from '../resource/feature.ts'
import { AUDIT } from './audit.ts'
import { CUSTOM } from './custom.ts'
import { DPOP } from './dpop.ts'
import { INTROSPECTION } from './introspection.ts'
import { MTLS } from './mtls.ts'
import { OPERATIONS } from './operations.ts'
import { REVOCATION } from './revocation.ts'
import { SESSIONS } from './sessions.ts'

export const ALL_FEATURES: readonly Feature[] = /* @__PURE__ */ [
  OPERATIONS,
  MTLS,
  DPOP,
  INTROSPECTION,
  CUSTOM,
  REVOCATION,
  SESSIONS,
  AUDIT,
].map(ownMembers<Feature>)

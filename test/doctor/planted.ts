/** Misconfigurations that are seen in the field, each planted into a good site. */

import type { Planted } from './breaks.ts'
import { CAUSES } from './planted-causes.ts'
import { CHALLENGES } from './planted-challenges.ts'
import { METADATA } from './planted-metadata.ts'
import { RESPONDERS } from './planted-responders.ts'
import { SERVERS } from './planted-servers.ts'
import { TOKENS } from './planted-tokens.ts'

export const PLANTED: readonly Planted[] = [
  ...CAUSES,
  ...CHALLENGES,
  ...RESPONDERS,
  ...METADATA,
  ...SERVERS,
  ...TOKENS,
]

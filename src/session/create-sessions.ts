/** Creates the sealed session ids of a resource from its options. */

import { toList } from '../lib/to-list.ts'
import type { Settings } from '../resource/settings.ts'
import type { SessionIds } from '../resource/slots.ts'
import { SealedIds } from './sealed-id.ts'

/** `undefined` without the option: ids pass unchanged. */
export function createSessions({
  resource,
  servers,
  sessions,
}: Pick<Settings, 'resource' | 'servers' | 'sessions'>): SessionIds | undefined {
  if (sessions === undefined) return undefined
  return new SealedIds({
    resource,
    secrets: toList(sessions.secret),
    servers: servers.map(({ options }) => options),
  })
}

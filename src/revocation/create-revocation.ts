/** Creates the check for revoked tokens from the settings of a resource. */

import { emit } from '../contract/events.ts'
import { clockOf } from '../contract/ports.ts'
import type { RevocationSettings, Settings } from '../resource/settings.ts'
import { documentPorts } from '../resource/shared-documents.ts'
import type { RevocationState } from '../resource/slots.ts'
import type { ServerState } from '../resource/state.ts'
import { createRevocationCheck, type RevocationSource } from './revocation-check.ts'
import { StatusLists } from './status-lists.ts'

export function createRevocation(
  revocation: RevocationSettings,
  settings: Settings,
  servers: readonly ServerState[],
): RevocationState {
  const { resource, onEvent } = settings
  const sources = revocation.statusList ? [askStatusLists(settings, servers)] : []
  const now = clockOf(settings.now)
  return createRevocationCheck(revocation, { servers, sources, onEvent, now, resource })
}

/** A token is looked up in the lists of its own server only. */
function askStatusLists(settings: Settings, servers: readonly ServerState[]): RevocationSource {
  const lists = new Map<string, StatusLists>()
  for (const [index, server] of settings.servers.entries()) {
    const state = servers[index]
    if (state === undefined) continue
    const ports = documentPorts(server, settings, (event) => emit(settings.onEvent, event))
    const { clockToleranceSeconds } = settings
    lists.set(server.options.issuer, new StatusLists(state, ports, clockToleranceSeconds))
  }
  return (token, budget) => {
    const list = lists.get(token.verified.authority)
    return list ? [list.check(token, budget)] : []
  }
}

/** Explains rejections by features that are not plugged in. Only the core entry has such resources. */

import { warn } from '../contract/events.ts'
import type { ProtectedResourceOptions } from '../contract/resource-options.ts'

/** What arrived, and the value that would accept it, by confirmation method or `opaque`. */
const MISSING: Readonly<Record<string, readonly [path: string, what: string, value: string]>> = {
  jkt: ['dpop', 'tokens that are bound to a key (DPoP)', '{ dpop }'],
  'x5t#S256': ['mtls', 'tokens that are bound to a client certificate', '{ mtls }'],
  opaque: ['accessToken', 'tokens that are not JWTs', '{ introspection } or { custom }'],
}

/** Creates the function that emits one warning for each missing feature. */
export function createExplanation({
  onEvent,
  resource,
}: Pick<ProtectedResourceOptions<string>, 'onEvent' | 'resource'>): (missing: string) => void {
  const explained = new Set<string>()
  return (missing) => {
    const known = Object.hasOwn(MISSING, missing) ? MISSING[missing] : undefined
    if (known === undefined || explained.has(missing)) return
    explained.add(missing)
    const [path, what, value] = known
    const message = `is not plugged in, so ${what} are rejected, as the last request was; import ${value} from 'mcp-gatehouse/core' if they are for this resource`
    warn(onEvent, { path, message }, resource)
  }
}

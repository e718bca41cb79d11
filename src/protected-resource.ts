/** The main entry's `protectedResource`: every feature is plugged in, and options switch them on. */

import { ownOptions } from './config/own-options.ts'
import type { ProtectedResourceOptions } from './contract/resource-options.ts'
import { createResource } from './create-resource.ts'
import { ALL_FEATURES } from './features/all.ts'
import type { ProtectedResource } from './resource/state.ts'

/**
 * Creates a protected resource: its identifier, the servers whose tokens it accepts, and the scopes
 * that it needs.
 *
 * Creating it fetches nothing, starts no timer, and reads neither clock nor randomness, so it may stand
 * at module scope on any host. Metadata and keys are fetched when the first token comes.
 *
 * @param options The configuration. It is checked as a whole.
 * @returns The resource, which the other functions take. Create it once, not for each request: it
 * caches metadata, keys and tokens.
 * @throws {ConfigError} If the configuration has mistakes, with every one of them.
 * @example
 * ```ts
 * const notes = protectedResource({
 *   resource: 'https://api.example.com/notes',
 *   authorizationServers: ['https://auth.example.com'],
 *   scopesSupported: ['notes:read', 'notes:write'],
 * })
 * ```
 * @see {@link https://www.rfc-editor.org/rfc/rfc9728.html#section-2 RFC 9728 §2}
 */
export function protectedResource<const Custom extends string = never>(
  options: ProtectedResourceOptions<Custom>,
): ProtectedResource {
  return createResource(ownOptions(options), options, ALL_FEATURES)
}

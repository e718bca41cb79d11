/** The options of a resource with every default filled in: what its parts are created from. */

import type { AuthorizationServerOptions } from '../contract/authorization-server-options.ts'
import type { RESOURCE_DEFAULTS } from '../contract/defaults.ts'
import type { Fetch } from '../contract/ports.ts'
import type { ProtectedResourceOptions } from '../contract/resource-options.ts'
import type { RevocationOptions } from '../contract/revocation.ts'

type Options = ProtectedResourceOptions<string>

/** The options of the resource that have a default. */
type DefaultedOption = keyof typeof RESOURCE_DEFAULTS

type Replaced = DefaultedOption | 'authorizationServers' | 'tokenCache'

export type Settings = Omit<Options, Replaced> & {
  readonly [Name in DefaultedOption]: NonNullable<Options[Name]>
} & {
  readonly servers: readonly ServerSettings[]
  readonly tokenCache: TokenCacheSettings | undefined
}

export interface ServerSettings {
  readonly options: AuthorizationServerOptions
  /** The object that the application gave, by which resources share documents. */
  readonly sharedBy: AuthorizationServerOptions
  readonly audience: string | readonly string[]
  readonly fetch: Fetch
  readonly timeoutMs: number
  readonly maxBytes: number
  readonly allowHttp: boolean
}

export interface RevocationSettings {
  readonly isRevoked: RevocationOptions['isRevoked']
  readonly statusList: boolean
  readonly whenUnavailable: 'reject' | 'accept'
  readonly timeoutMs: number
}

export interface TokenCacheSettings {
  readonly maxEntries: number
  readonly maxBytes: number
  readonly maxAgeSeconds: number
}

/** A row of the table of presets, and what the rows share. */

import type { AuthErrorCode, AuthorizationServerOptions } from '../../../src/index.ts'
import type vectors from '../../vectors/providers.json'

export const RESOURCE = 'https://mcp.example.com/mcp'

export type Claims = Record<string, unknown>

export interface Vector {
  readonly issuer: string
  readonly documents: Readonly<Record<string, Claims>>
  readonly served: Readonly<Record<string, string>>
  readonly jwks?: { readonly url: string }
  readonly tokens: Readonly<Record<string, TokenVector>>
}

export interface TokenVector {
  readonly header?: Claims
  readonly payload?: Claims
  readonly expect?: Expected
}

interface Expected {
  readonly subject: string | null
  readonly clientId: string | null
  readonly scopes: readonly string[]
}

export interface Changes {
  /** The sample of the provider. @default the sample of the first valid token */
  readonly token?: string
  readonly claims?: Claims
  readonly header?: Claims
}

export interface Good extends Changes {
  readonly title: string
  /** Where the preset changes what the plain claims say. */
  readonly expect?: Partial<Expected>
}

export interface Bad extends Changes {
  readonly title: string
  readonly code: AuthErrorCode
}

export interface Row {
  readonly name: string
  readonly vector: keyof typeof vectors
  readonly server: AuthorizationServerOptions
  readonly key?: { readonly alg?: string; readonly members?: Claims }
  /** Every URL that is requested until the first token is accepted. */
  readonly requests: readonly string[]
  readonly good: readonly [Good, ...Good[]]
  readonly bad: readonly Bad[]
  /** The problems that `checkAuthorizationServer` reports for the provider's metadata. */
  readonly faults: readonly string[]
}

export function onlyFor(audience: string): Claims {
  return { aud: audience }
}

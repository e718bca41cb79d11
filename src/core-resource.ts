/** The core entry's `protectedResource`: features come as values, and only those are in a bundle. */

import type { JwtOptions } from './contract/access-token-options.ts'
import type { AuthorizationServerOptions } from './contract/authorization-server-options.ts'
import type { ProtectedResourceOptions } from './contract/resource-options.ts'
import { createResource } from './create-resource.ts'
import { createExplanation } from './features/missing.ts'
import { plugIn } from './features/plug.ts'
import type {
  BindingFeature,
  Feature,
  OperationFeature,
  ResourceFeature,
  TokenFormatFeature,
} from './resource/feature.ts'
import type { ProtectedResource } from './resource/state.ts'

/** The options of the main entry that are features here, or arguments of one. */
type FeatureOption =
  | 'operations'
  | 'customMethods'
  | 'maxBodyBytes'
  | 'bodyTimeoutMs'
  | 'decisionTimeoutMs'
  | 'decisionMode'
  | 'dpop'
  | 'mtls'
  | 'revocation'
  | 'sessions'
  | 'audit'

/**
 * A token format of a server of the core entry.
 *
 * @example
 * ```ts
 * const formats: CoreAccessTokenKind[] = ['jwt', byServer]
 * ```
 */
export type CoreAccessTokenKind = 'jwt' | JwtOptions | TokenFormatFeature

/**
 * An authorization server of the core entry: as in the main entry, but opaque token formats are values.
 *
 * @example
 * ```ts
 * const server: CoreAuthorizationServerOptions = {
 *   issuer: 'https://auth.example.com',
 *   accessToken: ['jwt', byServer],
 * }
 * ```
 */
export interface CoreAuthorizationServerOptions
  extends Omit<AuthorizationServerOptions, 'accessToken'> {
  /** The formats of access tokens that this server issues. @default 'jwt' */
  accessToken?: CoreAccessTokenKind | readonly CoreAccessTokenKind[] | undefined
}

/**
 * The options of the core entry: those of the main entry, with features as values.
 *
 * @example
 * ```ts
 * const options: CoreResourceOptions = {
 *   resource: 'https://api.example.com/notes',
 *   authorizationServers: [server],
 *   operations: perTool,
 *   dpop: dpop({ replay: false }),
 * }
 * ```
 */
export interface CoreResourceOptions
  extends Omit<ProtectedResourceOptions<string>, FeatureOption | 'authorizationServers'> {
  /** Accepted authorization servers: issuers, or objects with options. At least one. */
  authorizationServers: readonly (string | CoreAuthorizationServerOptions)[]
  /** The value of {@link dpop}. @default DPoP-bound tokens are rejected */
  dpop?: (BindingFeature & { readonly name: 'dpop' }) | undefined
  /** The value of {@link mtls}. @default certificate-bound tokens are rejected */
  mtls?: (BindingFeature & { readonly name: 'mtls' }) | undefined
  /** The value of {@link operations}. @default no body is read */
  operations?: (OperationFeature & { readonly name: 'operations' }) | undefined
  /** The value of {@link revocation}. @default a token is valid until it expires */
  revocation?: (ResourceFeature & { readonly name: 'revocation' }) | undefined
  /** The value of {@link sessions}. @default session ids pass unchanged */
  sessions?: (ResourceFeature & { readonly name: 'sessions' }) | undefined
  /** The value of {@link audit}. @default no records are written */
  audit?: (ResourceFeature & { readonly name: 'audit' }) | undefined
  /** Features of your own, each with another name. @default none */
  features?: readonly Feature[] | undefined
}

/**
 * Creates a protected resource from features as values. What is not imported is not in the bundle, and
 * what is not plugged in is rejected: tokens that are bound to their sender, and tokens that are not JWTs.
 *
 * Creating it fetches nothing, starts no timer, and reads neither clock nor randomness, so it may stand
 * at module scope on any host.
 *
 * @param options The configuration. It is checked as a whole.
 * @returns The resource, which the other functions take. Create it once, not for each request.
 * @throws {ConfigError} If the configuration has mistakes, with every one of them. An option of the main
 * entry in place of a value is one; its message names the import.
 * @example
 * ```ts
 * const notes = protectedResource({
 *   resource: 'https://api.example.com/notes',
 *   authorizationServers: ['https://auth.example.com'],
 *   requiredScopes: ['notes:read'],
 * })
 * ```
 * @see {@link https://www.rfc-editor.org/rfc/rfc9728.html#section-2 RFC 9728 §2}
 */
export function protectedResource(options: CoreResourceOptions): ProtectedResource {
  const { options: own, features } = plugIn(options)
  const given = options as ProtectedResourceOptions
  return createResource(own, given, features, () => ({ explainMissing: createExplanation(own) }))
}

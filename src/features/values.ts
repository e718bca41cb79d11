/** Features as values: what the core entry's `protectedResource` takes in place of options. */

import type { CustomTokenOptions, IntrospectionOptions } from '../contract/access-token-options.ts'
import type { DpopOptions, MtlsOptions } from '../contract/binding-options.ts'
import type { OperationPolicy } from '../contract/operation-policy.ts'
import type { ProtectedResourceOptions } from '../contract/resource-options.ts'
import type { RevocationOptions } from '../contract/revocation.ts'
import { ownMembers } from '../lib/own-members.ts'
import type {
  BindingFeature,
  Feature,
  OperationFeature,
  ResourceFeature,
  TokenFormatFeature,
} from '../resource/feature.ts'
import { AUDIT } from './audit.ts'
import { CUSTOM } from './custom.ts'
import { DPOP } from './dpop.ts'
import { INTROSPECTION } from './introspection.ts'
import { MTLS } from './mtls.ts'
import { OPERATIONS } from './operations.ts'
import { REVOCATION } from './revocation.ts'
import { SESSIONS } from './sessions.ts'

/**
 * Accepts DPoP-bound tokens (RFC 9449): for the option `dpop` of the core entry.
 *
 * @param options As for `dpop` of the main entry; all have defaults. `protectedResource` checks them.
 * @returns The feature.
 * @example
 * ```ts
 * const bound = protectedResource({
 *   resource: 'https://api.example.com/notes',
 *   authorizationServers: ['https://auth.example.com'],
 *   dpop: dpop({ required: true, replay: false }),
 * })
 * ```
 * @see {@link https://www.rfc-editor.org/rfc/rfc9449.html RFC 9449}
 */
export function dpop(options?: DpopOptions): BindingFeature & { readonly name: 'dpop' } {
  return withOptions({ ...DPOP, name: 'dpop' }, { dpop: optionsOr(options, true) })
}

/**
 * Accepts certificate-bound tokens (RFC 8705): for the option `mtls` of the core entry.
 *
 * @param options As for `mtls` of the main entry; all have defaults. `protectedResource` checks them.
 * @returns The feature.
 * @example
 * ```ts
 * const certified = protectedResource({
 *   resource: 'https://api.example.com/notes',
 *   authorizationServers: ['https://auth.example.com'],
 *   mtls: mtls({ dangerouslyTrustHeader: 'Client-Cert' }),
 * })
 * ```
 * @see {@link https://www.rfc-editor.org/rfc/rfc8705.html RFC 8705}
 */
export function mtls(options?: MtlsOptions): BindingFeature & { readonly name: 'mtls' } {
  return withOptions({ ...MTLS, name: 'mtls' }, { mtls: optionsOr(options, true) })
}

/** The options of the main entry that belong to `operations`. */
type OperationOption =
  | 'customMethods'
  | 'maxBodyBytes'
  | 'bodyTimeoutMs'
  | 'decisionTimeoutMs'
  | 'decisionMode'

/**
 * Requires scopes per MCP operation: for the option `operations` of the core entry.
 *
 * @param policy The rules, or a function that decides: as for `operations` of the main entry.
 * @param options The options of the main entry about bodies and decisions, and `customMethods`.
 * @returns The feature.
 * @example
 * ```ts
 * const perTool = operations(
 *   { '*': ['notes:read'], 'tools/call delete': ['notes:write'] },
 *   { maxBodyBytes: 65_536 },
 * )
 * ```
 */
export function operations<const Custom extends string = never>(
  policy: OperationPolicy<NoInfer<Custom>>,
  options?: Pick<ProtectedResourceOptions<Custom>, OperationOption>,
): OperationFeature & { readonly name: 'operations' } {
  return withOptions(
    { ...OPERATIONS, name: 'operations' },
    { ...options, operations: optionsOr(policy, null) },
  )
}

/**
 * Accepts tokens that the introspection endpoint of the server verifies (RFC 7662): for `accessToken` of
 * a server of the core entry.
 *
 * @param options As for the kind `introspection` of the main entry.
 * @returns The feature.
 * @example
 * ```ts
 * const byServer: TokenFormatFeature = introspection({
 *   clientId: 'notes',
 *   clientSecret: 'from the environment',
 * })
 * ```
 * @see {@link https://www.rfc-editor.org/rfc/rfc7662.html RFC 7662}
 */
export function introspection(
  options: Omit<IntrospectionOptions, 'kind'> & { readonly kind?: 'introspection' | undefined },
): TokenFormatFeature {
  return withOptions(INTROSPECTION, { ...options, kind: 'introspection' })
}

/**
 * Accepts tokens that a function of the application verifies: for `accessToken` of a server of the core
 * entry.
 *
 * @param options As for the kind `custom` of the main entry.
 * @returns The feature.
 * @example
 * ```ts
 * const bySession = custom({ verify: async (token) => lookUp(token) })
 * ```
 */
export function custom(
  options: Omit<CustomTokenOptions, 'kind'> & { readonly kind?: 'custom' | undefined },
): TokenFormatFeature {
  return withOptions(CUSTOM, { ...options, kind: 'custom' })
}

/**
 * Rejects tokens that were revoked before they expired, status lists included: for the option
 * `revocation` of the core entry.
 *
 * @param options As for `revocation` of the main entry.
 * @returns The feature.
 * @example
 * ```ts
 * const revocable: ResourceFeature = revocation({ statusList: true })
 * ```
 */
export function revocation(
  options: RevocationOptions,
): ResourceFeature & { readonly name: 'revocation' } {
  return withOptions(
    { ...REVOCATION, name: 'revocation' },
    { revocation: optionsOr(options, null) },
  )
}

/**
 * Binds session ids to the principals that received them: for the option `sessions` of the core entry.
 *
 * @param options As for `sessions` of the main entry.
 * @returns The feature.
 * @example
 * ```ts
 * const sealed = sessions({ secret: '32 random bytes from the environment' })
 * ```
 */
export function sessions(
  options: NonNullable<ProtectedResourceOptions['sessions']>,
): ResourceFeature & { readonly name: 'sessions' } {
  return withOptions({ ...SESSIONS, name: 'sessions' }, { sessions: optionsOr(options, null) })
}

/**
 * Writes one record for each decision: for the option `audit` of the core entry.
 *
 * @param write As for `audit` of the main entry.
 * @returns The feature.
 * @example
 * ```ts
 * const recorded = audit((record) => void written.push(record))
 * ```
 */
export function audit(
  write: NonNullable<ProtectedResourceOptions['audit']>,
): ResourceFeature & { readonly name: 'audit' } {
  return withOptions({ ...AUDIT, name: 'audit' }, { audit: optionsOr(write, null) })
}

/** A call without options must not switch the feature off: `null` is an option of a wrong type. */
function optionsOr(options: unknown, otherwise: true | null): unknown {
  if (options === undefined) return otherwise
  return options === false ? null : options
}

function withOptions<Value extends Feature>(
  feature: Value,
  options: Readonly<Record<string, unknown>>,
): Value {
  return { ...feature, options: ownMembers(options) }
}

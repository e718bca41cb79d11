/**
 * The interface of features. A feature is a value that brings everything one capability needs: its
 * options and their rules, its members of the metadata, its steps of the pipeline, its part of
 * challenges. `protectedResource()` of the core entry receives features as values. That of the main
 * entry plugs in all of them.
 *
 * The code that decides requests (`src/request`, `src/response`, `src/authenticate.ts`, `src/protect.ts`) never
 * imports the code of a feature. It calls the object that the feature's `create` returned, which
 * {@link ResourceState} holds in a slot. So a bundler removes every feature that no value brings.
 *
 * To add a feature:
 *
 * 1. Choose the slot. `binding`: another way to bind a token to its sender. `tokenFormat`: another kind
 *    of access token. `operations`: another reading of the body. `resource`: everything else; it fills
 *    members of `Slots`.
 * 2. Write the value in `src/features/NAME.ts`: a constant for the main entry (`src/features/all.ts`),
 *    and a function of the same name for the core entry (`src/core.ts`).
 * 3. Call the slot where the pipeline needs it: `state.NAME?.step(…)`. A resource without the feature
 *    then pays for one comparison.
 */

import type { IssuerDocuments } from '../authorization-server/documents.ts'
import type { DocumentPorts } from '../authorization-server/load-document.ts'
import type { AccessTokenKind } from '../contract/access-token-options.ts'
import type { AuthorizationServerOptions } from '../contract/authorization-server-options.ts'
import type { ConfigProblem } from '../contract/config-error.ts'
import type { ProtectedResourceOptions } from '../contract/resource-options.ts'
import type { IssuerMatcher } from '../identifiers/issuer-matcher.ts'
import type { AudiencePolicy } from '../jwt/audience.ts'
import type { TimePolicy } from '../jwt/times.ts'
import type { ClaimReading } from '../jwt/verified-token.ts'
import { ownMembers } from '../lib/own-members.ts'
import type { Shape, Shapes } from '../schema/shapes.ts'
import type { Binding } from './binding.ts'
import type { Settings } from './settings.ts'
import type { Slots } from './slots.ts'
import type {
  OpaqueSteps,
  OpaqueVerifier,
  OperationReading,
  ResourceState,
  ServerState,
} from './state.ts'

/**
 * A feature as a value.
 *
 * @example
 * ```ts
 * const features: Feature[] = [senders]
 * ```
 */
export type Feature = BindingFeature | TokenFormatFeature | OperationFeature | ResourceFeature

/** Options of the right types. Options of a wrong type are removed; a server becomes `undefined`. */
export type CheckedOptions = Omit<
  Partial<ProtectedResourceOptions<string>>,
  'authorizationServers'
> & {
  readonly authorizationServers?: readonly (string | AuthorizationServerOptions | undefined)[]
}

/** The servers of the options; `undefined` where one cannot be checked. */
export type CheckedServers = readonly (AuthorizationServerOptions | undefined)[]

/** The token formats besides JWT, by the `kind` of their options. */
export type TokenFormats = Readonly<Record<string, TokenFormatFeature>>

/** Receives the mistake in an option; `undefined` means that there is none. */
export type Report = (path: string, message: string | undefined) => void

/** What a feature adds to the options: their names and types, and the rules for their values. */
interface FeatureOptions {
  /** The option that the feature belongs to. Two features of one resource have different names. */
  readonly name: string
  /** The options as the main entry knows them, by name: `{ dpop: { required: true } }`. */
  readonly options?: Readonly<Record<string, unknown>> | undefined
  /** The schemas of these options. */
  readonly shapes?: Shapes | undefined
  /** Reports every mistake in their values. Options of a wrong type are left out. */
  check?(options: CheckedOptions, report: Report): void
  /** Warnings about valid options that are probably a mistake. */
  warnings?(settings: Settings): readonly ConfigProblem[]
  /** Its members of the metadata (RFC 9728 §2); those without a value are left out. */
  metadata?(settings: Settings): Readonly<Record<string, unknown>>
}

/**
 * A way to bind tokens to their senders. It checks one member of `cnf` (RFC 7800 §3.1).
 *
 * @example
 * ```ts
 * const senders: BindingFeature = {
 *   kind: 'binding',
 *   name: 'senders',
 *   metadata: () => ({ senders_supported: true }),
 *   create: () => bySender,
 * }
 * ```
 */
export interface BindingFeature extends FeatureOptions {
  /** The slot that it fills. */
  readonly kind: 'binding'
  /** `undefined`: the options switch it off. */
  create(settings: Settings): Binding | undefined
}

/**
 * A kind of access tokens besides JWTs.
 *
 * @example
 * ```ts
 * const byServer: TokenFormatFeature = introspection({
 *   clientId: 'notes',
 *   clientSecret: 'from the environment',
 * })
 * ```
 */
export interface TokenFormatFeature extends Pick<FeatureOptions, 'name' | 'options'> {
  /** The slot that it fills. */
  readonly kind: 'tokenFormat'
  /** The schema of its options; `name` is their `kind`. */
  readonly shape: Shape
  /** Reports every mistake in its options, by paths relative to them. */
  check?(format: AccessTokenKind, allowHttp: boolean, report: Report): void
  /** Reports mistakes across servers. Called once, if several formats bring the same function. */
  readonly checkServers?: ((servers: CheckedServers, report: Report) => void) | undefined
  /** Whether it needs the key set of the server. */
  needsKeys?(format: AccessTokenKind): boolean
  /** The member that it needs in the metadata of the server. */
  neededMember?(format: AccessTokenKind): string | undefined
  /** Creates the verifier of one server. */
  create(format: AccessTokenKind, dependencies: OpaqueDependencies): OpaqueVerifier
  /** The steps that verify such tokens. Every format brings the same. */
  readonly steps: OpaqueSteps
}

/** The values that the verifiers of one server share. */
export interface OpaqueDependencies {
  readonly server: AuthorizationServerOptions
  readonly matches: IssuerMatcher
  readonly documents: IssuerDocuments
  readonly ports: DocumentPorts
  readonly audience: AudiencePolicy
  readonly times: TimePolicy
  readonly reading: ClaimReading
}

/**
 * Rules for the operations in a body.
 *
 * @example
 * ```ts
 * const rules: OperationFeature = operations({ '*': ['notes:read'] })
 * ```
 */
export interface OperationFeature extends FeatureOptions {
  /** The slot that it fills. */
  readonly kind: 'operations'
  /** `undefined`: the options contain no rules, and no body is read. */
  create(settings: Settings): OperationReading | undefined
}

/** The parts of the resource that exist when a feature is created. */
interface ResourceParts {
  readonly servers: readonly ServerState[]
}

/**
 * Any other feature. It fills members of `Slots`.
 *
 * @example
 * ```ts
 * const revocable: ResourceFeature = revocation({ statusList: true })
 * ```
 */
export interface ResourceFeature extends FeatureOptions {
  /** The slot that it fills. */
  readonly kind: 'resource'
  /** Creates the members of the state that it fills. */
  create(settings: Settings, parts: ResourceParts): Partial<Slots<ResourceState>>
}

/** The token formats among features. */
export function tokenFormatsAmong(features: readonly Feature[]): TokenFormats {
  const formats = features.filter((feature) => feature.kind === 'tokenFormat')
  return ownMembers(Object.fromEntries(formats.map((format) => [format.name, format])))
}

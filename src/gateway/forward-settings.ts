/** Checks the options of `forward()` once, and fills in their defaults. */

import { collectProblems } from '../config/report.ts'
import { type ConfigProblem, throwProblems } from '../contract/config-error.ts'
import type { AnonymousContext, AuthContext } from '../contract/context.ts'
import { FORWARD_DEFAULTS } from '../contract/defaults.ts'
import { type Fetch, hostFetch } from '../contract/ports.ts'
import { privateKeyProblem, signingAlgorithmOf } from '../crypto/private-key.ts'
import type { TokenExchange } from '../exchange/options.ts'
import type { UpstreamTransport } from '../http/upstream.ts'
import { isObject } from '../lib/json.ts'
import { ownMembers } from '../lib/own-members.ts'
import { findOptionViolations } from '../schema/shapes.ts'
import { createFetchTransport } from './fetch-transport.ts'
import { fieldNameProblem, normalName } from './fields.ts'
import { FORWARD_OPTIONS } from './forward-schema.ts'
import type { IdentityOptions, IdentitySettings } from './identity.ts'
import { silentStreams } from './silent-streams.ts'
import { upstreamProblem } from './target.ts'

/**
 * Where requests go: a URL, or a function of the request.
 *
 * @example
 * ```ts
 * const byVersion = ((request: Request) =>
 *   request.headers.get('MCP-Protocol-Version') === '2026-07-28'
 *     ? 'http://127.0.0.1:9001/mcp'
 *     : 'http://127.0.0.1:9000/mcp') satisfies Upstream
 * ```
 */
export type Upstream = string | ((request: Request, auth: AuthContext | AnonymousContext) => string)

/**
 * What {@link forward} adds to a request, and its limits.
 *
 * @example
 * ```ts
 * const limits: ForwardOptions = { subpaths: true, timeoutMs: 10_000 }
 * ```
 */
export interface ForwardOptions {
  /** A JWT that states the verified identity. Anonymous requests have none. */
  identity?: IdentityOptions | undefined
  /**
   * Exchanges the client's token for one of the upstream, which is sent in `Authorization`. A failed exchange
   * is an `ExchangeError`, which `protect` turns into its response.
   */
  exchange?: TokenExchange | undefined
  /**
   * Header fields from the verified context; `undefined` sends no field. A client cannot send a field of
   * these names. A value must be visible ASCII, with spaces inside; encode others.
   */
  headers?:
    | Readonly<Record<string, (auth: AuthContext | AnonymousContext) => string | undefined>>
    | undefined
  /** Appends paths below the resource to the URL of the upstream. @default false: they are 404 */
  subpaths?: boolean | undefined
  /** Milliseconds until the head of the response must have arrived; 504 afterwards. @default 60000 */
  timeoutMs?: number | undefined
  /** Makes the request to the upstream. @default a pipe on Node with `mcp-gatehouse/node`, else `fetch` */
  fetch?: Fetch | undefined
}

/** The options, checked. */
export interface ForwardSettings {
  /** The upstream's URL; `undefined` where a function chooses it. */
  readonly fixed: URL | undefined
  readonly choose: Exclude<Upstream, string> | undefined
  readonly identity: IdentitySettings | undefined
  readonly exchange: TokenExchange | undefined
  readonly headers: readonly (readonly [
    name: string,
    read: (auth: AuthContext | AnonymousContext) => string | undefined,
  ])[]
  /** The names of all fields that the gateway sets, normalised. */
  readonly own: ReadonlySet<string>
  readonly subpaths: boolean
  readonly timeoutMs: number
  /** The transport of a configured `fetch`; `undefined`: the host may offer its own. */
  readonly transport: UpstreamTransport | undefined
  readonly hostTransport: UpstreamTransport
}

/** @throws {ConfigError} With every mistake in the options. */
export function forwardSettings(upstream: Upstream, given: ForwardOptions): ForwardSettings {
  const options: ForwardOptions = isObject(given) ? ownMembers<ForwardOptions>(given) : given
  const problems = problemsOf(upstream, options)
  throwProblems(problems)
  const fixed = typeof upstream === 'string' ? new URL(upstream) : undefined
  const identity = options.identity && identitySettings(ownMembers(options.identity), fixed)
  const headers = Object.entries(options.headers ?? {}).map(
    ([name, read]) => [name.toLowerCase(), read] as const,
  )
  const names = headers.map(([name]) => normalName(name))
  return {
    fixed,
    choose: typeof upstream === 'string' ? undefined : upstream,
    identity,
    exchange: options.exchange,
    headers,
    own: new Set(identity === undefined ? names : [...names, normalName(identity.header)]),
    subpaths: options.subpaths ?? FORWARD_DEFAULTS.subpaths,
    timeoutMs: options.timeoutMs ?? FORWARD_DEFAULTS.timeoutMs,
    transport: options.fetch && createFetchTransport(options.fetch),
    hostTransport: createFetchTransport(hostFetch, silentStreams),
  }
}

/** The identity with its defaults. */
export function identitySettings(
  { key, keyId, header, audience, lifetimeSeconds }: IdentityOptions,
  fixed?: URL,
): IdentitySettings {
  return {
    signer: { key, algorithm: signingAlgorithmOf(key) ?? '', keyId },
    header: (header ?? FORWARD_DEFAULTS.identityHeader).toLowerCase(),
    audience: audience ?? fixed?.origin ?? '',
    lifetimeSeconds: lifetimeSeconds ?? FORWARD_DEFAULTS.identityLifetimeSeconds,
  }
}

/** @param needsAudience There is no URL of one upstream that could be the audience. */
export function identityProblems(
  identity: IdentityOptions,
  needsAudience: boolean,
): ConfigProblem[] {
  const { key, header, audience } = ownMembers(identity)
  return collectProblems((report) => {
    report('identity.key', privateKeyProblem(key))
    if (header !== undefined) report('identity.header', fieldNameProblem(header))
    if (needsAudience && audience === undefined) {
      report('identity.audience', 'is required where upstream is a function')
    }
  })
}

/** The name of the field of the identity, normalised. */
export function identityName(identity: IdentityOptions): string {
  return normalName(ownMembers(identity).header ?? FORWARD_DEFAULTS.identityHeader)
}

function problemsOf(upstream: unknown, options: ForwardOptions): ConfigProblem[] {
  const isChosen = typeof upstream === 'function'
  const violations = findOptionViolations(FORWARD_OPTIONS, options)
  return [
    ...collectProblems((report) => {
      if (!isChosen) report('upstream', upstreamProblem(upstream))
    }),
    ...violations,
    // The rules need options of the right types.
    ...(violations.length > 0 ? [] : fieldProblems(options, isChosen)),
  ]
}

/** Mistakes in the identity, and in the names of the fields that the gateway sets. */
function fieldProblems(
  { identity, exchange, headers = {} }: ForwardOptions,
  isChosen: boolean,
): ConfigProblem[] {
  const name = identity && identityName(identity)
  const taken = new Set([name, exchange && 'authorization'])
  return [
    ...(identity === undefined ? [] : identityProblems(identity, isChosen)),
    ...collectProblems((report) => {
      if (exchange !== undefined && name === 'authorization') {
        report('identity.header', 'is Authorization, which exchange sets; name another one')
      }
      for (const each of Object.keys(headers)) {
        report(`headers.${each}`, fieldNameProblem(each))
        if (taken.has(normalName(each))) report(`headers.${each}`, 'is set twice')
        taken.add(normalName(each))
      }
    }),
  ]
}

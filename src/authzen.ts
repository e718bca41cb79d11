/** Decisions by a policy decision point that has the AuthZEN 1.0 Access Evaluation API. */

import { FLAG, FUNCTION, TEXT, TIMER } from './config/option-types.ts'
import { collectProblems, type Report } from './config/report.ts'
import { throwProblems } from './contract/config-error.ts'
import type { AuthContext, McpOperation } from './contract/context.ts'
import { AUTHZEN_DEFAULTS } from './contract/defaults.ts'
import { deny } from './contract/denial.ts'
import { UpstreamError } from './contract/errors.ts'
import type { McpCall, OperationDecision } from './contract/operation-policy.ts'
import { type Fetch, hostFetch } from './contract/ports.ts'
import { boundedFetch, type FetchPolicy, statusFailure } from './documents/bounded-fetch.ts'
import { endpointProblem } from './identifiers/url-problem.ts'
import { isObject, type JsonObject, parseDocument } from './lib/json.ts'
import { ownMember, ownMembers } from './lib/own-members.ts'
import { parseUrl } from './lib/safe-url.ts'
import { findOptionViolations, strictObjectOf, valueThat } from './schema/shapes.ts'

/**
 * The request of one evaluation (AuthZEN 1.0 §6.1). The members may have further ones, such as
 * `properties`.
 *
 * @example
 * ```ts
 * const evaluation: AuthzenRequest = {
 *   subject: { type: 'user', id: 'user-1' },
 *   action: { name: 'tools/call' },
 *   resource: { type: 'tool', id: 'delete_note' },
 * }
 * ```
 */
export interface AuthzenRequest {
  /** The user or client that calls. */
  readonly subject: {
    readonly type: string
    readonly id: string
    readonly [member: string]: unknown
  }
  /** What it does: by default the method of the operation. */
  readonly action: { readonly name: string; readonly [member: string]: unknown }
  /** What it does it to: by default the tool, the prompt or the resource. */
  readonly resource: {
    readonly type: string
    readonly id: string
    readonly [member: string]: unknown
  }
  /** Everything else that the policies read. */
  readonly context?: Readonly<Record<string, unknown>> | undefined
}

/**
 * Options of {@link authzen}.
 *
 * @example
 * ```ts
 * const options: AuthzenOptions = {
 *   url: 'https://pdp.example.com/access/v1/evaluation',
 *   token: 'from the environment',
 *   timeoutMs: 500,
 * }
 * ```
 */
export interface AuthzenOptions {
  /** The access evaluation endpoint. For a URL without a path it is `/access/v1/evaluation` (AuthZEN 1.0 §10.1). */
  readonly url: string
  /** The bearer token for the decision point, or a function that returns it. */
  readonly token?: string | (() => string | Promise<string>) | undefined
  /**
   * Milliseconds for one evaluation. `decisionTimeoutMs` of the resource limits all evaluations of a
   * request together. @default 2000
   */
  readonly timeoutMs?: number | undefined
  /** Fetches the evaluations. @default the host's `fetch` */
  readonly fetch?: Fetch | undefined
  /**
   * Builds the request, in place of the default. It may read `call.arguments()`. `undefined`: for a
   * request without a token nothing is evaluated, and the call needs one; with a token it is an error.
   */
  readonly map?:
    | ((
        operation: McpOperation,
        auth: AuthContext | undefined,
        call: McpCall,
      ) => AuthzenRequest | undefined)
    | undefined
  /** Allows plain http for hosts other than loopback. @default false */
  readonly dangerouslyAllowHttp?: boolean | undefined
}

/**
 * Creates a decision function that asks a policy decision point (PDP) over the AuthZEN 1.0 Access
 * Evaluation API. A permitted operation needs `requiredScopes` only, a denied one is a 403 without a
 * challenge.
 *
 * Checks of each response: that it came from the URL without a redirect and in time, has status 200, and
 * is a JSON object of at most 64 KiB with a boolean `decision`. Everything else is an exception, and so a
 * 503.
 *
 * Does not check: operations of requests without a token. The PDP is not asked about them, so that a
 * client without a token cannot cause load there; a `map` that returns a request for them changes that.
 *
 * By default the subject is the user (`sub`) or else the client, with issuer, client, scopes and actor as
 * properties; the action is the method; the resource is a `tool`, `prompt`, `resource`, `task`,
 * `completion` or `method` with the name of the operation as `id`. No argument and no claim is sent.
 *
 * @param options The PDP.
 * @returns The decision function for `operations`.
 * @throws {ConfigError} With every mistake in the options.
 * @example
 * ```ts
 * const notes = protectedResource({
 *   resource: 'https://api.example.com/notes',
 *   authorizationServers: ['https://auth.example.com'],
 *   operations: authzen({ url: 'https://pdp.example.com' }),
 * })
 * ```
 * @see {@link https://openid.net/specs/authorization-api-1_0.html#section-6 AuthZEN 1.0 §6}
 */
export function authzen(options: AuthzenOptions): OperationDecision {
  const own: AuthzenOptions = isObject(options) ? ownMembers(options) : options
  const problems = problemsOf(own)
  throwProblems(problems)
  const endpoint = endpointOf(own.url)
  const map = own.map ?? defaultRequest
  const policy: FetchPolicy = {
    fetch: own.fetch ?? hostFetch,
    timeoutMs: own.timeoutMs ?? AUTHZEN_DEFAULTS.timeoutMs,
    maxBytes: AUTHZEN_DEFAULTS.maxBytes,
    allowHttp: own.dangerouslyAllowHttp ?? AUTHZEN_DEFAULTS.dangerouslyAllowHttp,
  }
  return (operation, auth, call) => {
    const request = map(operation, auth, call)
    if (request === undefined && auth === undefined) return undefined
    if (!isRequest(request)) throw new TypeError('map must return subject, action and resource.')
    return evaluate(endpoint, request, own.token, policy).then((isPermitted) => {
      if (!isPermitted) return DENIED
      // An anonymous call passes only where it is public.
      return auth === undefined ? 'public' : undefined
    })
  }
}

const EVALUATION_PATH = '/access/v1/evaluation'
const DENIED = deny('denied by the policy decision point')

const OPTIONS = strictObjectOf(
  { url: TEXT },
  {
    token: valueThat(
      (value) => typeof value === 'function' || (typeof value === 'string' && value !== ''),
      'a text that is not empty, or a function',
    ),
    timeoutMs: TIMER,
    fetch: FUNCTION,
    map: FUNCTION,
    dangerouslyAllowHttp: FLAG,
  },
)

function problemsOf(options: unknown) {
  return collectProblems((report: Report) => {
    for (const { path, message } of findOptionViolations(OPTIONS, options)) report(path, message)
    const { url, dangerouslyAllowHttp }: Partial<Record<string, unknown>> = isObject(options)
      ? options
      : {}
    if (typeof url === 'string') report('url', endpointProblem(url, dangerouslyAllowHttp === true))
  })
}

/** A PDP is often configured by its origin. */
function endpointOf(text: string): string {
  const url = parseUrl(text)
  return url?.pathname === '/' && url.search === '' ? `${url.origin}${EVALUATION_PATH}` : text
}

/** The types of resources, by the first part of the method. */
const TYPES: Readonly<Record<string, string>> = {
  tools: 'tool',
  prompts: 'prompt',
  resources: 'resource',
  tasks: 'task',
  completion: 'completion',
}

function defaultRequest(
  { method, name }: McpOperation,
  auth: AuthContext | undefined,
): AuthzenRequest | undefined {
  if (auth === undefined) return undefined
  const { issuer, subject, clientId, scopes, actor, identifier } = auth
  const group = method.slice(0, method.indexOf('/'))
  const type = name === undefined ? undefined : ownMember(TYPES, group)
  return {
    subject: {
      type: subject === undefined ? 'client' : 'user',
      id: subject ?? clientId,
      properties: { issuer, client_id: clientId, scopes, actor },
    },
    action: { name: method },
    resource: { type: type ?? 'method', id: name ?? method },
    context: { resource_server: identifier },
  }
}

/** AuthZEN 1.0 §5: an identifier is a text. A token without a principal has none. */
function isRequest(request: unknown): request is AuthzenRequest {
  if (!isObject(request)) return false
  const { subject, action, resource } = ownMembers(request)
  return (
    hasTexts(subject, ['type', 'id']) &&
    hasTexts(action, ['name']) &&
    hasTexts(resource, ['type', 'id'])
  )
}

function hasTexts(value: unknown, names: readonly string[]): boolean {
  if (!isObject(value)) return false
  const own = ownMembers(value)
  return names.every((name) => typeof own[name] === 'string' && own[name] !== '')
}

async function evaluate(
  url: string,
  request: AuthzenRequest,
  token: AuthzenOptions['token'],
  policy: FetchPolicy,
): Promise<boolean> {
  const body = JSON.stringify(request)
  const headers: Record<string, string> = {
    Accept: 'application/json',
    'Content-Type': 'application/json',
  }
  if (token !== undefined) {
    const text: unknown = typeof token === 'function' ? await token() : token
    // A template would write the missing text of a function as "undefined".
    if (typeof text !== 'string' || text === '') throw new TypeError('token must return a text.')
    headers['Authorization'] = `Bearer ${text}`
  }
  const init = { method: 'POST', headers, body }
  // AuthZEN 1.0 §6.2: a decision, also a negative one, has status 200.
  const fetched = await boundedFetch(url, init, policy, policy.timeoutMs, ({ status }) =>
    status === 200 ? undefined : statusFailure(url, status),
  )
  if (!fetched.ok) throw fetched.error
  const decision = decisionIn(parseDocument(fetched.value.bytes))
  if (decision === undefined) {
    const message = `${url} returned a response without a boolean decision`
    throw new UpstreamError('invalid_document', url, { message })
  }
  return decision
}

function decisionIn(document: JsonObject | undefined): boolean | undefined {
  const decision = document === undefined ? undefined : ownMember(document, 'decision')
  return typeof decision === 'boolean' ? decision : undefined
}

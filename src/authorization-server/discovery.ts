/**
 * Getting authorization server metadata: from where the standards say it is, or from one given URL.
 * What comes back fits the schema and names the issuer that was asked for, or nothing does.
 */

import type { DiscoveryOptions } from '../contract/authorization-server-options.ts'
import type { AuthorizationServerMetadata } from '../contract/documents.ts'
import {
  ConfigError,
  type ConfigProblem,
  UpstreamError,
  type UpstreamErrorCode,
  type UpstreamErrorOptions,
} from '../contract/errors.ts'
import { hostFetch } from '../contract/ports.ts'
import { type FetchedJson, fetchJson } from '../documents/fetch-json.ts'
import { type FetchPolicy, within } from '../documents/request-budget.ts'
import { issuerProblem } from '../identifiers/issuer.ts'
import { isObject, type JsonObject, kindOf } from '../lib/json.ts'
import { legible } from '../lib/legible.ts'
import { ownMembers } from '../lib/own-members.ts'
import { fail, type Result, succeed } from '../lib/result.ts'
import {
  endpointProblem,
  formatViolation,
  parseAuthorizationServerMetadata,
} from '../metadata/authorization-server.ts'
import { authorizationServerMetadataUrls } from '../metadata/well-known.ts'

/** Milliseconds for all documents that one request needs. */
export const DEFAULT_TIMEOUT_MS = 5000
/** The largest metadata and key sets seen in the field have about 20 kB. */
export const DEFAULT_MAX_BYTES = 65_536

/** Characters of a foreign issuer that are worth repeating. */
const MAX_QUOTED_LENGTH = 200

/** Where to look, and what to accept. */
export interface DiscoveryPlan {
  /** In order; anything but a 200 JSON object leads on to the next. */
  readonly urls: readonly string[]
  /** What the document's `issuer` may be; `undefined`: whatever it says. */
  readonly issuers: readonly string[] | undefined
  readonly transform: DiscoveryOptions['transform']
}

/** Metadata, the document it was made from, where that was, and the headers that came with it. */
export interface DiscoveredMetadata extends FetchedJson {
  readonly value: AuthorizationServerMetadata
  readonly url: string
}

/**
 * Finds the metadata of an authorization server by its issuer identifier. You rarely call this:
 * a resource discovers its servers by itself, at the first request.
 *
 * Checks: https, no redirects, status 200, `application/json`, size, time, the types of known
 * members, and that `issuer` is the one asked for, character by character (RFC 8414 §3.3).
 *
 * Does not check: whether the server suits MCP clients; see `checkAuthorizationServer`.
 *
 * @param issuer The issuer identifier, such as `https://as.example/tenant1`.
 * @param options Which places to try, a `transform`, limits, and the `fetch` to use.
 * @returns The document as served (or as transformed), with wire names and without members that
 * are `null`.
 * @throws {ConfigError} If the issuer is not an https URL without query and fragment.
 * @throws {UpstreamError} If no place has a fitting document: `issuer_mismatch`, `invalid_document`,
 * `not_json`, `redirect`, `status`, `too_large`, `timeout` or `unreachable`.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8414.html#section-3 RFC 8414 §3}
 */
export async function discoverAuthorizationServer(
  issuer: string,
  options: DiscoveryOptions = {},
): Promise<AuthorizationServerMetadata> {
  const own = ownMembers(options)
  const message = issuerProblem(issuer, own.dangerouslyAllowHttp ?? false)
  refuseProblems(message === undefined ? [] : [{ path: 'issuer', message }])
  const urls = authorizationServerMetadataUrls(issuer, own.type)
  return unwrap(
    await discover({ urls, issuers: [issuer], transform: own.transform }, policyOf(own)),
  )
}

/**
 * Fetches authorization server metadata from one specific URL, for servers that publish it in a
 * place of their own.
 *
 * Checks what {@link discoverAuthorizationServer} checks, the issuer only if you name it: without
 * `issuer` you trust the URL to say whose document it is.
 *
 * @param url Where the document is.
 * @param options The `issuer` it must be of, a `transform`, limits, and the `fetch` to use.
 * @returns The document as served (or as transformed), with wire names.
 * @throws {ConfigError} If the URL is not https.
 * @throws {UpstreamError} If there is no fitting document, as for `discoverAuthorizationServer`.
 */
export async function fetchAuthorizationServerMetadata(
  url: string,
  options: DiscoveryOptions & { issuer?: string | undefined } = {},
): Promise<AuthorizationServerMetadata> {
  const own = ownMembers(options)
  const message = endpointProblem(url, own.dangerouslyAllowHttp ?? false)
  refuseProblems(message === undefined ? [] : [{ path: 'url', message }])
  const issuers = own.issuer === undefined ? undefined : [own.issuer]
  return unwrap(await discover({ urls: [url], issuers, transform: own.transform }, policyOf(own)))
}

/** Goes through the places of a plan, within `timeoutMs` for all of them. */
export async function discover(
  plan: DiscoveryPlan,
  policy: FetchPolicy,
  timeoutMs: number = policy.timeoutMs,
): Promise<Result<DiscoveredMetadata, UpstreamError>> {
  const endsAt = performance.now() + timeoutMs
  const failures: UpstreamError[] = []
  for (const [index, url] of plan.urls.entries()) {
    const left = endsAt - performance.now()
    // A place that hangs must leave time for the next one.
    const share = index === plan.urls.length - 1 ? left : left / 2
    const fetched = await fetchJson({ url, typed: true }, policy, share)
    if (fetched.ok) {
      const accepted = await within(
        acceptMetadata(fetched.value.document, url, plan, policy.allowHttp),
        endsAt - performance.now(),
        () =>
          upstreamFailure(
            'timeout',
            url,
            `transform: did not end within ${Math.round(timeoutMs)} ms`,
          ),
      )
      return accepted.ok ? succeed({ ...fetched.value, value: accepted.value, url }) : accepted
    }
    failures.push(fetched.error)
  }
  return fail(summarise(failures))
}

/** Judges a document that was served at one of a plan's places, now or earlier. */
export async function acceptMetadata(
  document: JsonObject,
  url: string,
  plan: DiscoveryPlan,
  allowHttp: boolean,
): Promise<Result<AuthorizationServerMetadata, UpstreamError>> {
  const mended = await mend(document, url, plan.transform)
  if (!mended.ok) return mended
  const parsed = parseAuthorizationServerMetadata(withoutNulls(mended.value), allowHttp)
  if (!parsed.ok) return upstreamFailure('invalid_document', url, formatViolation(parsed.error))
  const { issuer } = parsed.value
  if (plan.issuers !== undefined && !plan.issuers.includes(issuer)) {
    const what = `issuer: expected ${plan.issuers.join(' or ')}, found ${quoted(issuer)}`
    const details = { expected: plan.issuers, received: [legible(issuer)] }
    return upstreamFailure('issuer_mismatch', url, what, details)
  }
  return succeed(parsed.value)
}

async function mend(
  document: JsonObject,
  url: string,
  transform: DiscoveryOptions['transform'],
): Promise<Result<JsonObject, UpstreamError>> {
  if (transform === undefined) return succeed(document)
  try {
    // A copy, because what was served is what others share.
    const mended = await transform(structuredClone(document))
    if (isObject(mended)) return succeed(mended)
    return upstreamFailure(
      'invalid_document',
      url,
      `transform: expected an object, returned ${kindOf(mended)}`,
    )
  } catch {
    return upstreamFailure('invalid_document', url, 'transform: threw an error')
  }
}

/** RFC 8414 §3.2 leaves absent members out; serializers that write `null` for them mean the same. */
function withoutNulls(document: JsonObject): JsonObject {
  return ownMembers(
    Object.fromEntries(Object.entries(document).filter(([, value]) => value !== null)),
  )
}

/** What a stranger wrote, fit for one line of a log. */
function quoted(text: string): string {
  return JSON.stringify(text.slice(0, MAX_QUOTED_LENGTH))
}

/** The failure that says most: that of a place that exists, if one does. */
function summarise(failures: readonly UpstreamError[]): UpstreamError {
  const telling =
    failures.find(({ code }) => code !== 'status') ??
    failures.find(({ status }) => status !== 404) ??
    failures[0]
  if (telling === undefined)
    return new UpstreamError('unreachable', '', { message: 'no metadata URL is known' })
  const message = failures.map((failure) => failure.message).join('; ')
  const { code, url, status, missing, expected, received } = telling
  return new UpstreamError(code, url, { message, status, missing, expected, received })
}

function upstreamFailure(
  code: UpstreamErrorCode,
  url: string,
  what: string,
  details?: UpstreamErrorOptions,
): { readonly ok: false; readonly error: UpstreamError } {
  const message = `${url} does not fit: ${what}`
  return fail(new UpstreamError(code, url, { ...details, message }))
}

function policyOf(options: DiscoveryOptions): FetchPolicy {
  return {
    fetch: options.fetch ?? hostFetch,
    timeoutMs: options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    maxBytes: options.maxBytes ?? DEFAULT_MAX_BYTES,
    allowHttp: options.dangerouslyAllowHttp ?? false,
  }
}

function refuseProblems(problems: readonly ConfigProblem[]): void {
  if (problems.length > 0) throw new ConfigError(problems)
}

function unwrap(outcome: Result<DiscoveredMetadata, UpstreamError>): AuthorizationServerMetadata {
  if (!outcome.ok) throw outcome.error
  // An object like any other; what was read inherits nothing.
  return { ...outcome.value.value }
}

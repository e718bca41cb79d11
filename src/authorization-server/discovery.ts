/**
 * Fetches authorization server metadata from the URLs that the standards define, or from one given URL.
 * The result fits the schema and names the expected issuer.
 */

import type { DiscoveryOptions } from '../contract/authorization-server-options.ts'
import { throwProblems } from '../contract/config-error.ts'
import { FETCH_DEFAULTS } from '../contract/defaults.ts'
import type { AuthorizationServerMetadata } from '../contract/documents.ts'
import { UpstreamError } from '../contract/errors.ts'
import { hostFetch } from '../contract/ports.ts'
import { type FetchPolicy, invalidDocument } from '../documents/bounded-fetch.ts'
import { type FetchedJson, fetchJson } from '../documents/fetch-json.ts'
import { issuerProblem } from '../identifiers/issuer.ts'
import { endpointProblem } from '../identifiers/url-problem.ts'
import { isObject, type JsonObject, kindOf } from '../lib/json.ts'
import { legible } from '../lib/legible.ts'
import { ownMembers, withoutNulls } from '../lib/own-members.ts'
import { fail, type Result, succeed } from '../lib/result.ts'
import { within } from '../lib/within.ts'
import {
  formatViolation,
  parseAuthorizationServerMetadata,
} from '../metadata/authorization-server.ts'
import { authorizationServerMetadataUrls } from '../metadata/well-known.ts'

/** The URLs to try, and the document to accept. */
export interface DiscoveryPlan {
  /** In order of trial. After any response but a 200 with a JSON object, the next one is tried. */
  readonly urls: readonly string[]
  /** The accepted values of `issuer`; `undefined`: every value. */
  readonly issuers: readonly string[] | undefined
  readonly transform: DiscoveryOptions['transform']
}

/** Metadata, and the URL where it was found. */
interface Discovered {
  readonly value: AuthorizationServerMetadata
  readonly url: string
}

/**
 * Finds the metadata of an authorization server by its issuer identifier. A resource discovers its servers
 * at the first request, so an application rarely calls this.
 *
 * Checks: https, no redirects, status 200, `application/json`, size, time, the types of known
 * members, and that `issuer` equals the argument, character by character (RFC 8414 §3.3).
 *
 * Does not check: whether the server suits MCP clients; see `checkAuthorizationServer`.
 *
 * @param issuer The issuer identifier, such as `https://as.example/tenant1`.
 * @param options The type of the document, a `transform`, limits, and the `fetch` to use.
 * @returns The document as served or transformed, with wire names and without members that are `null`.
 * @throws {ConfigError} If the issuer is not an https URL without query and fragment.
 * @throws {UpstreamError} If no URL has a valid document: `issuer_mismatch`, `invalid_document`,
 * `not_json`, `redirect`, `status`, `too_large`, `timeout` or `unreachable`.
 * @example
 * ```ts
 * async function findTokenEndpoint(): Promise<unknown> {
 *   const metadata = await discoverAuthorizationServer('https://auth.example.com')
 *   return metadata['token_endpoint']
 * }
 * ```
 * @see {@link https://www.rfc-editor.org/rfc/rfc8414.html#section-3 RFC 8414 §3}
 */
export async function discoverAuthorizationServer(
  issuer: string,
  options: DiscoveryOptions = {},
): Promise<AuthorizationServerMetadata> {
  const own = ownMembers(options)
  const message = issuerProblem(issuer, own.dangerouslyAllowHttp ?? false)
  throwProblems(message === undefined ? [] : [{ path: 'issuer', message }])
  const urls = authorizationServerMetadataUrls(issuer, own.type)
  return unwrap(
    await discover({ urls, issuers: [issuer], transform: own.transform }, policyOf(own)),
  )
}

/**
 * Fetches authorization server metadata from one URL, for servers that publish it at a URL of their own.
 *
 * Checks the same as {@link discoverAuthorizationServer}, but the issuer only if `options.issuer` is set.
 * Without it, the document may name any issuer.
 *
 * @param url The URL of the document.
 * @param options The expected `issuer`, a `transform`, limits, and the `fetch` to use.
 * @returns The document as served or transformed, with wire names and without members that are `null`.
 * @throws {ConfigError} If the URL is not https.
 * @throws {UpstreamError} If the URL has no valid document, as for `discoverAuthorizationServer`.
 * @example
 * ```ts
 * function fetchFromPlace(): Promise<AuthorizationServerMetadata> {
 *   const url = 'https://auth.example.com/.well-known/oauth-authorization-server'
 *   return fetchAuthorizationServerMetadata(url, { issuer: 'https://auth.example.com' })
 * }
 * ```
 */
export async function fetchAuthorizationServerMetadata(
  url: string,
  options: DiscoveryOptions & { issuer?: string | undefined } = {},
): Promise<AuthorizationServerMetadata> {
  const own = ownMembers(options)
  const message = endpointProblem(url, own.dangerouslyAllowHttp ?? false)
  throwProblems(message === undefined ? [] : [{ path: 'url', message }])
  const issuers = own.issuer === undefined ? undefined : [own.issuer]
  return unwrap(await discover({ urls: [url], issuers, transform: own.transform }, policyOf(own)))
}

/** Fetches and checks the metadata of a plan, within `timeoutMs` for all of it. */
export async function discover(
  plan: DiscoveryPlan,
  policy: FetchPolicy,
): Promise<Result<Discovered, UpstreamError>> {
  const endsAt = performance.now() + policy.timeoutMs
  const fetched = await fetchMetadata(plan, policy, policy.timeoutMs)
  if (!fetched.ok) return fetched
  const { document, url } = fetched.value
  const accepted = await acceptMetadata(document, url, plan, policy, endsAt - performance.now())
  return accepted.ok ? succeed({ value: accepted.value, url }) : accepted
}

/** Tries the URLs of a plan in order, within `timeoutMs` for all of them. */
export async function fetchMetadata(
  plan: DiscoveryPlan,
  policy: FetchPolicy,
  timeoutMs: number,
): Promise<Result<FetchedJson, UpstreamError>> {
  const endsAt = performance.now() + timeoutMs
  const failures: UpstreamError[] = []
  for (const [index, url] of plan.urls.entries()) {
    const left = endsAt - performance.now()
    // A URL that hangs must leave time for the next one.
    const share = index === plan.urls.length - 1 ? left : left / 2
    const fetched = await fetchJson({ url, typed: true }, policy, share)
    if (fetched.ok) return fetched
    failures.push(fetched.error)
  }
  return fail(combineErrors(failures))
}

/** Transforms, within `timeoutMs`, and checks a document from one of the URLs of a plan, fetched or stored. */
export async function acceptMetadata(
  document: JsonObject,
  url: string,
  plan: DiscoveryPlan,
  policy: FetchPolicy,
  timeoutMs: number,
): Promise<Result<AuthorizationServerMetadata, UpstreamError>> {
  const transformed = await within(applyTransform(document, url, plan.transform), timeoutMs, () =>
    invalidDocument(
      url,
      `transform: did not end within ${policy.timeoutMs} ms`,
      undefined,
      'timeout',
    ),
  )
  if (!transformed.ok) return transformed
  // RFC 8414 §3.2: absent members are omitted. Some serializers write `null` for them.
  const parsed = parseAuthorizationServerMetadata(withoutNulls(transformed.value), policy.allowHttp)
  if (!parsed.ok) return invalidDocument(url, formatViolation(parsed.error))
  const { issuer } = parsed.value
  if (plan.issuers !== undefined && !plan.issuers.includes(issuer)) {
    const found = legible(issuer)
    const what = `issuer: expected ${plan.issuers.join(' or ')}, found ${JSON.stringify(found)}`
    const details = { expected: plan.issuers, received: [found] }
    return invalidDocument(url, what, details, 'issuer_mismatch')
  }
  return succeed(parsed.value)
}

async function applyTransform(
  document: JsonObject,
  url: string,
  transform: DiscoveryOptions['transform'],
): Promise<Result<JsonObject, UpstreamError>> {
  if (transform === undefined) return succeed(document)
  try {
    // A copy, because the document as served is stored and shared.
    const transformed = await transform(structuredClone(document))
    if (isObject(transformed)) return succeed(transformed)
    return invalidDocument(url, `transform: expected an object, returned ${kindOf(transformed)}`)
  } catch {
    return invalidDocument(url, 'transform: threw an error')
  }
}

/** One error for all URLs, with the code of the first URL that exists. A plan has at least one URL. */
function combineErrors(failures: readonly UpstreamError[]): UpstreamError {
  const failure =
    failures.find(({ code }) => code !== 'status') ??
    failures.find(({ status }) => status !== 404) ??
    (failures[0] as UpstreamError)
  const message = failures.map((each) => each.message).join('; ')
  return new UpstreamError(failure.code, failure.url, { ...failure, message })
}

function policyOf(options: DiscoveryOptions): FetchPolicy {
  return {
    fetch: options.fetch ?? hostFetch,
    timeoutMs: options.timeoutMs ?? FETCH_DEFAULTS.timeoutMs,
    maxBytes: options.maxBytes ?? FETCH_DEFAULTS.maxBytes,
    allowHttp: options.dangerouslyAllowHttp ?? false,
  }
}

function unwrap(outcome: Result<Discovered, UpstreamError>): AuthorizationServerMetadata {
  if (!outcome.ok) throw outcome.error
  // A copy with the usual prototype: the parsed document has none.
  return { ...outcome.value.value }
}

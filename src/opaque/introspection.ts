/**
 * Introspects tokens at their authorization server (RFC 7662). An inactive token and a server that
 * gives no usable response are different results: the first is a 401, the second a 503.
 */

import {
  type ClientAuthentication,
  type ClientCredentials,
  createClientAuthentication,
  type Post,
} from '../authorization-server/client-authentication.ts'
import type { IssuerDocuments } from '../authorization-server/documents.ts'
import { type DocumentPorts, missingMember } from '../authorization-server/load-document.ts'
import type { IntrospectionOptions } from '../contract/access-token-options.ts'
import { OPAQUE_DEFAULTS } from '../contract/defaults.ts'
import type { UpstreamError } from '../contract/errors.ts'
import { documentEvent } from '../contract/events.ts'
import { type RejectionReason, rejectionReasonOf } from '../contract/rejection-reason.ts'
import { fetchFailure } from '../documents/bounded-fetch.ts'
import type { RequestBudget } from '../documents/request-budget.ts'
import type { AudiencePolicy } from '../jwt/audience.ts'
import { type JsonObject, parseDocument } from '../lib/json.ts'
import { withoutNulls } from '../lib/own-members.ts'
import { fail, type Result, succeed } from '../lib/result.ts'
import { type EndpointHealth, endpointHealthOf } from './endpoint-health.ts'
import { isOutage, postIntrospection } from './introspection-response.ts'
import { type ClaimsResult, ResponseCache } from './response-cache.ts'
import { type SignedResponseRules, verifySignedResponse } from './signed-introspection-response.ts'
import { TokenMemory } from './token-memory.ts'

/** The values that introspection at one server depends on. */
interface IntrospectionDependencies {
  readonly issuer: string
  readonly audience: AudiencePolicy
  readonly documents: IssuerDocuments
  readonly ports: DocumentPorts
  readonly toleranceSeconds: number
  /** Whether a token with these claims is accepted. */
  readonly isGood: (claims: JsonObject, now: number) => boolean
}

/** The response that stands for an error status which means an inactive token. */
const INACTIVE: JsonObject = { active: false }

/** The introspection at one server, with its cache. */
export class Introspection {
  readonly #options: IntrospectionOptions
  readonly #dependencies: IntrospectionDependencies
  readonly #authenticate: ClientAuthentication
  readonly #cache: ResponseCache
  readonly #memory = new TokenMemory()
  readonly #health: EndpointHealth

  constructor(options: IntrospectionOptions, dependencies: IntrospectionDependencies) {
    const { issuer, documents, ports } = dependencies
    this.#options = options
    this.#dependencies = dependencies
    this.#authenticate = createClientAuthentication(credentialsOf(options), issuer)
    this.#cache = new ResponseCache({
      seconds: options.cacheSeconds ?? OPAQUE_DEFAULTS.cacheSeconds,
      now: ports.now,
      timeoutMs: ports.policy.timeoutMs,
      url: options.endpoint ?? issuer,
    })
    this.#health = endpointHealthOf(documents, ports.policy.timeoutMs / 1000)
  }

  /**
   * Gives the introspection response for a token.
   *
   * Checks: that the response is JSON, or the signed JWT that was requested, or an error status that
   * means an inactive token; that `active` is a boolean.
   *
   * An unusable response affects its own token only, which is not introspected again for a few
   * seconds. An outage opens the circuit breaker for all tokens that were not accepted recently.
   *
   * Does not check: the other members of the response; see `checkClaims`.
   *
   * @returns The members of the response, `undefined` for an inactive token.
   *
   * Fails with
   * - `token_inactive` — `active` is missing or not a boolean
   * - `unavailable` — no usable response from the server
   * - `internal` — the private key cannot sign
   *
   * @see {@link https://www.rfc-editor.org/rfc/rfc7662.html#section-2 RFC 7662 §2}
   */
  introspect(token: string, budget: RequestBudget): Promise<ClaimsResult> {
    return this.#cache.find(token, budget, (own) => this.#introspect(token, own))
  }

  async #introspect(token: string, budget: RequestBudget): Promise<ClaimsResult> {
    const { ports } = this.#dependencies
    const { circuit } = this.#health
    const known = await this.#memory.find(token, ports.now())
    if (known.undecidedSeconds > 0) return unavailableFor(known.undecidedSeconds)
    const located = await this.#locate(budget)
    if (!located.ok) return this.#unavailable(located.error)
    const post = await this.#build(token)
    if (!post.ok) return post
    const call = circuit.start(ports.now(), known.isGood)
    if (!call.ok) return unavailableFor(call.error)
    const responded = await this.#post(located.value, post.value, budget)
    const isBroken = !responded.ok && isOutage(responded.error)
    circuit.end(call.value, isBroken ? 'failure' : 'success', ports.now())
    if (!responded.ok) {
      if (!isBroken) await this.#memory.addUndecided(token, ports.now())
      return this.#unavailable(responded.error)
    }
    await this.#record(token, responded.value)
    const { active } = responded.value
    if (active === true) return responded
    // RFC 7662 §2.2: `active` is a boolean. A failure is not cached.
    return active === false ? succeed(undefined) : fail({ code: 'token_inactive' })
  }

  async #record(token: string, claims: JsonObject): Promise<void> {
    const { ports, isGood } = this.#dependencies
    const now = ports.now()
    if (claims['active'] === true && isGood(claims, now)) await this.#memory.addGood(token, now)
    else await this.#memory.removeGood(token)
  }

  async #locate(budget: RequestBudget): Promise<Result<string, UpstreamError>> {
    const { documents } = this.#dependencies
    if (this.#options.endpoint !== undefined) return succeed(this.#options.endpoint)
    const metadata = await documents.metadata.read(budget)
    if (!metadata.ok) return metadata
    const endpoint = metadata.value.value['introspection_endpoint']
    if (typeof endpoint === 'string') return succeed(endpoint)
    return missingMember(documents.metadata.url, 'introspection_endpoint')
  }

  async #build(token: string): Promise<Result<Post, RejectionReason>> {
    const form = new URLSearchParams({ token, token_type_hint: 'access_token' })
    try {
      return succeed(await this.#authenticate(form, this.#dependencies.ports.now()))
    } catch {
      // The error of a host could contain the key.
      return fail({ code: 'internal', option: 'accessToken.privateKey' })
    }
  }

  /** Sends the request, and notes whether the endpoint has introspected a token. */
  async #post(
    url: string,
    post: Post,
    budget: RequestBudget,
  ): Promise<Result<JsonObject, UpstreamError>> {
    const { ports } = this.#dependencies
    const { proven } = this.#health
    const isSigned = this.#options.signedResponse === true
    const isProven = proven.secondsLeft(url, ports.now()) > 0
    const left = budget.remainingMs(ports.policy.timeoutMs)
    const responded = await postIntrospection({ url, post, isSigned, isProven }, ports.policy, left)
    if (!responded.ok) return responded
    if (responded.value === 'inactive') return succeed(INACTIVE)
    const read = isSigned
      ? await this.#verify(url, responded.value, budget)
      : readDocument(url, responded.value)
    if (!read.ok) return read
    if (typeof read.value['active'] === 'boolean') proven.add(url, ports.now())
    return succeed(withoutNulls(read.value))
  }

  #verify(
    url: string,
    bytes: Uint8Array,
    budget: RequestBudget,
  ): Promise<Result<JsonObject, UpstreamError>> {
    const { documents, ports } = this.#dependencies
    const dependencies = { url, keys: documents.keys, now: ports.now(), budget }
    return verifySignedResponse(new TextDecoder().decode(bytes), this.#rules(), dependencies)
  }

  #rules(): SignedResponseRules {
    const { issuer, audience, toleranceSeconds } = this.#dependencies
    return { issuer, clientId: this.#options.clientId, audience, toleranceSeconds }
  }

  #unavailable(error: UpstreamError): ClaimsResult {
    const { issuer, ports } = this.#dependencies
    ports.report(documentEvent(issuer, error.url, 'failed', error))
    return fail(rejectionReasonOf(error))
  }
}

function credentialsOf(options: IntrospectionOptions): ClientCredentials {
  const { clientId: id, clientSecret: secret, privateKey, keyId, authMethod } = options
  return { id, secret, privateKey, keyId, authMethod }
}

function readDocument(url: string, bytes: Uint8Array): Result<JsonObject, UpstreamError> {
  const document = parseDocument(bytes)
  return document === undefined
    ? fetchFailure('not_json', url, 'did not answer with a JSON object', 200)
    : succeed(document)
}

function unavailableFor(retryAfterSeconds: number): ClaimsResult {
  return fail({ code: 'unavailable', retryAfterSeconds })
}

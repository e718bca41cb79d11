/**
 * Asking the authorization server about a token (RFC 7662): authenticated, within bounds, and with
 * the difference kept between "it is not valid" and "nobody can say".
 */

import type { IssuerDocuments } from '../authorization-server/documents.ts'
import type { DocumentPorts } from '../authorization-server/load-document.ts'
import { missingMember } from '../authorization-server/metadata-source.ts'
import type { IntrospectionOptions } from '../contract/access-token-options.ts'
import { type RejectionReason, rejectionReasonOf, type UpstreamError } from '../contract/errors.ts'
import { documentEvent } from '../contract/events.ts'
import { fetchFailure } from '../documents/bounded-fetch.ts'
import type { RequestBudget } from '../documents/request-budget.ts'
import type { AudiencePolicy } from '../jwt/audience.ts'
import { type JsonObject, parseDocument } from '../lib/json.ts'
import { fail, type Result, succeed } from '../lib/result.ts'
import { withoutNulls } from './check-claims.ts'
import {
  type ClientAuthentication,
  createClientAuthentication,
  type Post,
} from './client-authentication.ts'
import { isOutage, postIntrospection } from './introspection-response.ts'
import { type ClaimsResult, ResponseCache } from './response-cache.ts'
import { type SignedResponseRules, verifySignedResponse } from './signed-introspection-response.ts'
import { TokenMemory } from './token-memory.ts'

/** What introspection at one server needs of its dependencies. */
export interface IntrospectionDependencies {
  readonly issuer: string
  readonly audience: AudiencePolicy
  readonly documents: IssuerDocuments
  readonly ports: DocumentPorts
  readonly toleranceSeconds: number
  /** Whether a token with these claims passes here. */
  readonly isGood: (claims: JsonObject, now: number) => boolean
}

/** Answers from an endpoint that reports an inactive token by its status. */
const INACTIVE: JsonObject = { active: false }

export class Introspection {
  readonly #options: IntrospectionOptions
  readonly #dependencies: IntrospectionDependencies
  readonly #authenticate: ClientAuthentication
  readonly #cache: ResponseCache
  readonly #memory = new TokenMemory()

  constructor(options: IntrospectionOptions, dependencies: IntrospectionDependencies) {
    const { issuer, ports } = dependencies
    this.#options = options
    this.#dependencies = dependencies
    this.#authenticate = createClientAuthentication(options, issuer)
    this.#cache = new ResponseCache({
      seconds: options.cacheSeconds ?? 0,
      now: ports.now,
      timeoutMs: ports.policy.timeoutMs,
      url: options.endpoint ?? issuer,
    })
  }

  /**
   * What the server says about a token.
   *
   * Checks: that the response came from the endpoint, as JSON or as the signed JWT that was asked for,
   * or with a status by which servers report an inactive token; that `active` is a boolean.
   *
   * A response about one token says nothing against the server: the token alone stays undecided for
   * a few seconds. An outage opens the circuit, for tokens that were not found good lately.
   *
   * Does not check: what else the answer says; see `checkClaims`.
   *
   * @returns The answer, `undefined` for an inactive token.
   *
   * Fails with
   * - `token_inactive` — the answer does not say whether the token is active
   * - `unavailable` — no answer, or not one of the server: never the token's fault
   * - `internal` — our private key cannot sign
   *
   * @see {@link https://www.rfc-editor.org/rfc/rfc7662.html#section-2 RFC 7662 §2}
   */
  introspect(token: string, budget: RequestBudget): Promise<ClaimsResult> {
    return this.#cache.find(token, budget, (own) => this.#introspect(token, own))
  }

  async #introspect(token: string, budget: RequestBudget): Promise<ClaimsResult> {
    const { documents, ports } = this.#dependencies
    const known = await this.#memory.find(token, ports.now())
    if (known.undecidedSeconds > 0) return unavailableFor(Math.ceil(known.undecidedSeconds))
    const located = await this.#locate(budget)
    if (!located.ok) return this.#unavailable(located.error)
    const post = await this.#build(token)
    if (!post.ok) return post
    const call = documents.circuit.start(ports.now(), known.isGood)
    if (!call.ok) return unavailableFor(call.error)
    const answered = await this.#post(located.value, post.value, budget)
    const isBroken = !answered.ok && isOutage(answered.error)
    documents.circuit.end(call.value, isBroken ? 'failure' : 'success', ports.now())
    if (!answered.ok) {
      if (!isBroken) await this.#memory.addUndecided(token, ports.now())
      return this.#unavailable(answered.error)
    }
    await this.#remember(token, answered.value)
    const { active } = answered.value
    if (active === true) return answered
    // RFC 7662 §2.2: a boolean. What is none may mean anything, so it is not remembered either.
    return active === false ? succeed(undefined) : fail({ code: 'token_inactive' })
  }

  async #remember(token: string, claims: JsonObject): Promise<void> {
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
    const endpoint = metadata.value['introspection_endpoint']
    if (typeof endpoint === 'string') return succeed(endpoint)
    return missingMember(documents.metadata, 'introspection_endpoint')
  }

  async #build(token: string): Promise<Result<Post, RejectionReason>> {
    const form = new URLSearchParams({ token, token_type_hint: 'access_token' })
    try {
      return succeed(await this.#authenticate(form, this.#dependencies.ports.now()))
    } catch {
      // A jose error could carry the key along.
      return fail({ code: 'internal' })
    }
  }

  /** What the endpoint says, and whether it has said so about any token before. */
  async #post(
    url: string,
    post: Post,
    budget: RequestBudget,
  ): Promise<Result<JsonObject, UpstreamError>> {
    const { documents, ports } = this.#dependencies
    const { provenEndpoints } = documents
    const isSigned = this.#options.signedResponse === true
    const isProven = provenEndpoints.secondsLeft(url, ports.now()) > 0
    const left = budget.remainingMs(ports.policy.timeoutMs)
    const responded = await postIntrospection({ url, post, isSigned, isProven }, ports.policy, left)
    if (!responded.ok) return responded
    if (responded.value === 'inactive') return succeed(INACTIVE)
    const read = isSigned
      ? await this.#verify(url, responded.value, budget)
      : readDocument(url, responded.value)
    if (!read.ok) return read
    if (typeof read.value['active'] === 'boolean') provenEndpoints.add(url, ports.now())
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

function readDocument(url: string, bytes: Uint8Array): Result<JsonObject, UpstreamError> {
  const document = parseDocument(bytes)
  return document === undefined
    ? fetchFailure('not_json', url, 'did not answer with a JSON object', 200)
    : succeed(document)
}

function unavailableFor(retryAfterSeconds: number): ClaimsResult {
  return fail({ code: 'unavailable', retryAfterSeconds })
}

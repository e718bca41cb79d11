/**
 * Asking the authorization server about a token (RFC 7662): authenticated, within bounds, and with
 * the difference kept between "it is not valid" and "nobody can say".
 */

import { fetchJson, fetchText, type Post } from '../documents/fetch-json.ts'
import type { Patience } from '../documents/patience.ts'
import { type Refusal, refusalOf, type UpstreamError } from '../errors.ts'
import { documentEvent } from '../events.ts'
import type { CallOutcome } from '../lib/circuit.ts'
import type { JsonObject } from '../lib/json.ts'
import { fail, type Result, succeed } from '../lib/result.ts'
import type { IntrospectionOptions } from '../options.ts'
import { type Answer, AnswerCache } from './answer-cache.ts'
import { type ClientAuthentication, createClientAuthentication } from './client-authentication.ts'
import {
  type DocumentPorts,
  type IssuerDocuments,
  lacks,
  readMetadata,
} from './issuer-documents.ts'
import { SIGNED_ANSWER_TYPE, type SignedAnswerRules, verifySignedAnswer } from './signed-answer.ts'

/** What introspection at one server needs of its surroundings. */
export interface IntrospectionSurroundings {
  readonly issuer: string
  readonly resource: string
  readonly documents: IssuerDocuments
  readonly ports: DocumentPorts
  readonly toleranceSeconds: number
}

/** Statuses that say something about us or the server, and nothing about the question. */
const NOT_THE_TOKENS_FAULT: ReadonlySet<number> = new Set([401, 403, 404, 405, 408, 429])

export class Introspection {
  readonly #options: IntrospectionOptions
  readonly #surroundings: IntrospectionSurroundings
  readonly #authenticate: ClientAuthentication
  readonly #cache: AnswerCache

  constructor(options: IntrospectionOptions, surroundings: IntrospectionSurroundings) {
    const { issuer, ports } = surroundings
    this.#options = options
    this.#surroundings = surroundings
    this.#authenticate = createClientAuthentication(options, issuer)
    this.#cache = new AnswerCache({
      seconds: options.cacheSeconds ?? 0,
      now: ports.now,
      timeoutMs: ports.policy.timeoutMs,
      url: options.endpoint ?? issuer,
    })
  }

  /**
   * What the server says about a token.
   *
   * Checks: that the answer came from the endpoint, with status 200 and as JSON, or as the signed
   * JWT that was asked for; that `active` is a boolean.
   *
   * Does not check: what else the answer says; see `judgeAnswer`.
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
  ask(token: string, patience: Patience): Promise<Answer> {
    return this.#cache.find(token, patience, (own) => this.#ask(token, own))
  }

  async #ask(token: string, patience: Patience): Promise<Answer> {
    const { documents, ports } = this.#surroundings
    const located = await this.#locate(patience)
    if (!located.ok) return this.#unavailable(located.error)
    const post = await this.#build(token)
    if (!post.ok) return post
    const call = documents.circuit.enter(ports.now())
    if (typeof call === 'number') return fail({ code: 'unavailable', retryAfterSeconds: call })
    const answered = await this.#post(located.value, post.value, patience)
    documents.circuit.leave(call, outcomeOf(answered), ports.now())
    if (!answered.ok) return this.#unavailable(answered.error)
    const { active } = answered.value
    if (active === true) return answered
    // RFC 7662 §2.2: a boolean. What is none may mean anything, so it is not remembered either.
    return active === false ? succeed(undefined) : fail({ code: 'token_inactive' })
  }

  async #locate(patience: Patience): Promise<Result<string, UpstreamError>> {
    const { issuer, documents } = this.#surroundings
    if (this.#options.endpoint !== undefined) return succeed(this.#options.endpoint)
    const metadata = await readMetadata(documents.metadata, patience)
    if (!metadata.ok) return metadata
    const endpoint = metadata.value['introspection_endpoint']
    if (typeof endpoint === 'string') return succeed(endpoint)
    return lacks(documents.metadata, issuer, 'introspection_endpoint')
  }

  async #build(token: string): Promise<Result<Post, Refusal>> {
    const form = new URLSearchParams({ token, token_type_hint: 'access_token' })
    try {
      return succeed(await this.#authenticate(form, this.#surroundings.ports.now()))
    } catch {
      // A jose error could carry the key along.
      return fail({ code: 'internal' })
    }
  }

  async #post(
    url: string,
    post: Post,
    patience: Patience,
  ): Promise<Result<JsonObject, UpstreamError>> {
    const { documents, ports } = this.#surroundings
    const left = patience.remainingMs(ports.policy.timeoutMs)
    if (this.#options.signedResponse !== true) {
      const fetched = await fetchJson({ url, typed: true, post }, ports.policy, left)
      return fetched.ok ? succeed(fetched.value.document) : fetched
    }
    const request = { url, mediaType: SIGNED_ANSWER_TYPE, post }
    const fetched = await fetchText(request, ports.policy, left)
    if (!fetched.ok) return fetched
    const { keys } = documents
    const now = ports.now()
    return verifySignedAnswer(fetched.value, this.#rules(), { url, keys, now, patience })
  }

  #rules(): SignedAnswerRules {
    const { issuer, resource, toleranceSeconds } = this.#surroundings
    return { issuer, audiences: [this.#options.clientId, resource], toleranceSeconds }
  }

  #unavailable(error: UpstreamError): Answer {
    const { issuer, ports } = this.#surroundings
    ports.tell(documentEvent(issuer, error.url, 'failed', error))
    return fail(refusalOf(error))
  }
}

/** Some servers answer 400 to what cannot be a token of theirs; anybody may send us such a thing. */
function outcomeOf(answered: Result<JsonObject, UpstreamError>): CallOutcome {
  if (answered.ok) return 'good'
  const { status = 0 } = answered.error
  const isAboutTheToken = status >= 400 && status < 500 && !NOT_THE_TOKENS_FAULT.has(status)
  return isAboutTheToken ? 'neither' : 'bad'
}

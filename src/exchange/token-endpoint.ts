/** The token endpoint of one authorization server, and this server as its client. */

import {
  type ClientAuthentication,
  type ClientCredentials,
  createClientAuthentication,
  type Post,
} from '../authorization-server/client-authentication.ts'
import { createMetadataSource } from '../authorization-server/documents.ts'
import type { MetadataSource } from '../authorization-server/load-document.ts'
import type { AuthorizationServerOptions } from '../contract/authorization-server-options.ts'
import type { AuthorizationServerMetadata } from '../contract/documents.ts'
import type { UpstreamError } from '../contract/errors.ts'
import type { ExchangeFailure } from '../contract/exchange-error.ts'
import { boundedFetch, type Fetched, type FetchPolicy } from '../documents/bounded-fetch.ts'
import type { RequestBudget } from '../documents/request-budget.ts'
import { endpointProblem } from '../identifiers/url-problem.ts'
import { parseDocument } from '../lib/json.ts'
import { fail, type Result, succeed } from '../lib/result.ts'
import { within } from '../lib/within.ts'
import { buildFailure, unavailable } from './failures.ts'
import type { ProofKey, Proofs } from './proofs.ts'
import { buildForm, type Hop, type HopValues } from './styles.ts'
import { type IssuedToken, readTokenResponse } from './token-response.ts'

/** What a token endpoint depends on. */
interface EndpointDependencies {
  readonly server: AuthorizationServerOptions
  readonly client: ClientCredentials
  readonly policy: FetchPolicy
  readonly now: () => number
  readonly proofs: Proofs
}

/** One request for a token. */
interface HopRequest {
  readonly hop: Hop
  readonly values: HopValues
  readonly requestedType: string | undefined
  /** Whether the token is for the API, so that it may be bound to a key. */
  readonly isLast: boolean
  readonly budget: RequestBudget
}

/** A token, and the key it is bound to. */
export interface Obtained extends IssuedToken {
  readonly key: ProofKey | undefined
}

/** Without a proof, with one, with one that contains a nonce. */
const MAX_ATTEMPTS = 3
/** RFC 9449 §5 and §8; other servers say it in the description only. */
const PROOF_ERRORS: readonly unknown[] = ['invalid_dpop_proof', 'use_dpop_nonce']

export class TokenEndpoint {
  /** Whether the API or the authorization server asked for bound tokens, which the last endpoint issues. */
  wantsProof = false
  readonly #dependencies: EndpointDependencies
  readonly #metadata: MetadataSource
  readonly #authenticate: ClientAuthentication

  constructor(dependencies: EndpointDependencies) {
    const { server, client, policy, now } = dependencies
    this.#dependencies = dependencies
    this.#metadata = createMetadataSource(server, {
      policy,
      now,
      staleIfErrorSeconds: STALE_SECONDS,
      shared: undefined,
      report: () => {},
    })
    this.#authenticate = createClientAuthentication(client, server.issuer)
  }

  /** Sends one request, again with a DPoP proof where the server demands one, and reads the response. */
  async request(request: HopRequest): Promise<Result<Obtained, ExchangeFailure>> {
    const located = await this.#locate(request.budget)
    if (!located.ok) return located
    const { url, metadata } = located.value
    const { now, proofs } = this.#dependencies
    const { hop, requestedType, values, isLast } = request
    const sent = [values.subject, ...(values.actor === undefined ? [] : [values.actor])]
    const algorithms = metadata['dpop_signing_alg_values_supported']
    let withProof = this.wantsProof
    for (let attempt = 1; ; attempt++) {
      const key = withProof ? await proofs.key(algorithms) : undefined
      const nonce = proofs.nonce(url)
      const startedAt = now()
      const posted = await this.#post(url, request, key, nonce)
      if (!posted.ok) return posted
      const isNewNonce = proofs.note(url, posted.value.response, nonce)
      const read = readTokenResponse(posted.value, { hop, requestedType, sent, now: startedAt })
      const isAgain =
        isLast &&
        demandsProof(posted.value, read, algorithms !== undefined) &&
        (key === undefined || isNewNonce)
      if (!isAgain || attempt === MAX_ATTEMPTS) {
        if (read.ok && withProof) this.wantsProof = true
        return bind(read, key)
      }
      withProof = true
    }
  }

  async #locate(
    budget: RequestBudget,
  ): Promise<
    Result<
      { readonly url: string; readonly metadata: AuthorizationServerMetadata },
      ExchangeFailure
    >
  > {
    const { policy } = this.#dependencies
    const read = await this.#metadata.read(budget)
    if (!read.ok) return fail(outageOf(read.error))
    const metadata = read.value.value
    const url = metadata['token_endpoint']
    return typeof url === 'string' && endpointProblem(url, policy.allowHttp) === undefined
      ? succeed({ url, metadata })
      : fail(buildFailure('misconfigured', {}, { message: NO_ENDPOINT }))
  }

  async #post(
    url: string,
    { hop, values, budget }: HopRequest,
    key: ProofKey | undefined,
    nonce: string | undefined,
  ): Promise<Result<Fetched, ExchangeFailure>> {
    const { policy, proofs, now } = this.#dependencies
    // For each attempt anew: a client assertion is used once.
    const post = await this.#build(buildForm(hop, values), now(), budget)
    if (!post.ok) return post
    const headers = {
      Accept: 'application/json',
      'Content-Type': 'application/x-www-form-urlencoded',
      ...post.value.headers,
      ...(key === undefined
        ? {}
        : { DPoP: await proofs.proof(key, { method: 'POST', url, nonce }) }),
    }
    const init = { method: 'POST', headers, body: post.value.form.toString() }
    const left = budget.remainingMs(policy.timeoutMs)
    const fetched = await boundedFetch(url, init, policy, left)
    return fetched.ok ? fetched : fail(outageOf(fetched.error))
  }

  async #build(
    form: URLSearchParams,
    now: number,
    budget: RequestBudget,
  ): Promise<Result<Post, ExchangeFailure>> {
    const { client, policy } = this.#dependencies
    const isOwn = client.assertion === undefined
    try {
      const building = this.#authenticate(form, now).then((post) => succeed(post))
      const left = budget.remainingMs(policy.timeoutMs)
      return await within<Result<Post, ExchangeFailure>>(building, left, () => fail(unavailable()))
    } catch {
      // A key that cannot sign is a mistake; the platform of a workload may be out of reach. The error of
      // a host could contain the key.
      return fail(isOwn ? buildFailure('misconfigured') : unavailable())
    }
  }
}

const NO_ENDPOINT =
  'The metadata of the authorization server has no token_endpoint that uses https.'
/** As for resources: outdated metadata is used for an hour while fetching it fails. */
const STALE_SECONDS = 3600

/**
 * Whether a response demands a proof, or another one. A bound token says so, too. oidc-provider says only
 * `invalid_grant`, so a server that supports proofs gets one after that.
 */
function demandsProof(
  { response, bytes }: Fetched,
  read: Result<IssuedToken, ExchangeFailure>,
  supportsProofs: boolean,
): boolean {
  if (read.ok) return read.value.tokenType === 'DPoP'
  if (response.status !== 400 && response.status !== 401) return false
  const { error, error_description: description } = parseDocument(bytes) ?? {}
  if (PROOF_ERRORS.includes(error) || (supportsProofs && error === 'invalid_grant')) return true
  return typeof description === 'string' && /\bdpop\b/i.test(description)
}

/** A token of the type DPoP is usable only with the key of its proof. */
function bind(
  read: Result<IssuedToken, ExchangeFailure>,
  key: ProofKey | undefined,
): Result<Obtained, ExchangeFailure> {
  if (!read.ok) return read
  const isBound = read.value.tokenType === 'DPoP'
  if (isBound && key === undefined) return fail(buildFailure('misconfigured'))
  return succeed({ ...read.value, key: isBound ? key : undefined })
}

function outageOf({ retryAfterSeconds, message }: UpstreamError): ExchangeFailure {
  return unavailable(retryAfterSeconds, message)
}

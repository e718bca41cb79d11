/** Runs one exchange: the functions of the application, then one or two hops. A hop is a request to a token endpoint. */

import type { AuthContext } from '../contract/context.ts'
import { isUpstreamError } from '../contract/errors.ts'
import { type ExchangeFailure, isExchangeError } from '../contract/exchange-error.ts'
import type { RequestBudget } from '../documents/request-budget.ts'
import { isObject } from '../lib/json.ts'
import { fail, type Result, succeed } from '../lib/result.ts'
import { within } from '../lib/within.ts'
import { buildFailure, unavailable } from './failures.ts'
import type { SubjectToken } from './options.ts'
import type { Proofs } from './proofs.ts'
import type { ExchangeSettings } from './settings.ts'
import { ACCESS_TOKEN, type Hop, type HopValues } from './styles.ts'
import { actorOf, endOf } from './subject.ts'
import { type Obtained, TokenEndpoint } from './token-endpoint.ts'

/** The token of this server itself, and what identifies it. */
export interface Actor {
  readonly id: string
  readonly token: string | undefined
}

/** The token of the last hop, and the end of the subject's token. */
export interface Exchanged extends Obtained {
  readonly subjectEndsAt: number
}

export const NO_ACTOR: Actor = { id: '', token: undefined }

export class Hops {
  readonly #settings: ExchangeSettings
  readonly #own: TokenEndpoint
  readonly #other: TokenEndpoint | undefined

  constructor(settings: ExchangeSettings, proofs: Proofs) {
    const { own, other, now } = settings
    this.#settings = settings
    this.#own = new TokenEndpoint({ ...own, now, proofs })
    this.#other = other === undefined ? undefined : new TokenEndpoint({ ...other, now, proofs })
  }

  /** The API offers the scheme DPoP: further tokens are requested with a proof. */
  requestBoundTokens(): void {
    const last = this.#other ?? this.#own
    last.wantsProof = true
  }

  /** The actor of the exchanges now. */
  async actor(budget: RequestBudget): Promise<Result<Actor, ExchangeFailure>> {
    const { actorToken } = this.#settings
    if (actorToken === undefined) return succeed(NO_ACTOR)
    const called = await this.#call(actorToken, budget)
    if (!called.ok) return called
    const token = called.value
    return typeof token === 'string' && token !== ''
      ? succeed({ id: actorOf(token), token })
      : fail(buildFailure('misconfigured'))
  }

  /** Runs all hops of one exchange. */
  async run(
    auth: AuthContext,
    actor: Actor,
    budget: RequestBudget,
  ): Promise<Result<Exchanged, ExchangeFailure>> {
    const subject = await this.#subject(auth, budget)
    if (!subject.ok) return subject
    const { hops } = this.#settings.style
    let current = subject.value
    let result: Result<Obtained, ExchangeFailure> = fail(buildFailure('misconfigured'))
    for (const [index, hop] of hops.entries()) {
      const isLast = index === hops.length - 1
      result = await this.#request(hop, this.#values(hop, current, actor), isLast, budget)
      if (!result.ok) return result
      current = { token: result.value.token, type: hop.issues ?? current.type }
    }
    if (!result.ok) return result
    const subjectEndsAt = Math.min(auth.expiresAt, endOf(subject.value.token) ?? auth.expiresAt)
    return succeed({ ...result.value, subjectEndsAt })
  }

  async #subject(
    auth: AuthContext,
    budget: RequestBudget,
  ): Promise<Result<SubjectToken, ExchangeFailure>> {
    const { subjectToken } = this.#settings
    if (subjectToken === undefined) return succeed({ token: auth.token, type: ACCESS_TOKEN })
    const called = await this.#call(() => subjectToken(auth), budget)
    if (!called.ok) return called
    const { token, type } = isObject(called.value) ? called.value : {}
    return typeof token === 'string' && token !== '' && typeof type === 'string' && type !== ''
      ? succeed({ token, type })
      : fail(buildFailure('misconfigured'))
  }

  #request(
    hop: Hop,
    values: HopValues,
    isLast: boolean,
    budget: RequestBudget,
  ): Promise<Result<Obtained, ExchangeFailure>> {
    const { requestedTokenType: requestedType } = this.#settings
    const endpoint = hop.at === 'own' ? this.#own : (this.#other ?? this.#own)
    return endpoint.request({ hop, values, requestedType, isLast, budget })
  }

  #values(hop: Hop, subject: SubjectToken, actor: Actor): HopValues {
    const { own, other, target, requestedTokenType } = this.#settings
    const { resource, audience, scopes = [] } = target
    const scope = scopes.length === 0 ? undefined : scopes.join(' ')
    const api = resource ?? audience
    return {
      clientId: (hop.at === 'own' ? own : (other ?? own)).client.id,
      subject: subject.token,
      subjectType: subject.type,
      actor: actor.token,
      actorType: actor.token === undefined ? undefined : ACCESS_TOKEN,
      resource,
      audience,
      audienceOrResource: audience ?? resource,
      audienceOrIssuer: audience ?? other?.server.issuer,
      scope,
      scopeOrDefault: scope ?? (api === undefined ? undefined : `${api}/.default`),
      requestedType: requestedTokenType,
    }
  }

  /** Calls a function of the application within the time of the exchange. Its failure is an outage. */
  async #call(
    run: () => Promise<unknown>,
    budget: RequestBudget,
  ): Promise<Result<unknown, ExchangeFailure>> {
    const left = budget.remainingMs(this.#settings.timeoutMs)
    try {
      const called = Promise.resolve(run()).then(succeed)
      return await within<Result<unknown, ExchangeFailure>>(called, left, () => fail(unavailable()))
    } catch (error) {
      // A subject that comes from another exchange fails as that one does.
      if (isExchangeError(error)) return fail(error.failure)
      return fail(unavailable(isUpstreamError(error) ? error.retryAfterSeconds : undefined))
    }
  }
}

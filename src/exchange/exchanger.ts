/** Finds the token of the API for an inbound token: in the cache, or by one exchange that concurrent calls share. */

import type { AuthContext } from '../contract/context.ts'
import { RequestBudget } from '../documents/request-budget.ts'
import {
  checkTenant,
  createIssuerMatcher,
  type IssuerMatcher,
} from '../identifiers/issuer-matcher.ts'
import { SingleFlight } from '../lib/single-flight.ts'
import { within } from '../lib/within.ts'
import { buildFailure, unavailable } from './failures.ts'
import { type Actor, type Exchanged, Hops, NO_ACTOR } from './hops.ts'
import type { Proofs } from './proofs.ts'
import type { ExchangeSettings } from './settings.ts'
import { requireVerified } from './subject.ts'
import { type Held, type Outcome, TokenStore } from './token-store.ts'

const FOREIGN = buildFailure('subject_not_accepted')
/** Only promises that never settle can reach this number. */
const MAX_IN_FLIGHT = 1000
/**
 * On Workers a call must not await the exchange of another request. It looks at the cache instead, for
 * about a second at most: the other request may have been cancelled.
 */
const POLL = { milliseconds: 20, times: 50 }

export class Exchanger {
  readonly #settings: ExchangeSettings
  readonly #hops: Hops
  readonly #matches: IssuerMatcher
  /** `undefined`: every call exchanges. */
  readonly #store: TokenStore | undefined
  readonly #calls: SingleFlight<Outcome>

  constructor(settings: ExchangeSettings, proofs: Proofs) {
    const { own, cache, timeoutMs } = settings
    this.#settings = settings
    this.#hops = new Hops(settings, proofs)
    this.#matches = createIssuerMatcher(own.server)
    this.#store = cache === undefined ? undefined : new TokenStore(cache)
    this.#calls = new SingleFlight({ deadlineSeconds: timeoutMs / 1000, maxKeys: MAX_IN_FLIGHT })
  }

  /**
   * The stored token of a context, or the stored rejection of a few seconds ago. Never waits: `undefined` also
   * where an actor must be identified first.
   *
   * @throws {TypeError} If it is not the context of a verified token.
   */
  known(auth: AuthContext): Outcome | undefined {
    requireVerified(auth)
    if (!this.#isOwn(auth)) return FOREIGN
    const { actorToken, now } = this.#settings
    return actorToken === undefined ? this.#store?.find(auth.token, NO_ACTOR.id, now()) : undefined
  }

  /** The token that is kept for a context, or a new one. */
  async obtain(auth: AuthContext): Promise<Outcome> {
    const known = this.known(auth)
    if (known !== undefined) return known
    const budget = new RequestBudget(undefined, auth)
    const actor = await this.#hops.actor(budget)
    if (!actor.ok) return actor.error
    return this.#store === undefined
      ? this.#exchange(auth, actor.value, budget)
      : this.#obtainOnce(auth, actor.value, budget, this.#store)
  }

  /** After a 401 of the API. @returns Whether another exchange may lead to another token. */
  drop(auth: AuthContext, held: Held, offersDpop: boolean): boolean {
    // Further tokens are requested with a proof.
    if (offersDpop && held.key === undefined) this.#hops.requestBoundTokens()
    return this.#store?.drop(auth.token, held, this.#settings.now()) ?? true
  }

  clear(auth: AuthContext): void {
    requireVerified(auth)
    this.#store?.clear(auth.token)
  }

  /** The inbound token is sent to the server that issued it, and to no other. */
  #isOwn({ issuer }: AuthContext): boolean {
    const match = this.#matches(issuer)
    if (match === undefined) return false
    return checkTenant(match, this.#settings.own.server.issuerTemplate) === undefined
  }

  async #obtainOnce(
    auth: AuthContext,
    actor: Actor,
    budget: RequestBudget,
    store: TokenStore,
  ): Promise<Outcome> {
    const { now, timeoutMs } = this.#settings
    const find = (): Outcome | undefined => store.find(auth.token, actor.id, now())
    let known = find()
    const key = `${store.generationOf(auth.token)} ${actor.id} ${auth.token}`
    for (let polls = 0; known === undefined && polls < POLL.times; polls++) {
      if (!this.#isElsewhere(key, budget)) break
      await sleep(POLL.milliseconds)
      known = find()
    }
    if (known !== undefined) return known
    const work =
      this.#calls.find(key, budget, now()) ??
      this.#calls.start(key, budget, now(), () =>
        // Other calls may await this one, so it gets a full budget of its own.
        this.#exchange(auth, actor, budget.renewed()),
      )
    return within(work.result, budget.remainingMs(timeoutMs), () => unavailable())
  }

  /** Whether another request exchanges this token, and this one may not await that. */
  #isElsewhere(key: string, budget: RequestBudget): boolean {
    const now = this.#settings.now()
    return this.#calls.isRunning(key, now) && this.#calls.find(key, budget, now) === undefined
  }

  async #exchange(auth: AuthContext, actor: Actor, budget: RequestBudget): Promise<Outcome> {
    const { now, target } = this.#settings
    const generation = this.#store?.generationOf(auth.token)
    const startedAt = now()
    const ran = await this.#hops.run(auth, actor, budget)
    const outcome = ran.ok ? toHeld(ran.value, startedAt, target.scopes ?? [], actor) : ran.error
    // What began before a `clear` is not stored after it.
    if (this.#store?.generationOf(auth.token) !== generation) return outcome
    const expiresAt = outcome.ok ? outcome.token.expiresAt : undefined
    const endsAt =
      ran.ok && expiresAt !== undefined ? Math.min(expiresAt, ran.value.subjectEndsAt) : undefined
    this.#store?.add(auth.token, actor.id, outcome, { startedAt, endsAt })
    return outcome
  }
}

function toHeld(
  issued: Exchanged,
  startedAt: number,
  requested: readonly string[],
  { id: actor }: Actor,
): Held {
  const { token, tokenType, expiresIn, scopes, key } = issued
  const expiresAt = expiresIn === undefined ? undefined : Math.floor(startedAt + expiresIn)
  return {
    ok: true,
    key,
    actor,
    token: Object.freeze({
      ok: true,
      token,
      tokenType,
      expiresAt,
      scopes: Object.freeze([...(scopes ?? requested)]),
    }),
  }
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}

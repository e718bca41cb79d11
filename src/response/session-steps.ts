/**
 * The steps of the feature `sessions`: ids of requests are opened for the handler if they belong to the principal
 * of the request, and ids of responses are sealed for it.
 */

import type { AnonymousContext, AuthContext, Rejection } from '../contract/context.ts'
import { type HostFacts, hostFact } from '../contract/ports.ts'
import type { RejectionReason } from '../contract/rejection-reason.ts'
import { RequestBudget } from '../documents/request-budget.ts'
import type { ResponseHead } from '../http/response-head.ts'
import { discardBody } from '../lib/discard-body.ts'
import { fieldValue } from '../lib/header-syntax.ts'
import { overlay } from '../lib/overlay.ts'
import { neededOf } from '../resource/context-facts.ts'
import type { SessionIds, SessionSteps } from '../resource/slots.ts'
import type { ResourceState } from '../resource/state.ts'
import { SESSION_HEADER } from './open-session.ts'
import { rejectionResponse } from './rejection.ts'

type Context = AuthContext | AnonymousContext
type Host = Pick<HostFacts, 'waitUntil'> | undefined

export class SealedSessions implements SessionSteps<ResourceState> {
  readonly #ids: SessionIds

  constructor(ids: SessionIds) {
    this.#ids = ids
  }

  async openRequest(
    request: Request,
    auth: Context,
    state: ResourceState,
    host: Host,
  ): Promise<Request | Rejection> {
    const opened = await this.openId(request, auth, state, host)
    if (opened === undefined) return request
    if (typeof opened !== 'string') return opened
    const headers = new Headers(request.headers)
    headers.set(SESSION_HEADER, opened)
    return withHeaders(request, headers)
  }

  async openId(
    request: Request,
    auth: Context,
    state: ResourceState,
    host: Host,
  ): Promise<string | Rejection | undefined> {
    const owner = this.#ids.ownerOf(auth)
    const rejectWithRecord = (code: 'principal_missing' | 'session_unknown') =>
      rejectAudited({ code }, request, auth, state, host)
    if (owner === undefined) return rejectWithRecord('principal_missing')
    // `get` joins two values by a comma and a blank, which no sealed id contains.
    const sealed = fieldValue(request.headers, SESSION_HEADER)
    if (sealed === null) return undefined
    return (await this.#ids.open(sealed, owner)) ?? rejectWithRecord('session_unknown')
  }

  sealId(
    response: ResponseHead,
    request: Request,
    auth: Context,
    state: ResourceState,
  ): string | Rejection {
    const owner = this.#ids.ownerOf(auth)
    const sealed = owner && this.#ids.seal(response.headers.get(SESSION_HEADER) ?? '', owner)
    if (sealed !== undefined) return sealed
    // Passed on, an id that cannot be sealed would be open to every principal.
    discardBody(response)
    return reject({ code: 'internal', description: INVALID_ID }, request, auth, state)
  }
}

const INVALID_ID =
  'The server set a session id that is not 1 to 512 visible ASCII characters, or for no principal.'

/** The request was accepted before, so it gets a second record: the handler does not run. */
async function rejectAudited(
  reason: RejectionReason,
  request: Request,
  auth: Context,
  state: ResourceState,
  host: Host,
): Promise<Rejection> {
  const response = reject(reason, request, auth, state)
  const call = {
    request,
    needed: neededOf(auth) ?? state.scopes.required,
    budget: new RequestBudget(hostFact(host, 'waitUntil')),
    trail: undefined,
  }
  await state.audit?.write(call, { auth, reason, status: response.status })
  return response
}

function reject(
  reason: RejectionReason,
  request: Request,
  auth: Context,
  state: ResourceState,
): Rejection {
  const needed = neededOf(auth) ?? state.scopes.required
  return rejectionResponse(reason, state, { request, needed })
}

function withHeaders(request: Request, headers: Headers): Request {
  if (!request.bodyUsed) {
    try {
      return new Request(request, { headers, signal: request.signal })
    } catch {
      // Not a `Request` of this host's own class: a framework's view of one.
    }
  }
  // A framework has read the body and holds its result.
  return overlay(request, { headers })
}

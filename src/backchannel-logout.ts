/** The endpoint to which authorization servers send logout tokens. */

import { emit } from './contract/events.ts'
import type { RejectionReason } from './contract/rejection-reason.ts'
import type { RevokedBefore } from './contract/revocation.ts'
import { RequestBudget } from './documents/request-budget.ts'
import { buildResponse } from './http/build-response.ts'
import { isEncoded, isUtf8 } from './http/content.ts'
import { retryAfter } from './http/retry-after.ts'
import { isObject } from './lib/json.ts'
import { ownMember, ownMembers } from './lib/own-members.ts'
import { readBytesWithin } from './lib/read-bytes.ts'
import { fail, type Result } from './lib/result.ts'
import { within } from './lib/within.ts'
import { type ProtectedResource, type ResourceState, stateOf } from './resource/state.ts'
import { refusedEvent } from './response/rejection.ts'
import { type ClientIdOf, type Logout, verifyLogoutToken } from './revocation/logout-token.ts'

const MAX_BODY_BYTES = 65_536
const MAX_BODY_MS = 10_000
/** More than a store needs. The server waits, and sends the token again after a 503. */
const MAX_STORE_MS = 5000
const FORM = /^application\/x-www-form-urlencoded[\t ]*(;|$)/i

/**
 * Answers a logout token (OpenID Connect Back-Channel Logout 1.0): the tokens of the session, or of the
 * user, that were issued until then are revoked. Serve it at the `backchannel_logout_uri` that is registered
 * with the authorization server, outside of {@link protect}: the logout token is the only credential.
 *
 * Checks: a POST of a form of at most 64 KiB with one `logout_token`; `typ` and `alg`; `iss` of a server of
 * the resource; `aud`; `iat` and, if present, `exp` within five minutes; `events`; that there is a `sub` or a `sid`
 * and no `nonce`; the signature; that this process has not seen the `jti`. Unknown keys cause at most one fetch a
 * minute, apart from those for access tokens.
 *
 * Does not check: that access tokens have the `sid`. If the logout token names a user and a session, tokens
 * of that user without `sid` are revoked too.
 *
 * @param request The request of the authorization server.
 * @param resource The resource whose servers are accepted. Its `revocation` must use the same revocations.
 * @param revocations The marks to set.
 * @param options `clientId`: the client that is registered with the server, or one for each issuer.
 * @returns 200 after the logout; 400 with `invalid_request`; 503 with `Retry-After` if the keys or the store
 * are out of reach; 500 if the body was read before. Never a challenge, and never cached. The reason of a rejected POST is
 * in its `refused` event, which has `logout: true`.
 * @throws {TypeError} If `clientId` is missing.
 * @example
 * ```ts
 * // Serves https://api.example.com/backchannel-logout, the registered `backchannel_logout_uri`.
 * function serveLogout(request: Request): Promise<Response> {
 *   return backchannelLogoutResponse(request, notes, revocations, { clientId: 'notes-app' })
 * }
 * ```
 * @see {@link https://openid.net/specs/openid-connect-backchannel-1_0.html#Validation OpenID Connect
 * Back-Channel Logout 1.0 §2.6}
 */
export async function backchannelLogoutResponse(
  request: Request,
  resource: ProtectedResource,
  revocations: RevokedBefore,
  options: { clientId: string | Readonly<Record<string, string>> },
): Promise<Response> {
  const state = stateOf(resource)
  const clientIdOf = clientIdsOf(options)
  if (request.method !== 'POST') return rejection(400, { Allow: 'POST' })
  if (request.bodyUsed) return reject({ code: 'internal' }, state)
  const token = await readLogoutToken(request)
  if (token === undefined) return reject({ code: 'body_invalid' }, state)
  const verified = await verify(token, state, clientIdOf)
  if (!verified.ok) return reject(verified.error, state)
  if (!(await revoke(verified.value, revocations))) {
    return reject({ code: 'unavailable', option: 'revocation' }, state)
  }
  verified.value.consume()
  return buildResponse(null, 200, [['Cache-Control', 'no-store']])
}

/** Unexpected exceptions become a 500. */
async function verify(
  token: string,
  state: ResourceState,
  clientIdOf: ClientIdOf,
): Promise<Result<Logout, RejectionReason>> {
  try {
    return await verifyLogoutToken(token, state, clientIdOf, new RequestBudget())
  } catch {
    return fail({ code: 'internal' })
  }
}

function clientIdsOf(options: { clientId: unknown }): ClientIdOf {
  const clientId = isObject(options) ? ownMember(options, 'clientId') : undefined
  if (typeof clientId === 'string' && clientId !== '') return () => clientId
  if (!isObject(clientId)) throw new TypeError('backchannelLogoutResponse needs { clientId }.')
  const ids = ownMembers(clientId)
  return (issuer, authority) => {
    const id = ids[issuer] ?? ids[authority]
    return typeof id === 'string' && id !== '' ? id : undefined
  }
}

/** The one `logout_token` of a form; `undefined` for any other request. */
async function readLogoutToken(request: Request): Promise<string | undefined> {
  const { headers } = request
  const isForm = FORM.test(headers.get('Content-Type') ?? '') && isUtf8(headers)
  if (!isForm || isEncoded(headers)) return undefined
  if (Number(headers.get('Content-Length')) > MAX_BODY_BYTES) return undefined
  try {
    const bytes = await readBytesWithin(request.body?.getReader(), MAX_BODY_BYTES, MAX_BODY_MS)
    if (typeof bytes === 'string') return undefined
    const [token, ...others] = new URLSearchParams(new TextDecoder().decode(bytes)).getAll(
      'logout_token',
    )
    return others.length === 0 ? token : undefined
  } catch {
    // The sender disconnected.
    return undefined
  }
}

/** Whether the marks were set. */
async function revoke(
  { issuers, sub, sessionId, at }: Logout,
  revocations: RevokedBefore,
): Promise<boolean> {
  const user = sub === undefined ? {} : { sub }
  const session = sessionId === undefined ? {} : { sessionId }
  type Target = Parameters<RevokedBefore['revoke']>[0]
  try {
    const writes = issuers.map((issuer) =>
      revocations.revoke({ issuer, ...user, ...session } as Target, at),
    )
    return await within(
      Promise.all(writes).then(() => true),
      MAX_STORE_MS,
      () => false,
    )
  } catch {
    return false
  }
}

/** Emits the event, and builds the response. */
function reject(reason: RejectionReason, state: ResourceState): Response {
  const { code, retryAfterSeconds } = reason
  const status = code === 'unavailable' ? 503 : code === 'internal' ? 500 : 400
  emit(state.events.onEvent, { ...refusedEvent(reason, state, status), logout: true })
  if (status !== 503) return rejection(status)
  const [name, value] = retryAfter(retryAfterSeconds)
  return rejection(status, { [name]: value })
}

const ERRORS = {
  400: ['invalid_request', 'The logout token or its request is not valid.'],
  500: ['server_error', 'The request could not be processed.'],
  503: ['temporarily_unavailable', 'The logout cannot be processed right now.'],
} as const

/** The response does not contain the reason, because any sender can request it. */
function rejection(
  status: keyof typeof ERRORS,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const [error, description] = ERRORS[status]
  return buildResponse(JSON.stringify({ error, error_description: description }), status, [
    ['Content-Type', 'application/json'],
    ['Cache-Control', 'no-store'],
    ...Object.entries(headers),
  ])
}

/** One resource behind `protect()`, with an issuer, a clock, and all events and contexts. */

import { expect } from 'vitest'
import {
  type AnonymousContext,
  type AuthContext,
  type AuthErrorCode,
  type AuthEvent,
  type AuthorizationServerOptions,
  type ProtectedResource,
  type ProtectedResourceOptions,
  protect,
  protectedResource,
  type Requirements,
} from '../../src/index.ts'
import { createClock, type TestClock } from './clock.ts'
import { createIssuer, METADATA_URL, RESOURCE, type SigningKey, type TestIssuer } from './issuer.ts'
import { type ExpectedRejection, expectRejection } from './rejection.ts'

export interface Scene {
  readonly issuer: TestIssuer
  readonly clock: TestClock
  readonly resource: ProtectedResource
  readonly events: AuthEvent[]
  /** The context of every run of the handler. */
  readonly runs: (AuthContext | AnonymousContext)[]
  readonly send: (request: Request) => Promise<Response>
  /** A POST to the resource; without a value it has no `Authorization`. */
  readonly ask: (authorization?: string, init?: RequestInit) => Promise<Response>
}

export interface SceneOptions extends Partial<ProtectedResourceOptions<string>> {
  /** Options of the one authorization server. */
  readonly server?: Partial<AuthorizationServerOptions> | undefined
  readonly requirements?: Requirements | undefined
  readonly key?: SigningKey | undefined
  /** An issuer that other scenes share. */
  readonly issuer?: TestIssuer | undefined
  /** Runs after the call is recorded. @default responds with `done` */
  readonly handler?:
    | ((request: Request, auth: AuthContext) => Response | Promise<Response>)
    | undefined
}

export async function createScene(options: SceneOptions = {}): Promise<Scene> {
  const { server, requirements, key, handler, issuer: known, ...rest } = options
  const issuer = known ?? (await createIssuer(undefined, key))
  const clock = createClock()
  const events: AuthEvent[] = []
  const runs: Scene['runs'] = []
  const resource = protectedResource({
    resource: RESOURCE,
    authorizationServers: [{ issuer: issuer.issuer, ...server }],
    fetch: issuer.fetch,
    now: clock.now,
    onEvent: (event) => events.push(event),
    ...rest,
  })
  const recordAndHandle = async (request: Request, auth: AuthContext): Promise<Response> => {
    runs.push(auth)
    return (await handler?.(request, auth)) ?? new Response('done')
  }
  const guarded = protect(
    resource,
    recordAndHandle,
    requirements as Requirements & { optional?: false },
  )
  const send = async (request: Request): Promise<Response> => {
    // A known token is decided at once: assertions count the runs of the handler before that.
    await Promise.resolve()
    return guarded(request)
  }
  const ask: Scene['ask'] = (authorization, init = {}) => {
    const request = new Request(rest.resource ?? RESOURCE, { method: 'POST', ...init })
    if (authorization !== undefined) request.headers.set('Authorization', authorization)
    return send(request)
  }
  return { issuer, clock, resource, events, runs, send, ask }
}

/** The `Authorization` field of a good token with claims changed; a text stands for the scope. */
export async function bearer(
  { issuer }: Pick<Scene, 'issuer'>,
  claims: string | Record<string, unknown> = {},
): Promise<string> {
  return `Bearer ${await issuer.token(typeof claims === 'string' ? { scope: claims } : claims)}`
}

/** Sends a good token with claims and header parameters changed. */
export async function present(
  scene: Scene,
  claims: Record<string, unknown> = {},
  header: Record<string, unknown> = {},
): Promise<Response> {
  return scene.ask(`Bearer ${await scene.issuer.token(claims, { header })}`)
}

/** Asserts that the handler ran, once, and gives its context. */
export async function expectAccepted(
  scene: Scene,
  pending: Promise<Response>,
): Promise<AuthContext> {
  const before = scene.runs.length
  const response = await pending
  expect({ status: response.status, challenge: response.headers.get('WWW-Authenticate') }).toEqual({
    status: 200,
    challenge: null,
  })
  expect(scene.runs).toHaveLength(before + 1)
  const auth = scene.runs.at(-1)
  if (auth === undefined || auth.anonymous) throw new Error('The request passed as anonymous.')
  return auth
}

export interface BearerRejection extends Omit<ExpectedRejection, 'resourceMetadata'> {
  /** The code of the event; the response does not contain it. */
  readonly code: AuthErrorCode
  readonly resourceMetadata?: string
}

/** Asserts the whole rejection: status, challenge, body, the code of the event, and that no handler ran. */
export async function expectRejected(
  scene: Scene,
  pending: Promise<Response>,
  { code, ...expected }: BearerRejection,
): Promise<Response> {
  const before = scene.runs.length
  const response = await pending
  const copy = response.clone()
  expect(rejectionCodes(scene).at(-1)).toBe(code)
  await expectRejection(response, { resourceMetadata: METADATA_URL, ...expected })
  expect(scene.runs).toHaveLength(before)
  return copy
}

/** The rejection of an invalid token. */
export function invalidToken(code: AuthErrorCode): BearerRejection {
  return { code, status: 401, error: 'invalid_token' }
}

/** The rejection of a request without usable credentials. */
export const NO_CREDENTIALS: BearerRejection = { code: 'credentials_missing', status: 401 }

/** The 403 with these scopes. */
export function insufficientScope(scope?: string): BearerRejection {
  const named = scope === undefined ? {} : { scope }
  return { code: 'scope_insufficient', status: 403, error: 'insufficient_scope', ...named }
}

export function malformed(
  code:
    | 'credentials_malformed'
    | 'credentials_duplicate'
    | 'body_invalid' = 'credentials_malformed',
): BearerRejection {
  return { code, status: 400, error: 'invalid_request' }
}

/** Asserts a 500 or 503: no challenge, and no handler ran. */
export async function expectFault(
  scene: Scene,
  pending: Promise<Response>,
  code: 'unavailable' | 'internal',
): Promise<Response> {
  const before = scene.runs.length
  const response = await pending
  const copy = response.clone()
  const [status, error] =
    code === 'unavailable' ? [503, 'temporarily_unavailable'] : [500, 'server_error']
  expect({ status: response.status, challenge: response.headers.get('WWW-Authenticate') }).toEqual({
    status,
    challenge: null,
  })
  expect(response.headers.get('Cache-Control')).toBe('no-store')
  const retryAfter = response.headers.get('Retry-After')
  if (code === 'unavailable') expect(retryAfter).toMatch(/^[1-9]\d*$/)
  else expect(retryAfter).toBeNull()
  expect(((await response.json()) as { error: string }).error).toBe(error)
  expect(rejectionCodes(scene).at(-1)).toBe(code)
  expect(scene.runs).toHaveLength(before)
  return copy
}

/** The codes of all rejections so far. */
export function rejectionCodes(scene: Pick<Scene, 'events'>): AuthErrorCode[] {
  return scene.events.flatMap((event) => (event.type === 'refused' ? [event.code] : []))
}

export type { BearerRejection as RefusedBecause }

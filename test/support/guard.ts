/** A protected resource with everything about it in view: what ran, what was told, what was fetched. */

import { expect } from 'vitest'
import {
  type AnonymousContext,
  type AuthContext,
  type AuthErrorCode,
  type AuthEvent,
  type ProtectedResource,
  type ProtectedResourceOptions,
  protect,
  protectedResource,
} from '../../src/index.ts'
import { createClock, type TestClock } from './clock.ts'
import { ISSUER, RESOURCE } from './issuer.ts'
import { type ExpectedRefusal, expectRefusal } from './refusal.ts'

export interface Guard {
  readonly resource: ProtectedResource
  readonly fetch: (request: Request) => Promise<Response>
  readonly clock: TestClock
  /** The contexts the handler was given. */
  readonly contexts: (AuthContext | AnonymousContext)[]
  readonly events: AuthEvent[]
}

/** A resource behind `protect`, of {@link RESOURCE} and {@link ISSUER} where not told otherwise. */
export function createGuard(options: Partial<ProtectedResourceOptions> = {}): Guard {
  const clock = createClock()
  const contexts: Guard['contexts'] = []
  const events: AuthEvent[] = []
  const resource = protectedResource({
    resource: RESOURCE,
    authorizationServers: [ISSUER],
    fetch: forbiddenFetch,
    now: clock.now,
    onEvent: (event) => events.push(event),
    ...options,
  })
  const fetch = protect(resource, (_request, auth) => {
    contexts.push(auth)
    return new Response('handled')
  })
  return { resource, fetch, clock, contexts, events }
}

/** For resources that must decide without asking anybody. */
export function forbiddenFetch(url: string): Promise<Response> {
  return Promise.reject(new Error(`nothing should be fetched, but ${url} was`))
}

export function get(url: string, headers: Record<string, string> = {}): Request {
  return new Request(url, { headers })
}

/** A request with a token, as MCP clients send it. */
export function post(token?: string, url: string = RESOURCE): Request {
  const headers = token === undefined ? {} : { Authorization: `Bearer ${token}` }
  return new Request(url, { method: 'POST', headers, body: '{}' })
}

/** Asserts a refusal: our code in the event, the whole answer, and that the handler did not run. */
export async function expectRefused(
  guard: Guard,
  request: Request,
  code: AuthErrorCode,
  expected: Omit<ExpectedRefusal, 'resourceMetadata'>,
): Promise<void> {
  const response = await guard.fetch(request)
  await expectRefusal(response, {
    resourceMetadata: guard.resource.metadataUrl,
    ...expected,
  })
  expect(guard.events.findLast(({ type }) => type === 'refused')).toMatchObject({
    code,
    status: expected.status,
  })
  expect(guard.contexts).toEqual([])
}

/** Asserts "could not decide": 503, when to come back, and no challenge that would cost a token. */
export async function expectUnavailable(guard: Guard, request: Request): Promise<void> {
  const response = await guard.fetch(request)
  expect(response.status).toBe(503)
  expect(response.headers.get('WWW-Authenticate')).toBeNull()
  expect(response.headers.get('Retry-After')).toMatch(/^[1-9]\d*$/)
  expect(response.headers.get('Cache-Control')).toBe('no-store')
  expect(await response.json()).toEqual({
    error: 'temporarily_unavailable',
    error_description: 'The access token cannot be checked right now.',
  })
  expect(guard.events.findLast(({ type }) => type === 'refused')).toMatchObject({
    code: 'unavailable',
    status: 503,
  })
  expect(guard.contexts).toEqual([])
}

/** Asserts a 404 for a document: uncacheable, readable from anywhere, and the handler did not run. */
export async function expectNoDocument(guard: Guard, request: Request): Promise<void> {
  const response = await guard.fetch(request)
  expect(response.status).toBe(404)
  expect(response.headers.get('Cache-Control')).toBe('no-store')
  expect(response.headers.get('Access-Control-Allow-Origin')).toBe('*')
  expect(response.headers.get('WWW-Authenticate')).toBeNull()
  expect(await response.json()).toEqual({
    error: 'not_found',
    error_description: 'There is no such document here.',
  })
  expect(guard.contexts).toEqual([])
}

/** One resource, one issuer in memory, one clock, and a handler that counts its calls. */

import {
  type AuthEvent,
  type AuthorizationServerOptions,
  type ProtectedResource,
  type ProtectedResourceOptions,
  protect,
  protectedResource,
} from '../../src/index.ts'
import { createClock, type TestClock } from './clock.ts'
import { createIssuer, ISSUER, RESOURCE, type TestIssuer } from './issuer.ts'

export interface TestSetup {
  readonly issuer: TestIssuer
  readonly clock: TestClock
  readonly events: AuthEvent[]
  readonly resource: ProtectedResource
  /** How often the protected handler ran. */
  readonly calls: () => number
  /** Sends a POST with this token, or with none. */
  send(token?: string, headers?: Record<string, string>): Promise<Response>
}

export interface SetupOptions {
  readonly issuer?: TestIssuer
  readonly server?: Partial<AuthorizationServerOptions>
  readonly options?: Partial<ProtectedResourceOptions>
}

export async function setUp({ issuer, server, options }: SetupOptions = {}): Promise<TestSetup> {
  const authority = issuer ?? (await createIssuer())
  const clock = createClock()
  const events: AuthEvent[] = []
  const resource = protectedResource({
    resource: RESOURCE,
    authorizationServers: [{ issuer: ISSUER, ...server }],
    fetch: authority.fetch,
    now: clock.now,
    onEvent: (event) => events.push(event),
    ...options,
  })
  let calls = 0
  const handle = protect(resource, (_request, auth) => {
    calls += 1
    return Response.json({ subject: auth.subject, scopes: auth.scopes })
  })
  return {
    issuer: authority,
    clock,
    events,
    resource,
    calls: () => calls,
    send: (token, headers = {}) =>
      handle(
        new Request(RESOURCE, {
          method: 'POST',
          headers: token === undefined ? headers : { Authorization: `Bearer ${token}`, ...headers },
        }),
      ),
  }
}

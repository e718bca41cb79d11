/** A resource with one test issuer, and the clock of both. */

import {
  type AuthErrorCode,
  type AuthorizationServerOptions,
  type ProtectedResourceOptions,
  protect,
  protectedResource,
} from '../../src/index.ts'
import {
  createTestIssuer,
  type TestIssuer,
  type TestIssuerOptions,
} from '../../src/testing/index.ts'
import { createClock, type TestClock } from '../support/clock.ts'
import { RESOURCE } from '../support/issuer.ts'

export interface Scene {
  readonly issuer: TestIssuer
  readonly clock: TestClock
  /** The status of the response and, for a rejection, its code. */
  send(token: string): Promise<{ status: number; code?: AuthErrorCode }>
}

export interface SceneOptions {
  readonly issuer?: TestIssuerOptions
  readonly server?: Partial<AuthorizationServerOptions>
  readonly resource?: Partial<ProtectedResourceOptions>
}

export function createScene(options: SceneOptions = {}): Scene {
  const clock = createClock()
  const issuer = createTestIssuer({ resource: RESOURCE, now: clock.now, ...options.issuer })
  const codes: AuthErrorCode[] = []
  const resource = protectedResource({
    resource: RESOURCE,
    authorizationServers: [{ issuer: issuer.issuer, ...options.server }],
    fetch: issuer.fetch,
    now: clock.now,
    onEvent: (event) => {
      if (event.type === 'refused') codes.push(event.code)
    },
    ...options.resource,
  })
  const serve = protect(resource, () => new Response('handled'))
  return {
    issuer,
    clock,
    send: async (token) => {
      const headers = { Authorization: `Bearer ${token}` }
      const { status } = await serve(new Request(RESOURCE, { method: 'POST', headers }))
      const code = codes.pop()
      return code === undefined ? { status } : { status, code }
    },
  }
}

/** A resource whose requests are sent by their token. */

import { expect } from 'vitest'
import type { AuthorizationServerOptions, ProtectedResourceOptions } from '../../src/index.ts'
import type { TestIssuer } from './issuer.ts'
import { createScene, type Scene } from './scene.ts'

export interface TestSetup extends Omit<Scene, 'send'> {
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
  const scene = await createScene({
    issuer,
    server,
    handler: (_request, auth) => Response.json({ subject: auth.subject, scopes: auth.scopes }),
    ...options,
  })
  return {
    ...scene,
    calls: () => scene.runs.length,
    send: (token, headers = {}) =>
      scene.ask(token === undefined ? undefined : `Bearer ${token}`, { headers }),
  }
}

/** Asserts that the request of this token reaches the handler, as the user of good tokens. */
export async function expectPass(setup: TestSetup, token: string): Promise<void> {
  const before = setup.calls()
  const response = await setup.send(token)
  expect({ status: response.status, body: await response.json() }).toEqual({
    status: 200,
    body: { subject: 'user-1', scopes: ['read'] },
  })
  expect(setup.calls()).toBe(before + 1)
}

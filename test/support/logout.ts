/** Logout tokens, and the endpoint that takes them. */

import { expect } from 'vitest'
import { backchannelLogoutResponse, type RevokedBefore, revokedBefore } from '../../src/index.ts'
import { START } from './clock.ts'
import { ISSUER, type SigningKey, sign } from './issuer.ts'
import { createMemoryStore } from './memory-store.ts'
import { createScene, invalidToken, type Scene, type SceneOptions } from './scene.ts'

export const REVOKED = invalidToken('token_revoked')
export const EVENT = 'http://schemas.openid.net/event/backchannel-logout'
export const PLACE = 'https://rs.example/backchannel-logout'
export const CLIENT = 'client-1'

let serial = 0

export function goodLogoutClaims(): Record<string, unknown> {
  serial += 1
  return {
    iss: ISSUER,
    aud: CLIENT,
    sub: 'user-1',
    iat: START,
    exp: START + 120,
    jti: `logout-${serial}`,
    events: { [EVENT]: {} },
  }
}

export interface Sent {
  readonly claims?: Record<string, unknown>
  readonly header?: Record<string, unknown>
  readonly key?: SigningKey
}

export async function setUpLogout(options: SceneOptions = {}) {
  const store = createMemoryStore()
  const marks = revokedBefore(store, { now: () => START })
  const scene = await createScene({ revocation: { isRevoked: marks.isRevoked }, ...options })
  const logoutToken = ({ claims = {}, header = {}, key }: Sent = {}) =>
    sign(
      { ...goodLogoutClaims(), ...claims },
      { header: { typ: 'logout+jwt', ...header }, ...(key ? { key } : {}) },
      scene.issuer.key,
    )
  const send = (
    token: string,
    clientId: string | Record<string, string> = CLIENT,
    revocations: RevokedBefore = marks,
  ) => sendBody(scene, new URLSearchParams({ logout_token: token }), revocations, { clientId })
  return {
    scene,
    store,
    marks,
    logoutToken,
    send,
    logOut: async (sent: Sent = {}) => send(await logoutToken(sent)),
  }
}

export function sendBody(
  scene: Scene,
  body: RequestInit['body'],
  marks: RevokedBefore,
  { clientId = CLIENT, ...init }: RequestInit & { clientId?: string | Record<string, string> } = {},
): Promise<Response> {
  const request = new Request(PLACE, { method: 'POST', ...init, body: body ?? null })
  return backchannelLogoutResponse(request, scene.resource, marks, { clientId })
}

export async function expectLogoutSuccess(response: Response): Promise<void> {
  expect([response.status, response.headers.get('Cache-Control')]).toEqual([200, 'no-store'])
  expect(await response.text()).toBe('')
}

export async function expectLogoutFailure(response: Response, status = 400): Promise<void> {
  const errors: Record<number, string> = {
    400: 'invalid_request',
    500: 'server_error',
    503: 'temporarily_unavailable',
  }
  expect({
    status: response.status,
    cache: response.headers.get('Cache-Control'),
    type: response.headers.get('Content-Type'),
    challenge: response.headers.get('WWW-Authenticate'),
    retry: response.headers.has('Retry-After'),
    body: await response.json(),
  }).toEqual({
    status,
    cache: 'no-store',
    type: 'application/json',
    challenge: null,
    retry: status === 503,
    body: { error: errors[status], error_description: expect.any(String) },
  })
}

/** The status, code and claim of each event of a rejected logout. */
export function reasonsIn({ events }: Scene): string[] {
  return events.flatMap((event) => {
    if (event.type !== 'refused' || event.logout !== true) return []
    const { status, code, claim } = event
    return [[status, code, claim].filter((part) => part !== undefined).join(' ')]
  })
}

/** Failed exchanges as responses: thrown in handlers of every kind, and given to `challengeResponse`. */

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Hono } from 'hono'
import { describe, expect, it } from 'vitest'
import { bearerAuth as honoGuard } from '../../adapters/hono.ts'
import { authErrors, bearerAuth, protect as nodeProtect } from '../../adapters/node/index.ts'
import {
  ExchangeError,
  type ExchangeFailure,
  type ExchangeFailureCode,
  isExchangeError,
} from '../../src/exchange/index.ts'
import {
  AuthError,
  challengeResponse,
  isAuthError,
  protect,
  verifyAccessToken,
} from '../../src/index.ts'
import { METADATA_URL, RESOURCE } from '../support/issuer.ts'
import { createScene, type Scene } from '../support/scene.ts'

interface Expected {
  readonly status: number
  readonly challenge: string | null
  readonly retryAfter: string | null
  readonly error: string
  readonly code: string
}

const STEP_UP = [
  'Bearer error="insufficient_user_authentication"',
  'error_description="The user must authenticate again, or with a stronger method."',
]
const FORBIDDEN: Expected = {
  status: 403,
  challenge: null,
  retryAfter: null,
  error: 'access_denied',
  code: 'operation_denied',
}

const ROWS: readonly (readonly [ExchangeFailure, Expected])[] = [
  [
    { ok: false, code: 'unavailable', retryAfterSeconds: 7 },
    {
      status: 503,
      challenge: null,
      retryAfter: '7',
      error: 'temporarily_unavailable',
      code: 'unavailable',
    },
  ],
  [
    { ok: false, code: 'step_up_required', acrValues: ['gold', 'silver'], maxAgeSeconds: 60 },
    {
      status: 401,
      challenge: [
        ...STEP_UP,
        'acr_values="gold silver"',
        'max_age="60"',
        `resource_metadata="${METADATA_URL}"`,
      ].join(', '),
      retryAfter: null,
      error: 'insufficient_user_authentication',
      code: 'authentication_insufficient',
    },
  ],
  [
    { ok: false, code: 'step_up_required', claims: '{"id_token":{}}' },
    {
      status: 401,
      challenge: [...STEP_UP, `resource_metadata="${METADATA_URL}"`].join(', '),
      retryAfter: null,
      error: 'insufficient_user_authentication',
      code: 'authentication_insufficient',
    },
  ],
  ...(['consent_required', 'subject_not_accepted', 'target_refused', 'misconfigured'] as const).map(
    (code: ExchangeFailureCode): [ExchangeFailure, Expected] => [
      { ok: false, code, url: 'https://as.example/consent' },
      FORBIDDEN,
    ],
  ),
]

async function expectResponse(response: Response, scene: Scene, expected: Expected) {
  const { status, headers } = response
  expect({
    status,
    challenge: headers.get('WWW-Authenticate'),
    retryAfter: headers.get('Retry-After'),
    error: ((await response.json()) as { error: string }).error,
  }).toEqual({
    status: expected.status,
    challenge: expected.challenge,
    retryAfter: expected.retryAfter,
    error: expected.error,
  })
  const event = scene.events.findLast(({ type }) => type === 'refused')
  expect(event).toMatchObject({ code: expected.code, status: expected.status })
}

describe.each(ROWS)('ExchangeError %j', (failure, expected) => {
  it('becomes its response in challengeResponse()', async () => {
    const scene = await createScene()
    const response = challengeResponse(new ExchangeError(failure), scene.resource)
    await expectResponse(response, scene, expected)
    const event = scene.events.findLast(({ type }) => type === 'refused')
    const denied = expected === FORBIDDEN ? failure.code : undefined
    expect((event as { denied?: string }).denied).toBe(denied)
  })

  it('becomes its response where a handler throws it', async () => {
    const scene = await createScene({ handler: () => Promise.reject(new ExchangeError(failure)) })
    const response = await scene.ask(`Bearer ${await scene.issuer.token()}`)
    await expectResponse(response, scene, expected)
  })

  it('becomes its response in Hono', async () => {
    const scene = await createScene()
    const app = new Hono()
    app.use('*', honoGuard(scene.resource))
    app.post('/mcp', () => {
      throw new ExchangeError(failure)
    })
    app.onError((_error, c) => c.text('unhandled', 500))
    const headers = { Authorization: `Bearer ${await scene.issuer.token()}` }
    const response = await app.request(RESOURCE, { method: 'POST', headers })
    await expectResponse(response, scene, expected)
  })

  it('becomes its response on node:http and in error middleware', async () => {
    const scene = await createScene()
    const guarded = nodeProtect(scene.resource, () => {
      throw new ExchangeError(failure)
    })
    const guard = bearerAuth(scene.resource)
    const onError = authErrors(scene.resource)
    for (const listener of [
      guarded,
      (req: never, res: never) =>
        guard(req, res, () => onError(new ExchangeError(failure), req, res, () => {})),
    ]) {
      const server = createServer(listener as never)
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      const { port } = server.address() as AddressInfo
      const headers = { Authorization: `Bearer ${await scene.issuer.token()}` }
      const response = await fetch(`http://127.0.0.1:${port}/mcp`, { method: 'POST', headers })
      await expectResponse(response, scene, expected)
      await new Promise((resolve) => server.close(resolve))
    }
  })
})

describe('ExchangeError with a cause', () => {
  const failure: ExchangeFailure = {
    ...{ ok: false, code: 'misconfigured', error: 'invalid_client' },
    message: 'AADSTS7000222: The provided client secret keys of alice@example.com are expired.',
  }

  it('has the error in its event, and the message in the failure alone', async () => {
    const error = new ExchangeError(failure)
    const scene = await createScene({ handler: () => Promise.reject(error) })
    const response = await scene.ask(`Bearer ${await scene.issuer.token()}`)
    expect(await response.clone().text()).not.toMatch(/invalid_client|AADSTS/)
    await expectResponse(response, scene, FORBIDDEN)
    expect(scene.events.at(-1)).toEqual({
      ...{ type: 'refused', resource: RESOURCE, code: 'operation_denied', status: 403 },
      ...{ denied: 'misconfigured', received: ['invalid_client'] },
    })
    expect(error.message).toBe('The token exchange failed: misconfigured')
    expect(error.failure).toBe(failure)
  })

  it('has no error in its event if that is null', async () => {
    const scene = await createScene()
    const broken = { ...failure, error: null } as unknown as ExchangeFailure
    await expectResponse(
      challengeResponse(new ExchangeError(broken), scene.resource),
      scene,
      FORBIDDEN,
    )
    expect(scene.events.at(-1)).not.toHaveProperty('received')
  })
})

describe('isExchangeError()', () => {
  it('accepts an error of another copy of the package, and nothing else', () => {
    const symbol = Symbol.for('mcp-gatehouse.ExchangeError')
    expect(isExchangeError(Object.assign(new Error('foreign'), { [symbol]: true }))).toBe(true)
    const error = new ExchangeError({ ok: false, code: 'unavailable' })
    expect(isExchangeError(error)).toBe(true)
    expect(isAuthError(error)).toBe(false)
    for (const value of [undefined, null, 'error', new Error('plain'), Object.create(error)]) {
      expect(isExchangeError(value)).toBe(false)
    }
    expect(Object.getOwnPropertySymbols({ ...error })).toEqual([])
  })
})

describe('AuthError', () => {
  it('takes the requirements of a step-up, which the challenge names', async () => {
    const error = new AuthError('authentication_insufficient', {
      acrValues: ['gold'],
      maxAgeSeconds: 0,
    })
    expect(error).toMatchObject({ acrValues: ['gold'], maxAgeSeconds: 0, scopes: [] })
    const scene = await createScene()
    const response = challengeResponse(error, scene.resource)
    await expectResponse(response, scene, {
      status: 401,
      challenge: [
        ...STEP_UP,
        'acr_values="gold"',
        'max_age="0"',
        `resource_metadata="${METADATA_URL}"`,
      ].join(', '),
      retryAfter: null,
      error: 'insufficient_user_authentication',
      code: 'authentication_insufficient',
    })
  })

  it('has no requirements by default, and passes on those of a rejected token', async () => {
    expect(new AuthError('token_expired')).toMatchObject({
      acrValues: [],
      maxAgeSeconds: undefined,
    })
    const { resource, issuer } = await createScene()
    const requirements = { acrValues: ['gold'], maxAgeSeconds: 60 }
    const token = await issuer.token()
    await expect(verifyAccessToken(token, resource, requirements)).rejects.toMatchObject({
      code: 'authentication_insufficient',
      acrValues: ['gold'],
      maxAgeSeconds: 60,
    })
  })
})

describe('protect()', () => {
  it('passes other errors of a handler on', async () => {
    const { resource, issuer } = await createScene()
    const handler = protect(resource, () => {
      throw new TypeError('mine')
    })
    const headers = { Authorization: `Bearer ${await issuer.token()}` }
    await expect(handler(new Request(RESOURCE, { headers }))).rejects.toThrow('mine')
  })
})

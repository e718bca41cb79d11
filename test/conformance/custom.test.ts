/** Custom verification: the results of verify(), and its arguments. */

import { describe, expect, it, vi } from 'vitest'
import {
  AuthError,
  type AuthErrorCode,
  type CustomTokenOptions,
  type Fetch,
  type TokenContext,
  UpstreamError,
  verifyAccessToken,
} from '../../src/index.ts'
import { START } from '../support/clock.ts'
import { goodClaims, ISSUER, METADATA_URL, RESOURCE } from '../support/issuer.ts'
import {
  createScene,
  expectAccepted,
  expectFault,
  expectRejected,
  invalidToken,
  rejectionCodes,
  type Scene,
  type SceneOptions,
} from '../support/scene.ts'
import { unchecked } from '../support/unchecked.ts'

type Verify = CustomTokenOptions['verify']

const TOKEN = 'gho_MARKER'

async function createCustomScene(
  verify: Verify,
  { server, ...options }: SceneOptions = {},
  changes: Partial<CustomTokenOptions> = {},
): Promise<Scene> {
  const accessToken: CustomTokenOptions = { kind: 'custom', verify, ...changes }
  return createScene({ server: { accessToken, ...server }, ...options })
}

const present = (scene: Scene, token = TOKEN) => scene.ask(`Bearer ${token}`)

describe('the result of verify()', () => {
  it.each([0, 60])(
    'may have members that are no JSON, with cacheSeconds %i',
    async (cacheSeconds) => {
      const organisation: Record<string, unknown> = { id: 5n, picture: new Uint8Array([1, 2]) }
      organisation['owner'] = { name: 'octocat', organisation, since: new Date(0) }
      const verify = async () => ({ sub: 'octocat', aud: RESOURCE, exp: START + 60, organisation })
      const scene = await createCustomScene(verify, {}, { cacheSeconds })
      for (let time = 0; time < 2; time++) {
        const auth = await expectAccepted(scene, present(scene))
        expect(auth.claims['organisation']).toEqual(organisation)
      }
    },
  )

  it('is checked and becomes the context', async () => {
    const scene = await createCustomScene(async () => ({
      sub: 'octocat',
      aud: RESOURCE,
      exp: START + 60,
      scope: 'read write',
      client_id: 'app',
    }))
    expect(await expectAccepted(scene, present(scene))).toMatchObject({
      token: TOKEN,
      scheme: 'Bearer',
      issuer: ISSUER,
      subject: 'octocat',
      clientId: 'app',
      scopes: ['read', 'write'],
      audience: [RESOURCE],
      expiresAt: START + 60,
      claims: { sub: 'octocat' },
    })
  })

  it('null is a 401', async () => {
    const scene = await createCustomScene(async () => null)
    await expectRejected(scene, present(scene), invalidToken('token_inactive'))
  })

  it.each<[string, Record<string, unknown>, AuthErrorCode]>([
    ['no aud', { aud: undefined }, 'token_audience'],
    ['another aud', { aud: 'https://other.example' }, 'token_audience'],
    ['no exp', { exp: undefined }, 'token_claims'],
    ['exp in the past', { exp: START - 31 }, 'token_expired'],
    ['nbf in the future', { nbf: START + 31 }, 'token_not_yet_valid'],
    ['another iss', { iss: 'https://other.example' }, 'token_issuer'],
    ['a refresh token', { token_type: 'refresh_token' }, 'token_type'],
    ['another token type', { token_use: 'id' }, 'token_type'],
    ['a bound token', { cnf: { jkt: 'x' } }, 'binding_unsupported'],
  ])('is checked like the claims of a JWT: %s', async (_what, changes, code) => {
    const scene = await createCustomScene(async () => ({ ...goodClaims(), ...changes }))
    await expectRejected(scene, present(scene), invalidToken(code))
  })

  it('is checked for scopes, too', async () => {
    const scene = await createCustomScene(async () => goodClaims(), { requiredScopes: ['write'] })
    const response = await present(scene)
    expect(response.status).toBe(403)
    expect(response.headers.get('WWW-Authenticate')).toBe(
      'Bearer error="insufficient_scope", ' +
        'error_description="The access token lacks a scope that this request needs.", ' +
        `scope="write", resource_metadata="${METADATA_URL}"`,
    )
    expect(rejectionCodes(scene)).toEqual(['scope_insufficient'])
    expect(scene.runs).toEqual([])
  })

  it('is mapped by mapClaims', async () => {
    const scene = await createCustomScene(async () => ({ ...goodClaims(), scope: undefined }), {
      server: { mapClaims: (claims) => ({ ...claims, scope: 'mapped' }) },
    })
    expect((await expectAccepted(scene, present(scene))).scopes).toEqual(['mapped'])
  })

  it.each([undefined, 'claims', 7, true, [goodClaims()], { ...goodClaims(), call: () => 1 }])(
    '%j is a 500, not a 401',
    async (value) => {
      const scene = await createCustomScene(async () => unchecked<null>(value))
      await expectFault(scene, present(scene), 'internal')
    },
  )

  it('is copied: the object of the application is not frozen', async () => {
    const kept = { ...goodClaims(), realm: { roles: ['a'] } }
    const scene = await createCustomScene(async () => kept, {}, { cacheSeconds: 60 })
    const auth = await expectAccepted(scene, present(scene))
    kept.realm.roles.push('admin')
    expect(auth.claims).toMatchObject({ realm: { roles: ['a'] } })
    expect(Object.isFrozen(auth.claims)).toBe(true)
    const again = await expectAccepted(scene, present(scene))
    expect(again.claims).toMatchObject({ realm: { roles: ['a'] } })
  })
})

describe('an exception of verify()', () => {
  it.each<AuthErrorCode>(['token_expired', 'token_inactive', 'token_malformed'])(
    'an AuthError %s is that rejection',
    async (code) => {
      const scene = await createCustomScene(async () => {
        throw new AuthError(code)
      })
      await expectRejected(scene, present(scene), invalidToken(code))
    },
  )

  it('an AuthError with scopes puts them into the challenge', async () => {
    const scene = await createCustomScene(async () => {
      throw new AuthError('scope_insufficient', { scopes: ['repo'] })
    })
    const response = await present(scene)
    expect(response.status).toBe(403)
    expect(response.headers.get('WWW-Authenticate')).toContain('scope="repo"')
    expect(scene.runs).toEqual([])
  })

  it.each([
    [17, '17'],
    // RFC 9110 §10.2.3: whole seconds.
    [0.25, '1'],
    [-1, '1'],
    [Number.NaN, '5'],
  ])('an UpstreamError is a 503, with its Retry-After: %s', async (retryAfterSeconds, expected) => {
    const scene = await createCustomScene(async () => {
      throw new UpstreamError('status', 'https://api.example', { retryAfterSeconds })
    })
    const response = await expectFault(scene, present(scene), 'unavailable')
    expect(response.headers.get('Retry-After')).toBe(expected)
  })

  it.each([
    new Error(`no ${TOKEN}`),
    new TypeError('fetch failed'),
    'text',
    undefined,
    Object.assign(new AuthError('token_expired'), { code: 'of_another_version' }),
  ])('%s is a 500', async (thrown) => {
    const scene = await createCustomScene(async () => {
      throw thrown
    })
    const response = await expectFault(scene, present(scene), 'internal')
    expect(await response.text()).not.toContain('MARKER')
    expect(JSON.stringify(scene.events)).not.toContain('MARKER')
  })

  it('thrown synchronously has the same result', async () => {
    const scene = await createCustomScene(() => {
      throw new AuthError('token_expired')
    })
    await expectRejected(scene, present(scene), invalidToken('token_expired'))
  })

  it('and a promise that never settles: a 503', async () => {
    const scene = await createScene({
      server: {
        timeoutMs: 40,
        accessToken: { kind: 'custom', verify: () => new Promise(() => {}) },
      },
    })
    await expectFault(scene, present(scene), 'unavailable')
  })
})

describe('the arguments of verify()', () => {
  it('contain the issuer, the resource, the clock and the request', async () => {
    let seen: TokenContext | undefined
    const scene = await createCustomScene(async (_token, context) => {
      seen = context
      return goodClaims()
    })
    const request = new Request(RESOURCE, {
      method: 'POST',
      headers: { Authorization: `Bearer ${TOKEN}` },
    })
    await expectAccepted(scene, scene.send(request))
    expect(seen).toMatchObject({ issuer: ISSUER, resource: RESOURCE })
    expect(seen?.request).toBe(request)
    expect(seen?.now()).toBe(START)
    await verifyAccessToken(TOKEN, scene.resource)
    expect(seen !== undefined && 'request' in seen).toBe(false)
  })

  /** A scene whose verify() fetches, and passes the response to `use`. */
  async function fetching(fetch: Fetch, use: (context: TokenContext) => Promise<unknown>) {
    return createScene({
      fetch,
      server: {
        timeoutMs: 60,
        maxBytes: 100,
        accessToken: {
          kind: 'custom',
          verify: async (_token, context) => {
            await use(context)
            return goodClaims()
          },
        },
      },
    })
  }

  it('contain a fetch that passes request and response unchanged', async () => {
    const init = { method: 'POST', headers: { 'X-A': '1' }, body: 'b' }
    const asked = vi.fn<Fetch>(
      async () => new Response('{"a":1}', { status: 404, headers: { 'X-B': '2' } }),
    )
    let response: Response | undefined
    const scene = await fetching(asked, async ({ fetch }) => {
      response = await fetch('https://api.example/user', init)
    })
    await expectAccepted(scene, present(scene))
    expect(asked).toHaveBeenCalledWith('https://api.example/user', expect.objectContaining(init))
    expect(response).toMatchObject({ status: 404, ok: false })
    expect(response?.headers.get('X-B')).toBe('2')
    expect(await response?.json()).toEqual({ a: 1 })
  })

  const failing: Record<string, Fetch> = {
    'sends no response': () => new Promise(() => {}),
    'stalls in the body': async () => new Response(new ReadableStream({ pull: () => {} })),
    'exceeds maxBytes': async () => new Response('x'.repeat(101)),
    'sends elsewhere': async () => Response.redirect('https://elsewhere.example', 302),
    'cannot be reached': () => Promise.reject(new TypeError('fetch failed')),
  }
  it.each(Object.keys(failing))(
    'contain a fetch with limits: a server that %s is a 503',
    async (what) => {
      const scene = await fetching(failing[what] as Fetch, async ({ fetch }) => {
        await (await fetch('https://api.example/user')).text()
      })
      await expectFault(scene, present(scene), 'unavailable')
    },
  )

  it.each([
    [`https://api.example/info?token=${TOKEN}`, 'https://api.example/info'],
    [`https://api.example/info#${TOKEN}`, 'https://api.example/info'],
    [`https://api.example/tokens/${TOKEN}`, 'https://api.example/'],
    [`https://api.example/tokens/%67ho_MARKER`, 'https://api.example/'],
  ])('SEC-03: contain a fetch whose error does not repeat the token in %s', async (url, place) => {
    const scene = await fetching(failing['cannot be reached'] as Fetch, ({ fetch }) => fetch(url))
    const error: unknown = await verifyAccessToken(TOKEN, scene.resource).catch((thrown) => thrown)
    if (!(error instanceof AuthError) || !(error.cause instanceof UpstreamError)) throw error
    expect(error.cause).toMatchObject({ url: place, message: `${place} could not be reached` })
    expect(error.cause.stack).not.toContain('MARKER')
  })

  it.each(['http://api.example', 'nowhere', 'ftp://api.example'])(
    'contain a fetch that rejects %s',
    async (url) => {
      const asked = vi.fn<Fetch>(async () => new Response())
      const scene = await fetching(asked, ({ fetch }) => fetch(url))
      await expectFault(scene, present(scene), 'internal')
      expect(asked).not.toHaveBeenCalled()
    },
  )

  it('contain a fetch that the application can cancel', async () => {
    let signal: AbortSignal | null | undefined
    const scene = await fetching(
      (_url, init) => {
        signal = init?.signal
        return new Promise((_resolve, reject) => {
          signal?.addEventListener('abort', () => reject(new Error('aborted')))
        })
      },
      async ({ fetch }) => {
        const abort = new AbortController()
        const response = fetch('https://api.example', { signal: abort.signal })
        abort.abort()
        await response
      },
    )
    await expectFault(scene, present(scene), 'unavailable')
    expect(signal?.aborted).toBe(true)
  })
})

describe('cacheSeconds', () => {
  it('0: verify() is called on every request', async () => {
    const verify = vi.fn<Verify>(async () => goodClaims())
    const scene = await createCustomScene(verify)
    await expectAccepted(scene, present(scene))
    await expectAccepted(scene, present(scene))
    expect(verify).toHaveBeenCalledTimes(2)
  })

  it('limits the calls to one per token and time', async () => {
    const verify = vi.fn<Verify>(async () => ({ ...goodClaims(), exp: START + 100 }))
    const scene = await createCustomScene(verify, {}, { cacheSeconds: 3600 })
    await Promise.all([1, 2, 3].map(() => present(scene)))
    scene.clock.advance(99)
    await expectAccepted(scene, present(scene))
    expect(verify).toHaveBeenCalledTimes(1)
    scene.clock.advance(1)
    await expectAccepted(scene, present(scene))
    expect(verify).toHaveBeenCalledTimes(2)
  })

  it('caches null for at most 5 s, and no failures', async () => {
    const verify = vi.fn<Verify>(async () => null)
    const scene = await createCustomScene(verify, {}, { cacheSeconds: 3600 })
    await expectRejected(scene, present(scene), invalidToken('token_inactive'))
    scene.clock.advance(4)
    await expectRejected(scene, present(scene), invalidToken('token_inactive'))
    expect(verify).toHaveBeenCalledTimes(1)
    scene.clock.advance(1)
    verify.mockRejectedValueOnce(new Error('oh'))
    await expectFault(scene, present(scene), 'internal')
    verify.mockRejectedValueOnce(new AuthError('token_expired'))
    await expectRejected(scene, present(scene), invalidToken('token_expired'))
    expect(verify).toHaveBeenCalledTimes(3)
  })
})

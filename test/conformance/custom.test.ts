/** Custom verification: what an application may say about a token, and what becomes of it. */

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
  accepted,
  createScene,
  faulted,
  invalidToken,
  reasons,
  refused,
  type Scene,
  type SceneOptions,
} from '../support/scene.ts'

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

describe('what verify() returns', () => {
  it('is the token, once we have judged it', async () => {
    const scene = await createCustomScene(async () => ({
      sub: 'octocat',
      aud: RESOURCE,
      exp: START + 60,
      scope: 'read write',
      client_id: 'app',
    }))
    expect(await accepted(scene, present(scene))).toMatchObject({
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

  it('null is "not valid"', async () => {
    const scene = await createCustomScene(async () => null)
    await refused(scene, present(scene), invalidToken('token_inactive'))
  })

  it.each<[string, Record<string, unknown>, AuthErrorCode]>([
    ['no aud', { aud: undefined }, 'token_audience'],
    ['another aud', { aud: 'https://other.example' }, 'token_audience'],
    ['no exp', { exp: undefined }, 'token_claims'],
    ['exp in the past', { exp: START - 31 }, 'token_expired'],
    ['nbf to come', { nbf: START + 31 }, 'token_not_yet_valid'],
    ['another iss', { iss: 'https://other.example' }, 'token_issuer'],
    ['a refresh token', { token_type: 'refresh_token' }, 'token_type'],
    ['another kind of token', { token_use: 'id' }, 'token_type'],
    ['a bound token', { cnf: { jkt: 'x' } }, 'binding_unsupported'],
  ])('is judged as a JWT is: %s', async (_what, changes, code) => {
    const scene = await createCustomScene(async () => ({ ...goodClaims(), ...changes }))
    await refused(scene, present(scene), invalidToken(code))
  })

  it('is judged for scopes too', async () => {
    const scene = await createCustomScene(async () => goodClaims(), { requiredScopes: ['write'] })
    const response = await present(scene)
    expect(response.status).toBe(403)
    expect(response.headers.get('WWW-Authenticate')).toBe(
      'Bearer error="insufficient_scope", ' +
        'error_description="The access token lacks a scope that this request needs.", ' +
        `scope="write", resource_metadata="${METADATA_URL}"`,
    )
    expect(reasons(scene)).toEqual(['scope_insufficient'])
    expect(scene.runs).toEqual([])
  })

  it('goes through mapClaims', async () => {
    const scene = await createCustomScene(async () => ({ ...goodClaims(), scope: undefined }), {
      server: { mapClaims: (claims) => ({ ...claims, scope: 'mapped' }) },
    })
    expect((await accepted(scene, present(scene))).scopes).toEqual(['mapped'])
  })

  it.each([undefined, 'claims', 7, true, [goodClaims()], { ...goodClaims(), call: () => 1 }])(
    '%j is a mistake, and never a 401',
    async (value) => {
      const scene = await createCustomScene(async () => value as unknown as null)
      await faulted(scene, present(scene), 'internal')
    },
  )

  it('is copied: what the application keeps is not frozen', async () => {
    const kept = { ...goodClaims(), realm: { roles: ['a'] } }
    const scene = await createCustomScene(async () => kept, {}, { cacheSeconds: 60 })
    const auth = await accepted(scene, present(scene))
    kept.realm.roles.push('admin')
    expect(auth.claims).toMatchObject({ realm: { roles: ['a'] } })
    expect(Object.isFrozen(auth.claims)).toBe(true)
    const again = await accepted(scene, present(scene))
    expect(again.claims).toMatchObject({ realm: { roles: ['a'] } })
  })
})

describe('what verify() throws', () => {
  it.each<AuthErrorCode>(['token_expired', 'token_inactive', 'token_malformed'])(
    'an AuthError %s is that refusal',
    async (code) => {
      const scene = await createCustomScene(async () => {
        throw new AuthError(code)
      })
      await refused(scene, present(scene), invalidToken(code))
    },
  )

  it('an AuthError with scopes names them', async () => {
    const scene = await createCustomScene(async () => {
      throw new AuthError('scope_insufficient', { scopes: ['repo'] })
    })
    const response = await present(scene)
    expect(response.status).toBe(403)
    expect(response.headers.get('WWW-Authenticate')).toContain('scope="repo"')
    expect(scene.runs).toEqual([])
  })

  it('an UpstreamError is a 503, with its Retry-After', async () => {
    const scene = await createCustomScene(async () => {
      throw new UpstreamError('status', 'https://api.example', { retryAfterSeconds: 17 })
    })
    const response = await faulted(scene, present(scene), 'unavailable')
    expect(response.headers.get('Retry-After')).toBe('17')
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
    const response = await faulted(scene, present(scene), 'internal')
    expect(await response.text()).not.toContain('MARKER')
    expect(JSON.stringify(scene.events)).not.toContain('MARKER')
  })

  it('thrown at once, before there is a promise, is the same', async () => {
    const scene = await createCustomScene(() => {
      throw new AuthError('token_expired')
    })
    await refused(scene, present(scene), invalidToken('token_expired'))
  })

  it('nothing at all, for ever, is a 503', async () => {
    const scene = await createScene({
      server: {
        timeoutMs: 40,
        accessToken: { kind: 'custom', verify: () => new Promise(() => {}) },
      },
    })
    await faulted(scene, present(scene), 'unavailable')
  })
})

describe('what verify() is given', () => {
  it('the issuer, the resource, the clock and the request', async () => {
    let seen: TokenContext | undefined
    const scene = await createCustomScene(async (_token, context) => {
      seen = context
      return goodClaims()
    })
    const request = new Request(RESOURCE, {
      method: 'POST',
      headers: { Authorization: `Bearer ${TOKEN}` },
    })
    await accepted(scene, scene.send(request))
    expect(seen).toMatchObject({ issuer: ISSUER, resource: RESOURCE })
    expect(seen?.request).toBe(request)
    expect(seen?.now()).toBe(START)
    await verifyAccessToken(TOKEN, scene.resource)
    expect(seen !== undefined && 'request' in seen).toBe(false)
  })

  /** A scene whose verify() fetches, and hands the response to `use`. */
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

  it('a fetch that passes on what was asked and answered', async () => {
    const init = { method: 'POST', headers: { 'X-A': '1' }, body: 'b' }
    const asked = vi.fn<Fetch>(
      async () => new Response('{"a":1}', { status: 404, headers: { 'X-B': '2' } }),
    )
    let response: Response | undefined
    const scene = await fetching(asked, async ({ fetch }) => {
      response = await fetch('https://api.example/user', init)
    })
    await accepted(scene, present(scene))
    expect(asked).toHaveBeenCalledWith('https://api.example/user', expect.objectContaining(init))
    expect(response).toMatchObject({ status: 404, ok: false })
    expect(response?.headers.get('X-B')).toBe('2')
    expect(await response?.json()).toEqual({ a: 1 })
  })

  const failing: Record<string, Fetch> = {
    'hangs before it answers': () => new Promise(() => {}),
    'hangs while it answers': async () => new Response(new ReadableStream({ pull: () => {} })),
    'answers too much': async () => new Response('x'.repeat(101)),
    'sends elsewhere': async () => Response.redirect('https://elsewhere.example', 302),
    'cannot be reached': () => Promise.reject(new TypeError('fetch failed')),
  }
  it.each(Object.keys(failing))(
    'a fetch that is bounded: a server that %s is a 503',
    async (what) => {
      const scene = await fetching(failing[what] as Fetch, async ({ fetch }) => {
        await (await fetch('https://api.example/user')).text()
      })
      await faulted(scene, present(scene), 'unavailable')
    },
  )

  it.each([
    [`https://api.example/info?token=${TOKEN}`, 'https://api.example/info'],
    [`https://api.example/info#${TOKEN}`, 'https://api.example/info'],
    [`https://api.example/tokens/${TOKEN}`, 'https://api.example/'],
    [`https://api.example/tokens/%67ho_MARKER`, 'https://api.example/'],
  ])('SEC-03: a fetch whose failure keeps to itself that it asked %s', async (url, told) => {
    const scene = await fetching(failing['cannot be reached'] as Fetch, ({ fetch }) => fetch(url))
    const error: unknown = await verifyAccessToken(TOKEN, scene.resource).catch((thrown) => thrown)
    if (!(error instanceof AuthError) || !(error.cause instanceof UpstreamError)) throw error
    expect(error.cause).toMatchObject({ url: told, message: `${told} could not be reached` })
    expect(error.cause.stack).not.toContain('MARKER')
  })

  it.each(['http://api.example', 'nowhere', 'ftp://api.example'])(
    'a fetch that takes no token to %s',
    async (url) => {
      const asked = vi.fn<Fetch>(async () => new Response())
      const scene = await fetching(asked, ({ fetch }) => fetch(url))
      await faulted(scene, present(scene), 'internal')
      expect(asked).not.toHaveBeenCalled()
    },
  )

  it('a fetch that the application may cancel', async () => {
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
    await faulted(scene, present(scene), 'unavailable')
    expect(signal?.aborted).toBe(true)
  })
})

describe('cacheSeconds', () => {
  it('0: every request asks', async () => {
    const verify = vi.fn<Verify>(async () => goodClaims())
    const scene = await createCustomScene(verify)
    await accepted(scene, present(scene))
    await accepted(scene, present(scene))
    expect(verify).toHaveBeenCalledTimes(2)
  })

  it('costs one call per token and lifetime', async () => {
    const verify = vi.fn<Verify>(async () => ({ ...goodClaims(), exp: START + 100 }))
    const scene = await createCustomScene(verify, {}, { cacheSeconds: 3600 })
    await Promise.all([1, 2, 3].map(() => present(scene)))
    scene.clock.advance(99)
    await accepted(scene, present(scene))
    expect(verify).toHaveBeenCalledTimes(1)
    scene.clock.advance(1)
    await accepted(scene, present(scene))
    expect(verify).toHaveBeenCalledTimes(2)
  })

  it('keeps no for at most 5 s, and failures not at all', async () => {
    const verify = vi.fn<Verify>(async () => null)
    const scene = await createCustomScene(verify, {}, { cacheSeconds: 3600 })
    await refused(scene, present(scene), invalidToken('token_inactive'))
    scene.clock.advance(4)
    await refused(scene, present(scene), invalidToken('token_inactive'))
    expect(verify).toHaveBeenCalledTimes(1)
    scene.clock.advance(1)
    verify.mockRejectedValueOnce(new Error('oh'))
    await faulted(scene, present(scene), 'internal')
    verify.mockRejectedValueOnce(new AuthError('token_expired'))
    await refused(scene, present(scene), invalidToken('token_expired'))
    expect(verify).toHaveBeenCalledTimes(3)
  })
})

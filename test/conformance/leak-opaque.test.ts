/** SEC-03: opaque tokens, and secrets of the introspection client, appear in no output. */

import { describe, expect, it } from 'vitest'
import { AuthError, verifyAccessToken } from '../../src/index.ts'
import { createOpaqueScene } from '../support/introspection.ts'
import { goodClaims } from '../support/issuer.ts'
import { everythingOf, expectNowhere, spellings } from '../support/leak.ts'
import { expectNoPrint, hidden, MARKER, repeat, SECRET_CLAIMS } from '../support/marker.ts'
import { createScene, type SceneOptions } from '../support/scene.ts'

expectNoPrint()

describe('an opaque token', () => {
  const TOKEN = `opaque-${MARKER}`
  const answers: readonly [string, () => unknown][] = [
    ['is not active', () => ({ active: false, sub: MARKER })],
    [
      'is meant for another',
      () => ({ active: true, ...goodClaims(), ...SECRET_CLAIMS, aud: { MARKER } }),
    ],
    ['is expired', () => ({ active: true, ...goodClaims(), ...SECRET_CLAIMS, exp: 1 })],
    [
      'is of another issuer',
      () => ({ active: true, ...goodClaims(), ...SECRET_CLAIMS, iss: 'https://other.example' }),
    ],
    [
      'is bound',
      () => ({ active: true, ...goodClaims(), ...SECRET_CLAIMS, cnf: { [MARKER]: MARKER } }),
    ],
    ['is answered with nonsense', () => ({ active: MARKER, sub: MARKER })],
    ['is answered with a list', () => [MARKER]],
    [
      'is answered with HTML',
      () => new Response(`<html>${TOKEN}`, { headers: { 'Content-Type': 'text/html' } }),
    ],
    [
      'is answered with 401',
      () => new Response(TOKEN, { status: 401, headers: { 'WWW-Authenticate': TOKEN } }),
    ],
    ['is answered with 500', () => new Response(TOKEN, { status: 500, statusText: MARKER })],
    ['is answered with a redirect', () => Response.redirect(`https://${MARKER}.example/`)],
  ]

  it.each(answers)(
    'SEC-03: that %s appears nowhere, nor does our own secret',
    async (_, answer) => {
      const secret = `rs-secret-${MARKER}`
      const scene = await createOpaqueScene({ introspection: { clientSecret: secret } })
      scene.respond(answer)
      const response = await scene.present(TOKEN)
      expect(response.ok).toBe(false)
      expect(scene.asked).toHaveLength(1)
      const thrown = await verifyAccessToken(TOKEN, scene.resource).catch((error: unknown) => error)
      expect(thrown).toBeInstanceOf(AuthError)
      const came = [
        await everythingOf(response),
        scene.events,
        thrown,
        JSON.stringify(scene.resource),
      ]
      expectNowhere([...hidden(TOKEN), ...spellings(secret)], came)
      expect(scene.runs).toEqual([])
    },
  )

  it('SEC-03: a fetch error that contains the request is not passed on', async () => {
    const scene = await createOpaqueScene()
    scene.respond(({ form, headers }) =>
      Promise.reject(new Error(`${form} ${headers.get('Authorization')}`, { cause: form })),
    )
    const response = await scene.present(TOKEN)
    expect(response.status).toBe(503)
    const thrown = await verifyAccessToken(TOKEN, scene.resource).catch((error: unknown) => error)
    expectNowhere(hidden(TOKEN), [await everythingOf(response), scene.events, thrown])
  })

  const custom = (verify: (token: string) => Promise<Record<string, unknown> | null>) => ({
    server: { accessToken: { kind: 'custom' as const, verify } },
  })
  it.each<[string, SceneOptions]>([
    ['throws it', custom(async (token) => repeat(token))],
    [
      'throws an AuthError about it',
      custom(async (token) => {
        throw new AuthError('token_inactive', { cause: token })
      }),
    ],
    ['answers null', custom(async () => null)],
    ['answers nonsense', custom(async (token) => [token] as never)],
    ['answers claims for another', custom(async (token) => ({ ...goodClaims(), aud: { token } }))],
    ['answers without claims', custom(async (token) => ({ token }))],
  ])('SEC-03: a custom verification that %s does not leak the token', async (_, options) => {
    const scene = await createScene(options)
    const response = await scene.ask(`Bearer ${TOKEN}`)
    expect(response.ok).toBe(false)
    const thrown = await verifyAccessToken(TOKEN, scene.resource).catch((error: unknown) => error)
    expect(thrown).toBeInstanceOf(AuthError)
    expectNowhere(hidden(TOKEN), [await everythingOf(response), scene.events, thrown])
    expect(scene.runs).toEqual([])
  })
})

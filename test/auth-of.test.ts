import { describe, expect, it } from 'vitest'
import { type AnonymousContext, type AuthContext, authOf } from '../src/index.ts'
import { RESOURCE } from './support/issuer.ts'
import { createScene } from './support/scene.ts'

async function context(): Promise<AuthContext> {
  const scene = await createScene()
  await scene.ask(`Bearer ${await scene.issuer.token()}`)
  return scene.runs[0] as AuthContext
}

/** What frameworks pass to a tool. */
const PLACES: [string, (auth: AuthContext) => unknown][] = [
  ['the context', (auth) => auth],
  ['a copy by spread', (auth) => ({ ...auth })],
  ['a request of Node', (auth) => ({ auth })],
  ['a request of Fastify', (auth) => ({ raw: { auth } })],
  ['SDK 1.x', (auth) => ({ authInfo: auth, requestId: 1 })],
  ['SDK 2.x', (auth) => ({ mcpReq: {}, http: { authInfo: auth } })],
  ['Hono', (auth) => ({ var: { auth } })],
  ['FastMCP', (auth) => ({ session: { ...auth }, log: {} })],
  ['tmcp', (auth) => ({ ctx: { custom: { auth } } })],
  ['Mastra', (auth) => ({ context: { mcp: { extra: { authInfo: auth } } } })],
  ['a context of a context', (auth) => ({ context: { authInfo: auth } })],
]

describe('authOf()', () => {
  it.each(PLACES)('finds the context in %s', async (_, place) => {
    const auth = await context()
    expect(authOf(place(auth))).toMatchObject({ issuer: auth.issuer, subject: 'user-1' })
  })

  it.each(PLACES)(
    'gives resource to the context in %s, a new URL at every read',
    async (_, place) => {
      const found = authOf(place(await context()))
      expect(found.resource.href).toBe(RESOURCE)
      expect(found.resource).not.toBe(found.resource)
    },
  )

  it('gives resource to a copy of its own, also of a frozen one', async () => {
    const auth = await context()
    for (const passed of [{ ...auth }, Object.freeze({ ...auth })]) {
      const found = authOf({ session: passed })
      expect(found.resource.href).toBe(RESOURCE)
      expect({ ...found }).toEqual({ ...passed, resource: new URL(RESOURCE) })
      expect(authOf(found)).toBe(found)
      expect('resource' in passed).toBe(false)
    }
  })

  it('returns a copy that has a resource as it is', async () => {
    const own = { ...(await context()), resource: new URL('https://other.example') }
    expect(authOf(own)).toBe(own)
    expect(authOf(own).resource.href).toBe('https://other.example/')
  })

  it('finds an anonymous context', async () => {
    const scene = await createScene({ requirements: { optional: true } })
    await scene.ask()
    expect(authOf<AuthContext | AnonymousContext>({ auth: scene.runs[0] }).anonymous).toBe(true)
  })

  it('takes the nearest one, and survives circles and getters that throw', async () => {
    const near = await context()
    const far = { ...(await context()), subject: 'the opener' }
    const value: Record<string, unknown> = { session: { auth: far }, authInfo: near }
    value['context'] = value
    Object.defineProperty(value, 'auth', {
      get: () => {
        throw new Error('not here')
      },
    })
    expect(authOf(value)).toBe(near)
  })

  it.each([
    undefined,
    null,
    'auth',
    {},
    { auth: undefined },
    { auth: { ok: true, anonymous: false, subject: 'user-1', scopes: [] } },
    { authInfo: { token: 'x', clientId: 'c', scopes: [] } },
    { auth: JSON.parse('{"ok":true,"mcp-gatehouse.needed":{"allOf":[]}}') },
    [],
  ])('throws for %j, which has no brand', (value) => {
    expect(() => authOf(value)).toThrow(TypeError)
  })
})

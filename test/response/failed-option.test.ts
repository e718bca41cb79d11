/** Events of a 5xx name the option whose function or store failed, and nothing that it threw. */

import { describe, expect, it } from 'vitest'
import { type CustomTokenOptions, verifyAccessToken } from '../../src/index.ts'
import { createBoundScene } from '../support/bound-scene.ts'
import { createHolder } from '../support/holder.ts'
import { createScene, expectFault, type SceneOptions } from '../support/scene.ts'
import { unchecked } from '../support/unchecked.ts'

const SECRET = 'a token in a message'
const CALL = { body: '{"jsonrpc":"2.0","id":1,"method":"ping"}' }

function boom(): never {
  throw new Error(SECRET)
}

const ISSUER_TEMPLATE = {
  issuerTemplate: { pattern: 'https://as.example/{tenant}', claim: 'tid', allow: boom },
}
const ACTOR = { act: { sub: 'agent-1' } }
const TENANT = { iss: 'https://as.example/t', tid: 't' }

describe('the event of a 500', () => {
  it.each<[option: string, SceneOptions, claims?: object]>([
    ['token', { token: boom }],
    ['token', { token: unchecked<() => string>(() => 5) }],
    ['mapClaims', { server: { mapClaims: boom } }],
    [
      'mapClaims',
      { server: { mapClaims: unchecked<() => Record<string, unknown>>(async () => ({})) } },
    ],
    ['issuerTemplate.allow', { server: ISSUER_TEMPLATE }, TENANT],
    ['acceptActors', { acceptActors: boom }, ACTOR],
    ['acceptActors', { acceptActors: unchecked<() => boolean>(async () => true) }, ACTOR],
    ['operations', { operations: unchecked<() => undefined>(() => 'notes:read') }],
    ['revocation', { revocation: { isRevoked: unchecked<() => boolean>(() => undefined) } }],
  ])('names %s', async (option, options, claims = {}) => {
    const scene = await createScene(options)
    const token = `Bearer ${await scene.issuer.token(claims as Record<string, unknown>)}`
    await expectFault(scene, scene.ask(token, CALL), 'internal')
    expect(scene.events.at(-1)).toMatchObject({ type: 'refused', code: 'internal', option })
    expect(JSON.stringify(scene.events)).not.toContain(SECRET)
  })

  it.each<[option: string, Omit<CustomTokenOptions, 'kind'>]>([
    ['accessToken.verify', { verify: boom }],
    ['accessToken.verify', { verify: unchecked<() => Promise<null>>(async () => 5) }],
    ['accessToken.accepts', { verify: async () => null, accepts: boom }],
  ])('names %s of an opaque token', async (option, functions) => {
    const scene = await createScene({ server: { accessToken: { kind: 'custom', ...functions } } })
    await expectFault(scene, scene.ask('Bearer opaque-1'), 'internal')
    expect(scene.events.at(-1)).toMatchObject({ type: 'refused', code: 'internal', option })
    expect(JSON.stringify(scene.events)).not.toContain(SECRET)
  })

  it('names no option for an exception elsewhere', async () => {
    const scene = await createScene({ now: boom })
    await expectFault(scene, scene.ask('Bearer a.b.c'), 'internal')
    expect(scene.events.at(-1)).not.toHaveProperty('option')
  })
})

describe('the event of a 503', () => {
  it.each<[option: string, SceneOptions]>([
    ['operations', { operations: boom }],
    ['operations', { operations: () => new Promise(() => {}), decisionTimeoutMs: 5 }],
    ['revocation', { revocation: { isRevoked: boom } }],
    ['revocation', { revocation: { isRevoked: () => new Promise(() => {}), timeoutMs: 5 } }],
  ])('names %s', async (option, options) => {
    const scene = await createScene(options)
    const token = `Bearer ${await scene.issuer.token()}`
    await expectFault(scene, scene.ask(token, CALL), 'unavailable')
    expect(scene.events.at(-1)).toMatchObject({ type: 'refused', code: 'unavailable', option })
    expect(JSON.stringify(scene.events)).not.toContain(SECRET)
  })

  it.each<[what: string, add: () => Promise<boolean>]>([
    ['throws', async () => boom()],
    ['returns no boolean', unchecked<() => Promise<boolean>>(async () => 'OK')],
  ])('names dpop.replay where the store %s', async (_what, add) => {
    const { scene, show } = await createBoundScene(await createHolder(), { replay: { add } })
    await expectFault(scene, show(), 'unavailable')
    expect(scene.events.at(-1)).toMatchObject({ code: 'unavailable', option: 'dpop.replay' })
    expect(JSON.stringify(scene.events)).not.toContain(SECRET)
  })

  it('names accessToken.verify where it runs too long', async () => {
    const accessToken = { kind: 'custom', verify: () => new Promise<never>(() => {}) } as const
    const scene = await createScene({ server: { accessToken, timeoutMs: 5 } })
    await expectFault(scene, scene.ask('Bearer opaque-1'), 'unavailable')
    expect(scene.events.at(-1)).toMatchObject({ option: 'accessToken.verify' })
  })
})

describe('a rejection below 500', () => {
  it.each<[SceneOptions, claims?: object]>([
    [{ server: { mapClaims: () => null } }],
    [{ acceptActors: () => false }, ACTOR],
    [{ revocation: { isRevoked: () => true } }],
    [{ operations: () => ['notes:write'] }],
  ])('names no option: %j', async (options, claims = {}) => {
    const scene = await createScene(options)
    const token = `Bearer ${await scene.issuer.token(claims as Record<string, unknown>)}`
    expect((await scene.ask(token, CALL)).status).toBeOneOf([401, 403])
    expect(scene.runs).toEqual([])
    expect(scene.events.at(-1)).toMatchObject({ type: 'refused' })
    expect(scene.events.at(-1)).not.toHaveProperty('option')
  })

  it('names no option: a replayed proof', async () => {
    const replay = { add: async () => false }
    const { scene, show } = await createBoundScene(await createHolder(), { replay })
    expect((await show()).status).toBe(401)
    expect(scene.runs).toEqual([])
    expect(scene.events.at(-1)).toMatchObject({ code: 'dpop_proof_replayed' })
    expect(scene.events.at(-1)).not.toHaveProperty('option')
  })
})

describe('the cause of an AuthError of verifyAccessToken()', () => {
  it('names the option', async () => {
    const { resource, issuer } = await createScene({ server: { mapClaims: boom } })
    const decision = verifyAccessToken(await issuer.token(), resource)
    await expect(decision).rejects.toMatchObject({
      code: 'internal',
      cause: new TypeError('The option mapClaims failed.'),
    })
  })

  it('names no option that decides against the token', async () => {
    const { resource, issuer } = await createScene({ acceptActors: 'none' })
    const token = await issuer.token({ act: { sub: 'agent' } })
    const error: unknown = await verifyAccessToken(token, resource).catch((thrown) => thrown)
    expect(error).toMatchObject({ code: 'actor_refused' })
    expect(error).not.toHaveProperty('cause')
  })
})

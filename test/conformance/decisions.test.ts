/** SCO, ERR: decision functions of the application: results, time and report mode. */

import { describe, expect, it } from 'vitest'
import {
  AuthError,
  type AuthEvent,
  deny,
  type OperationDecision,
  type ScopeRule,
  verifyAccessToken,
} from '../../src/index.ts'
import { createDecisionScene } from '../support/decision-scene.ts'
import { METADATA_URL, RESOURCE } from '../support/issuer.ts'
import { callTool, expectPlainRejection, INTERNAL, OPERATION_DENIED, post } from '../support/mcp.ts'
import { bearerChallenge } from '../support/rejection.ts'
import {
  bearer,
  expectAccepted,
  expectFault,
  expectRejected,
  invalidToken,
  NO_CREDENTIALS,
  type Scene,
} from '../support/scene.ts'

const never = () => new Promise<ScopeRule>(() => undefined)
const boom = () => {
  throw new Error('boom')
}
/** A promise of another library. */
function thenable(then: (done: (rule: unknown) => void) => void): unknown {
  return { then }
}
const last = (scene: Scene): AuthEvent | undefined => scene.events.at(-1)

describe('deny()', () => {
  it.each([
    ['a table', { 'tools/call delete_note': deny('frozen') }],
    ['a table with an object like it', { 'tools/call': { denied: 'frozen' } }],
    ['a decision', () => deny('frozen')],
    ['an asynchronous decision', async () => deny('frozen')],
  ])('ERR-19: in %s is a 403 without a challenge, before scopes and step-up', async (_, policy) => {
    const scene = await createDecisionScene(policy, {
      requirements: { scopes: ['route'], acrValues: ['high'] },
    })
    const body = post(callTool('delete_note'))
    await expectPlainRejection(scene, scene.ask(await bearer(scene), body), OPERATION_DENIED)
    expect(last(scene)).toEqual({
      type: 'refused',
      resource: RESOURCE,
      code: 'operation_denied',
      status: 403,
      issuer: scene.issuer.issuer,
      denied: 'frozen',
    })
  })

  it('ERR-19: of one operation rejects the whole batch, and later decisions are not made', async () => {
    const asked: (string | undefined)[] = []
    const scene = await createDecisionScene(({ name }: { name?: string }) => {
      asked.push(name)
      return name === 'b' ? deny('b') : ['read']
    })
    const batch = ['a', 'b', 'c'].map(callTool)
    await expectPlainRejection(scene, scene.ask(await bearer(scene), post(batch)), OPERATION_DENIED)
    expect(asked).toEqual(['a', 'b'])
  })

  it('ERR-19: without a good token it is a 401 that names the other scopes', async () => {
    const policy: OperationDecision = ({ name }) => (name === 'a' ? deny('a') : ['write'])
    const scene = await createDecisionScene(policy)
    const body = post([callTool('a'), callTool('b')])
    await expectRejected(scene, scene.ask(undefined, body), {
      ...NO_CREDENTIALS,
      scope: 'read write',
    })
    const expired = `Bearer ${await scene.issuer.token({ exp: 1_799_999_000 })}`
    await expectRejected(scene, scene.ask(expired, body), {
      ...invalidToken('token_expired'),
      scope: 'read write',
    })
    const mixed = await createDecisionScene(policy, { requirements: { optional: true } })
    await expectRejected(mixed, mixed.ask(undefined, body), {
      ...NO_CREDENTIALS,
      scope: 'read write',
    })
    expect(last(mixed)).toMatchObject({ denied: 'a' })
  })

  it('ERR-19: verifyAccessToken() throws it', async () => {
    const scene = await createDecisionScene(() => deny('frozen'))
    const token = await scene.issuer.token()
    const verifying = verifyAccessToken(token, scene.resource, {}, { body: callTool('x') })
    await expect(verifying).rejects.toMatchObject({
      code: 'operation_denied',
      status: 403,
      scopes: [],
    })
  })

  it('puts a bounded reason of visible characters into the event only', async () => {
    const reason = `line\nbreak\u202e${'x'.repeat(1000)}`
    const scene = await createDecisionScene(() => deny(reason))
    const response = await scene.ask(await bearer(scene), post(callTool('x')))
    await expect(await response.text()).not.toContain('line')
    expect(JSON.stringify([...response.headers])).not.toContain('line')
    const { denied = '' } = last(scene) as { denied?: string }
    expect(denied).toHaveLength(256)
    expect(denied).toMatch(/^line\uFFFDbreak\uFFFDx+…$/)
  })
})

describe('a decision with a token', () => {
  it.each([
    ['returns scopes', () => ['read']],
    ['resolves to scopes', async () => ['read']],
    ['resolves to nothing', async () => undefined],
    ['resolves to anyOf', async () => ({ anyOf: ['x', 'read'] })],
    ['returns a thenable', () => thenable((done) => done('public'))],
  ])('passes where it %s', async (_, policy) => {
    const scene = await createDecisionScene(policy)
    await expectAccepted(scene, scene.ask(await bearer(scene), post(callTool('x'))))
  })

  it('SCO-02: the 403 names the scopes of asynchronous decisions, too', async () => {
    const scene = await createDecisionScene(async ({ name }: { name?: string }) => [name])
    await expectRejected(
      scene,
      scene.ask(await bearer(scene), post([callTool('a'), callTool('b')])),
      {
        code: 'scope_insufficient',
        status: 403,
        error: 'insufficient_scope',
        scope: 'read a b',
      },
    )
  })

  it.each([
    ['throws', boom],
    [
      'throws an AuthError',
      () => {
        throw new AuthError('token_inactive')
      },
    ],
    ['rejects', async () => boom()],
    [
      'rejects with an AuthError',
      () => Promise.reject(new AuthError('scope_insufficient', { scopes: ['x'] })),
    ],
    ['never settles', never],
    ['returns a thenable that never settles', () => thenable(() => undefined)],
    ['returns a thenable that throws', () => thenable(boom)],
    ['settles late', () => new Promise((resolve) => setTimeout(resolve, 200, ['read']))],
    ['rejects late', () => new Promise((_, reject) => setTimeout(reject, 200, new Error('late')))],
  ])('is a 503 where it %s', async (_, policy) => {
    const scene = await createDecisionScene(policy)
    await expectFault(scene, scene.ask(await bearer(scene), post(callTool('x'))), 'unavailable')
    expect(last(scene)).toMatchObject({ issuer: scene.issuer.issuer })
  })

  it.each([
    ['null', null],
    ['false', false],
    ['true', true],
    ['a string', 'read'],
    ['a number', 0],
    ['a function', () => ['read']],
    ['an empty object', {}],
    ['an empty anyOf', { anyOf: [] }],
    ['a denial without text', { denied: 1 }],
    ['a denial with scopes', { denied: 'x', anyOf: ['read'] }],
    ['an inherited denial', Object.create({ denied: 'x' })],
    ['an invalid scope', ['a b']],
    ['a list of lists', [['read']]],
    ['a list of holes', new Array(1)],
    ['alternatives that are holes', { anyOf: new Array(1) }],
  ])('is a 500 where it gives %s, at once or later', async (_, rule) => {
    for (const policy of [() => rule, async () => rule]) {
      const scene = await createDecisionScene(policy)
      await expectPlainRejection(
        scene,
        scene.ask(await bearer(scene), post(callTool('x'))),
        INTERNAL,
      )
    }
  })

  it('has one time limit for all operations', async () => {
    const slow = () => new Promise((resolve) => setTimeout(resolve, 40, ['read']))
    const scene = await createDecisionScene(slow, { decisionTimeoutMs: 100 })
    await expectAccepted(scene, scene.ask(await bearer(scene), post([callTool('a')])))
    const batch = ['a', 'b', 'c', 'd'].map(callTool)
    await expectFault(scene, scene.ask(await bearer(scene), post(batch)), 'unavailable')
  })

  it('receives the context, and none without a good token', async () => {
    const seen: unknown[] = []
    const scene = await createDecisionScene((_: unknown, auth?: { subject: string }) => {
      seen.push(auth?.subject)
      return ['read']
    })
    await expectAccepted(scene, scene.ask(await bearer(scene), post(callTool('x'))))
    await expectRejected(scene, scene.ask(undefined, post(callTool('x'))), {
      ...NO_CREDENTIALS,
      scope: 'read',
    })
    expect(seen).toEqual(['user-1', undefined])
  })
})

describe('a decision without a token', () => {
  it.each([
    ['a promise', async () => ['write']],
    ['a rejected promise', () => Promise.reject(new Error('boom'))],
    ['an exception', boom],
    ['a promise that never settles', never],
  ])('SCO-01: names what is known without %s', async (_, policy) => {
    // Longer than this test may take.
    const scene = await createDecisionScene(policy, { decisionTimeoutMs: 60_000 })
    await expectRejected(scene, scene.ask(undefined, post(callTool('x'))), {
      ...NO_CREDENTIALS,
      scope: 'read',
    })
  })

  it('SCO-01: is not asked where challengeScopes are given', async () => {
    let asked = 0
    const scene = await createDecisionScene(() => void asked++, { challengeScopes: ['all'] })
    await expectRejected(scene, scene.ask(undefined, post(callTool('x'))), {
      ...NO_CREDENTIALS,
      scope: 'all',
    })
    expect(asked).toBe(0)
  })

  it('passes as anonymous where it resolves to public, and is a 503 where it fails', async () => {
    const optional = { requirements: { optional: true } }
    const scene = await createDecisionScene(async () => 'public', optional)
    expect((await scene.ask(undefined, post(callTool('x')))).status).toBe(200)
    expect(scene.runs).toHaveLength(1)
    for (const policy of [boom, never, async () => boom()]) {
      const failing = await createDecisionScene(policy, optional)
      await expectFault(failing, failing.ask(undefined, post(callTool('x'))), 'unavailable')
    }
    const odd = await createDecisionScene(async () => 'open', optional)
    await expectPlainRejection(odd, odd.ask(undefined, post(callTool('x'))), INTERNAL)
  })

  it('is asked once for a request', async () => {
    for (const requirements of [{ optional: true }, {}]) {
      let asked = 0
      const scene = await createDecisionScene(() => void asked++, { requirements })
      await expectRejected(scene, scene.ask(undefined, post(callTool('x'))), {
        ...NO_CREDENTIALS,
        scope: 'read',
      })
      expect(asked).toBe(1)
    }
  })
})

describe("decisionMode: 'report'", () => {
  it('warns when the resource is made', async () => {
    const scene = await createDecisionScene({}, { decisionMode: 'report' })
    expect(scene.events).toMatchObject([{ type: 'warning', path: 'decisionMode' }])
    expect((await createDecisionScene({}, { decisionMode: 'enforce' })).events).toEqual([])
  })

  it.each([
    ['a denial', () => deny('frozen\n'), { code: 'operation_denied', denied: 'frozen\uFFFD' }],
    [
      'missing scopes',
      { '*': ['write'] },
      { code: 'scope_insufficient', expected: ['read', 'write'], received: ['read'] },
    ],
    ['nothing', { '*': ['read'] }, undefined],
  ])('reports %s and passes', async (_, policy, unenforced) => {
    const scene = await createDecisionScene(policy, { decisionMode: 'report' })
    await expectAccepted(scene, scene.ask(await bearer(scene), post(callTool('x'))))
    const event = {
      type: 'accepted',
      resource: RESOURCE,
      issuer: scene.issuer.issuer,
      cached: false,
    }
    expect(last(scene)).toEqual(unenforced === undefined ? event : { ...event, unenforced })
  })

  it('enforces the scopes of the resource and the route, step-up and tokens', async () => {
    const scene = await createDecisionScene(() => deny('x'), {
      decisionMode: 'report',
      requirements: { scopes: ['route'], maxAgeSeconds: 60 },
    })
    const body = post(callTool('x'))
    await expectRejected(scene, scene.ask(await bearer(scene), body), {
      code: 'scope_insufficient',
      status: 403,
      error: 'insufficient_scope',
      scope: 'read route',
    })
    const header = (await scene.ask(await bearer(scene, 'read route'), body)).headers
    expect(header.get('WWW-Authenticate')).toContain('insufficient_user_authentication')
    await expectRejected(scene, scene.ask(undefined, body), {
      ...NO_CREDENTIALS,
      scope: 'read route',
    })
    expect(scene.runs).toEqual([])
  })

  it('needs no scope for public operations', async () => {
    const scene = await createDecisionScene(async () => 'public', { decisionMode: 'report' })
    await expectAccepted(scene, scene.ask(await bearer(scene, 'other'), post(callTool('x'))))
  })

  it('does not admit anonymous calls that are not public, and a decision that fails is a 503', async () => {
    const scene = await createDecisionScene(() => deny('x'), {
      decisionMode: 'report',
      requirements: { optional: true },
    })
    await expectRejected(scene, scene.ask(undefined, post(callTool('x'))), {
      ...NO_CREDENTIALS,
      scope: 'read',
    })
    const failing = await createDecisionScene(boom, { decisionMode: 'report' })
    await expectFault(
      failing,
      failing.ask(await bearer(failing), post(callTool('x'))),
      'unavailable',
    )
  })
})

describe('step-up with operations', () => {
  it('names the scopes of the operations', async () => {
    const scene = await createDecisionScene(async () => ['write'], {
      requirements: { acrValues: ['high'] },
    })
    const response = await scene.ask(await bearer(scene, 'read write'), post(callTool('x')))
    expect(response.status).toBe(401)
    expect(response.headers.get('WWW-Authenticate')).toContain('scope="read write"')
    expect(bearerChallenge(undefined, undefined, METADATA_URL)).toContain(METADATA_URL)
  })
})

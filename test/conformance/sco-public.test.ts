/** SCO: operations that pass without credentials. */

import { describe, expect, it } from 'vitest'
import {
  callTool,
  expectPlainRejection,
  METHOD_NEEDS_TOKEN,
  message,
  post,
} from '../support/mcp.ts'
import { expectAnonymous, GUARDED, MIXED } from '../support/operations-scene.ts'
import {
  bearer,
  createScene,
  expectAccepted,
  expectRejected,
  invalidToken,
  malformed,
  NO_CREDENTIALS,
} from '../support/scene.ts'

describe('public operations', () => {
  it('pass without credentials where authentication is optional', async () => {
    const scene = await createScene(MIXED)
    expect(await expectAnonymous(scene, scene.ask(undefined, post(callTool('help'))))).toEqual([
      { method: 'tools/call', name: 'help' },
    ])
    for (const method of ['initialize', 'notifications/initialized', 'tools/list']) {
      await expectAnonymous(scene, scene.ask(undefined, post(message(method))))
    }
    await expectRejected(scene, scene.ask(undefined, post(callTool('list_notes'))), {
      ...NO_CREDENTIALS,
      scope: 'read',
    })
    await expectRejected(scene, scene.ask(undefined, post(callTool('delete_note'))), {
      ...NO_CREDENTIALS,
      scope: 'read write',
    })
  })

  it('need a token without scopes where it is not optional', async () => {
    const scene = await createScene(GUARDED)
    await expectRejected(scene, scene.ask(undefined, post(callTool('help'))), NO_CREDENTIALS)
    const auth = await expectAccepted(
      scene,
      scene.ask(await bearer(scene, ''), post(callTool('help'))),
    )
    expect(auth.scopes).toEqual([])
  })

  it('do not pass with invalid credentials', async () => {
    const scene = await createScene(MIXED)
    const help = post(callTool('help'))
    await expectRejected(scene, scene.ask('Bearer garbage', help), invalidToken('token_malformed'))
    const expired = `Bearer ${await scene.issuer.token({ exp: 1_799_999_000 })}`
    await expectRejected(scene, scene.ask(expired, help), invalidToken('token_expired'))
    await expectRejected(
      scene,
      scene.ask('Bearer a, Bearer b', help),
      malformed('credentials_duplicate'),
    )
    expect((await expectAccepted(scene, scene.ask(await bearer(scene, ''), help))).subject).toBe(
      'user-1',
    )
  })

  it('do not include GET, empty batches and responses', async () => {
    const scene = await createScene({ ...MIXED, operations: { '*': 'public' } })
    for (const body of ['[]', { jsonrpc: '2.0', id: 1, result: {} }]) {
      await expectRejected(scene, scene.ask(undefined, post(body)), {
        ...NO_CREDENTIALS,
        scope: 'read',
      })
    }
    await expectRejected(scene, scene.ask(undefined, { method: 'DELETE' }), {
      ...NO_CREDENTIALS,
      scope: 'read',
    })
  })

  it('leave a GET without credentials at 405, which starts no login', async () => {
    const scene = await createScene({ ...MIXED, operations: { '*': 'public' } })
    const response = await expectPlainRejection(
      scene,
      scene.ask(undefined, { method: 'GET' }),
      METHOD_NEEDS_TOKEN,
    )
    expect(response.headers.get('Allow')).toBe('POST')
    await expectAccepted(scene, scene.ask(await bearer(scene), { method: 'GET' }))
    await expectRejected(scene, scene.ask('Bearer garbage', { method: 'GET' }), {
      ...invalidToken('token_malformed'),
      scope: 'read',
    })
  })

  it('leave a GET at 401 where a token is required', async () => {
    const scene = await createScene(GUARDED)
    await expectRejected(scene, scene.ask(undefined, { method: 'GET' }), {
      ...NO_CREDENTIALS,
      scope: 'read',
    })
  })

  it('need no step-up with a token', async () => {
    const scene = await createScene({
      ...GUARDED,
      requirements: { optional: true, acrValues: ['mfa'] },
    })
    await expectAccepted(scene, scene.ask(await bearer(scene), post(callTool('help'))))
    const weak = await scene.ask(await bearer(scene), post(callTool('list_notes')))
    expect(weak.status).toBe(401)
    const strict = await createScene({ ...GUARDED, requirements: { acrValues: ['mfa'] } })
    const needed = await strict.ask(await bearer(strict), post(callTool('help')))
    expect(needed.headers.get('WWW-Authenticate')).toContain('acr_values="mfa"')
    expect(strict.runs).toHaveLength(0)
  })

  it('do not pass in an ambiguous body', async () => {
    const scene = await createScene(MIXED)
    const body = '{"method":"tools/call","params":{"name":"help","name":"delete_note"}}'
    await expectRejected(scene, scene.ask(undefined, post(body)), malformed('body_invalid'))
  })
})

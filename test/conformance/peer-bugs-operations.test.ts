/** Bugs of other libraries where the body of a request decides: none of them is here. */

import { describe, expect, it } from 'vitest'
import { AuthError, requireScopes } from '../../src/index.ts'
import { METADATA_URL } from '../support/issuer.ts'
import { callTool, message, post } from '../support/mcp.ts'
import { bearerChallenge, expectRejection } from '../support/rejection.ts'
import {
  bearer,
  createScene,
  expectAccepted,
  expectRejected,
  insufficientScope,
  malformed,
  NO_CREDENTIALS,
} from '../support/scene.ts'
import { unchecked } from '../support/unchecked.ts'

const NEEDS_WRITE = insufficientScope('write')

describe('MCP TypeScript SDK', () => {
  it.each([undefined, null])('SDK B5: requireScopes() with %s in place of auth throws', (auth) => {
    for (const scopes of [['write'], []]) {
      const demand = (): void => requireScopes(auth as undefined, scopes)
      expect(demand).toThrow(AuthError)
      expect(demand).toThrow(expect.objectContaining({ code: 'credentials_missing', status: 401 }))
    }
  })

  it.each(['notes:readonly notes:write', undefined])(
    'SDK B5: requireScopes() with scopes that are not a list (%s) throws',
    (scopes) => {
      const auth = unchecked<{ scopes: string[] }>({ scopes })
      const demand = (): void => requireScopes(auth, ['notes:read'])
      expect(demand).toThrow(expect.objectContaining({ code: 'scope_insufficient', status: 403 }))
    },
  )

  it('SDK B5: requireScopes() with an anonymous context throws, even for no scopes', async () => {
    const scene = await createScene({
      requirements: { optional: true },
      handler: (_, auth) => {
        requireScopes(auth, [])
        return new Response('done')
      },
    })
    const response = await scene.ask()
    await expectRejection(response, { status: 401, resourceMetadata: METADATA_URL })
  })

  it.each([
    ['resources/subscribe', { uri: 'file:///secret' }],
    ['resources/unsubscribe', { uri: 'file:///secret' }],
    ['completion/complete', { ref: { type: 'ref/prompt', name: 'secret' }, argument: {} }],
    ['completion/complete', { ref: { type: 'ref/resource', uri: 'file:///{x}' }, argument: {} }],
    ['tasks/cancel', { taskId: 'secret' }],
    ['vendor/method', {}],
  ])('SDK B6: %s has rules like any other method', async (method, params) => {
    const scene = await createScene({
      customMethods: ['vendor/method'],
      operations: {
        'resources/subscribe file:///secret': ['write'],
        'resources/unsubscribe file:///secret': ['write'],
        'completion/complete secret': ['write'],
        'completion/complete file:///{x}': ['write'],
        'tasks/cancel secret': ['write'],
        'vendor/method': ['write'],
      },
    })
    const body = post(message(method, params))
    await expectRejected(scene, scene.ask(await bearer(scene), body), NEEDS_WRITE)
    await expectAccepted(scene, scene.ask(await bearer(scene, 'write'), body))
  })

  it('SDK B6: a broad scope is enough, and the challenge for a batch names all scopes', async () => {
    const scene = await createScene({
      operations: { 'tools/call a': ['a'], 'tools/call b': ['b'] },
      scopeHierarchy: { all: ['a', 'b'] },
    })
    const body = post([callTool('a'), callTool('b')])
    await expectRejected(scene, scene.ask(await bearer(scene), body), {
      ...NEEDS_WRITE,
      scope: 'a b',
    })
    await expectAccepted(scene, scene.ask(await bearer(scene, 'all'), body))
  })
})

describe('gateways', () => {
  const OPERATIONS = { 'tools/call delete': ['write'], '*': [] } as const

  it.each([
    ['Name after name', '{"name":"delete","Name":"list"}'],
    ['Name before name', '{"Name":"list","name":"delete"}'],
    ['NAME as well', '{"NAME":"list","Name":"list","name":"delete"}'],
  ])('Envoy GHSA-4gph-2hhr-5mwg: %s does not hide which tool is called', async (_, params) => {
    const scene = await createScene({ operations: OPERATIONS })
    const body = post(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":${params}}`)
    await expectRejected(
      scene,
      scene.ask(await bearer(scene, 'write'), body),
      malformed('body_invalid'),
    )
  })

  it.each([
    ['Method', '{"Method":"tools/list","method":"tools/call","params":{"name":"delete"}}'],
    ['Params', '{"method":"tools/call","Params":{"name":"list"},"params":{"name":"delete"}}'],
  ])('Envoy GHSA-4gph-2hhr-5mwg: nor does %s', async (_, body) => {
    const scene = await createScene({ operations: OPERATIONS })
    const answer = scene.ask(await bearer(scene, 'write'), post(body))
    await expectRejected(scene, answer, malformed('body_invalid'))
  })

  it.each([
    ['a page', { method: 'GET', headers: { Accept: 'text/html' } }],
    ['a form', { method: 'POST', body: new URLSearchParams({ a: 'b' }) }],
    ['a file', { method: 'PUT', body: new Uint8Array([0, 1, 2]) }],
    ['nothing in particular', { method: 'PATCH' }],
    ['the options', { method: 'OPTIONS' }],
  ])('Kong 3.13: a request for %s is not MCP but needs a token', async (_, init) => {
    const scene = await createScene({ operations: { '*': 'public' } })
    await expectRejected(scene, scene.ask(undefined, init), NO_CREDENTIALS)
    const mixed = await createScene({
      operations: { '*': 'public' },
      requirements: { optional: true },
    })
    expect((await mixed.ask(undefined, init)).status).toBeGreaterThanOrEqual(400)
    expect(mixed.runs).toHaveLength(0)
  })

  it('Kong 3.13: a request for an existing path is not MCP but needs a token', async () => {
    for (const requirements of [{}, { optional: true }]) {
      const scene = await createScene({ operations: { '*': 'public' }, requirements })
      const response = await scene.ask(undefined, { method: 'HEAD' })
      expect(response.status).toBe(401)
      expect(response.headers.get('WWW-Authenticate')).toBe(
        bearerChallenge(undefined, undefined, METADATA_URL),
      )
      expect(await response.text()).toBe('')
      expect(scene.runs).toHaveLength(0)
    }
  })

  it('Apollo 413: a call of 1 MB with a valid token is decided, not rejected for its size', async () => {
    const scene = await createScene({ operations: OPERATIONS })
    const large = { name: 'delete', arguments: { text: 'x'.repeat(1_000_000) } }
    const body = post(message('tools/call', large))
    await expectRejected(scene, scene.ask(await bearer(scene), body), NEEDS_WRITE)
    const auth = await expectAccepted(scene, scene.ask(await bearer(scene, 'write'), body))
    expect(auth.operations).toEqual([{ method: 'tools/call', name: 'delete' }])
  })
})

describe('xmcp', () => {
  it('xmcp K2: every call of a batch is checked, not only the first', async () => {
    const scene = await createScene({ operations: { 'tools/call delete': ['write'] } })
    for (const batch of [
      [callTool('list'), callTool('delete')],
      [callTool('delete'), callTool('list')],
      [...Array(99).fill(callTool('list')), callTool('delete')],
    ]) {
      const answer = scene.ask(await bearer(scene), post(batch))
      await expectRejected(scene, answer, NEEDS_WRITE)
    }
  })
})

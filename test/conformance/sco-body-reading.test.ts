/** SCO: which bodies are read, and up to which size. */

import { describe, expect, it } from 'vitest'
import { RESOURCE } from '../support/issuer.ts'
import {
  BODY_CONSUMED,
  callTool,
  expectPlainRejection,
  message,
  post,
  TOO_LARGE,
} from '../support/mcp.ts'
import { GUARDED, MIXED } from '../support/operations-scene.ts'
import {
  bearer,
  createScene,
  expectAccepted,
  expectRejected,
  insufficientScope,
  invalidToken,
  malformed,
  NO_CREDENTIALS,
} from '../support/scene.ts'

describe('bodies', () => {
  it.each([
    ['text', 'hello'],
    ['a form', 'name=delete_note'],
    ['half a message', '{"method":"tools/list"'],
    ['a duplicate', '{"method":"tools/list","method":"tools/call"}'],
    ['a batch of 101', Array(101).fill(message('tools/list'))],
    ['a name that is a list', message('tools/call', { name: ['delete_note'] })],
    ['65 levels', `{"method":"m","params":${'['.repeat(64)}${']'.repeat(64)}}`],
    ['bytes that are not UTF-8', new Uint8Array([0xff, 0xfe])],
  ])('that are %s are rejected, after the token was checked', async (_, body) => {
    const scene = await createScene(GUARDED)
    await expectRejected(
      scene,
      scene.ask(await bearer(scene), post(body)),
      malformed('body_invalid'),
    )
    await expectRejected(scene, scene.ask(undefined, post(body)), {
      ...NO_CREDENTIALS,
      scope: 'read',
    })
  })

  it.each(['gzip', 'br', 'zstd', 'identity, gzip'])(
    'with Content-Encoding %s are rejected',
    async (encoding) => {
      const scene = await createScene(GUARDED)
      const init = post(callTool('list_notes'), { 'Content-Encoding': encoding })
      await expectRejected(scene, scene.ask(await bearer(scene), init), malformed('body_invalid'))
    },
  )

  it('with Content-Encoding identity are read', async () => {
    const scene = await createScene(GUARDED)
    const init = post(callTool('delete_note'), { 'Content-Encoding': 'Identity' })
    await expectRejected(
      scene,
      scene.ask(await bearer(scene), init),
      insufficientScope('read write'),
    )
  })

  it('are read up to maxBodyBytes, counted or declared', async () => {
    const text = JSON.stringify(callTool('delete_note'))
    const scene = await createScene({ ...GUARDED, maxBodyBytes: text.length })
    const good = await bearer(scene, 'read write')
    await expectAccepted(scene, scene.ask(good, post(text)))
    await expectPlainRejection(scene, scene.ask(good, post(`${text} `)), TOO_LARGE)
    const declared = post(text, { 'Content-Length': String(text.length + 1) })
    await expectPlainRejection(scene, scene.ask(good, declared), TOO_LARGE)
  })

  it('without a valid token are read up to 64 KiB; larger ones get the plain 401', async () => {
    const scene = await createScene(MIXED)
    const sized = (length: number, name: string) => JSON.stringify(callTool(name)).padEnd(length)
    for (const [length, scope] of [
      [65_536, 'read write'],
      [65_537, 'read'],
    ] as const) {
      const init = post(sized(length, 'delete_note'))
      await expectRejected(scene, scene.ask(undefined, init), { ...NO_CREDENTIALS, scope })
      await expectRejected(scene, scene.ask('Bearer garbage', init), {
        ...invalidToken('token_malformed'),
        scope,
      })
    }
    // A larger body is not public either.
    await expectRejected(scene, scene.ask(undefined, post(sized(65_537, 'help'))), {
      ...NO_CREDENTIALS,
      scope: 'read',
    })
    await expectAccepted(
      scene,
      scene.ask(await bearer(scene), post(sized(1_000_000, 'list_notes'))),
    )
  })

  it('that were consumed before are a 500 with the remedy', async () => {
    const scene = await createScene(GUARDED)
    for (const authorization of [await bearer(scene), 'Bearer garbage']) {
      const request = new Request(RESOURCE, post(callTool('list_notes')))
      request.headers.set('Authorization', authorization)
      await request.text()
      await expectPlainRejection(scene, scene.send(request), BODY_CONSUMED)
    }
    const request = new Request(RESOURCE, post(callTool('list_notes')))
    request.headers.set('Authorization', await bearer(scene))
    request.body?.getReader()
    await expectPlainRejection(scene, scene.send(request), BODY_CONSUMED)
  })

  it('of a request whose clone() is the request itself are a 500, and still there', async () => {
    const scene = await createScene(GUARDED)
    const request = new Request(RESOURCE, post(callTool('list_notes')))
    request.headers.set('Authorization', await bearer(scene))
    Object.assign(request, { clone: () => request })
    await expectPlainRejection(scene, scene.send(request), BODY_CONSUMED)
    expect(await request.json()).toEqual(callTool('list_notes'))
  })

  it('are not read where no policy is configured', async () => {
    const scene = await createScene({ requiredScopes: ['read'] })
    const request = new Request(RESOURCE, post('hello'))
    request.headers.set('Authorization', await bearer(scene))
    await request.text()
    const auth = await expectAccepted(scene, scene.send(request))
    expect(auth.operations).toEqual([])
  })

  it('that are absent, or contain responses only, need requiredScopes', async () => {
    const scene = await createScene(GUARDED)
    const bodies: RequestInit[] = [
      { method: 'GET' },
      { method: 'DELETE' },
      { method: 'PUT', body: '' },
      post('[]'),
      post({ jsonrpc: '2.0', id: 1, result: {} }),
    ]
    for (const init of bodies) {
      const auth = await expectAccepted(scene, scene.ask(await bearer(scene), init))
      expect(auth.operations).toEqual([])
      await expectRejected(
        scene,
        scene.ask(await bearer(scene, 'other'), init),
        insufficientScope('read'),
      )
    }
  })
})

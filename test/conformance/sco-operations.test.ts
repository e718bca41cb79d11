/** SCO: the scopes of MCP operations. The body decides, and one challenge has all scopes. */

import { describe, expect, it } from 'vitest'
import { deny, requireScopes } from '../../src/index.ts'
import { START } from '../support/clock.ts'
import { operationProblemPaths } from '../support/config-cases.ts'
import { RESOURCE } from '../support/issuer.ts'
import {
  callTool,
  expectPlainRejection,
  INTERNAL,
  message,
  OPERATION_DENIED,
  post,
} from '../support/mcp.ts'
import { expectAnonymous, GUARDED, MIXED } from '../support/operations-scene.ts'
import {
  bearer,
  createScene,
  expectAccepted,
  expectRejected,
  insufficientScope,
  invalidToken,
  malformed,
  NO_CREDENTIALS,
  type SceneOptions,
} from '../support/scene.ts'

describe('one operation', () => {
  it('SCO-01: the 401 has the scopes of the operation in the body', async () => {
    const scene = await createScene(GUARDED)
    await expectRejected(scene, scene.ask(undefined, post(callTool('delete_note'))), {
      ...NO_CREDENTIALS,
      scope: 'read write',
    })
    await expectRejected(scene, scene.ask(undefined, post(callTool('list_notes'))), {
      ...NO_CREDENTIALS,
      scope: 'read',
    })
    // Of anyOf the first scope is named; a public operation needs none.
    await expectRejected(scene, scene.ask(undefined, post(callTool('search'))), {
      ...NO_CREDENTIALS,
      scope: 'read search',
    })
    await expectRejected(scene, scene.ask(undefined, post(callTool('help'))), NO_CREDENTIALS)
    const expired = `Bearer ${await scene.issuer.token({ exp: START - 1000 })}`
    await expectRejected(scene, scene.ask(expired, post(callTool('delete_note'))), {
      ...invalidToken('token_expired'),
      scope: 'read write',
    })
  })

  it('SCO-01: with challengeScopes the body of a 401 is not read', async () => {
    const scene = await createScene({ ...GUARDED, challengeScopes: ['everything'] })
    const request = new Request(RESOURCE, post(callTool('delete_note')))
    await request.text()
    await expectRejected(scene, scene.send(request), { ...NO_CREDENTIALS, scope: 'everything' })
  })

  it('SCO-02, SCO-03: the 403 has all scopes of the operation, and a token with them passes', async () => {
    const scene = await createScene({ ...GUARDED, requirements: { scopes: ['route'] } })
    const body = post(callTool('delete_note'))
    const expected = insufficientScope('read route write')
    await expectRejected(scene, scene.ask(await bearer(scene, 'read'), body), expected)
    await expectRejected(scene, scene.ask(await bearer(scene, 'write'), body), expected)
    const auth = await expectAccepted(
      scene,
      scene.ask(await bearer(scene, 'read route write'), body),
    )
    expect(auth.operations).toEqual([{ method: 'tools/call', name: 'delete_note' }])
    expect(auth.scopes).toEqual(['read', 'route', 'write'])
  })

  it('SCO-04: repeatGrantedScopes adds the scopes of the token', async () => {
    const scene = await createScene({ ...GUARDED, repeatGrantedScopes: true })
    await expectRejected(
      scene,
      scene.ask(await bearer(scene, 'read other'), post(callTool('delete_note'))),
      insufficientScope('read write other'),
    )
  })

  it('SCO-05: a policy with offline_access is a configuration error', () => {
    expect(operationProblemPaths({ 'tools/call': ['read', 'offline_access'] })).toEqual([
      "operations['tools/call'][1]",
    ])
  })

  it('SCO-06: a broad scope includes what it implies, for operations, too', async () => {
    const scene = await createScene({
      ...GUARDED,
      scopeHierarchy: { admin: ['write'], write: ['read'] },
    })
    const auth = await expectAccepted(
      scene,
      scene.ask(await bearer(scene, 'admin'), post(callTool('delete_note'))),
    )
    expect(auth.scopes).toEqual(['admin', 'write', 'read'])
    await expectRejected(
      scene,
      scene.ask(await bearer(scene, 'read'), post(callTool('delete_note'))),
      insufficientScope('read write'),
    )
  })

  it('SCO-08: an expired token is 401 for every operation', async () => {
    const scene = await createScene(GUARDED)
    const expired = `Bearer ${await scene.issuer.token({ exp: 1_799_999_000, scope: '' })}`
    await expectRejected(scene, scene.ask(expired, post(callTool('delete_note'))), {
      ...invalidToken('token_expired'),
      scope: 'read write',
    })
  })

  it('SCO-09: the same operation has the same scopes for every token', async () => {
    const scene = await createScene(GUARDED)
    const scopes = new Set<string | undefined>()
    for (const credentials of [undefined, await bearer(scene, ''), await bearer(scene, 'other')]) {
      const response = await scene.ask(credentials, post(callTool('delete_note')))
      scopes.add(/scope="([^"]*)"/.exec(response.headers.get('WWW-Authenticate') ?? '')?.[1])
    }
    expect([...scopes]).toEqual(['read write'])
  })

  it('SCO-15: only a valid token gets a step-up challenge, with the scopes of the operation', async () => {
    const scene = await createScene({ ...GUARDED, requirements: { acrValues: ['mfa'] } })
    const weak = await scene.ask(await bearer(scene, 'read write'), post(callTool('delete_note')))
    expect(weak.status).toBe(401)
    expect(weak.headers.get('WWW-Authenticate')).toBe(
      'Bearer error="insufficient_user_authentication", error_description="The user must authenticate again, or with a stronger method.", scope="read write", acr_values="mfa", resource_metadata="https://rs.example/.well-known/oauth-protected-resource/mcp"',
    )
    expect(scene.runs).toHaveLength(0)
    await expectRejected(scene, scene.ask('Bearer garbage', post(callTool('delete_note'))), {
      ...invalidToken('token_malformed'),
      scope: 'read write',
    })
  })

  it('reads the body of any HTTP method and media type', async () => {
    const scene = await createScene(GUARDED)
    for (const init of [
      { method: 'PUT' },
      { headers: { 'Content-Type': 'text/plain' } },
      { headers: {} },
    ]) {
      await expectRejected(
        scene,
        scene.ask(await bearer(scene), { ...post(callTool('delete_note')), ...init }),
        insufficientScope('read write'),
      )
    }
  })

  it('calls a policy function with the operation and the context', async () => {
    const asked: unknown[] = []
    const scene = await createScene({
      operations: ({ method, name }, auth) => {
        asked.push([method, name, auth?.subject])
        return auth?.subject === 'user-1' ? undefined : ['write']
      },
    })
    await expectAccepted(scene, scene.ask(await bearer(scene), post(callTool('delete_note'))))
    await expectRejected(scene, scene.ask(undefined, post(callTool('delete_note'))), {
      ...NO_CREDENTIALS,
      scope: 'write',
    })
    expect(asked).toEqual([
      ['tools/call', 'delete_note', 'user-1'],
      ['tools/call', 'delete_note', undefined],
    ])
  })

  it('is a 500 where the function returns a string, with and without a token', async () => {
    const scene = await createScene({ operations: (() => 'write') as never })
    for (const credentials of [undefined, await bearer(scene)]) {
      await expectPlainRejection(scene, scene.ask(credentials, post(callTool('x'))), INTERNAL)
    }
  })

  it.each([
    ['escaped letters', 'file:///notes/%64iar%79%2Etxt'],
    ['escapes in lower case', 'file:///notes/diary%2etxt'],
    ['a fragment', 'file:///notes/diary.txt#x'],
    ['an empty fragment', 'file:///notes/diary.txt#'],
    ['an empty query', 'file:///notes/diary.txt?'],
    ['a query', 'file:///notes/diary.txt?x'],
    ['all of them', 'file:///notes/d%69ary.txt?#?x'],
    ['a scheme in capitals', 'FILE:///notes/diary.txt'],
    ['localhost as the host', 'file://LocalHost/notes/diary.txt'],
    ['one slash', 'file:/notes/diary.txt'],
    ['no slash', 'file:notes/diary.txt'],
    ['more slashes', 'file:////notes//diary.txt'],
    ['backslashes', 'file:\\\\\\notes\\diary.txt'],
    ['dot segments', 'file:///notes/./a/../diary.txt'],
    ['escaped dot segments', 'file:///%2e/a/%2E%2e/notes/diary.txt'],
    ['dot segments above the root', 'file:///../notes/diary.txt'],
    ['white space around', ' file:///notes/diary.txt\n'],
    ['white space inside', 'file:///no\ttes/di\nary.txt'],
    ['NULs around', '\u0000file:///notes/diary.txt\u0000'],
  ])('SCO-17: a URI with %s does not evade its rule', async (_, uri) => {
    const scene = await createScene({
      requiredScopes: ['read'],
      operations: { 'resources/read file:///notes/diary.txt': ['secret'] },
    })
    const body = post(message('resources/read', { uri }))
    await expectRejected(
      scene,
      scene.ask(await bearer(scene), body),
      insufficientScope('read secret'),
    )
    await expectAccepted(scene, scene.ask(await bearer(scene, 'read secret'), body))
  })

  it.each([
    ['https://Files.Example:443/a/b', 'HTTPS://files.example/x/.././a/b'],
    ['note://Shelf/a,b', 'NOTE://shelf/a%2Cb'],
    ['note://shelf/%C3%A4', 'note://shelf/ä'],
    ['note://shelf', 'note://shelf/'],
    ['urn:Book:a', 'URN:Book:%61'],
    ['urn:/b', 'urn:a/../b'],
    ['note://shelf/~/a%20b', 'note://shelf/%7e/a b'],
  ])('SCO-17: a rule for %s applies to %s', async (ruled, uri) => {
    const scene = await createScene({
      operations: { [`resources/read ${ruled}`]: ['secret'] },
    })
    const body = post(message('resources/read', { uri }))
    await expectRejected(scene, scene.ask(await bearer(scene), body), insufficientScope('secret'))
    await expectAccepted(scene, scene.ask(await bearer(scene, 'secret'), body))
  })

  it.each([
    ['no scheme', 'secret'],
    ['a NUL inside', 'file:///notes/diary.txt\u0000.png'],
    ['an escaped NUL', 'file:///notes/diary.txt%00'],
    ['an escaped slash of a file', 'file:///notes%2Fdiary.txt'],
    ['an escaped backslash of a file', 'file:///notes%5Cdiary.txt'],
    ['a backslash', 'note://shelf/a\\b'],
    ['another host for the RFC than for URL', 'note:/.//shelf/a'],
    ['another path for the RFC than for URL', 'file:///notes\\x/../diary.txt'],
    ['an escape inside an escape', 'file:///notes/diary%2%65txt'],
  ])('SCO-17: a URI with %s is a 400', async (_, uri) => {
    const scene = await createScene(GUARDED)
    for (const method of ['resources/read', 'resources/subscribe', 'resources/unsubscribe']) {
      const body = post(message(method, { uri }))
      await expectRejected(scene, scene.ask(await bearer(scene), body), malformed('body_invalid'))
    }
    const listen = post(message('subscriptions/listen', listening(uri)))
    await expectRejected(scene, scene.ask(await bearer(scene), listen), malformed('body_invalid'))
  })

  it('SCO-17: the context has the normal form of the URI, the body is unchanged', async () => {
    const uri = 'FILE:///notes/d%69ary.txt?a#x'
    const scene = await createScene({
      operations: {},
      handler: async (request) => new Response(await request.text()),
    })
    const response = await scene.ask(
      await bearer(scene),
      post(message('resources/read', { uri }), { 'Mcp-Name': uri }),
    )
    expect(await response.json()).toEqual(message('resources/read', { uri }))
    expect(scene.runs.at(-1)?.operations).toEqual([
      { method: 'resources/read', name: 'file:///notes/diary.txt?a' },
    ])
  })
})

describe('subscriptions/listen', () => {
  const RULES: SceneOptions = {
    requiredScopes: ['read'],
    operations: {
      'subscriptions/listen': ['listen'],
      'resources/subscribe note://shelf/diary': ['diary'],
      'resources/subscribe note://shelf/help': 'public',
    },
  }

  it('SCO-17: also needs the scopes of resources/subscribe for each resource', async () => {
    const scene = await createScene(RULES)
    const body = post(
      message('subscriptions/listen', listening('note://shelf/help', 'NOTE://shelf/d%69ary#x')),
    )
    const expected = insufficientScope('read listen diary')
    await expectRejected(scene, scene.ask(await bearer(scene, 'read listen'), body), expected)
    await expectRejected(scene, scene.ask(await bearer(scene, 'diary'), body), expected)
    await expectRejected(scene, scene.ask(undefined, body), {
      ...NO_CREDENTIALS,
      scope: 'read listen diary',
    })
    const auth = await expectAccepted(
      scene,
      scene.ask(await bearer(scene, 'read listen diary'), body),
    )
    expect(auth.operations).toEqual([
      { method: 'subscriptions/listen' },
      { method: 'resources/subscribe', name: 'note://shelf/help' },
      { method: 'resources/subscribe', name: 'note://shelf/diary' },
    ])
  })

  it('SCO-17: also needs the scopes of tasks/get for each task', async () => {
    const scene = await createScene({
      requiredScopes: ['read'],
      operations: { 'tasks/get': ['tasks'], 'tasks/get T1': ['tasks', 'first'] },
    })
    const body = (...taskIds: string[]) =>
      post(message('subscriptions/listen', { notifications: { taskIds } }))
    await expectRejected(
      scene,
      scene.ask(await bearer(scene, 'read'), body('t1')),
      insufficientScope('read tasks'),
    )
    await expectRejected(
      scene,
      scene.ask(await bearer(scene, 'read tasks'), body('t1', 'T1')),
      insufficientScope('read tasks first'),
    )
    await expectRejected(scene, scene.ask(undefined, body('t1')), {
      ...NO_CREDENTIALS,
      scope: 'read tasks',
    })
    await expectAccepted(scene, scene.ask(await bearer(scene, 'read'), body()))
    const auth = await expectAccepted(
      scene,
      scene.ask(await bearer(scene, 'read tasks'), body('t1', 't2')),
    )
    expect(auth.operations).toEqual([
      { method: 'subscriptions/listen' },
      { method: 'tasks/get', name: 't1' },
      { method: 'tasks/get', name: 't2' },
    ])
  })

  it('SCO-17: asks a decision about each task', async () => {
    const scene = await createScene({
      operations: ({ method, name }) =>
        method === 'tasks/get' && name !== 'mine' ? deny('task of another user') : undefined,
    })
    const ask = async (...taskIds: string[]) =>
      scene.ask(
        await bearer(scene),
        post(message('subscriptions/listen', { notifications: { taskIds } })),
      )
    await expectAccepted(scene, ask('mine'))
    await expectPlainRejection(scene, ask('mine', 'another'), OPERATION_DENIED)
  })

  it('SCO-17: is public only if all its subscriptions are', async () => {
    const scene = await createScene({
      ...RULES,
      operations: { ...RULES.operations, 'subscriptions/listen': 'public' },
      requirements: { optional: true },
    })
    const ask = (...uris: string[]) =>
      scene.ask(undefined, post(message('subscriptions/listen', listening(...uris))))
    await expectAnonymous(scene, ask())
    await expectAnonymous(scene, ask('note://shelf/help'))
    await expectRejected(scene, ask('note://shelf/help', 'note://shelf/diary'), {
      ...NO_CREDENTIALS,
      scope: 'read diary',
    })
    await expectRejected(scene, ask('note://shelf/other'), { ...NO_CREDENTIALS, scope: 'read' })
  })

  it('SCO-17: matches Mcp-Method by its own name', async () => {
    const scene = await createScene(RULES)
    const ask = async (method: string) =>
      scene.ask(
        await bearer(scene, 'read listen diary'),
        post(message('subscriptions/listen', listening('note://shelf/diary')), {
          'MCP-Protocol-Version': '2026-07-28',
          'Mcp-Method': method,
        }),
      )
    await expectAccepted(scene, ask('subscriptions/listen'))
    expect((await ask('resources/subscribe')).status).toBe(400)
    expect(scene.runs).toHaveLength(1)
  })

  it.each([
    ['a text for a list', { notifications: { resourceSubscriptions: 'note://shelf/diary' } }],
    ['an object for a list', { notifications: { resourceSubscriptions: { 0: 'note://x' } } }],
    ['a list in a list', { notifications: { resourceSubscriptions: [['note://shelf/diary']] } }],
    ['a number', { notifications: { resourceSubscriptions: [1] } }],
    ['null in the list', { notifications: { resourceSubscriptions: [null] } }],
    ['a text for a list of tasks', { notifications: { taskIds: 't1' } }],
    ['a number for a task', { notifications: { taskIds: ['t1', 2] } }],
    ['a list of notifications', { notifications: [] }],
    ['a text for notifications', { notifications: 'all' }],
    ['1,001 resources', listening(...Array(1001).fill('note://shelf/other'))],
  ])('SCO-17: with %s is a 400', async (_, params) => {
    const scene = await createScene(RULES)
    const good = await bearer(scene, 'read listen diary')
    const body = post(message('subscriptions/listen', params))
    await expectRejected(scene, scene.ask(good, body), malformed('body_invalid'))
  })

  it('SCO-17: may have 1,000 resources in all calls of a body', async () => {
    const scene = await createScene(RULES)
    const good = await bearer(scene, 'read listen')
    const call = (count: number) =>
      message('subscriptions/listen', listening(...Array(count).fill('note://shelf/other')))
    const auth = await expectAccepted(scene, scene.ask(good, post(call(1000))))
    expect(auth.operations).toHaveLength(1001)
    await expectAccepted(scene, scene.ask(good, post([call(400), call(600)])))
    await expectRejected(
      scene,
      scene.ask(good, post([call(400), call(601)])),
      malformed('body_invalid'),
    )
  })

  it.each([
    [undefined],
    [{}],
    [{ notifications: null }],
    [{ notifications: {} }],
    [{ notifications: { resourceSubscriptions: null } }],
    [{ notifications: { resourceSubscriptions: [] } }],
    [{ notifications: { toolsListChanged: true } }],
    [{ uri: 'note://shelf/diary', resourceSubscriptions: ['note://shelf/diary'] }],
  ])('with the parameters %j subscribes to no resource', async (params) => {
    const scene = await createScene(RULES)
    const body = post(message('subscriptions/listen', params))
    const auth = await expectAccepted(scene, scene.ask(await bearer(scene, 'read listen'), body))
    expect(auth.operations).toEqual([{ method: 'subscriptions/listen' }])
  })
})

describe('batches', () => {
  it('SCO-10: need the scopes of all entries, decided before any runs', async () => {
    const scene = await createScene(GUARDED)
    const batch = post([callTool('list_notes'), callTool('delete_note'), callTool('search')])
    const expected = insufficientScope('read write search')
    await expectRejected(scene, scene.ask(await bearer(scene), batch), expected)
    await expectRejected(scene, scene.ask(await bearer(scene, 'read write'), batch), expected)
    const auth = await expectAccepted(
      scene,
      scene.ask(await bearer(scene, 'read write admin'), batch),
    )
    expect(auth.operations.map(({ name }) => name)).toEqual(['list_notes', 'delete_note', 'search'])
  })

  it('SCO-10: need them in any order, with notifications among them', async () => {
    const scene = await createScene(GUARDED)
    const { id: _, ...notification } = callTool('delete_note')
    for (const batch of [
      [callTool('delete_note'), callTool('list_notes')],
      [message('tools/list'), notification],
      [{ jsonrpc: '2.0', id: 7, result: {} }, callTool('delete_note')],
    ]) {
      await expectRejected(
        scene,
        scene.ask(await bearer(scene), post(batch)),
        insufficientScope('read write'),
      )
    }
  })

  it('SCO-10: are public only if all entries are', async () => {
    const scene = await createScene(MIXED)
    await expectRejected(
      scene,
      scene.ask(undefined, post([callTool('help'), callTool('list_notes')])),
      {
        ...NO_CREDENTIALS,
        scope: 'read',
      },
    )
    expect(
      await expectAnonymous(
        scene,
        scene.ask(undefined, post([callTool('help'), message('tools/list')])),
      ),
    ).toEqual([{ method: 'tools/call', name: 'help' }, { method: 'tools/list' }])
  })
})

describe('requireScopes()', () => {
  it('SCO-03: inside a handler also gives the scopes of the operation', async () => {
    const scene = await createScene({
      ...GUARDED,
      handler: (_, auth) => {
        requireScopes(auth, ['admin'])
        return new Response('done')
      },
    })
    const ask = async (scope: string, tool: string) =>
      scene.ask(await bearer(scene, scope), post(callTool(tool)))
    const response = await ask('read write', 'delete_note')
    expect(response.status).toBe(403)
    expect(response.headers.get('WWW-Authenticate')).toContain(', scope="read write admin", ')
    const other = await ask('read', 'list_notes')
    expect(other.headers.get('WWW-Authenticate')).toContain(', scope="read admin", ')
    expect((await ask('read write admin', 'delete_note')).status).toBe(200)
  })

  it('SCO-02: inside a handler becomes the same 403', async () => {
    const scene = await createScene({
      handler: (_, auth) => {
        requireScopes(auth, ['read', 'write'])
        return new Response('done')
      },
    })
    const response = await scene.ask(await bearer(scene), post(callTool('x')))
    expect(response.status).toBe(403)
    expect(response.headers.get('WWW-Authenticate')).toContain(
      'error="insufficient_scope", error_description="The access token lacks a scope that this request needs.", scope="read write"',
    )
    expect((await scene.ask(await bearer(scene, 'write read'), post(callTool('x')))).status).toBe(
      200,
    )
  })
})

/** Parameters that subscribe to these resources at once (MCP 2026-07-28). */
function listening(...resourceSubscriptions: string[]): unknown {
  return { notifications: { resourceSubscriptions } }
}

/** SCO: scopes of MCP operations. The body decides, and one challenge has all scopes. */

import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import {
  ConfigError,
  type ConfigProblem,
  type ProtectedResourceOptions,
  protectedResource,
  requireScopes,
} from '../../src/index.ts'
import { ISSUER, RESOURCE } from '../support/issuer.ts'
import {
  BODY_CONSUMED,
  callTool,
  INTERNAL,
  METHOD_NEEDS_TOKEN,
  message,
  post,
  refusedPlainly,
  TOO_LARGE,
} from '../support/mcp.ts'
import {
  accepted,
  createScene,
  invalidToken,
  malformed,
  NO_CREDENTIALS,
  type RefusedBecause,
  refused,
  type Scene,
  type SceneOptions,
} from '../support/scene.ts'

const OPERATIONS = {
  'tools/call delete_note': ['write'],
  'tools/call search': { anyOf: ['search', 'admin'] },
  'resources/read file:///secret': ['secret'],
  'tools/call help': 'public',
  'tools/list': 'public',
  initialize: 'public',
  'notifications/initialized': 'public',
} as const

const BLANK =
  "contains white space or '*'; custom methods have no names, and patterns are not supported"

const GUARDED: SceneOptions = { requiredScopes: ['read'], operations: OPERATIONS }
const MIXED: SceneOptions = { ...GUARDED, requirements: { optional: true } }

async function bearer(scene: Scene, scope = 'read'): Promise<string> {
  return `Bearer ${await scene.issuer.token({ scope })}`
}

function insufficient(scope: string): RefusedBecause {
  return { code: 'scope_insufficient', status: 403, error: 'insufficient_scope', scope }
}

/** The context of the handler, where a request without credentials passed. */
async function anonymous(scene: Scene, answer: Promise<Response>): Promise<unknown> {
  const before = scene.runs.length
  expect((await answer).status).toBe(200)
  expect(scene.runs).toHaveLength(before + 1)
  const auth = scene.runs.at(-1)
  expect(auth).toMatchObject({ ok: true, anonymous: true, scopes: [] })
  return auth?.operations
}

describe('one operation', () => {
  it('SCO-01: the 401 has the scopes of the operation in the body', async () => {
    const scene = await createScene(GUARDED)
    await refused(scene, scene.ask(undefined, post(callTool('delete_note'))), {
      ...NO_CREDENTIALS,
      scope: 'read write',
    })
    await refused(scene, scene.ask(undefined, post(callTool('list_notes'))), {
      ...NO_CREDENTIALS,
      scope: 'read',
    })
    // Of anyOf the first scope is named; a public operation needs none.
    await refused(scene, scene.ask(undefined, post(callTool('search'))), {
      ...NO_CREDENTIALS,
      scope: 'read search',
    })
    await refused(scene, scene.ask(undefined, post(callTool('help'))), NO_CREDENTIALS)
    const expired = `Bearer ${await scene.issuer.token({ exp: 1_799_999_000 })}`
    await refused(scene, scene.ask(expired, post(callTool('delete_note'))), {
      ...invalidToken('token_expired'),
      scope: 'read write',
    })
  })

  it('SCO-01: with challengeScopes the body of a 401 is not read', async () => {
    const scene = await createScene({ ...GUARDED, challengeScopes: ['everything'] })
    const request = new Request(RESOURCE, post(callTool('delete_note')))
    await request.text()
    await refused(scene, scene.send(request), { ...NO_CREDENTIALS, scope: 'everything' })
  })

  it('SCO-02, SCO-03: the 403 has all scopes of the operation, and a token with them passes', async () => {
    const scene = await createScene({ ...GUARDED, requirements: { scopes: ['route'] } })
    const body = post(callTool('delete_note'))
    const expected = insufficient('read route write')
    await refused(scene, scene.ask(await bearer(scene, 'read'), body), expected)
    await refused(scene, scene.ask(await bearer(scene, 'write'), body), expected)
    const auth = await accepted(scene, scene.ask(await bearer(scene, 'read route write'), body))
    expect(auth.operations).toEqual([{ method: 'tools/call', name: 'delete_note' }])
    expect(auth.scopes).toEqual(['read', 'route', 'write'])
  })

  it('SCO-04: repeatGrantedScopes adds the scopes of the token', async () => {
    const scene = await createScene({ ...GUARDED, repeatGrantedScopes: true })
    await refused(
      scene,
      scene.ask(await bearer(scene, 'read other'), post(callTool('delete_note'))),
      insufficient('read write other'),
    )
  })

  it('SCO-05: a policy with offline_access is a configuration error', () => {
    expect(mistakesIn({ 'tools/call': ['read', 'offline_access'] })).toEqual([
      "operations['tools/call'][1]",
    ])
  })

  it('SCO-06: a broad scope includes what it implies, for operations, too', async () => {
    const scene = await createScene({
      ...GUARDED,
      scopeHierarchy: { admin: ['write'], write: ['read'] },
    })
    const auth = await accepted(
      scene,
      scene.ask(await bearer(scene, 'admin'), post(callTool('delete_note'))),
    )
    expect(auth.scopes).toEqual(['admin', 'write', 'read'])
    await refused(
      scene,
      scene.ask(await bearer(scene, 'read'), post(callTool('delete_note'))),
      insufficient('read write'),
    )
  })

  it('SCO-08: an expired token is 401 for every operation', async () => {
    const scene = await createScene(GUARDED)
    const expired = `Bearer ${await scene.issuer.token({ exp: 1_799_999_000, scope: '' })}`
    await refused(scene, scene.ask(expired, post(callTool('delete_note'))), {
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
    await refused(scene, scene.ask('Bearer garbage', post(callTool('delete_note'))), {
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
      await refused(
        scene,
        scene.ask(await bearer(scene), { ...post(callTool('delete_note')), ...init }),
        insufficient('read write'),
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
    await accepted(scene, scene.ask(await bearer(scene), post(callTool('delete_note'))))
    await refused(scene, scene.ask(undefined, post(callTool('delete_note'))), {
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
      await refusedPlainly(scene, scene.ask(credentials, post(callTool('x'))), INTERNAL)
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
    await refused(scene, scene.ask(await bearer(scene), body), insufficient('read secret'))
    await accepted(scene, scene.ask(await bearer(scene, 'read secret'), body))
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
    await refused(scene, scene.ask(await bearer(scene), body), insufficient('secret'))
    await accepted(scene, scene.ask(await bearer(scene, 'secret'), body))
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
      await refused(scene, scene.ask(await bearer(scene), body), invalidBody())
    }
    const listen = post(message('subscriptions/listen', listening(uri)))
    await refused(scene, scene.ask(await bearer(scene), listen), invalidBody())
  })

  it('SCO-17: the context has the normal form of the URI, the body is unchanged', async () => {
    const uri = 'FILE:///notes/d%69ary.txt?a#x'
    const scene = await createScene({
      operations: {},
      answer: async (request) => new Response(await request.text()),
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
    const expected = insufficient('read listen diary')
    await refused(scene, scene.ask(await bearer(scene, 'read listen'), body), expected)
    await refused(scene, scene.ask(await bearer(scene, 'diary'), body), expected)
    await refused(scene, scene.ask(undefined, body), {
      ...NO_CREDENTIALS,
      scope: 'read listen diary',
    })
    const auth = await accepted(scene, scene.ask(await bearer(scene, 'read listen diary'), body))
    expect(auth.operations).toEqual([
      { method: 'subscriptions/listen' },
      { method: 'resources/subscribe', name: 'note://shelf/help' },
      { method: 'resources/subscribe', name: 'note://shelf/diary' },
    ])
  })

  it('SCO-17: is public only if all its subscriptions are', async () => {
    const scene = await createScene({
      ...RULES,
      operations: { ...RULES.operations, 'subscriptions/listen': 'public' },
      requirements: { optional: true },
    })
    const ask = (...uris: string[]) =>
      scene.ask(undefined, post(message('subscriptions/listen', listening(...uris))))
    await anonymous(scene, ask())
    await anonymous(scene, ask('note://shelf/help'))
    await refused(scene, ask('note://shelf/help', 'note://shelf/diary'), {
      ...NO_CREDENTIALS,
      scope: 'read diary',
    })
    await refused(scene, ask('note://shelf/other'), { ...NO_CREDENTIALS, scope: 'read' })
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
    await accepted(scene, ask('subscriptions/listen'))
    expect((await ask('resources/subscribe')).status).toBe(400)
    expect(scene.runs).toHaveLength(1)
  })

  it.each([
    ['a text for a list', { notifications: { resourceSubscriptions: 'note://shelf/diary' } }],
    ['an object for a list', { notifications: { resourceSubscriptions: { 0: 'note://x' } } }],
    ['a list in a list', { notifications: { resourceSubscriptions: [['note://shelf/diary']] } }],
    ['a number', { notifications: { resourceSubscriptions: [1] } }],
    ['null in the list', { notifications: { resourceSubscriptions: [null] } }],
    ['a list of notifications', { notifications: [] }],
    ['a text for notifications', { notifications: 'all' }],
    ['1,001 resources', listening(...Array(1001).fill('note://shelf/other'))],
  ])('SCO-17: with %s is a 400', async (_, params) => {
    const scene = await createScene(RULES)
    const good = await bearer(scene, 'read listen diary')
    const body = post(message('subscriptions/listen', params))
    await refused(scene, scene.ask(good, body), invalidBody())
  })

  it('SCO-17: may have 1,000 resources in all calls of a body', async () => {
    const scene = await createScene(RULES)
    const good = await bearer(scene, 'read listen')
    const call = (count: number) =>
      message('subscriptions/listen', listening(...Array(count).fill('note://shelf/other')))
    const auth = await accepted(scene, scene.ask(good, post(call(1000))))
    expect(auth.operations).toHaveLength(1001)
    await accepted(scene, scene.ask(good, post([call(400), call(600)])))
    await refused(scene, scene.ask(good, post([call(400), call(601)])), invalidBody())
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
    const auth = await accepted(scene, scene.ask(await bearer(scene, 'read listen'), body))
    expect(auth.operations).toEqual([{ method: 'subscriptions/listen' }])
  })
})

describe('batches', () => {
  it('SCO-10: need the scopes of all entries, decided before any runs', async () => {
    const scene = await createScene(GUARDED)
    const batch = post([callTool('list_notes'), callTool('delete_note'), callTool('search')])
    const expected = insufficient('read write search')
    await refused(scene, scene.ask(await bearer(scene), batch), expected)
    await refused(scene, scene.ask(await bearer(scene, 'read write'), batch), expected)
    const auth = await accepted(scene, scene.ask(await bearer(scene, 'read write admin'), batch))
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
      await refused(scene, scene.ask(await bearer(scene), post(batch)), insufficient('read write'))
    }
  })

  it('SCO-10: are public only if all entries are', async () => {
    const scene = await createScene(MIXED)
    await refused(scene, scene.ask(undefined, post([callTool('help'), callTool('list_notes')])), {
      ...NO_CREDENTIALS,
      scope: 'read',
    })
    expect(
      await anonymous(scene, scene.ask(undefined, post([callTool('help'), message('tools/list')]))),
    ).toEqual([{ method: 'tools/call', name: 'help' }, { method: 'tools/list' }])
  })
})

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
    await refused(scene, scene.ask(await bearer(scene), post(body)), invalidBody())
    await refused(scene, scene.ask(undefined, post(body)), { ...NO_CREDENTIALS, scope: 'read' })
  })

  it.each(['gzip', 'br', 'zstd', 'identity, gzip'])(
    'with Content-Encoding %s are rejected',
    async (encoding) => {
      const scene = await createScene(GUARDED)
      const init = post(callTool('list_notes'), { 'Content-Encoding': encoding })
      await refused(scene, scene.ask(await bearer(scene), init), invalidBody())
    },
  )

  it('with Content-Encoding identity are read', async () => {
    const scene = await createScene(GUARDED)
    const init = post(callTool('delete_note'), { 'Content-Encoding': 'Identity' })
    await refused(scene, scene.ask(await bearer(scene), init), insufficient('read write'))
  })

  it('are read up to maxBodyBytes, counted or declared', async () => {
    const text = JSON.stringify(callTool('delete_note'))
    const scene = await createScene({ ...GUARDED, maxBodyBytes: text.length })
    const good = await bearer(scene, 'read write')
    await accepted(scene, scene.ask(good, post(text)))
    await refusedPlainly(scene, scene.ask(good, post(`${text} `)), TOO_LARGE)
    const declared = post(text, { 'Content-Length': String(text.length + 1) })
    await refusedPlainly(scene, scene.ask(good, declared), TOO_LARGE)
  })

  it('without a valid token are read up to 64 KiB; larger ones get the plain 401', async () => {
    const scene = await createScene(MIXED)
    const sized = (length: number, name: string) => JSON.stringify(callTool(name)).padEnd(length)
    for (const [length, scope] of [
      [65_536, 'read write'],
      [65_537, 'read'],
    ] as const) {
      const init = post(sized(length, 'delete_note'))
      await refused(scene, scene.ask(undefined, init), { ...NO_CREDENTIALS, scope })
      await refused(scene, scene.ask('Bearer garbage', init), {
        ...invalidToken('token_malformed'),
        scope,
      })
    }
    // A larger body is not public either.
    await refused(scene, scene.ask(undefined, post(sized(65_537, 'help'))), {
      ...NO_CREDENTIALS,
      scope: 'read',
    })
    await accepted(scene, scene.ask(await bearer(scene), post(sized(1_000_000, 'list_notes'))))
  })

  it('that were consumed before are a 500 with the remedy', async () => {
    const scene = await createScene(GUARDED)
    for (const authorization of [await bearer(scene), 'Bearer garbage']) {
      const request = new Request(RESOURCE, post(callTool('list_notes')))
      request.headers.set('Authorization', authorization)
      await request.text()
      await refusedPlainly(scene, scene.send(request), BODY_CONSUMED)
    }
    const request = new Request(RESOURCE, post(callTool('list_notes')))
    request.headers.set('Authorization', await bearer(scene))
    request.body?.getReader()
    await refusedPlainly(scene, scene.send(request), BODY_CONSUMED)
  })

  it('are not read where no policy is configured', async () => {
    const scene = await createScene({ requiredScopes: ['read'] })
    const request = new Request(RESOURCE, post('hello'))
    request.headers.set('Authorization', await bearer(scene))
    await request.text()
    const auth = await accepted(scene, scene.send(request))
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
      const auth = await accepted(scene, scene.ask(await bearer(scene), init))
      expect(auth.operations).toEqual([])
      await refused(scene, scene.ask(await bearer(scene, 'other'), init), insufficient('read'))
    }
  })
})

describe('public operations', () => {
  it('pass without credentials where authentication is optional', async () => {
    const scene = await createScene(MIXED)
    expect(await anonymous(scene, scene.ask(undefined, post(callTool('help'))))).toEqual([
      { method: 'tools/call', name: 'help' },
    ])
    for (const method of ['initialize', 'notifications/initialized', 'tools/list']) {
      await anonymous(scene, scene.ask(undefined, post(message(method))))
    }
    await refused(scene, scene.ask(undefined, post(callTool('list_notes'))), {
      ...NO_CREDENTIALS,
      scope: 'read',
    })
    await refused(scene, scene.ask(undefined, post(callTool('delete_note'))), {
      ...NO_CREDENTIALS,
      scope: 'read write',
    })
  })

  it('need a token without scopes where it is not optional', async () => {
    const scene = await createScene(GUARDED)
    await refused(scene, scene.ask(undefined, post(callTool('help'))), NO_CREDENTIALS)
    const auth = await accepted(scene, scene.ask(await bearer(scene, ''), post(callTool('help'))))
    expect(auth.scopes).toEqual([])
  })

  it('do not pass with invalid credentials', async () => {
    const scene = await createScene(MIXED)
    const help = post(callTool('help'))
    await refused(scene, scene.ask('Bearer garbage', help), invalidToken('token_malformed'))
    const expired = `Bearer ${await scene.issuer.token({ exp: 1_799_999_000 })}`
    await refused(scene, scene.ask(expired, help), invalidToken('token_expired'))
    await refused(scene, scene.ask('Bearer a, Bearer b', help), malformed('credentials_duplicate'))
    expect((await accepted(scene, scene.ask(await bearer(scene, ''), help))).subject).toBe('user-1')
  })

  it('do not include GET, empty batches and responses', async () => {
    const scene = await createScene({ ...MIXED, operations: { '*': 'public' } })
    for (const body of ['[]', { jsonrpc: '2.0', id: 1, result: {} }]) {
      await refused(scene, scene.ask(undefined, post(body)), { ...NO_CREDENTIALS, scope: 'read' })
    }
    await refused(scene, scene.ask(undefined, { method: 'DELETE' }), {
      ...NO_CREDENTIALS,
      scope: 'read',
    })
  })

  it('leave a GET without credentials at 405, which starts no login', async () => {
    const scene = await createScene({ ...MIXED, operations: { '*': 'public' } })
    const response = await refusedPlainly(
      scene,
      scene.ask(undefined, { method: 'GET' }),
      METHOD_NEEDS_TOKEN,
    )
    expect(response.headers.get('Allow')).toBe('POST')
    await accepted(scene, scene.ask(await bearer(scene), { method: 'GET' }))
    await refused(scene, scene.ask('Bearer garbage', { method: 'GET' }), {
      ...invalidToken('token_malformed'),
      scope: 'read',
    })
  })

  it('leave a GET at 401 where a token is required', async () => {
    const scene = await createScene(GUARDED)
    await refused(scene, scene.ask(undefined, { method: 'GET' }), {
      ...NO_CREDENTIALS,
      scope: 'read',
    })
  })

  it('need no step-up with a token', async () => {
    const scene = await createScene({
      ...GUARDED,
      requirements: { optional: true, acrValues: ['mfa'] },
    })
    await accepted(scene, scene.ask(await bearer(scene), post(callTool('help'))))
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
    await refused(scene, scene.ask(undefined, post(body)), invalidBody())
  })
})

describe('the policy', () => {
  it.each([
    ['a pattern', { 'tools/*': ['a'] }, "operations['tools/*']"],
    ['a pattern of names', { 'tools/call *': ['a'] }, "operations['tools/call *']"],
    ['no name after the space', { 'tools/call ': ['a'] }, "operations['tools/call ']"],
    ['nothing', { '': ['a'] }, "operations['']"],
    ['a space first', { ' tools/call': ['a'] }, "operations[' tools/call']"],
    ['a tab', { 'tools/call\tx': ['a'] }, "operations['tools/call\tx']"],
    ['two spaces', { 'tools/call  x': ['a'] }, "operations['tools/call  x']"],
    ['a space last', { 'tools/call x ': ['a'] }, "operations['tools/call x ']"],
    ['a name for a method without names', { 'tools/list x': ['a'] }, "operations['tools/list x']"],
    ['a name after *', { '* x': ['a'] }, "operations['* x']"],
    ['an invalid URI', { 'resources/read x': ['a'] }, "operations['resources/read x']"],
    ['a string as a rule', { 'tools/call': 'a' }, "operations['tools/call']"],
    ['public in another case', { 'tools/call': 'Public' }, "operations['tools/call']"],
    ['a scope with a space', { 'tools/call': ['a b'] }, "operations['tools/call'][0]"],
    ['a scope that is not a string', { 'tools/call': [1] }, "operations['tools/call']"],
    ['an empty anyOf', { 'tools/call': { anyOf: [] } }, "operations['tools/call'].anyOf"],
    ['an anyOf that is a string', { 'tools/call': { anyOf: 'a' } }, "operations['tools/call']"],
    [
      'an anyOf with another member',
      { 'tools/call': { anyOf: ['a'], all: [] } },
      "operations['tools/call']",
    ],
  ])('must not contain %s', (_, operations, path) => {
    expect(mistakesIn(operations)).toEqual([path])
  })

  it.each([
    ['delete_note', 'tools/call delete_note'],
    ['tools/call:delete_note', 'tools/call delete_note'],
    ['tools/call/delete_note', 'tools/call delete_note'],
    ['tools/call.delete_note', 'tools/call delete_note'],
    ['tools.call delete_note', 'tools/call delete_note'],
    ['Tools/Call delete_note', 'tools/call delete_note'],
    ['tools/call  delete_note', 'tools/call delete_note'],
    ['tools/call\tdelete_note', 'tools/call delete_note'],
    ['tools/call delete_note ', 'tools/call delete_note'],
    ['tools/call delete_*', 'tools/call'],
    ['tools/call *', 'tools/call'],
    ['tools/call {name}', 'tools/call'],
    ['tools/call ', 'tools/call'],
    ['tool/call', 'tools/call'],
    ['tools/calls', 'tools/call'],
    ['tools/list delete_note', 'tools/list'],
    ['ping x', 'ping'],
    ['prompts/get gre*t', 'prompts/get'],
    ['resources/read file:///notes/*', 'resources/read'],
    ['resources/read note://{id}', 'resources/read'],
    ['resources/read notes', 'resources/read'],
    ['resources/read file:///notes/diary.txt#x', 'resources/read file:///notes/diary.txt'],
    ['sampling/createMessage', 'tools/call'],
    ['notifications/message', 'logging/setLevel'],
    ['vendor/custom x', 'vendor/custom'],
    ['__proto__', 'tools/call __proto__'],
  ])('SCO-16: with the key %j, which never matches, gets the hint %j', (key, nearest) => {
    const problems = problemsIn(
      { ...OPERATIONS, ...own(key) },
      { customMethods: ['vendor/custom'] },
    )
    expect(problems.map(({ path }) => path)).toEqual([`operations['${key}']`])
    expect(problems[0]?.message).toMatch(/^can never match: /)
    expect(problems[0]?.message.endsWith(`; the nearest valid key is '${nearest}'`)).toBe(true)
  })

  it.each([
    ['a Map', new Map([['tools/call', ['a']]])],
    ['rules in the prototype', Object.create({ 'tools/call delete_note': ['write'] })],
    [
      'rules in a class',
      new (class Rules {
        'tools/call' = ['a']
      })(),
    ],
    ['a date', new Date(0)],
    ['symbols', { [Symbol('tools/call')]: ['a'] }],
    ['a key that is not enumerable', Object.defineProperty({}, 'tools/call', { value: ['a'] })],
  ])('SCO-16: with %s is a configuration error', (_, operations) => {
    expect(mistakesIn(operations)).toEqual(['operations'])
  })

  it.each([
    ['an object without a prototype', Object.assign(Object.create(null), { 'tools/call': ['a'] })],
    ['an object of another realm', runInNewContext("({ 'tools/call': ['a'] })")],
    ['rules that are undefined', { 'tools/call x': undefined, 'tools/call': undefined }],
  ])('may be %s', (_, operations) => {
    expect(mistakesIn(operations)).toEqual([])
  })

  it('applies the rule of the method where that of a name is undefined', async () => {
    const scene = await createScene({
      operations: { 'tools/call x': undefined, 'tools/call': ['write'], '*': undefined },
    })
    await refused(scene, scene.ask(await bearer(scene), post(callTool('x'))), insufficient('write'))
    await accepted(scene, scene.ask(await bearer(scene), post(message('tools/list'))))
  })

  it.each([
    ['resources/read file:///a', 'resources/read FILE:///a'],
    ['resources/read file:///a', 'resources/read file:///%61'],
    ['resources/read file:///a', 'resources/read file:///a?'],
    ['resources/read file:///a', 'resources/read file:////a?x'],
    ['resources/subscribe note://x', 'resources/subscribe note://X/'],
    ['resources/read note://x/a,b', 'resources/read note://x/a%2Cb'],
  ])('SCO-16: must not contain one URI twice: %s and %s', (one, other) => {
    expect(problemsIn({ [one]: ['a'], [other]: ['b'] })).toEqual([
      {
        path: `operations['${other}']`,
        message: `has the same meaning as '${one}'; remove one of them`,
      },
    ])
  })

  it('may contain every other key', () => {
    const operations = {
      '*': [],
      'tools/call': { anyOf: ['a', 'b'] },
      'tools/call two words': ['a'],
      'prompts/get greet': 'public',
      'resources/read note://x/1': ['a'],
      'resources/subscribe note://x/1': ['a'],
      'completion/complete x://{a}': ['a'],
      'tasks/cancel t1': ['a'],
      'subscriptions/listen': ['a'],
      'server/discover': 'public',
      'notifications/initialized': 'public',
      'vendor/custom': ['a'],
    }
    expect(problemsIn(operations, { customMethods: ['vendor/custom'] })).toEqual([])
    expect(mistakesIn(() => undefined)).toEqual([])
  })
})

describe('customMethods', () => {
  it('have rules like those of MCP, without names', async () => {
    const scene = await createScene({
      customMethods: ['vendor/export'],
      operations: { 'vendor/export': ['export'], '*': ['other'] },
    })
    const body = post(message('vendor/export', { name: 'x' }))
    await refused(scene, scene.ask(await bearer(scene), body), insufficient('export'))
    const auth = await accepted(scene, scene.ask(await bearer(scene, 'export'), body))
    expect(auth.operations).toEqual([{ method: 'vendor/export' }])
    const unknown = post(message('vendor/import'))
    await refused(scene, scene.ask(await bearer(scene), unknown), insufficient('other'))
  })

  it.each([
    ['tools/call', 'is an MCP method; operations can have rules for it without this entry'],
    [
      'subscriptions/listen',
      'is an MCP method; operations can have rules for it without this entry',
    ],
    ['roots/list', 'is a method of MCP that only servers send'],
    [
      'Tools/Call',
      "differs from the MCP method 'tools/call' only in case; methods are case-sensitive",
    ],
    ['', 'is empty; give the name of a JSON-RPC method'],
    ['*', BLANK],
    ['vendor/*', BLANK],
    ['vendor/export x', BLANK],
    [' vendor/export', BLANK],
    ['vendor\texport', BLANK],
    ['vendor\u0000', BLANK],
  ])('SCO-16: must not be %j', (method, message) => {
    const problems = problemsIn({}, { customMethods: ['vendor/a', method] })
    expect(problems).toEqual([{ path: 'customMethods[1]', message }])
  })

  it('SCO-16: are validated without operations, too, and must not repeat an MCP method', () => {
    expect(problemsIn(undefined, { customMethods: ['a', 'b', 'a'] })).toEqual([
      { path: 'customMethods[2]', message: 'is a duplicate; remove it' },
    ])
    expect(problemsIn(undefined, { customMethods: 'a' as never })).toEqual([
      { path: 'customMethods', message: 'expected an array, found a string' },
    ])
  })
})

describe('requireScopes()', () => {
  it('SCO-03: inside a handler also gives the scopes of the operation', async () => {
    const scene = await createScene({
      ...GUARDED,
      answer: (_, auth) => {
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
      answer: (_, auth) => {
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

function invalidBody(): RefusedBecause {
  return { code: 'body_invalid', status: 400, error: 'invalid_request' }
}

/** Parameters that subscribe to these resources at once (MCP 2026-07-28). */
function listening(...resourceSubscriptions: string[]): unknown {
  return { notifications: { resourceSubscriptions } }
}

/** A rule under exactly this key, `__proto__` included. */
function own(key: string): Record<string, unknown> {
  return Object.fromEntries([[key, ['a']]])
}

/** The paths of all configuration errors. */
function mistakesIn(operations: unknown): string[] {
  return problemsIn(operations).map(({ path }) => path)
}

function problemsIn(
  operations: unknown,
  further: Partial<ProtectedResourceOptions<string>> = {},
): readonly ConfigProblem[] {
  try {
    protectedResource({
      resource: RESOURCE,
      authorizationServers: [ISSUER],
      operations: operations as never,
      ...further,
    })
    return []
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.problems
  }
}

/** The recipes in the guides are copies of examples/ and behave as the guides say. */

import { readFileSync } from 'node:fs'
import { type AuthEvent, protect, protectedResource } from 'mcp-gatehouse'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { handle } from '../../examples/recipes/api-gateway-stage.ts'
import honoWorker from '../../examples/recipes/hono-worker.ts'
import { handle as handleWithCard } from '../../examples/recipes/server-card.ts'
import { handle as handleStepUp } from '../../examples/recipes/step-up.ts'
import supabaseFunction from '../../examples/recipes/supabase-function.ts'
import { createToolServer } from '../../examples/recipes/tool-scopes.ts'
import { createTestIssuer } from '../../src/testing/index.ts'
import { createClock } from '../support/clock.ts'
import { createIssuer, ISSUER, METADATA_URL, RESOURCE } from '../support/issuer.ts'
import { callTool, message, post } from '../support/mcp.ts'
import { bearerChallenge } from '../support/rejection.ts'

const WELL_KNOWN = '/.well-known/oauth-protected-resource'
const STAGE = 'https://abc123.execute-api.eu-west-2.amazonaws.com'

describe.each([
  ['per-tool-scopes', 'tool-scopes'],
  ['sessions', 'sessions'],
  ['which-entry', 'message-signatures'],
  ['visible-items', 'visible-items'],
  ['visible-items', 'visible-items-sdk1'],
  ['step-up', 'step-up'],
  ['decisions', 'refunds'],
  ['places', 'hono-worker'],
  ['places', 'supabase-function'],
  ['places', 'api-gateway-stage'],
  ['places', 'server-card'],
  ...['auth0', 'cognito', 'entra', 'google', 'keycloak', 'okta'].map((name) => [
    `providers/${name}`,
    `../providers/${name}`,
  ]),
])('docs/guides/%s.md', (guide, example) => {
  it(`contains examples/recipes/${example}.ts`, () => {
    const source = read(`examples/recipes/${example}.ts`)
    expect(read(`docs/guides/${guide}.md`)).toContain(`\`\`\`ts\n${source}\`\`\``)
  })
})

describe('the recipes of docs/guides/places.md', () => {
  it('read the bindings of a Worker in a request', async () => {
    const env = { RESOURCE, AUTH0_DOMAIN: 'tenant.us.auth0.com' }
    const rejection = await honoWorker.request(RESOURCE, { method: 'POST' }, env)
    expect(rejection.status).toBe(401)
    expect(rejection.headers.get('WWW-Authenticate')).toBe(
      bearerChallenge(undefined, 'notes:read', METADATA_URL),
    )
    const document = await honoWorker.request(METADATA_URL, {}, env)
    expect(await document.json()).toMatchObject({
      resource: RESOURCE,
      authorization_servers: ['https://tenant.us.auth0.com/'],
    })
  })

  it.each([
    ['/mcp', supabaseFunction.fetch, 'https://ref.supabase.co/functions/v1/mcp', WELL_KNOWN],
    ['/prod/mcp', handle, `${STAGE}/prod/mcp`, '/metadata'],
  ] as const)('serve metadata below %s and name it', async (path, serve, resource, place) => {
    // The host of the request is the platform's own.
    const document = await serve(new Request(`http://10.0.0.1${path}${place}`))
    expect(document.status).toBe(200)
    expect(await document.json()).toMatchObject({ resource })
    const rejection = await serve(new Request(`http://10.0.0.1${path}`, { method: 'POST' }))
    expect(rejection.status).toBe(401)
    expect(rejection.headers.get('WWW-Authenticate')).toBe(
      bearerChallenge(undefined, undefined, `${resource}${place}`),
    )
  })
})

describe('the server card of docs/guides/places.md', () => {
  const PLACE = 'https://api.example.com/mcp/server-card'

  it('is public', async () => {
    const response = await handleWithCard(new Request(PLACE))
    expect(response.status).toBe(200)
    expect(response.headers.get('Content-Type')).toBe('application/mcp-server-card+json')
    expect(response.headers.get('Access-Control-Allow-Origin')).toBe('*')
    expect(await response.json()).toMatchObject({
      remotes: [{ url: 'https://api.example.com/mcp' }],
    })
    const head = await handleWithCard(new Request(PLACE, { method: 'HEAD' }))
    expect([head.status, await head.text()]).toEqual([200, ''])
    expect((await handleWithCard(new Request(PLACE, { method: 'OPTIONS' }))).status).toBe(204)
  })

  it.each([
    ['POST', PLACE],
    ['GET', `${PLACE}/`],
    ['GET', 'https://api.example.com/mcp/server%2Dcard'],
    ['GET', 'https://api.example.com/mcp'],
  ])('is all that is public: %s %s is 401', async (method, url) => {
    const rejection = await handleWithCard(new Request(url, { method }))
    expect(rejection.status).toBe(401)
    expect(rejection.headers.get('WWW-Authenticate')).toBe(
      bearerChallenge(undefined, undefined, `https://api.example.com${WELL_KNOWN}/mcp`),
    )
  })
})

describe('examples/recipes/step-up.ts', () => {
  const resource = 'https://api.example.com/mcp'
  const issuer = createTestIssuer({ issuer: 'https://auth.example.com', resource })
  const recent = () => Math.floor(Date.now() / 1000) - 60
  afterEach(() => vi.unstubAllGlobals())

  async function send(body: unknown, auth_time?: unknown): Promise<Response> {
    vi.stubGlobal('fetch', issuer.fetch)
    const token = await issuer.token({ scope: 'notes:read notes:write', auth_time })
    const request = new Request(resource, post(body))
    request.headers.set('Authorization', `Bearer ${token}`)
    return handleStepUp(request)
  }

  it('requires a recent login for one tool', async () => {
    expect((await send(callTool('delete_note'), recent())).status).toBe(200)
    expect((await send(callTool('list_notes'))).status).toBe(200)
  })

  it.each([
    ['an old time', () => recent() - 300],
    ['a missing time', () => undefined],
    ['a time in milliseconds', () => Date.now()],
    ['a text', () => 'today'],
    ['a number as text', () => String(recent())],
  ])('rejects %s, also in a batch', async (_name, authTime) => {
    for (const body of [
      callTool('delete_note'),
      [callTool('list_notes'), callTool('delete_note')],
    ]) {
      const rejection = await send(body, authTime())
      expect([rejection.status, rejection.headers.get('WWW-Authenticate')]).toEqual([
        401,
        'Bearer error="insufficient_user_authentication", error_description="The user must authenticate again, or with a stronger method.", scope="notes:read notes:write", max_age="300", resource_metadata="https://api.example.com/.well-known/oauth-protected-resource/mcp"',
      ])
    }
  })
})

describe('docs/guides/browser-clients.md', () => {
  it('names the headers that are allowed and exposed', async () => {
    const notes = protectedResource({ resource: RESOURCE, authorizationServers: [ISSUER] })
    const handle = protect(notes, () => new Response('done'))
    const own = { Origin: new URL(RESOURCE).origin, 'Access-Control-Request-Method': 'POST' }
    const preflight = await handle(new Request(RESOURCE, { method: 'OPTIONS', headers: own }))
    const rejection = await handle(new Request(RESOURCE, { method: 'POST', headers: own }))
    const guide = read('docs/guides/browser-clients.md')
    for (const [title, list] of [
      ['allowed request headers', preflight.headers.get('Access-Control-Allow-Headers')],
      ['headers a script can read', rejection.headers.get('Access-Control-Expose-Headers')],
    ] as const) {
      expect(guide).toContain(`| ${title} | \`${list?.replaceAll(', ', '`, `')}\``)
    }
  })
})

describe('examples/recipes/tool-scopes.ts', () => {
  async function start() {
    const issuer = await createIssuer()
    const events: AuthEvent[] = []
    const notes = protectedResource({
      resource: RESOURCE,
      authorizationServers: [issuer.issuer],
      requiredScopes: ['notes:read'],
      operations: {
        'tools/call help': 'public',
        'tools/call delete_note': ['notes:write'],
      },
      fetch: issuer.fetch,
      now: createClock().now,
      onEvent: (event) => events.push(event),
    })
    const handle = createToolServer(notes)
    return async (body: unknown, scope?: string): Promise<Response> => {
      const request = new Request(RESOURCE, post(body))
      if (scope !== undefined) {
        request.headers.set('Authorization', `Bearer ${await issuer.token({ scope })}`)
      }
      return handle(request)
    }
  }

  it('serves public tools without a token, and the others by their scopes', async () => {
    const send = await start()
    expect(await resultOf(await send(callTool('help')))).toMatchObject({
      content: [{ text: 'Ask for notes.' }],
    })
    const missing = await send(callTool('delete_note'))
    expect([missing.status, missing.headers.get('WWW-Authenticate')]).toEqual([
      401,
      bearerChallenge(undefined, 'notes:read notes:write', METADATA_URL),
    ])
    expect(
      await resultOf(await send(callTool('delete_note'), 'notes:read notes:write')),
    ).toMatchObject({ content: [{ text: 'Deleted.' }] })
  })

  it('rejects a call by its arguments with 403, alone and in a batch', async () => {
    const send = await start()
    const everything = message('tools/call', { name: 'export_notes', arguments: { all: true } })
    for (const body of [everything, [callTool('list_notes'), everything]]) {
      const rejected = await send(body, 'notes:read')
      expect([rejected.status, rejected.headers.get('WWW-Authenticate')]).toEqual([
        403,
        bearerChallenge('insufficient_scope', 'notes:read notes:export', METADATA_URL),
      ])
    }
    expect(await resultOf(await send(callTool('export_notes'), 'notes:read'))).toMatchObject({
      content: [{ text: 'Exported.' }],
    })
    expect(await resultOf(await send(everything, 'notes:read notes:export'))).toMatchObject({
      content: [{ text: 'Exported.' }],
    })
  })

  it('sends a challenge in the result of a tool', async () => {
    const send = await start()
    const response = await send(callTool('share_note'), 'notes:read')
    expect(response.status).toBe(200)
    expect(await resultOf(response)).toEqual({
      content: [{ type: 'text', text: 'This tool needs a permission that was not granted yet.' }],
      isError: true,
      _meta: {
        'mcp/www_authenticate': [
          bearerChallenge('insufficient_scope', 'notes:read notes:share', METADATA_URL),
        ],
      },
    })
    expect(
      await resultOf(await send(callTool('share_note'), 'notes:read notes:share')),
    ).toMatchObject({ content: [{ text: 'Shared.' }] })
  })
})

/** The result of a call, from JSON or from the only event of a stream. */
async function resultOf(response: Response): Promise<unknown> {
  const text = await response.text()
  const json = /^data: (.*)$/m.exec(text)?.[1] ?? text
  return (JSON.parse(json) as { result?: unknown }).result
}

function read(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
}

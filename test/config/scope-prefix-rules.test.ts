/** Scopes of a resource whose servers have a `claims.scopePrefix`. */

import { describe, expect, it } from 'vitest'
import { bearerAuth as honoAuth } from '../../adapters/hono.ts'
import { bearerAuth as nodeAuth } from '../../adapters/node/index.ts'
import {
  type AuthEvent,
  type AuthorizationServerOptions,
  authenticate,
  ConfigError,
  checkRequirements,
  type ProtectedResourceOptions,
  protect,
  protectedResource,
  type Requirements,
  verifyAccessToken,
} from '../../src/index.ts'

const PREFIX = 'https://api.example.com/mcp'
const [READ, WRITE] = [`${PREFIX}/notes.read`, `${PREFIX}/notes.write`]
const PREFIXED = { issuer: 'https://as.example', claims: { scopePrefix: PREFIX } }
const PLAIN = { issuer: 'https://plain.example' }
const PROBLEM = `does not begin with the claims.scopePrefix of a server (${PREFIX}/), so no token contains it; write the scope as clients request it`

type Servers = readonly AuthorizationServerOptions[]

function create(
  options: Partial<ProtectedResourceOptions>,
  servers: Servers = [PREFIXED],
  events: AuthEvent[] = [],
) {
  return protectedResource({
    resource: 'https://api.example.com/mcp',
    authorizationServers: servers,
    onEvent: (event) => events.push(event),
    ...options,
  })
}

function pathsOf(run: () => unknown): string[] {
  try {
    run()
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    for (const { message } of error.problems) expect(message).toBe(PROBLEM)
    return error.problems.map(({ path }) => path)
  }
  return []
}

const SHORT: readonly [string, Partial<ProtectedResourceOptions>, readonly string[]][] = [
  ['requiredScopes', { requiredScopes: [READ, 'notes.read'] }, ['requiredScopes[1]']],
  ['challengeScopes', { challengeScopes: ['notes.read'] }, ['challengeScopes[0]']],
  ['scopesSupported', { scopesSupported: ['notes.read', READ] }, ['scopesSupported[0]']],
  [
    'scopeHierarchy',
    { scopeHierarchy: { admin: [READ], [WRITE]: ['notes.read', READ] } },
    ['scopeHierarchy.admin', `scopeHierarchy.${WRITE}[0]`],
  ],
  [
    'operations',
    {
      operations: {
        'tools/call a': [READ, 'notes.read'],
        'tools/call b': { anyOf: [READ, 'admin'] },
        'tools/list': 'public',
        'prompts/list': [],
      },
    },
    ["operations['tools/call a'][1]", "operations['tools/call b'].anyOf[1]"],
  ],
]

const LONG: Partial<ProtectedResourceOptions> = {
  requiredScopes: [READ],
  challengeScopes: [READ, WRITE],
  scopesSupported: [READ],
  scopeHierarchy: { [WRITE]: [READ] },
  operations: { 'tools/call a': [WRITE], 'tools/list': 'public' },
}

describe('where every server has a prefix', () => {
  it.each(SHORT)('a short scope in %s is a mistake', (_, options, paths) => {
    expect(pathsOf(() => create(options))).toEqual(paths)
    const slash = { ...PREFIXED, claims: { scopePrefix: `${PREFIX}/` } }
    expect(pathsOf(() => create(options, [slash]))).toEqual(paths)
  })

  it('long scopes are none', () => {
    const events: AuthEvent[] = []
    expect(create(LONG, [PREFIXED], events).identifier).toBe('https://api.example.com/mcp')
    expect(events).toEqual([])
    const other = { issuer: 'https://other.example', claims: { scopePrefix: 'api://other' } }
    create({ ...LONG, requiredScopes: ['api://other/x', READ] }, [PREFIXED, other], events)
    expect(events).toEqual([])
  })

  it('a short scope in requirements is a mistake, everywhere', async () => {
    const resource = create(LONG)
    const rules: [Requirements, string][] = [
      [{ scopes: [READ, 'notes.read'] }, 'requirements.scopes[1]'],
      [{ scopes: { anyOf: ['notes.read'] } }, 'requirements.scopes.anyOf[0]'],
    ]
    const handler = (): Response => new Response('ran')
    for (const [requirements, path] of rules) {
      const fixed = requirements as Requirements & { optional?: false }
      const runs = [
        () => protect(resource, handler, fixed),
        () => protect([resource], handler, fixed),
        () => honoAuth(resource, fixed),
        () => nodeAuth(resource, fixed),
        () => checkRequirements(requirements, resource),
        () => checkRequirements(requirements, [resource]),
      ]
      for (const run of runs) expect(pathsOf(run)).toEqual([path])
      expect(pathsOf(() => checkRequirements(requirements))).toEqual([])
      const request = new Request('https://api.example.com/mcp', { method: 'POST' })
      const late = [
        () => authenticate(request, resource, fixed),
        () => verifyAccessToken('token', resource, requirements),
        () => protect(() => resource, handler, fixed)(request),
        () => protect(resource, handler, () => fixed)(request),
      ]
      for (const run of late) await expect(run()).rejects.toThrow(ConfigError)
    }
    const passing = { scopes: [READ] }
    expect(() => protect(resource, handler, passing)).not.toThrow()
  })
})

describe('where only some servers have a prefix', () => {
  it.each(SHORT)('a short scope in %s is a warning', (_, options, paths) => {
    const events: AuthEvent[] = []
    create(options, [PREFIXED, PLAIN], events)
    expect(events).toEqual(paths.map((path) => ({ type: 'warning', path, message: PROBLEM })))
  })

  it('app roles have none, so a scope without it is a warning', () => {
    const events: AuthEvent[] = []
    const roles = { ...PREFIXED, claims: { scopePrefix: PREFIX, scope: ['scp', 'roles'] } }
    create({ requiredScopes: ['Notes.Read'] }, [roles], events)
    expect(events).toEqual([{ type: 'warning', path: 'requiredScopes[0]', message: PROBLEM }])
  })

  it('a short scope in requirements is a warning', () => {
    const events: AuthEvent[] = []
    const resource = create({}, [PREFIXED, PLAIN], events)
    protect(resource, () => new Response('ran'), { scopes: ['notes.read'] })
    expect(events).toEqual([{ type: 'warning', path: 'requirements.scopes[0]', message: PROBLEM }])
  })
})

describe('the prefix itself', () => {
  it.each(['', '/', 'a b', 'a"b', 'ä'])('cannot be %j', (scopePrefix) => {
    const server = { ...PREFIXED, claims: { scopePrefix } }
    expect(() => create({ requiredScopes: ['notes.read'] }, [server])).toThrow(
      'has a mistake:\n  authorizationServers[0].claims.scopePrefix: must be the beginning of scopes',
    )
  })

  it('is a string', () => {
    const server = { ...PREFIXED, claims: { scopePrefix: 5 } } as never
    expect(() => create({}, [server])).toThrow('authorizationServers[0].claims.scopePrefix')
  })
})

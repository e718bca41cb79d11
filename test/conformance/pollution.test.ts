/** SEC-09: members that another library adds to `Object.prototype` change no decision. */

import { readFileSync } from 'node:fs'
import {
  createServer,
  type IncomingMessage,
  request as requestOf,
  type ServerResponse,
} from 'node:http'
import { Hono } from 'hono'
import { describe, expect, it } from 'vitest'
import * as bun from '../../adapters/bun.ts'
import * as cloudflare from '../../adapters/cloudflare/index.ts'
import * as deno from '../../adapters/deno/index.ts'
import * as hono from '../../adapters/hono.ts'
import * as node from '../../adapters/node/index.ts'
import {
  type AuthorizationServerOptions,
  authenticate,
  isAuthError,
  type ProtectedResourceOptions,
  protect,
  protectedResource,
  requireScopes,
} from '../../src/index.ts'
import { auth0 } from '../../src/providers/index.ts'
import { createClock, START } from '../support/clock.ts'
import { problemPaths } from '../support/config-problems.ts'
import { createHolder, prove } from '../support/holder.ts'
import { createIssuer, RESOURCE } from '../support/issuer.ts'
import { callTool, post } from '../support/mcp.ts'
import { portOf, start } from '../support/node-server.ts'

const issuer = await createIssuer()
const { now } = createClock()

/** What is sent to every set-up. None of them but the first two is good for anything. */
const TOKENS = {
  good: await issuer.token({ scope: 'read write' }),
  poor: await issuer.token({ scope: 'read' }),
  none: undefined,
  foreign: await issuer.token({ aud: 'https://other.example', scope: 'read write' }),
  unaddressed: await issuer.token({ aud: undefined, scope: 'read write' }),
  endless: await issuer.token({ exp: undefined, scope: 'read write' }),
  bound: await issuer.token({ cnf: { jkt: 'x' }, scope: 'read write' }),
}

type Send = (request: Request) => Promise<number>

const run = () => new Response('done')

function resourceWith(
  options: Partial<ProtectedResourceOptions> = {},
  server: Partial<AuthorizationServerOptions> = {},
) {
  return protectedResource({
    resource: RESOURCE,
    authorizationServers: [{ issuer: issuer.issuer, ...server }],
    requiredScopes: ['write'],
    fetch: issuer.fetch,
    now,
    ...options,
  })
}

const SETUPS: Readonly<Record<string, () => Send>> = {
  'protect()': () => {
    const handle = protect(resourceWith(), run, { scopes: ['read'] })
    return async (request) => (await handle(request)).status
  },
  'protect() with a policy, proofs and certificates': () => {
    const operations = { 'tools/call help': 'public', '*': ['write'] } as const
    const resource = resourceWith({ operations, dpop: true, mtls: true, tokenCache: {} })
    const handle = protect([resource], run, { optional: true })
    return async (request) => (await handle(request)).status
  },
  'authenticate() and requireScopes()': () => {
    const resource = resourceWith({ requiredScopes: undefined })
    return async (request) => {
      const auth = await authenticate(request, resource)
      if (!auth.ok) return auth.status
      try {
        requireScopes(auth, ['write'])
        return 200
      } catch (error) {
        return isAuthError(error) ? error.status : 500
      }
    }
  },
  'Hono’s bearerAuth()': () => {
    const app = new Hono()
    app.use('*', hono.bearerAuth(resourceWith()))
    app.all('*', run)
    return async (request) => (await app.fetch(request)).status
  },
  'protect() on Workers': () => {
    const worker = cloudflare.protect(resourceWith(), run)
    const context = { waitUntil: () => {}, passThroughOnException: () => {} }
    return async (request) => (await worker.fetch(request, {}, context)).status
  },
  'protect() on Deno': () => {
    const handle = deno.protect(resourceWith(), run)
    return async (request) => (await handle(request, {})).status
  },
  'protect() on Bun': () => {
    const { fetch } = bun.protect(resourceWith(), run)
    return async (request) => (await fetch(request, {} as never)).status
  },
}

/** Every member that our types give a name, and those of documents and claims. */
const NAMES = [
  ...new Set([
    ...[
      'contract/access-token-options',
      'contract/authorization-server-options',
      'contract/binding-options',
      'contract/documents',
      'contract/requirements',
      'contract/resource-options',
      'contract/context',
      'contract/errors',
      'contract/events',
      'contract/ports',
      'resource/state',
      'lib/result',
    ].flatMap(membersIn),
    ...'aud exp nbf iat iss sub client_id scope scp cnf jkt acr auth_time typ alg kid crit'.split(
      ' ',
    ),
    ...'kty crv use key_ops jwks_uri keys then resource status headers method params'.split(' '),
  ]),
]

const VALUES = [true, false, '*', RESOURCE, ['write'], START + 3600, {}, () => true]

function membersIn(file: string): string[] {
  const source = readFileSync(new URL(`../../src/${file}.ts`, import.meta.url), 'utf8')
  const members = source.matchAll(/^ {2}(?:readonly )?(\w+)\??[:(]/gm)
  return [...members].map(([, name]) => name ?? '')
}

/** Where every object has a function `then`, no `await` in the process ends as it should. */
function* pollutions(names: readonly string[] = NAMES): Generator<[name: string, value: unknown]> {
  for (const name of names) {
    for (const value of VALUES) {
      if (name !== 'then' || typeof value !== 'function') yield [name, value]
    }
  }
}

interface Polluted<Value> {
  readonly outcome: Value | 'a throw'
  /** Undici reads its own records so carelessly that some names make every `new Response` throw. */
  readonly isHostBroken: boolean
}

async function polluted<Value>(
  name: string,
  value: unknown,
  work: () => Promise<Value> | Value,
): Promise<Polluted<Value>> {
  const property = { value, configurable: true, enumerable: true, writable: true }
  Object.defineProperty(Object.prototype, name, property)
  try {
    const isHostBroken = !canRespond()
    try {
      return { outcome: await work(), isHostBroken }
    } catch {
      return { outcome: 'a throw', isHostBroken }
    }
  } finally {
    Reflect.deleteProperty(Object.prototype, name)
  }
}

function canRespond(): boolean {
  try {
    const init = { status: 401, headers: { a: 'b' } }
    return Response.json({}, init).headers.get('a') === 'b' && new Response('').ok
  } catch {
    return false
  }
}

function requestWith(token: string | undefined): Request {
  const request = new Request(RESOURCE, post(callTool('x')))
  if (token !== undefined) request.headers.set('Authorization', `Bearer ${token}`)
  return request
}

/** Everything that is decided otherwise than without pollution. */
async function changes(
  names: readonly string[],
  tokens: readonly (string | undefined)[],
  send: Send,
): Promise<string[]> {
  const found: string[] = []
  for (const token of tokens) {
    const plain = await send(requestWith(token))
    for (const [name, value] of pollutions(names)) {
      const request = requestWith(token)
      const { outcome, isHostBroken } = await polluted(name, value, () => send(request))
      const isAsBefore = outcome === plain || (isHostBroken && outcome === 'a throw')
      if (!isAsBefore) found.push(`${name} = ${String(value)}: ${plain}, then ${outcome}`)
    }
  }
  return found
}

const REQUIREMENTS = [
  'scopes',
  'acrValues',
  'maxAgeSeconds',
  'optional',
  'certificate',
  'waitUntil',
]
const ADAPTED = [...REQUIREMENTS, 'anyOf', 'anonymous', 'ok', 'allow', 'token', 'then', 'body']

// Each name of a member is tried with eight values: on a busy machine a test takes half a minute.
describe('a polluted Object.prototype', { timeout: 180_000 }, () => {
  it.each(Object.entries(SETUPS))('SEC-09: changes no decision of %s', async (setup, build) => {
    const names = setup.includes(' on ') || setup.includes('Hono') ? ADAPTED : NAMES
    const { good, poor, none, foreign } = TOKENS
    expect(await changes(names, [good, poor, none, foreign], build())).toEqual([])
  })

  it('SEC-09: adds nothing to the claims of a token', async () => {
    const { unaddressed, endless, bound } = TOKENS
    const send = SETUPS['protect()']?.() ?? expect.fail()
    expect(await changes(NAMES, [unaddressed, endless, bound], send)).toEqual([])
  })

  it.each(['protect()', 'protect() with a policy, proofs and certificates'])(
    'SEC-09: changes nothing of %s that is made, and finds its documents, under it',
    async (setup) => {
      const send: Send = (request) => (SETUPS[setup] ?? expect.fail())()(request)
      expect(await changes(NAMES, [TOKENS.good, TOKENS.none], send)).toEqual([])
    },
  )

  it('SEC-09: makes no introspected token active', async () => {
    let answer = ''
    const kind = { kind: 'introspection', clientId: 'c', clientSecret: 's' } as const
    const accessToken = { ...kind, endpoint: `${issuer.issuer}/introspect` }
    const headers = { 'Content-Type': 'application/json' }
    const fetch = async () => new Response(answer, { status: 200, statusText: '', headers })
    // A new resource each time: where the fake itself fails, the next request is not to suffer.
    const send: Send = async (request) =>
      (await protect(resourceWith({ fetch }, { accessToken }), run)(request)).status
    const claims = { aud: RESOURCE, exp: START + 60, scope: 'write' }
    for (const each of [{}, { active: true }, { ...claims, active: true }, claims]) {
      answer = JSON.stringify(each)
      expect(await changes([...NAMES, 'active'], ['opaque'], send)).toEqual([])
    }
  })

  it('SEC-09: adds nothing to the members of a preset', async () => {
    const plain = JSON.stringify(auth0({ domain: 'tenant.us.auth0.com' }))
    const rules = ['isOptional', 'list', 'example', 'adds', 'values', 'pattern']
    for (const [name, value] of pollutions([...NAMES, ...rules])) {
      const work = () => JSON.stringify(auth0({ domain: 'tenant.us.auth0.com' }))
      expect((await polluted(name, value, work)).outcome).toBe(plain)
      const withoutDomain = () => problemPaths(() => auth0({} as Parameters<typeof auth0>[0]))
      expect((await polluted(name, value, withoutDomain)).outcome).toEqual(['auth0.domain'])
    }
  })

  it('SEC-09: makes no DPoP proof valid', async () => {
    const holder = await createHolder()
    const token = await issuer.token({ cnf: { jkt: holder.thumbprint }, scope: 'write' })
    const handle = protect(resourceWith({ dpop: { required: true }, mtls: true }), run)
    for (const claims of [{}, { ath: undefined }, { jti: undefined }, { htm: undefined }]) {
      for (const name of [
        ...REQUIREMENTS,
        'x5t#S256',
        'jkt',
        'ath',
        'jti',
        'htm',
        'htu',
        'required',
      ]) {
        for (const value of ['x', true, false, 'POST']) {
          const headers = await prove(holder, token, { claims })
          const request = new Request(RESOURCE, { method: 'POST', headers })
          const send = async () => (await handle(request)).status
          const { outcome, isHostBroken } = await polluted(name, value, send)
          const expected = Object.keys(claims).length === 0 ? 200 : 401
          expect([expected, isHostBroken && 'a throw']).toContain(outcome)
        }
      }
    }
  })

  it('SEC-09: makes no certificate header trusted', async () => {
    const make = () => protect(resourceWith({ mtls: true }), run)
    const token = await issuer.token({ cnf: { 'x5t#S256': 'A'.repeat(43) }, scope: 'write' })
    const send: Send = async (request) => (await make()(request)).status
    const names = ['dangerouslyTrustHeader', 'trustedHeader', 'certificate']
    for (const value of ['Client-Cert', 'A'.repeat(43)]) {
      for (const name of names) {
        const request = requestWith(token)
        expect(await polluted(name, value, () => send(request))).toMatchObject({ outcome: 401 })
      }
    }
  })

  it.each([{}, { scopes: undefined }, { anonymous: false }])(
    'SEC-09: gives %j no scopes',
    async (auth) => {
      const ask = () => requireScopes(auth as { scopes: string[] }, ['write'])
      const { outcome } = await polluted('scopes', ['write'], ask)
      expect(outcome).toBe('a throw')
    },
  )

  it('SEC-09: changes no decision with non-enumerable members', async () => {
    for (const name of ['optional', 'dangerouslyAllowMissingAudience', 'required', 'scopes']) {
      Object.defineProperty(Object.prototype, name, { value: true, configurable: true })
      try {
        for (const build of Object.values(SETUPS)) {
          for (const token of [TOKENS.none, TOKENS.unaddressed]) {
            if (canRespond()) expect(await build()(requestWith(token))).toBe(401)
          }
        }
      } finally {
        Reflect.deleteProperty(Object.prototype, name)
      }
    }
  })

  it('SEC-09: changes no decision on Node', async () => {
    const guard = node.bearerAuth(resourceWith())
    const listeners = [
      node.protect(resourceWith(), run),
      (req: IncomingMessage, res: ServerResponse) => guard(req, res, () => res.end('done')),
    ]
    for (const listener of listeners) {
      const port = portOf(await start(createServer(listener)))
      for (const [name, value] of pollutions(REQUIREMENTS)) {
        const { outcome } = await polluted(name, value, () => statusAt(port))
        expect([name, value, outcome]).toEqual([name, value, 401])
      }
    }
  })
})

function statusAt(port: number): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const request = requestOf({ port, method: 'POST', agent: false }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode))
    })
    request.on('error', reject).end()
  })
}

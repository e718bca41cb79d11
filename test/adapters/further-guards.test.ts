/** A guard of a whole path, and a further guard of the same resource at a route below it. */

import express from 'express'
import { fastify } from 'fastify'
import { Hono } from 'hono'
import { describe, expect, test } from 'vitest'
import gatehouse from '../../adapters/fastify.ts'
import { type AuthVariables, bearerAuth as honoAuth } from '../../adapters/hono.ts'
import { authErrors, authOf, bearerAuth } from '../../adapters/node/index.ts'
import { type AuthContext, type ProtectedResource, requireScopes } from '../../src/index.ts'
import { boundToken, createHolder, makeProof } from '../support/holder.ts'
import { METADATA_URL } from '../support/issuer.ts'
import { listen } from '../support/node-server.ts'
import { DESCRIPTIONS } from '../support/rejection.ts'
import { setUp } from '../support/setup-resource.ts'

const ID = 'mcp-session-id'
const SECRET = 'a secret of at least thirty-two bytes'
const BODY = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' })
const NEEDS = { scopes: ['write'] }

interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: string
}
type Ask = (path: string, headers: Record<string, string>) => Promise<Answer>
/** Returns what the server is asked by. `handle` gets the session id, and returns the one to send. */
type Host = (resource: ProtectedResource, handle: Handle) => Promise<Ask>
type Handle = (auth: AuthContext, id: string | null) => string

/** `/mcp/write` has two guards, `/mcp` has one. */
const HOSTS: Record<string, Host> = {
  async Express(resource, handle) {
    const app = express()
    app.use('/mcp', bearerAuth(resource))
    app.use('/mcp/write', bearerAuth(resource, NEEDS))
    app.use('/mcp', (req, res) => {
      const id = handle(authOf(req), req.get(ID) ?? null)
      res.set(ID, id).end(id)
    })
    app.use(authErrors(resource))
    return askByClient(app)
  },
  async Fastify(resource, handle) {
    const app = fastify()
    await app.register(gatehouse, { resource })
    await app.register(gatehouse, { resource, requirements: NEEDS, path: '/mcp/write' })
    app.post('/mcp*', async (request, reply) => {
      const id = handle(authOf(request), (request.headers[ID] as string | undefined) ?? null)
      return reply.header(ID, id).send(id)
    })
    await app.ready()
    return askByClient((req, res) => app.routing(req, res))
  },
  async Hono(resource, handle) {
    const app = new Hono<{ Variables: AuthVariables }>()
    app.use('/mcp/*', honoAuth(resource))
    app.use('/mcp/write', honoAuth(resource, NEEDS))
    app.post('/mcp/*', (c) => {
      const id = handle(c.var.auth, c.req.header(ID) ?? null)
      return c.text(id, 200, { [ID]: id })
    })
    return async (path, headers) => {
      const init = { method: 'POST', headers, body: BODY }
      const response = await app.fetch(new Request(`https://rs.example${path}`, init))
      return { status: response.status, headers: response.headers, body: await response.text() }
    }
  },
}

async function askByClient(app: Parameters<typeof listen>[0]): Promise<Ask> {
  const client = await listen(app)
  return async (path, headers) => {
    const sent = { method: 'POST', path, headers, body: BODY }
    const { status, headers: fields, body } = await client.send(sent)
    return { status, headers: new Headers(fields), body: body.toString() }
  }
}

describe.each(Object.entries(HOSTS))('two guards of a resource in %s', (_, host) => {
  const json = { 'content-type': 'application/json' }

  test('DPO-23: accept a proof once for both, and reject it at the next request', async () => {
    const options = { dpop: { nonce: { secret: SECRET } }, operations: { '*': [] } } as const
    const { resource, issuer } = await setUp({ options })
    const runs: AuthContext[] = []
    const ask = await host(resource, (auth) => `session-${runs.push(auth)}`)
    const holder = await createHolder()
    const token = await boundToken(issuer, holder, { scope: 'read write' })
    const headers = async (nonce?: string | null) => ({
      ...json,
      authorization: `DPoP ${token}`,
      dpop: await makeProof(holder, token, {
        claims: { htu: 'https://rs.example/mcp/write', ...(nonce ? { nonce } : {}) },
      }),
    })
    const nonce = (await ask('/mcp/write', await headers())).headers.get('dpop-nonce')
    const once = await headers(nonce)
    expect((await ask('/mcp/write', once)).status).toBe(200)
    expect(runs.map(({ scheme }) => scheme)).toEqual(['DPoP'])
    const again = await ask('/mcp/write', once)
    expect([again.status, JSON.parse(again.body).error]).toEqual([401, 'invalid_dpop_proof'])
    expect(again.headers.get('www-authenticate')).toBe(
      [
        `Bearer resource_metadata="${METADATA_URL}"`,
        'DPoP error="invalid_dpop_proof"',
        `error_description="${DESCRIPTIONS['invalid_dpop_proof']}"`,
        'algs="ES256 ES384 ES512 EdDSA Ed25519 PS256 PS384 PS512 RS256 RS384 RS512"',
        `resource_metadata="${METADATA_URL}"`,
      ].join(', '),
    )
    expect(runs).toHaveLength(1)
  })

  test('seal a session id once, so that a route with one guard opens it', async () => {
    const { resource, issuer } = await setUp({ options: { sessions: { secret: SECRET } } })
    const ids: (string | null)[] = []
    const ask = await host(resource, (_auth, id) => {
      ids.push(id)
      return 'session-1'
    })
    const headers = {
      ...json,
      authorization: `Bearer ${await issuer.token({ scope: 'read write' })}`,
    }
    const id = (await ask('/mcp/write', headers)).headers.get(ID) ?? ''
    expect(id).toMatch(/^session-1\.[\w-]{43}$/)
    for (const path of ['/mcp/one', '/mcp/write']) {
      expect((await ask(path, { ...headers, [ID]: id })).status).toBe(200)
    }
    expect(ids).toEqual([null, 'session-1', 'session-1'])
    const other = `Bearer ${await issuer.token({ scope: 'read write', sub: 'user-2' })}`
    const refused = await ask('/mcp/write', { ...headers, authorization: other, [ID]: id })
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([404, null])
    expect(JSON.parse(refused.body).error).toBe('not_found')
    expect(ids).toHaveLength(3)
  })

  test('SCO-03: require the scopes of both, and name them where a handler rejects', async () => {
    const { resource, issuer } = await setUp()
    let runs = 0
    const ask = await host(resource, (auth) => {
      runs += 1
      requireScopes(auth, ['admin'])
      return 'never'
    })
    const headers = async (scope: string) => ({
      ...json,
      authorization: `Bearer ${await issuer.token({ scope })}`,
    })
    const challenge = (scope: string) =>
      [
        'Bearer error="insufficient_scope"',
        `error_description="${DESCRIPTIONS['insufficient_scope']}"`,
        `scope="${scope}"`,
        `resource_metadata="${METADATA_URL}"`,
      ].join(', ')
    const rejected = await ask('/mcp/write', await headers('read'))
    expect([rejected.status, rejected.headers.get('www-authenticate'), runs]).toEqual([
      403,
      challenge('write'),
      0,
    ])
    const thrown = await ask('/mcp/write', await headers('read write'))
    expect([thrown.status, thrown.headers.get('www-authenticate'), runs]).toEqual([
      403,
      challenge('write admin'),
      1,
    ])
  })
})

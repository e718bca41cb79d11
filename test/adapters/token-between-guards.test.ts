/** Two guards of one resource, between which the application sets the token. */

import express from 'express'
import { Hono } from 'hono'
import { describe, expect, test } from 'vitest'
import { type AuthVariables, bearerAuth as honoAuth } from '../../adapters/hono.ts'
import { authOf, bearerAuth } from '../../adapters/node/index.ts'
import type { ProtectedResource } from '../../src/index.ts'
import { listen } from '../support/node-server.ts'
import { setUp } from '../support/setup-resource.ts'

const ID = 'mcp-session-id'
const SECRET = 'a secret of at least thirty-two bytes'

interface Answer {
  readonly status: number
  readonly id: string | null
  readonly challenge: string | null
  readonly body: string
}
type Ask = (headers: Record<string, string>) => Promise<Answer>
/**
 * The first guard of `/mcp` accepts requests without credentials, and their cookie then becomes the token.
 *
 * @param runs The subjects for which the handler ran.
 */
type Host = (resource: ProtectedResource, runs: string[]) => Promise<Ask>

const HOSTS: Record<string, Host> = {
  async Express(resource, runs) {
    const app = express()
    app.use('/mcp', bearerAuth(resource, { optional: true }))
    app.use('/mcp', (req, _res, next) => {
      if (req.headers.cookie) req.rawHeaders.push('Authorization', `Bearer ${req.headers.cookie}`)
      next()
    })
    app.use('/mcp', bearerAuth(resource))
    app.post('/mcp', (req, res) => {
      const id = req.get(ID) ?? 'session-1'
      runs.push(authOf(req).subject ?? '')
      res.set(ID, id).end(`${authOf(req).subject} ${id}`)
    })
    const client = await listen(app)
    return async (headers) => {
      const {
        status,
        headers: fields,
        body,
      } = await client.send({
        method: 'POST',
        path: '/mcp',
        headers,
      })
      return answerOf(status, new Headers(fields), body.toString())
    }
  },
  async Hono(resource, runs) {
    const app = new Hono<{ Variables: AuthVariables }>()
    app.use('/mcp', honoAuth(resource, { optional: true }))
    app.use('/mcp', async (c, next) => {
      const headers = new Headers(c.req.raw.headers)
      const cookie = headers.get('Cookie')
      if (cookie !== null) headers.set('Authorization', `Bearer ${cookie}`)
      c.req.raw = new Request(c.req.raw, { headers })
      await next()
    })
    app.use('/mcp', honoAuth(resource))
    app.post('/mcp', (c) => {
      const id = c.req.raw.headers.get(ID) ?? 'session-1'
      runs.push(c.var.auth.subject ?? '')
      return c.text(`${c.var.auth.subject} ${id}`, 200, { [ID]: id })
    })
    return async (headers) => {
      const init = { method: 'POST', headers }
      const response = await app.fetch(new Request('https://rs.example/mcp', init))
      return answerOf(response.status, response.headers, await response.text())
    }
  },
}

function answerOf(status: number, headers: Headers, body: string): Answer {
  return { status, id: headers.get(ID), challenge: headers.get('WWW-Authenticate'), body }
}

describe.each(Object.entries(HOSTS))('guards of a resource in %s', (_, host) => {
  test('bind the session to the user whose token is set between them', async () => {
    const { resource, issuer } = await setUp({ options: { sessions: { secret: SECRET } } })
    const runs: string[] = []
    const ask = await host(resource, runs)
    const alice = { cookie: await issuer.token({ sub: 'alice' }) }
    const bob = { cookie: await issuer.token({ sub: 'bob' }) }
    const opened = await ask(alice)
    expect(opened).toMatchObject({ status: 200, body: 'alice session-1' })
    const id = { [ID]: opened.id ?? '' }
    expect(await ask({ ...alice, ...id })).toEqual(opened)
    expect(await ask({ ...bob, ...id })).toEqual({
      status: 404,
      id: null,
      challenge: null,
      body: '{"error":"not_found","error_description":"There is no such session."}',
    })
    expect(runs).toEqual(['alice', 'alice'])
  })
})

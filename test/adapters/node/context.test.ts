/** The decision outside of middleware: `authOf()`, `currentAuth()`, and `toRequest()` for `authenticate()`. */

import type { IncomingMessage } from 'node:http'
import express from 'express'
import { describe, expect, test } from 'vitest'
import {
  authOf,
  bearerAuth,
  currentAuth,
  protect,
  toRequest,
} from '../../../adapters/node/index.ts'
import { authenticate, requireScopes } from '../../../src/index.ts'
import type { Client } from '../../support/http-client.ts'
import { bearer, listen } from '../../support/node-server.ts'
import { setUp } from '../../support/setup-resource.ts'
import { unchecked } from '../../support/unchecked.ts'

const FORM = 'application/x-www-form-urlencoded'

describe('authOf()', () => {
  test('throws if the request passed no guard', async () => {
    const errors: unknown[] = []
    const client = await listen((req, res) => {
      try {
        authOf(req)
      } catch (error) {
        errors.push(error)
      }
      res.end()
    })
    await client.send({ path: '/mcp' })
    expect(errors).toEqual([
      expect.objectContaining({
        message: expect.stringContaining('did not pass through bearerAuth()'),
      }),
    ])
  })
})

describe('currentAuth()', () => {
  test('is the context of each request, in concurrent ones too, and nothing outside', async () => {
    const { resource, issuer } = await setUp()
    const app = express()
    app.use(bearerAuth(resource), async (_req, res) => {
      const first = currentAuth()?.subject
      await new Promise((resolve) => setImmediate(resolve))
      res.json([first, currentAuth()?.subject])
    })
    const listener = protect(resource, async () => Response.json([currentAuth()?.subject]))
    const [one, two] = [await listen(app), await listen(listener)]
    const ask = async (client: Client, sub: string) => {
      const headers = bearer(await issuer.token({ sub }))
      return JSON.parse((await client.send({ path: '/mcp', headers })).body.toString())
    }
    expect(await Promise.all(['a', 'b', 'c'].map((sub) => ask(one, sub)))).toEqual([
      ['a', 'a'],
      ['b', 'b'],
      ['c', 'c'],
    ])
    expect(await ask(two, 'd')).toEqual(['d'])
    expect(currentAuth()).toBeUndefined()
    expect(() => requireScopes(currentAuth(), [])).toThrow(
      expect.objectContaining({ code: 'credentials_missing' }),
    )
  })
})

describe('toRequest()', () => {
  test('is what authenticate() takes: repeated fields, the body, the target as sent', async () => {
    const { resource, issuer } = await setUp()
    const client = await listen(async (req, res) => {
      try {
        const request = toRequest(req, res)
        const auth = await authenticate(request, resource)
        res.end(
          auth.ok ? `${auth.subject} ${request.url} ${await request.text()}` : `${auth.status}`,
        )
      } catch (error) {
        res.end((error as { code?: string }).code ?? String(error))
      }
    })
    const { authorization } = bearer(await issuer.token())
    const send = async (sent: Parameters<Client['send']>[0]) =>
      (await client.send({ headers: { authorization }, ...sent })).body.toString()
    const url = 'http://localhost/mcp?x=1'
    expect(await send({ method: 'POST', path: '/mcp?x=1', body: 'text' })).toBe(
      `user-1 ${url} text`,
    )
    const twice = { authorization: [authorization, authorization] }
    expect(await send({ path: '/mcp', headers: twice })).toBe('400')
    expect(await send({ path: '/mcp/../x' })).toBe('target_ambiguous')
    expect(await send({ path: '/mcp', method: 'TRACE' })).toContain('TRACE')
  })

  test('has the fields that were sent where a parser has read the body', async () => {
    const type = () => true
    for (const parser of [express.json({ type }), express.text({ type }), express.raw({ type })]) {
      const app = express()
      app.use(parser, async (req, res) => {
        const request = toRequest(req)
        res.json([request.headers.get('content-type'), await request.text()])
      })
      const client = await listen(app)
      const { body } = await client.send({ method: 'POST', path: '/mcp', body: '{"a":"ü"}' })
      expect(JSON.parse(body.toString())).toEqual([null, '{"a":"ü"}'])
    }
  })

  test.each([true, false])(
    'has the form that a parser has read (extended: %s)',
    async (extended) => {
      const app = express()
      app.use(express.urlencoded({ extended }), async (req, res) => {
        res.json([...new URLSearchParams(await toRequest(req).text())])
      })
      const client = await listen(app)
      const headers = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' }
      const sent = { method: 'POST', path: '/logout', headers, body: 'a=1&b=%C3%BC+%26&a=2&c=' }
      expect(JSON.parse((await client.send(sent)).body.toString())).toEqual([
        ['a', '1'],
        ['a', '2'],
        ['b', 'ü &'],
        ['c', ''],
      ])
    },
  )

  test.each<[string, object]>([
    ['rawHeaders alone', { rawHeaders: ['content-type', FORM] }],
    ['names as they were sent', { headers: { 'Content-Type': FORM } }],
    ['lists of values', { headers: { 'content-type': [FORM] } }],
    ['a Headers object', { headers: new Headers({ 'Content-Type': FORM }) }],
    ['the type in upper case', { headers: { 'content-type': FORM.toUpperCase() } }],
  ])('has the form of a request that a host constructs with %s', async (_, fields) => {
    const req = { method: 'POST', url: '/logout', body: { a: '1' }, ...fields }
    expect(await toRequest(unchecked<IncomingMessage>(req)).text()).toBe('a=1')
  })
})

test('authenticate() with a request of Node says how to convert it', async () => {
  const { resource } = await setUp()
  const req = { method: 'GET', url: '/mcp', headers: {} } as never
  await expect(authenticate(req, resource)).rejects.toThrow('import toRequest from')
})

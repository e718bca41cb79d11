/** Events of AWS that serverless-http turns into requests, without a socket. */

import express from 'express'
import serverless from 'serverless-http'
import { describe, expect, it } from 'vitest'
import { authOf, bearerAuth, metadata, protect } from '../../../adapters/node/index.ts'
import type { ProtectedResource } from '../../../src/index.ts'
import { METADATA_URL } from '../../support/issuer.ts'
import { bearer, upper } from '../../support/node-server.ts'
import { expectRejection } from '../../support/rejection.ts'
import { setUp } from '../../support/setup-resource.ts'
import { unchecked } from '../../support/unchecked.ts'

const METADATA_PATH = new URL(METADATA_URL).pathname
const CALL = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name: 'delete_note', arguments: { of: 'ümlaut' } },
})
const POLICY = { 'tools/call delete_note': ['delete'] }

type Fields = Readonly<Record<string, string>>

interface Sent {
  readonly method?: string
  readonly path?: string
  readonly headers?: Fields
  /** Sent by API Gateway 1 and by load balancers, beside or instead of `headers`. */
  readonly lists?: Readonly<Record<string, readonly string[]>>
  readonly body?: string
}

/** The events that AWS passes to a function, by format version. */
const EVENTS: Readonly<Record<string, (sent: Sent) => object>> = {
  'API Gateway 1': ({ method = 'GET', path = '/mcp', headers, lists, body = null }) => ({
    httpMethod: method,
    path,
    headers,
    multiValueHeaders: lists,
    body,
    requestContext: { identity: { sourceIp: '127.0.0.1' } },
  }),
  'API Gateway 2': ({ method = 'GET', path = '/mcp', headers, body = '' }) => ({
    version: '2.0',
    rawPath: path,
    rawQueryString: '',
    headers,
    body: Buffer.from(body).toString('base64'),
    isBase64Encoded: true,
    requestContext: { http: { method, sourceIp: '127.0.0.1' } },
  }),
}

interface FunctionResult {
  readonly statusCode: number
  readonly headers: Record<string, string>
  readonly body: string
}

const APPS: Readonly<Record<string, (resource: ProtectedResource) => serverless.Application>> = {
  'bearerAuth() in Express': (resource) => {
    const app = express()
    app.use(metadata(resource))
    app.use(bearerAuth(resource), (req, res) => {
      const { body } = req as { body?: unknown }
      res.json({ subject: authOf(req).subject, body })
    })
    return app
  },
  'protect()': (resource) => {
    const listener = protect(resource, async (request, auth) => {
      const text = await request.text()
      const body = text === '' ? undefined : JSON.parse(text)
      return Response.json({ subject: auth.subject, body })
    })
    return unchecked<serverless.Application>(Object.assign(listener, { handle: listener }))
  },
}

describe.each(Object.entries(APPS))('%s behind serverless-http', (_, createApp) => {
  describe.each(Object.entries(EVENTS))('for %s', (_, createEvent) => {
    const invoke = async (resource: ProtectedResource, sent: Sent): Promise<FunctionResult> =>
      (await serverless(createApp(resource))(createEvent(sent), {})) as FunctionResult

    it('accepts a valid token, and completes the response', async () => {
      const { resource, issuer } = await setUp()
      const headers = { ...upper(bearer(await issuer.token())), Origin: 'https://rs.example' }
      const { statusCode, headers: received, body } = await invoke(resource, { headers })
      expect([statusCode, JSON.parse(body).subject]).toEqual([200, 'user-1'])
      expect(received).toMatchObject({
        'cache-control': 'private',
        vary: 'Origin',
        'access-control-allow-origin': 'https://rs.example',
      })
    })

    it('rejects all other requests, with the complete challenge', async () => {
      const { resource, issuer } = await setUp({ options: { requiredScopes: ['write'] } })
      const { authorization } = bearer(await issuer.token())
      const twice = `${authorization}, ${authorization}`
      const cases = [
        [{}, { status: 401, scope: 'write' }],
        [{ authorization: twice }, { status: 400, error: 'invalid_request' }],
        [{ authorization }, { status: 403, error: 'insufficient_scope', scope: 'write' }],
      ] as const
      for (const [headers, expected] of cases) {
        const result = asWeb(await invoke(resource, { headers }))
        await expectRejection(result, { ...expected, resourceMetadata: METADATA_URL })
      }
    })

    it('decides by the body, and passes it on', async () => {
      const { resource, issuer } = await setUp({ options: { operations: POLICY } })
      const headers = { 'Content-Type': 'application/json' }
      const sent = { method: 'POST', headers, body: CALL }
      const call = async (scope: string): Promise<FunctionResult> => {
        const authorization = bearer(await issuer.token({ scope }))
        return invoke(resource, { ...sent, headers: { ...headers, ...authorization } })
      }
      await expectRejection(asWeb(await call('read')), {
        status: 403,
        error: 'insufficient_scope',
        scope: 'delete',
        resourceMetadata: METADATA_URL,
      })
      const passed = await call('delete')
      expect(JSON.parse(passed.body)).toEqual({ subject: 'user-1', body: JSON.parse(CALL) })
    })

    it('publishes the metadata', async () => {
      const { resource } = await setUp()
      const { statusCode, body } = await invoke(resource, { path: METADATA_PATH, headers: {} })
      expect([statusCode, JSON.parse(body)]).toEqual([200, resource.metadata])
    })
  })

  it('sees two credentials if the host passes both', async () => {
    const { resource, issuer } = await setUp()
    const { authorization } = bearer(await issuer.token())
    const lists = { Authorization: [authorization, authorization] }
    const event = EVENTS['API Gateway 1']?.({ headers: {}, lists })
    const result = (await serverless(createApp(resource))(event ?? {}, {})) as FunctionResult
    await expectRejection(asWeb(result), {
      status: 400,
      error: 'invalid_request',
      resourceMetadata: METADATA_URL,
    })
  })
})

function asWeb({ statusCode, headers, body }: FunctionResult): Response {
  return new Response(body, { status: statusCode, headers })
}

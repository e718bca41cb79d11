/** What every example must do, tested over HTTP. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { absence, type Running } from '../runtimes/processes.ts'
import { type Client, createClient, type Received } from '../support/http-client.ts'
import { expectRejection } from '../support/rejection.ts'
import { type LoopbackIssuer, startIssuer } from './issuer.ts'

export interface Example {
  /** Its folder. */
  readonly name: string
  /** What it runs on, in node_modules/.bin. */
  readonly binary: string
  /** Where its resource is. @default '/mcp' */
  readonly path?: string
  readonly scope?: string
  readonly tool?: string
  /** Members of its metadata beyond the usual ones. */
  readonly metadata?: Readonly<Record<string, unknown>>
  /** What follows the Bearer challenge where there are more; the error, if any, is in that one. */
  readonly challenges?: (resourceMetadata: string, status: number) => string
  start(resource: string, server: LoopbackIssuer): Promise<Running>
}

export const ORIGIN = 'https://notes.example'

const LIST_TOOLS = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' })

export function testExample({
  name,
  binary,
  path = '/mcp',
  scope = 'notes:read',
  tool = 'whoami',
  metadata = {},
  challenges,
  start,
}: Example): void {
  const missing = absence(binary)
  if (missing !== undefined) console.warn(`examples/${name} is left out: ${missing}.`)
  const resource = ORIGIN + path
  const metadataPath = `/.well-known/oauth-protected-resource${path}`

  describe.skipIf(missing !== undefined)(`examples/${name} at ${path}`, () => {
    let server: LoopbackIssuer
    let running: Running | undefined
    let client: Client

    beforeAll(async () => {
      server = await startIssuer()
      running = await start(resource, server)
      client = createClient(running.origin)
    })
    afterAll(async () => {
      await running?.close()
      await server?.[Symbol.asyncDispose]()
    })

    const ask = async (token?: string): Promise<Received> => {
      const headers = {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      }
      return client.send({ method: 'POST', path, headers, body: LIST_TOOLS })
    }
    const expectRefused = async (
      answer: Received,
      status: number,
      error?: string,
    ): Promise<void> => {
      const resourceMetadata = ORIGIN + metadataPath
      const expected = { status, scope, resourceMetadata, ...(error ? { error } : {}) }
      const further = challenges?.(resourceMetadata, status) ?? ''
      const header = answer.headers['www-authenticate'] ?? ''
      expect(header).toSatisfy((value: string) => value.endsWith(further))
      const headers = new Headers(answer.headers)
      headers.set('WWW-Authenticate', header.slice(0, header.length - further.length))
      // The body is exactly that of the rejection, so the MCP server was not called.
      await expectRejection(
        new Response(new Uint8Array(answer.body), { status: answer.status, headers }),
        expected,
      )
    }

    test('answers 401 with the whole challenge', async () => {
      await expectRefused(await ask(), 401)
    })

    test('serves its metadata', async () => {
      const answer = await client.send({ path: metadataPath })
      expect([answer.status, JSON.parse(answer.body.toString())]).toEqual([
        200,
        {
          resource,
          authorization_servers: [server.issuer.issuer],
          bearer_methods_supported: ['header'],
          ...metadata,
        },
      ])
    })

    test('lists its tools for a good token', async () => {
      const answer = await ask(await server.issuer.token({ aud: resource, scope }))
      expect([answer.status, toolsIn(answer)]).toEqual([200, [tool]])
    })

    test('rejects a token for another resource', async () => {
      const aud = `${ORIGIN}/other`
      await expectRefused(
        await ask(await server.issuer.token({ aud, scope })),
        401,
        'invalid_token',
      )
    })

    test('refuses a token without the scope', async () => {
      const answer = await ask(await server.issuer.token({ aud: resource, scope: 'other' }))
      await expectRefused(answer, 403, 'insufficient_scope')
    })
  })
}

/** The names in the result, from JSON or from the one event of a stream. */
function toolsIn({ body }: Received): string[] | undefined {
  const text = body.toString()
  const json = /^data: (.*)$/m.exec(text)?.[1] ?? text
  const { result } = JSON.parse(json) as { result?: { tools: { name: string }[] } }
  return result?.tools.map((each) => each.name)
}

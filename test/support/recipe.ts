/** What every program of examples/frameworks must do, with the clients of both SDKs and over plain HTTP. */

import { once } from 'node:events'
import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type LoopbackIssuer, startIssuer } from '../examples/issuer.ts'
import { callTool, post } from './mcp.ts'
import { type Running, type Start, startProgram } from './program.ts'
import { type Connect, connectFirst, connectSecond, openFirst } from './recipe-clients.ts'
import { expectRejection } from './rejection.ts'

export interface Recipe {
  /** Its file in examples/frameworks/, without the extension, or its folder. */
  readonly name: string
  /** What builds and starts it. @default the file, by Node */
  readonly start?: Start
  /** The program that calls it, for functions of a cloud. @default none: it listens itself */
  readonly host?: string
  /** Whether its responses arrive in parts. @default true */
  readonly streams?: boolean
  /** Whether it creates sessions. @default false */
  readonly sessions?: boolean
  /** Whether a request finds what an earlier one has stored in memory. @default true */
  readonly keepsState?: boolean
  /** What it does with two `Authorization` fields. @default 400 */
  readonly twice?: number
  /** The body of its own 403 to a DELETE without `Origin`. @default none: the guard decides */
  readonly ownDelete?: string
  /** The `Content-Type` of a rejection. @default 'application/json' */
  readonly contentType?: string
  /** Whether it has the protocol revisions before 2026-07-28. @default true */
  readonly legacy?: boolean
  /** The revision that the client of SDK 2.x agrees on; it falls back to an older one. @default '2026-07-28' */
  readonly revision?: string
}

/** A recipe that runs, for tests of what its framework does beyond the recipe. */
export interface RunningRecipe {
  send(path: string, init?: RequestInit): Promise<Response>
  /** What it has printed so far. */
  output(): string
  /** A field `Authorization` with a token of this user. */
  tokenOf(subject: string, scope?: string): Promise<string>
}

const RESOURCE = 'https://api.example.com/mcp'
export const METADATA = 'https://api.example.com/.well-known/oauth-protected-resource/mcp'
const TEXT = 'milk, "eggs" & crème brûlée'

/** @param more tests of what this framework does beyond the recipe, such as what it takes away. */
export function testRecipe(recipe: Recipe, more?: (running: RunningRecipe) => void): void {
  const {
    name,
    streams = true,
    sessions = false,
    keepsState = true,
    twice = 400,
    ownDelete,
    contentType,
    revision = '2026-07-28',
  } = recipe

  describe(`examples/frameworks/${name}`, () => {
    let issuer: LoopbackIssuer
    let running: Running | undefined

    beforeAll(async () => {
      issuer = await startIssuer()
      running = await startOf(recipe)({ RESOURCE, ISSUER: issuer.issuer.issuer })
    })
    afterAll(async () => {
      await running?.close()
      await issuer?.[Symbol.asyncDispose]()
    })

    const common = { resourceMetadata: METADATA, ...(contentType && { contentType }) }
    const send = (path: string, init?: RequestInit) => fetch(`${running?.origin}${path}`, init)
    const tokenOf = async (sub: string, scope = 'notes:read notes:write') =>
      `Bearer ${await issuer.issuer.token({ aud: RESOURCE, sub, scope, client_id: 'app' })}`

    it('answers 401 with the whole challenge, and serves the metadata that it names', async () => {
      for (const init of [post(callTool('list_notes')), { method: 'GET' }]) {
        await expectRejection(await send('/mcp', init), {
          ...common,
          status: 401,
          scope: 'notes:read',
        })
      }
      const metadata = await send(new URL(METADATA).pathname)
      expect([metadata.status, await metadata.json()]).toEqual([
        200,
        {
          resource: RESOURCE,
          authorization_servers: [issuer.issuer.issuer],
          bearer_methods_supported: ['header'],
          scopes_supported: ['notes:read', 'notes:write'],
        },
      ])
    })

    it.each(clientsOf(recipe))('serves %s', async (_, connect) => {
      const url = new URL(`${running?.origin}/mcp`)
      const alice = await connect(url, await tokenOf('alice'))
      if (connect === connectSecond) expect(alice.revision).toBe(revision)
      const bob = await connect(url, await tokenOf('bob', 'notes:read'))
      const before = await alice.call('list_notes')
      expect(before).toMatch(/^alice by app: /)
      expect(await bob.call('list_notes')).toBe(before.replace('alice', 'bob'))

      // The token has too few scopes: the tool does not run.
      await expect(bob.call('add_note', { text: 'never' })).rejects.toThrow()
      expect(await alice.call('list_notes')).toBe(before)

      // The tool waits for 400 ms between both. A busy machine may deliver them together, but not every time.
      let late = Number.NaN
      do {
        let progress = Number.NaN
        const said = await alice.call('add_note', { text: TEXT }, () => {
          progress = performance.now()
        })
        late = performance.now() - progress
        expect(said).toBe(`alice added ${TEXT}`)
      } while (streams && !(late > 150))
      const after = await alice.call('list_notes')
      expect(after.endsWith(TEXT)).toBe(keepsState)
      await alice.close()
      await bob.close()
    })

    it('answers 403 with the whole challenge to a token without the scope', async () => {
      const headers = { Authorization: await tokenOf('alice', 'notes:read') }
      await expectRejection(await send('/mcp', post(callTool('add_note'), headers)), {
        ...common,
        status: 403,
        error: 'insufficient_scope',
        scope: 'notes:read notes:write',
      })
    })

    it(`answers ${twice} to two Authorization fields`, async () => {
      const [status, body] = await postTwice(`${running?.origin}/mcp`, [
        await tokenOf('alice'),
        'Bearer other',
      ])
      expect([status, body]).toEqual([
        twice,
        expect.stringContaining(twice === 200 ? 'alice' : 'invalid'),
      ])
    })

    it.runIf(ownDelete === undefined)('passes DELETE to the guard', async () => {
      await expectRejection(await send('/mcp', { method: 'DELETE' }), {
        ...common,
        status: 401,
        scope: 'notes:read',
      })
    })

    it.runIf(ownDelete !== undefined)('answers DELETE and text/plain itself', async () => {
      const headers = { Authorization: await tokenOf('alice') }
      for (const [method, body] of [['DELETE'], ['POST', '{}']]) {
        const init = { method, headers, ...(body === undefined ? {} : { body }) }
        const response = await send('/mcp', init as RequestInit)
        const challenge = response.headers.get('WWW-Authenticate')
        const said = (await response.text()).replace('POST', 'DELETE')
        expect([method, response.status, challenge, said]).toEqual([method, 403, null, ownDelete])
      }
    })

    it.runIf(sessions)('opens a session for its owner only', async () => {
      const url = new URL(`${running?.origin}/mcp`)
      const { client, transport } = await openFirst(url, await tokenOf('alice'))
      const session = transport.sessionId ?? ''
      expect(session).toMatch(/\.[A-Za-z0-9_-]{43}$/)
      const as = async (token: string, method: string) => {
        const fields = { Authorization: token, 'Mcp-Session-Id': session }
        const init = {
          method,
          headers: { Accept: 'application/json, text/event-stream', ...fields },
        }
        const response = await send(
          '/mcp',
          method === 'POST' ? post(callTool('list_notes'), fields) : init,
        )
        await response.body?.cancel()
        return response.status
      }
      const bob = await tokenOf('bob')
      for (const method of ['POST', 'GET', 'DELETE']) {
        expect([method, await as(bob, method)]).toEqual([method, 404])
      }
      expect(await as(await tokenOf('alice'), 'POST')).toBe(200)
      await transport.terminateSession()
      await client.close()
    })

    more?.({ send, tokenOf, output: () => running?.output() ?? '' })
  })
}

function startOf({ name, host, start }: Recipe): Start {
  if (start !== undefined) return start
  const programs = host === undefined ? [] : [host]
  const file = `examples/frameworks/${name}.ts`
  return startProgram(['--import', './test/field/packages.mjs', ...programs, file])
}

function clientsOf({ legacy = true }: Recipe): [string, Connect][] {
  const first: [string, Connect] = ['the client of SDK 1.x', connectFirst]
  const second: [string, Connect] = ['the client of SDK 2.x', connectSecond]
  return legacy ? [first, second] : [second]
}

/** `fetch` joins the values of a field. */
async function postTwice(url: string, authorization: string[]): Promise<[number, string]> {
  const sent = request(url, { method: 'POST' })
  const { body, headers } = post(callTool('list_notes')) as { body: string; headers: object }
  for (const [field, value] of Object.entries(headers)) sent.setHeader(field, value)
  sent.setHeader('Authorization', authorization)
  sent.setHeader('MCP-Protocol-Version', '2025-06-18')
  const arrived = once(sent, 'response')
  sent.end(body)
  const [response] = await arrived
  return [response.statusCode, await text(response)]
}

/** MCP servers in Python and Go, with their standard libraries, behind the gateway. Skipped without these languages. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { afterEach, describe, expect, it } from 'vitest'
import { protect } from '../../adapters/node/index.ts'
import { doctor } from '../../src/doctor/index.ts'
import { forward } from '../../src/gateway/index.ts'
import { protectedResource } from '../../src/index.ts'
import { createTestIssuer } from '../../src/testing/index.ts'
import { portOf, start } from '../support/node-server.ts'
import { bearerChallenge } from '../support/rejection.ts'
import { FOLDER, goProgram, hasGo, hasPython, PYTHON } from './programs.ts'

const children: ChildProcess[] = []
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

/** Requests to a server, good and bad. */
const REQUESTS: readonly { readonly method?: string; readonly body?: object }[] = [
  { body: { id: 1, method: 'initialize', params: { protocolVersion: '2025-11-25' } } },
  { body: { method: 'notifications/initialized' } },
  { body: { id: 'text', method: 'ping' } },
  { body: { id: 2, method: 'tools/list' } },
  { body: { id: 3, method: 'tools/call', params: { name: 'list_notes', arguments: {} } } },
  {
    body: { id: 4, method: 'tools/call', params: { name: 'na\u00efve \u{1f600}', arguments: {} } },
  },
  {
    body: {
      id: 5,
      method: 'tools/call',
      params: { name: 'delete_note', arguments: { text: 'x'.repeat(500_000) } },
    },
  },
  { body: { id: 6, method: 'unknown/method' } },
  { method: 'GET' },
  { method: 'DELETE' },
]

const LANGUAGES = [
  ['Python', hasPython, () => [PYTHON, join(FOLDER, 'server.py')]],
  ['Go', hasGo, () => [goProgram('server')]],
] as const satisfies readonly (readonly [string, boolean, () => string[]])[]

describe.each(LANGUAGES)('an MCP server in %s behind forward()', (_name, isThere, command) => {
  /** The server and, in front of it, a gateway with rules for its tools. */
  async function setUp(options: { dpop?: boolean } = {}) {
    const [program = '', ...argv] = command()
    const child = spawn(program, argv, { stdio: ['ignore', 'pipe', 'inherit'] })
    children.push(child)
    const [line] = (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [Buffer]
    const bare = `http://127.0.0.1:${Number(String(line))}/mcp`
    const gateway = await start(createServer())
    const url = `http://127.0.0.1:${portOf(gateway)}/mcp`
    const issuer = createTestIssuer({ resource: url })
    const resource = protectedResource({
      resource: url,
      authorizationServers: [issuer.issuer],
      fetch: issuer.fetch,
      operations: { '*': ['notes:read'], 'tools/call delete_note': ['notes:write'] },
      // The MCP Inspector's, which the doctor tries.
      origins: ['http://localhost:6274'],
      onEvent: () => {},
      ...options,
    })
    const headers = { 'X-User': (auth: object) => (auth as { subject?: string }).subject }
    gateway.on('request', protect(resource, forward(bare, { headers })))
    return { bare, url, issuer, metadataUrl: resource.metadataUrl }
  }

  it.skipIf(!isThere)('serves the SDK client as it does without the gateway', async () => {
    const { bare, url, issuer } = await setUp()
    const token = await issuer.token({ sub: 'ann', scope: 'notes:read notes:write' })
    const talk = async (to: string, headers: Record<string, string>) => {
      const client = new Client({ name: 'test', version: '1' })
      const requestInit = { headers }
      await client.connect(new StreamableHTTPClientTransport(new URL(to), { requestInit }))
      const { tools } = await client.listTools()
      const called = await client.callTool({ name: 'delete_note', arguments: {} })
      await client.close()
      return { tools, called }
    }
    const through = await talk(url, { Authorization: `Bearer ${token}`, 'X-User': 'root' })
    expect(through).toEqual(await talk(bare, { 'X-User': 'ann' }))
    expect(JSON.stringify(through.called)).toContain('delete_note for ann')
  })

  it.skipIf(!isThere)('receives no call that the token does not cover', async () => {
    const { url, issuer, metadataUrl } = await setUp()
    const token = await issuer.token({ scope: 'notes:read' })
    const call = async (name: string) =>
      fetch(url, {
        method: 'POST',
        headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
        body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name } }),
      })
    expect((await call('list_notes')).status).toBe(200)
    const denied = await call('delete_note')
    expect(denied.status).toBe(403)
    expect(denied.headers.get('WWW-Authenticate')).toBe(
      bearerChallenge('insufficient_scope', 'notes:write', metadataUrl),
    )
  })

  it.skipIf(!isThere)('is protected by DPoP without code for it', async () => {
    const { url, issuer } = await setUp({ dpop: true })
    const key = (await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, [
      'sign',
      'verify',
    ])) as CryptoKeyPair
    const token = await issuer.token({ scope: 'notes:read' }, { boundTo: key })
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' })
    const request = () => new Request(url, { method: 'POST', body })
    const send = async (headers: Record<string, string>) => {
      const { status } = await fetch(new Request(request(), { headers }))
      return status
    }
    const proof = await issuer.dpopProof(request(), token, key)
    expect(await send({ Authorization: `DPoP ${token}`, DPoP: proof })).toBe(200)
    expect(await send({ Authorization: `DPoP ${token}`, DPoP: proof })).toBe(401)
    expect(await send({ Authorization: `Bearer ${token}` })).toBe(401)
  })

  it.skipIf(!isThere)('has no findings of the doctor', async () => {
    const { url, issuer } = await setUp()
    const token = await issuer.token({ scope: 'notes:read' })
    const report = await doctor(url, {
      token,
      fetch: (asked, init) =>
        asked.startsWith(issuer.issuer) ? issuer.fetch(asked, init) : fetch(asked, init),
    })
    // The authorization server of the test is in memory, and not examined.
    const bad = report.findings.filter(
      ({ id, level }) => level !== 'pass' && !id.startsWith('server-'),
    )
    expect(bad.map(({ id, message }) => `${id}: ${message}`)).toEqual([])
    expect(report.passed).toBeGreaterThan(10)
  })

  it.skipIf(!isThere)('responds to each request as it does without the gateway', async () => {
    const { bare, url, issuer } = await setUp()
    const token = await issuer.token({ sub: 'ann', scope: 'notes:read notes:write' })
    for (const { method = 'POST', body } of REQUESTS) {
      const respond = async (to: string, headers: Record<string, string>) => {
        const sent = body === undefined ? {} : { body: JSON.stringify({ jsonrpc: '2.0', ...body }) }
        const response = await fetch(to, { method, headers, ...sent })
        const { status, headers: fields } = response
        const text = await response.text()
        return { status, type: fields.get('Content-Type'), allow: fields.get('Allow'), text }
      }
      const json = { 'Content-Type': 'application/json' }
      const direct = await respond(bare, { ...json, 'X-User': 'ann' })
      const through = await respond(url, { ...json, Authorization: `Bearer ${token}` })
      expect({ method, body, ...through }).toEqual({ method, body, ...direct })
    }
  })
})

/** What an MCP server in any language does behind the gateway as without it. Uses the built package. */

import { createServer } from 'node:http'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { protectedResource } from 'mcp-gatehouse'
import { doctor } from 'mcp-gatehouse/doctor'
import { forward } from 'mcp-gatehouse/gateway'
import { protect } from 'mcp-gatehouse/node'
import { createTestIssuer } from 'mcp-gatehouse/testing'
import { expect, it } from 'vitest'
import { portOf, start } from '../support/node-server.ts'
import { bearerChallenge } from '../support/rejection.ts'

/** The servers require both types of a response (MCP 2025-11-25, Streamable HTTP). */
const JSON_RPC = {
  'Content-Type': 'application/json',
  Accept: 'application/json, text/event-stream',
}

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

/** A server to be guarded. Its tools are `list_notes` and `delete_note`. */
export interface BareServer {
  readonly isMissing?: boolean
  /** Whether its tools name the user of the field `X-User`. */
  readonly knowsUser: boolean
  /** Starts one, and returns its URL. */
  begin(): Promise<string>
}

/** Defines the tests of one server. */
export function testGuardedServer({ isMissing = false, knowsUser, begin }: BareServer): void {
  /** The server and, in front of it, a gateway with rules for its tools. */
  async function setUp(options: { dpop?: boolean } = {}, requirements?: { acrValues: string[] }) {
    const bare = await begin()
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
    gateway.on('request', protect(resource, forward(bare, { headers }), requirements))
    return { bare, url, issuer, metadataUrl: resource.metadataUrl }
  }

  it.skipIf(isMissing)('serves the SDK client as it does without the gateway', async () => {
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
    expect(JSON.stringify(through.called)).toContain(
      knowsUser ? 'delete_note for ann' : 'delete_note',
    )
  })

  it.skipIf(isMissing)('receives no call that the token does not cover', async () => {
    const { url, issuer, metadataUrl } = await setUp()
    const token = await issuer.token({ scope: 'notes:read' })
    const call = async (name: string) =>
      fetch(url, {
        method: 'POST',
        headers: { ...JSON_RPC, Authorization: `Bearer ${token}` },
        body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name } }),
      })
    expect((await call('list_notes')).status).toBe(200)
    const denied = await call('delete_note')
    expect(denied.status).toBe(403)
    expect(denied.headers.get('WWW-Authenticate')).toBe(
      bearerChallenge('insufficient_scope', 'notes:write', metadataUrl),
    )
  })

  it.skipIf(isMissing)('receives no call of a user whose login was too weak', async () => {
    const { url, issuer, metadataUrl } = await setUp({}, { acrValues: ['gold'] })
    const call = async (acr: string) => {
      const token = await issuer.token({ acr, scope: 'notes:read' })
      const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' })
      const headers = { ...JSON_RPC, Authorization: `Bearer ${token}` }
      return fetch(url, { method: 'POST', headers, body })
    }
    expect((await call('gold')).status).toBe(200)
    const denied = await call('bronze')
    expect(denied.status).toBe(401)
    expect(denied.headers.get('WWW-Authenticate')).toBe(
      [
        'Bearer error="insufficient_user_authentication"',
        'error_description="The user must authenticate again, or with a stronger method."',
        'scope="notes:read"',
        'acr_values="gold"',
        `resource_metadata="${metadataUrl}"`,
      ].join(', '),
    )
  })

  it.skipIf(isMissing)('is protected by DPoP without code for it', async () => {
    const { url, issuer } = await setUp({ dpop: true })
    const key = (await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, [
      'sign',
      'verify',
    ])) as CryptoKeyPair
    const token = await issuer.token({ scope: 'notes:read' }, { boundTo: key })
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' })
    const request = () => new Request(url, { method: 'POST', headers: JSON_RPC, body })
    const send = async (headers: Record<string, string>) => {
      const { status } = await fetch(
        new Request(request(), { headers: { ...JSON_RPC, ...headers } }),
      )
      return status
    }
    const proof = await issuer.dpopProof(request(), token, key)
    expect(await send({ Authorization: `DPoP ${token}`, DPoP: proof })).toBe(200)
    expect(await send({ Authorization: `DPoP ${token}`, DPoP: proof })).toBe(401)
    expect(await send({ Authorization: `Bearer ${token}` })).toBe(401)
  })

  it.skipIf(isMissing)('has no findings of the doctor', async () => {
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

  it.skipIf(isMissing)('responds to each request as it does without the gateway', async () => {
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
      const direct = await respond(bare, { ...JSON_RPC, 'X-User': 'ann' })
      const through = await respond(url, { ...JSON_RPC, Authorization: `Bearer ${token}` })
      expect({ method, body, ...through }).toEqual({ method, body, ...direct })
    }
  })
}

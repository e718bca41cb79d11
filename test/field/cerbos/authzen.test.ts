/** `mcp-gatehouse/authzen` before a real policy decision point: the server of Cerbos. */

import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type AuthEvent, permits, protect, protectedResource, visible } from 'mcp-gatehouse'
import { authzen } from 'mcp-gatehouse/authzen'
import { createTestIssuer } from 'mcp-gatehouse/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { message, post } from '../../support/mcp.ts'
import { freePort } from '../../support/ports.ts'

const RESOURCE = 'https://api.example.com/notes'
const BINARY = new URL('node_modules/@cerbos/cerbos-linux-x64/cerbos-linux-x64', import.meta.url)
  .pathname

const POLICIES = {
  'tool.yaml': `apiVersion: api.cerbos.dev/v1
resourcePolicy:
  resource: tool
  version: default
  rules:
    - actions: ['tools/call']
      effect: EFFECT_ALLOW
      roles: ['*']
      condition:
        match:
          any:
            of:
              - expr: request.resource.id == "list_notes"
              - expr: request.principal.id == "alice" && request.resource.id == "delete_note"
              - expr: request.resource.id == "refund" && R.attr.amount <= 100
`,
  'method.yaml': `apiVersion: api.cerbos.dev/v1
resourcePolicy:
  resource: method
  version: default
  rules:
    - actions: ['tools/list', initialize]
      effect: EFFECT_ALLOW
      roles: ['*']
`,
}

const folder = mkdtempSync(join(tmpdir(), 'cerbos-'))
let cerbos: ChildProcess
let url: string

beforeAll(async () => {
  const [http, grpc] = [await freePort(), await freePort()]
  url = `http://127.0.0.1:${http}`
  for (const [name, text] of Object.entries(POLICIES)) writeFileSync(join(folder, name), text)
  const config = join(folder, '.config.yaml')
  writeFileSync(
    config,
    `server: { httpListenAddr: '127.0.0.1:${http}', grpcListenAddr: '127.0.0.1:${grpc}' }
telemetry: { disabled: true }
storage: { driver: disk, disk: { directory: '${folder}' } }
`,
  )
  const env = { ...process.env, CERBOS_NO_TELEMETRY: '1' }
  cerbos = spawn(BINARY, ['server', '--config', config], { env, stdio: 'ignore' })
  for (let tries = 0; tries < 200; tries++) {
    const ready = await fetch(`${url}/_cerbos/health`).catch(() => undefined)
    await ready?.body?.cancel()
    if (ready?.ok === true) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error('Cerbos did not start.')
})

afterAll(async () => {
  const ended = new Promise((resolve) => cerbos.once('exit', resolve))
  cerbos.kill('SIGTERM')
  await ended
  rmSync(folder, { recursive: true })
})

const issuer = createTestIssuer({ resource: RESOURCE })

function setUp(operations = authzen({ url })) {
  const events: AuthEvent[] = []
  const resource = protectedResource({
    resource: RESOURCE,
    authorizationServers: [issuer.issuer],
    fetch: (target, init) => issuer.fetch(target, init),
    onEvent: (event) => events.push(event),
    operations,
  })
  let runs = 0
  const shown: unknown[] = []
  const tools = ['list_notes', 'delete_note', 'purge_notes'].map((name) => ({ name }))
  const handle = protect(resource, async (_request, auth) => {
    runs += 1
    shown.push(await visible(resource, auth, 'tools/call', tools))
    shown.push(await permits(resource, auth, { method: 'tools/call', name: 'purge_notes' }))
    return new Response('done')
  })
  const call = async (method: string, params: unknown, sub: string) => {
    const headers = { Authorization: `Bearer ${await issuer.token({ sub, scope: 'notes' })}` }
    const response = await handle(new Request(RESOURCE, post(message(method, params), headers)))
    return { status: response.status, challenge: response.headers.get('WWW-Authenticate'), runs }
  }
  return { call, events, shown }
}

describe('authzen() and Cerbos', () => {
  it('lets the calls of the policies pass and denies all others', async () => {
    const { call, events } = setUp()
    const tool = (name: string) => ({ name, arguments: {} })
    expect(await call('tools/call', tool('list_notes'), 'bob')).toMatchObject({ status: 200 })
    expect(await call('tools/call', tool('delete_note'), 'alice')).toMatchObject({ status: 200 })
    expect(await call('tools/list', {}, 'bob')).toMatchObject({ status: 200, runs: 3 })
    for (const [method, params, sub] of [
      ['tools/call', tool('delete_note'), 'bob'],
      ['tools/call', tool('purge_notes'), 'alice'],
      ['prompts/list', {}, 'alice'],
      ['resources/read', { uri: 'note://a' }, 'alice'],
    ] as const) {
      expect(await call(method, params, sub)).toEqual({ status: 403, challenge: null, runs: 3 })
      expect(events.at(-1)).toMatchObject({ code: 'operation_denied' })
    }
  })

  it('filters lists', async () => {
    const { call, shown } = setUp()
    await call('tools/list', {}, 'alice')
    await call('tools/list', {}, 'bob')
    const denied = { ok: false, scopes: [], denied: true }
    expect(shown).toEqual([
      [{ name: 'list_notes' }, { name: 'delete_note' }],
      denied,
      [{ name: 'list_notes' }],
      denied,
    ])
  })

  it('decides by arguments that map sends', async () => {
    const { call } = setUp(
      authzen({
        url,
        map: ({ method, name = method }, auth, { arguments: read }) =>
          auth && {
            subject: { type: 'user', id: auth.subject ?? auth.clientId },
            action: { name: method },
            resource: { type: 'tool', id: name, properties: read() as object },
          },
      }),
    )
    const refund = (amount: number) => ({ name: 'refund', arguments: { amount } })
    expect(await call('tools/call', refund(100), 'bob')).toMatchObject({ status: 200 })
    expect(await call('tools/call', refund(101), 'bob')).toMatchObject({ status: 403 })
  })

  it('is a 503 where the server is out of reach, or is asked at another path', async () => {
    const list = ['tools/call', { name: 'list_notes' }, 'alice'] as const
    const expected = { status: 503, challenge: null, runs: 0 }
    const closed = setUp(authzen({ url: `http://127.0.0.1:${await freePort()}` }))
    expect(await closed.call(...list)).toEqual(expected)
    expect(await setUp(authzen({ url: `${url}/access/v1/other` })).call(...list)).toEqual(expected)
  })
})

/** The sinks of examples/audit write whole records, and nothing that a client can forge. */

import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { auditToAnalyticsEngine, type Dataset } from '../../examples/audit/analytics-engine.ts'
import { openAuditFile } from '../../examples/audit/json-lines.ts'
import { auditToOtelLogs, type Logger } from '../../examples/audit/otel-logs.ts'
import type { AuditRecord } from '../../src/index.ts'
import { START } from '../support/clock.ts'
import { createScene } from '../support/scene.ts'

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'

/** One allowed and one rejected call through a sink. */
async function write(audit: (record: AuditRecord) => void): Promise<void> {
  const scene = await createScene({ audit, operations: { 'tools/call': ['read'] } })
  const token = await scene.issuer.token({ act: { sub: 'agent' } })
  const call = { method: 'tools/call', params: { name: 'line\nbreak', arguments: { id: 1 } } }
  const init = {
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, ...call }),
    headers: { traceparent: `00-${TRACE}-00f067aa0ba902b7-01` },
  }
  expect((await scene.ask(`Bearer ${token}`, init)).status).toBe(200)
  expect((await scene.ask()).status).toBe(401)
}

describe('examples/audit/otel-logs.ts', () => {
  it('emits a log record for each decision', async () => {
    const emitted: Parameters<Logger['emit']>[0][] = []
    await write(auditToOtelLogs({ emit: (record) => void emitted.push(record) }))
    expect(emitted).toEqual([
      {
        eventName: 'mcp.audit',
        timestamp: new Date(START * 1000),
        severityNumber: 9,
        severityText: 'INFO',
        body: 'allowed: tools/call line\nbreak',
        attributes: {
          'http.response.status_code': 200,
          'mcp.resource': 'https://rs.example/mcp',
          'mcp.operations': ['tools/call line\nbreak'],
          'user.id': 'user-1',
          'oauth.issuer': 'https://as.example',
          'oauth.client_id': 'client-1',
          'oauth.token_id': 'token-1',
          'oauth.actor': 'agent',
          'oauth.scopes.granted': ['read'],
          'oauth.scopes.needed': ['read'],
          trace_id: TRACE,
        },
      },
      expect.objectContaining({
        severityText: 'WARN',
        body: 'rejected: no operation',
        attributes: {
          'http.response.status_code': 401,
          'mcp.resource': 'https://rs.example/mcp',
          'mcp.operations': [],
          'error.type': 'credentials_missing',
          'oauth.scopes.granted': [],
          'oauth.scopes.needed': [],
        },
      }),
    ])
  })
})

describe('examples/audit/json-lines.ts', () => {
  let folder: string

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gatehouse-audit-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  it('appends one line for each decision, whatever names contain', async () => {
    const path = join(folder, 'audit.jsonl')
    for (let time = 0; time < 2; time++) {
      const file = openAuditFile(path, (error) => expect.unreachable(error.message))
      await write(file.audit)
      await file.close()
    }
    const lines = (await readFile(path, 'utf8')).trimEnd().split('\n')
    const records = lines.map((line) => JSON.parse(line) as AuditRecord)
    expect(records.map(({ outcome }) => outcome)).toEqual([
      'allowed',
      'rejected',
      'allowed',
      'rejected',
    ])
    expect(records[0]?.operations).toEqual([{ method: 'tools/call', name: 'line\nbreak' }])
    expect((await stat(path)).mode & 0o077).toBe(0)
  })

  it('reports a file that cannot be written', async () => {
    const failed = Promise.withResolvers<Error>()
    const file = openAuditFile(join(folder, 'missing', 'audit.jsonl'), failed.resolve)
    expect((await failed.promise).message).toContain('ENOENT')
    await write(file.audit)
  })
})

describe('examples/audit/analytics-engine.ts', () => {
  it('writes a data point within the limits of the engine', async () => {
    const points: Parameters<Dataset['writeDataPoint']>[0][] = []
    const audit = auditToAnalyticsEngine({ writeDataPoint: (point) => void points.push(point) })
    await write(audit)
    const [allowed, rejected] = points
    expect(points).toHaveLength(2)
    expect(allowed).toEqual({
      indexes: ['user-1'],
      blobs: [
        'https://rs.example/mcp',
        'allowed',
        null,
        'https://as.example',
        'user-1',
        'client-1',
        'token-1',
        'tools/call line\nbreak',
        'read',
        'read',
        null,
        TRACE,
      ],
      doubles: [200, START],
    })
    expect(rejected?.indexes).toEqual(['anonymous'])
    const scene = await createScene({ audit })
    const token = await scene.issuer.token({ sub: 'ü'.repeat(1500), scope: 'x'.repeat(3000) })
    expect((await scene.ask(`Bearer ${token}`)).status).toBe(200)
    const { blobs = [], indexes = [] } = points.at(-1) ?? {}
    expect(Buffer.byteLength(indexes[0] ?? '')).toBe(96)
    expect(Buffer.byteLength(blobs.join(''))).toBeLessThan(16_000)
    expect(blobs.join('')).not.toContain('\uFFFD')
  })
})

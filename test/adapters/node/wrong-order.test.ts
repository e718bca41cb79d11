/** Middleware in a wrong order, or of the wrong entry, says so in its first error. */

import express from 'express'
import { describe, expect, test, vi } from 'vitest'
import { bearerAuth, metadata } from '../../../adapters/node/index.ts'
import { type AuditRecord, protect as protectFetch } from '../../../src/index.ts'
import { METADATA_URL, RESOURCE } from '../../support/issuer.ts'
import { listen } from '../../support/node-server.ts'
import { setUp } from '../../support/setup-resource.ts'

const METADATA_PATH = new URL(METADATA_URL).pathname

describe('a wrong order', () => {
  test('a guard before metadata() causes an error at the first request for the metadata', async () => {
    const errors = vi.spyOn(console, 'error').mockReturnValue()
    const { resource } = await setUp()
    const app = express()
    app.use(bearerAuth(resource), metadata(resource))
    const client = await listen(app)
    const response = await client.send({ path: METADATA_PATH })
    expect([response.status, response.headers['www-authenticate']]).toEqual([500, undefined])
    expect(JSON.parse(response.body.toString()).error_description).toBe(
      `bearerAuth() received the request for the metadata of ${RESOURCE}: put metadata() before bearerAuth().`,
    )
    expect((await client.send({ path: METADATA_PATH })).status).toBe(500)
    expect(errors).toHaveBeenCalledOnce()
    expect((await client.send({ path: '/mcp' })).status).toBe(401)
    errors.mockRestore()
  })

  test('the event and the audit record of a guard before metadata() are those of its response', async () => {
    const errors = vi.spyOn(console, 'error').mockReturnValue()
    const records: AuditRecord[] = []
    const { resource, events } = await setUp({
      options: { audit: (record) => void records.push(record), operations: {} },
    })
    for (const requirements of [{}, { optional: true as const }]) {
      const app = express().use(bearerAuth(resource, requirements), metadata(resource))
      const client = await listen(app)
      expect((await client.send({ path: METADATA_PATH })).status).toBe(500)
      const event = { type: 'refused', resource: RESOURCE, code: 'internal', status: 500 }
      expect(events.splice(0)).toEqual([event])
      const record = { outcome: 'rejected', code: 'internal', status: 500 }
      expect(records.splice(0)).toMatchObject([record])
    }
    errors.mockRestore()
  })

  test('a guard that lets anonymous requests pass may come before metadata() and routes for the metadata', async () => {
    const errors = vi.spyOn(console, 'error').mockReturnValue()
    const { resource } = await setUp()
    const guard = bearerAuth(resource, { optional: true })
    const apps = [
      express().use(guard, metadata(resource)),
      express()
        .use(guard)
        .get(METADATA_PATH, (_req, res) => void res.json(resource.metadata)),
    ]
    for (const app of apps) {
      const client = await listen(app)
      const { status, body } = await client.send({ path: METADATA_PATH })
      expect([status, JSON.parse(body.toString())]).toEqual([200, resource.metadata])
    }
    expect(errors).not.toHaveBeenCalled()
    errors.mockRestore()
  })

  test('metadata() that is mounted at a path causes an error at the first request', async () => {
    const { resource } = await setUp()
    const errors: string[] = []
    const app = express()
    app.use('/mcp', metadata(resource))
    app.use('/.well-known', metadata(resource))
    app.use(collect(errors))
    const client = await listen(app)
    expect((await client.send({ path: '/mcp' })).status).toBe(500)
    expect(errors).toEqual([expect.stringContaining('metadata() is mounted at /mcp')])
    expect((await client.send({ path: METADATA_PATH })).status).toBe(200)
  })

  test('the core protect() in Express causes an error at the first request', async () => {
    const { resource } = await setUp()
    const errors: string[] = []
    const app = express()
    let runs = 0
    app.use(
      protectFetch(resource, () => {
        runs += 1
        return new Response()
      }),
    )
    app.use(collect(errors))
    const client = await listen(app)
    expect((await client.send({ path: '/mcp' })).status).toBe(500)
    expect(errors).toEqual([expect.stringContaining("'mcp-gatehouse/node'")])
    expect(runs).toBe(0)
  })
})

/** An error handler that keeps the texts of errors. */
function collect(errors: string[]): express.ErrorRequestHandler {
  return (error, _req, res, _next) => {
    errors.push(String(error))
    res.status(500).end()
  }
}

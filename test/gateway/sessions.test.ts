/** Sealed session ids through `forward()`: the upstream sees its own ids only. */

import { expect, it } from 'vitest'
import { startUpstream } from '../support/upstream.ts'
import { createGateway, WAYS } from './scene.ts'

it.each(WAYS)('opens and seals the ids of the upstream through %s', async (way) => {
  const upstream = await startUpstream((_req, res) => {
    res.writeHead(200, { 'Mcp-Session-Id': 'session-1' }).end()
  })
  const gateway = await createGateway(way, upstream.url, {
    scene: { sessions: { secret: 's'.repeat(32) } },
  })
  const sealed = (await gateway.ask({ body: '{}' })).headers.get('Mcp-Session-Id') ?? ''
  expect(sealed).toMatch(/^session-1\..+/)
  const headers = { 'mcp-session-id': sealed }
  expect((await gateway.ask({ headers, body: '{}' })).status).toBe(200)
  expect(upstream.field('mcp-session-id')).toBe('session-1')
  const other = { authorization: `Bearer ${await gateway.issuer.token({ sub: 'user-2' })}` }
  const foreign = await gateway.ask({ headers: { ...headers, ...other }, body: '{}' })
  expect(foreign.status).toBe(404)
  expect(upstream.arrived).toHaveLength(2)
})

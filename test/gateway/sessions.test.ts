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

it.each(WAYS)('removes ids that CGI would read as the session id, through %s', async (way) => {
  const upstream = await startUpstream()
  const gateway = await createGateway(way, upstream.url, {
    scene: { sessions: { secret: 's'.repeat(32) } },
  })
  const spelled = [
    'mcp_session_id',
    'mcp-session_id',
    'mcp_method',
    'content_type',
    'last_event-id',
  ]
  const headers = {
    ...Object.fromEntries(spelled.map((name) => [name, 'of-another'])),
    x_kept: '1',
  }
  expect((await gateway.ask({ headers, body: '{}' })).status).toBe(200)
  const names = upstream.last().fields.map(([name]) => name)
  expect(names.filter((name) => name.includes('_'))).toEqual(['x_kept'])
})

import { createTestIssuer } from 'mcp-gatehouse/testing'
import { beforeEach, expect, test } from 'vitest'
import { createNotes } from './notes.ts'

const URL = 'https://api.example.com/notes'

let time = 1_800_000_000
const now = () => time
let issuer = createTestIssuer({ resource: URL, now })
let notes = createNotes({ fetch: issuer.fetch, now })

beforeEach(() => {
  issuer = createTestIssuer({ resource: URL, now })
  notes = createNotes({ fetch: issuer.fetch, now })
})

function send(token: string): Promise<Response> {
  return notes(new Request(URL, { method: 'POST', headers: { Authorization: `Bearer ${token}` } }))
}

test('accepts a token with the required scope', async () => {
  const response = await send(await issuer.token({ scope: 'notes:read' }))
  expect(await response.json()).toEqual({ hello: 'user-1' })
})

test('rejects a token after one hour', async () => {
  const token = await issuer.token({ scope: 'notes:read' })
  time += 3600 + 31
  expect((await send(token)).status).toBe(401)
})

test('responds with 503, not 401, while the authorization server is unreachable', async () => {
  issuer.fail('unreachable')
  expect((await send(await issuer.token({ scope: 'notes:read' }))).status).toBe(503)
})

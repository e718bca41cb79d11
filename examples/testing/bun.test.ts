import { beforeEach, expect, test } from 'bun:test'
import { createTestIssuer } from 'mcp-gatehouse/testing'
import { createNotes } from './notes.ts'

const URL = 'https://api.example.com/notes'

let issuer = createTestIssuer({ resource: URL })
let notes = createNotes({ fetch: issuer.fetch })

beforeEach(() => {
  issuer = createTestIssuer({ resource: URL })
  notes = createNotes({ fetch: issuer.fetch })
})

function send(token: string): Promise<Response> {
  return notes(new Request(URL, { method: 'POST', headers: { Authorization: `Bearer ${token}` } }))
}

test('rejects a token for another resource', async () => {
  const response = await send(await issuer.token({ aud: 'https://other.example' }))
  expect(response.status).toBe(401)
})

test('names the missing scope in the challenge', async () => {
  const response = await send(await issuer.token({ scope: 'notes:list' }))
  expect(response.status).toBe(403)
  expect(response.headers.get('WWW-Authenticate')).toContain('scope="notes:read"')
})

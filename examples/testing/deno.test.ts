import assert from 'node:assert/strict'
import { createTestIssuer } from 'mcp-gatehouse/testing'
import { createNotes } from './notes.ts'

const URL = 'https://api.example.com/notes'

const now = () => 1_800_000_000

Deno.test('accepts tokens signed with a new key', async () => {
  const issuer = createTestIssuer({ resource: URL, now })
  const notes = createNotes({ fetch: issuer.fetch, now })
  const send = async () => {
    const token = await issuer.token({ scope: 'notes:read' })
    const headers = { Authorization: `Bearer ${token}` }
    return (await notes(new Request(URL, { method: 'POST', headers }))).status
  }

  assert.equal(await send(), 200)
  await issuer.rotateKeys()
  assert.equal(await send(), 200)
  assert.equal(issuer.requests.jwks, 2)
})

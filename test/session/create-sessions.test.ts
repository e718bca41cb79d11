import { expect, it } from 'vitest'
import { createSessions } from '../../src/session/create-sessions.ts'

const AS = 'https://as.example'
const options = { issuer: AS, tokenIssuers: ['https://old.example'] }
const secret = 's'.repeat(32)

type Given = Parameters<typeof createSessions>[0]

function create(sessions: Given['sessions'], resource = 'https://rs.example/mcp') {
  // Only the options of a server are read.
  const servers: Given['servers'] = [{ options } as never]
  return createSessions({ resource, servers, sessions })
}

it('there are no sealed ids without the option', () => {
  expect(create(undefined)).toBeUndefined()
})

it('ids are sealed for the resource, with the first secret, by the issuers of its servers', async () => {
  const sessions = create({ secret: [secret, 'o'.repeat(32)] })
  const auth = { anonymous: false, issuer: 'https://old.example', subject: 'alice' }
  const owner = sessions?.ownerOf(auth as Parameters<typeof sessions.ownerOf>[0])
  expect(owner).toEqual({ kind: 'user', issuer: AS, principal: 'alice' })
  if (sessions === undefined || owner === undefined) return
  const sealed = sessions.seal('s', owner) ?? ''
  expect(create({ secret })?.seal('s', owner)).toBe(sealed)
  expect(await create({ secret })?.open(sealed, owner)).toBe('s')
  expect(await create({ secret }, 'https://rs.example/other')?.open(sealed, owner)).toBeUndefined()
})

import { expect, it } from 'vitest'
import { Clients } from '../../../src/cli/issuer/clients.ts'

const REDIRECT = 'http://127.0.0.1:3334/callback'

it('registrations in a loop drop the oldest registered clients, and no given one', async () => {
  const given = {
    id: 'cli',
    name: 'cli',
    redirectUris: [REDIRECT],
    secret: undefined,
    needsProof: false,
  }
  const clients = new Clients([given], { acceptsDocuments: false, offersDpop: false })
  const register = (): string => {
    const registered: Readonly<Record<string, unknown>> = {
      ...clients.register({ redirect_uris: [REDIRECT] }),
    }
    return String(registered['client_id'])
  }
  const first = register()
  const second = register()
  let last = ''
  for (let count = 0; count < 9999; count++) last = register()
  expect(await clients.find('cli')).toBe(given)
  expect(await clients.find(first)).toBeUndefined()
  expect(await clients.find(second)).toMatchObject({ id: second })
  expect(await clients.find(last)).toMatchObject({ id: last })
})

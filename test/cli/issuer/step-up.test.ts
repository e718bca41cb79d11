/** Step-up at the development issuer (RFC 9470): tokens say how and when their user logged in. */

import { decodeJwt } from 'jose'
import { expect, it } from 'vitest'
import { createBrowser } from '../../../examples/demo/browser.ts'
import { protect, protectedResource } from '../../../src/index.ts'
import { CLI_CLIENT, createClient, REDIRECT, RESOURCE, type Tokens } from './client.ts'
import { startIssuer } from './start.ts'

const METADATA = 'http://localhost:3000/.well-known/oauth-protected-resource/mcp'

it('a login with the acr_values and max_age of the challenge gives a token that meets it', async () => {
  const issuer = await startIssuer(RESOURCE, ...CLI_CLIENT)
  const notes = protectedResource({ resource: RESOURCE, authorizationServers: [issuer] })
  let calls = 0
  const handle = protect(
    notes,
    () => {
      calls += 1
      return new Response('done')
    },
    () => ({ acrValues: ['urn:example:mfa', 'urn:example:key'], maxAgeSeconds: 300 }),
  )
  const client = createClient(issuer)
  const logIn = async (changes: Record<string, string>) => {
    const url = client.authorizeUrl(changes)
    const { arrived } = await createBrowser({}).open(url, new URL(REDIRECT))
    return (await (await client.redeem(arrived.searchParams.get('code'))).json()) as Tokens
  }
  const call = (token: string) =>
    handle(new Request(RESOURCE, { headers: { Authorization: `Bearer ${token}` } }))

  const plain = await logIn({})
  expect(decodeJwt(plain.access_token)).not.toHaveProperty('acr')
  const rejected = await call(plain.access_token)
  expect([rejected.status, rejected.headers.get('WWW-Authenticate'), calls]).toEqual([
    401,
    `Bearer error="insufficient_user_authentication", error_description="The user must authenticate again, or with a stronger method.", acr_values="urn:example:mfa urn:example:key", max_age="300", resource_metadata="${METADATA}"`,
    0,
  ])

  const stepped = await logIn({ acr_values: 'urn:example:mfa urn:example:key', max_age: '300' })
  const { acr, auth_time } = decodeJwt(stepped.access_token)
  expect(acr).toBe('urn:example:mfa')
  expect(Math.abs(Number(auth_time) - Date.now() / 1000)).toBeLessThan(30)
  expect([(await call(stepped.access_token)).status, calls]).toEqual([200, 1])

  // RFC 9068 §2.2.1: they stay those of the login.
  const refreshed = (await (await client.refresh(stepped.refresh_token)).json()) as Tokens
  expect(decodeJwt(refreshed.access_token)).toMatchObject({ acr, auth_time })
})

it('shows which login the client asks for, without markup of the client', async () => {
  const issuer = await startIssuer(RESOURCE, ...CLI_CLIENT)
  const url = createClient(issuer).authorizeUrl({ acr_values: '<b>' })
  const page = await (await fetch(url)).text()
  expect(page).toContain('Your login will count as <code>&lt;b&gt;</code>.')
})

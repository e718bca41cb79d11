/** ASM-15 to ASM-18: what authorization server metadata lacks for MCP clients. */

import { describe, expect, test } from 'vitest'
import {
  type AuthorizationServerMetadata,
  checkAuthorizationServer,
  type Finding,
  protectedResource,
  verifyAccessToken,
} from '../../src/index.ts'
import { createClock } from '../support/clock.ts'
import { createIssuer, ISSUER, RESOURCE } from '../support/issuer.ts'

function finding(members: Record<string, unknown>, id: string): Finding | undefined {
  const metadata: AuthorizationServerMetadata = { issuer: ISSUER, ...members }
  return checkAuthorizationServer(metadata, RESOURCE).find((each) => each.id === id)
}

describe('checkAuthorizationServer()', () => {
  test('ASM-15 warns that clients reject a server that does not advertise PKCE', () => {
    const found = finding({}, 'pkce')
    expect(found?.level).toBe('warning')
    expect(found?.message).toContain('code_challenge_methods_supported is missing')
    expect(found?.message).toContain('refuse to log in')
  })

  test('ASM-15 passes with S256', () => {
    expect(finding({ code_challenge_methods_supported: ['S256'] }, 'pkce')?.level).toBe('pass')
  })

  test.each([[['plain']], [['s256']], [[]]])('ASM-15 fails with only %j', (methods) => {
    expect(finding({ code_challenge_methods_supported: methods }, 'pkce')).toMatchObject({
      level: 'error',
      message: expect.stringContaining('does not list S256'),
    })
  })

  test.each([
    ['no member', {}],
    ['client ID metadata documents off', { client_id_metadata_document_supported: false }],
    ['a text', { client_id_metadata_document_supported: 'true' }],
    ['dynamic registration over http', { registration_endpoint: 'http://as.example/register' }],
  ])('ASM-16 warns of a server without client registration: %s', (_name, members) => {
    expect(finding(members, 'client-registration')).toMatchObject({
      level: 'warning',
      message: expect.stringContaining('client_id_metadata_document_supported'),
    })
  })

  test.each([
    ['client ID metadata documents', { client_id_metadata_document_supported: true }],
    ['dynamic registration', { registration_endpoint: `${ISSUER}/register` }],
  ])('ASM-16 passes with %s', (_name, members) => {
    expect(finding(members, 'client-registration')?.level).toBe('pass')
  })

  test.each([
    [['https://other.example/mcp']],
    [[`${RESOURCE}/`, `${RESOURCE}/notes`, RESOURCE.toUpperCase()]],
    [[new URL(RESOURCE).origin]],
    [[]],
  ])('ASM-17 warns of protected_resources without the resource: %j', (listed) => {
    expect(finding({ protected_resources: listed }, 'protected-resources')).toMatchObject({
      level: 'warning',
      spec: 'RFC 9728 §4',
    })
  })

  test('ASM-17 passes with a list that contains the resource, and without a list', () => {
    const listed = { protected_resources: ['https://other.example/mcp', RESOURCE] }
    expect(finding(listed, 'protected-resources')?.level).toBe('pass')
    expect(finding({}, 'protected-resources')?.level).toBe('pass')
  })

  test('ASM-18 reports that signed metadata is ignored', () => {
    const found = finding({ signed_metadata: 'e30.e30.c2ln' }, 'signed-metadata')
    expect(found?.level).toBe('pass')
    expect(found?.message).toContain('ignored')
  })
})

test('ASM-18 verifies with the plain members and ignores signed_metadata', async () => {
  const server = await createIssuer()
  const signed = await server.token({ jwks_uri: 'https://evil.example/jwks' })
  server.respondAt(`${ISSUER}/.well-known/oauth-authorization-server`, () =>
    Response.json({ ...server.metadata, signed_metadata: signed }),
  )
  const resource = protectedResource({
    resource: RESOURCE,
    authorizationServers: [ISSUER],
    fetch: server.fetch,
    now: createClock().now,
  })
  expect(await verifyAccessToken(await server.token(), resource)).toMatchObject({
    ok: true,
    issuer: ISSUER,
    clientId: 'client-1',
    scopes: ['read'],
  })
  expect(server.requests).toEqual([
    `${ISSUER}/.well-known/oauth-authorization-server`,
    `${ISSUER}/jwks`,
  ])
})

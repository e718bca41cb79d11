/** Tokens of every format at a resource that accepts it. */

import { createHash } from 'node:crypto'
import { generateKeyPair } from 'jose'
import { describe, expect, it } from 'vitest'
import {
  type AuthErrorCode,
  type AuthorizationServerOptions,
  type ProtectedResourceOptions,
  protect,
  protectedResource,
  type Requirements,
} from '../../src/index.ts'
import { createTestIssuer } from '../../src/testing/index.ts'
import { createClock } from '../support/clock.ts'
import { RESOURCE } from '../support/issuer.ts'

const INTROSPECTION = { kind: 'introspection', clientId: 'resource-1' } as const

function createScene(
  options: Partial<ProtectedResourceOptions> = {},
  server: Partial<AuthorizationServerOptions> = {},
  requirements: Requirements & { optional?: false } = {},
) {
  const clock = createClock()
  const issuer = createTestIssuer({ resource: RESOURCE, now: clock.now })
  const codes: AuthErrorCode[] = []
  const resource = protectedResource({
    resource: RESOURCE,
    authorizationServers: [{ issuer: issuer.issuer, ...server }],
    fetch: issuer.fetch,
    now: clock.now,
    onEvent: (event) => {
      if (event.type === 'refused') codes.push(event.code)
    },
    ...options,
  })
  const serve = protect(resource, () => new Response('handled'), requirements)
  return {
    issuer,
    clock,
    send: async (headers: Record<string, string>) => {
      const { status } = await serve(new Request(RESOURCE, { method: 'POST', headers }))
      return status === 200 ? status : codes.pop()
    },
  }
}

describe('opaque tokens', () => {
  it.each([
    ['by secret', { clientSecret: 'secret' }],
    ['by secret in the form', { clientSecret: 'secret', authMethod: 'client_secret_post' }],
    ['with signed responses', { clientSecret: 'secret', signedResponse: true }],
    // The client id is form-encoded (RFC 6749 §2.3.1), and the response is addressed to it.
    [
      'by a client id with a space',
      { clientId: 'a b+c:1%', clientSecret: 'secret', signedResponse: true },
    ],
  ] as const)('are introspected, %s', async (_how, credentials) => {
    const accessToken = { ...INTROSPECTION, ...credentials }
    const { issuer, send } = createScene({}, { accessToken })
    const token = await issuer.token({}, { opaque: true })
    const headers = { Authorization: `Bearer ${token}` }
    expect(await send(headers)).toBe(200)
    expect(issuer.requests.introspection).toBe(1)
    issuer.revoke(token)
    expect(await send(headers)).toBe('token_inactive')
    expect(await send({ Authorization: 'Bearer unknown' })).toBe('token_inactive')
  })

  it('are introspected, by private key', async () => {
    const { privateKey } = await generateKeyPair('ES256')
    const { issuer, send } = createScene({}, { accessToken: { ...INTROSPECTION, privateKey } })
    const token = await issuer.token({}, { opaque: true })
    expect(await send({ Authorization: `Bearer ${token}` })).toBe(200)
  })

  it('can have another issuer or audience, and get a 503 during an outage', async () => {
    const accessToken = { ...INTROSPECTION, clientSecret: 'secret' }
    const { issuer, send } = createScene({}, { accessToken })
    const bearer = async (claims: Record<string, unknown>) => ({
      Authorization: `Bearer ${await issuer.token(claims, { opaque: true })}`,
    })
    expect(await send(await bearer({ aud: 'https://other.test' }))).toBe('token_audience')
    issuer.fail('wrong_issuer', 'introspection')
    expect(await send(await bearer({}))).toBe('token_issuer')
    issuer.fail('unreachable', 'introspection')
    expect(await send(await bearer({}))).toBe('unavailable')
  })
})

describe('bound tokens', () => {
  const request = new Request(RESOURCE, { method: 'POST' })

  it('pass only with a proof by their key', async () => {
    const { issuer, send } = createScene({ dpop: true })
    const [key, other] = (await Promise.all([
      generateKeyPair('ES256'),
      generateKeyPair('ES256'),
    ])) as [CryptoKeyPair, CryptoKeyPair]
    const token = await issuer.token({}, { boundTo: key })
    const Authorization = `DPoP ${token}`
    const DPoP = await issuer.dpopProof(request, token, key)
    expect(await send({ Authorization, DPoP })).toBe(200)
    expect(await send({ Authorization, DPoP })).toBe('dpop_proof_replayed')
    const again = await issuer.dpopProof(request, token, key)
    expect(await send({ Authorization, DPoP: again })).toBe(200)
    const stolen = await issuer.dpopProof(request, token, other)
    expect(await send({ Authorization, DPoP: stolen })).toBe('binding_mismatch')
    const elsewhere = await issuer.dpopProof(request, token, key, { claims: { htm: 'GET' } })
    expect(await send({ Authorization, DPoP: elsewhere })).toBe('dpop_proof_invalid')
    expect(await send({ Authorization })).toBe('dpop_proof_missing')
    expect(await send({ Authorization: `Bearer ${token}` })).toBe('binding_missing')
  })

  it('pass only with their certificate', async () => {
    const thumbprint = (text: string) => createHash('sha256').update(text).digest('base64url')
    const certificate = thumbprint('mine')
    const { issuer, send } = createScene({ mtls: true }, {}, { certificate })
    const bearer = async (bound: string) => ({
      Authorization: `Bearer ${await issuer.token({}, { certificate: bound })}`,
    })
    expect(await send(await bearer(certificate))).toBe(200)
    expect(await send(await bearer(thumbprint('yours')))).toBe('binding_mismatch')
  })
})

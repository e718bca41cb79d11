import { compactVerify, createLocalJWKSet } from 'jose'
import { describe, expect, it } from 'vitest'
import { createTestIssuer, type TestIssuer } from '../../src/testing/index.ts'
import { createClock, START } from '../support/clock.ts'
import { RESOURCE } from '../support/issuer.ts'

const CREDENTIALS = `Basic ${btoa('resource-1:secret')}`

function createIssuer(): { issuer: TestIssuer; clock: ReturnType<typeof createClock> } {
  const clock = createClock()
  return { issuer: createTestIssuer({ resource: RESOURCE, now: clock.now }), clock }
}

function introspect(
  issuer: TestIssuer,
  form: Record<string, string>,
  headers: Record<string, string> = { Authorization: CREDENTIALS },
): Promise<Response> {
  return issuer.fetch(String(issuer.metadata['introspection_endpoint']), {
    method: 'POST',
    headers,
    body: new URLSearchParams(form),
  })
}

async function isActive(issuer: TestIssuer, token: string): Promise<unknown> {
  return ((await (await introspect(issuer, { token })).json()) as { active: unknown }).active
}

describe('introspection responds with', () => {
  it('the claims of an opaque token', async () => {
    const { issuer } = createIssuer()
    const token = await issuer.token({ scope: 'notes:read' }, { opaque: true })
    expect(token).toBe('opaque-1')
    expect(await (await introspect(issuer, { token })).json()).toEqual({
      active: true,
      token_type: 'Bearer',
      iss: 'https://issuer.test',
      aud: RESOURCE,
      sub: 'user-1',
      client_id: 'client-1',
      iat: START,
      exp: START + 3600,
      jti: 'token-1',
      scope: 'notes:read',
    })
    expect(issuer.requests.introspection).toBe(1)
  })

  it('the binding of a token, and the claims of a JWT', async () => {
    const { issuer } = createIssuer()
    const boundTo = (await crypto.subtle.generateKey(
      { name: 'ECDSA', namedCurve: 'P-256' },
      false,
      ['sign'],
    )) as CryptoKeyPair
    const token = await issuer.token({}, { boundTo, certificate: 'thumbprint' })
    expect(await (await introspect(issuer, { token })).json()).toMatchObject({
      active: true,
      token_type: 'DPoP',
      cnf: { jkt: expect.stringMatching(/^[\w-]{43}$/), 'x5t#S256': 'thumbprint' },
    })
  })

  it('a signed response to a request for one', async () => {
    const { issuer } = createIssuer()
    const token = await issuer.token({}, { opaque: true })
    const type = 'application/token-introspection+jwt'
    const response = await introspect(
      issuer,
      { token },
      { Authorization: CREDENTIALS, Accept: type },
    )
    expect(response.headers.get('Content-Type')).toBe(type)
    const keys = createLocalJWKSet((await issuer.jwks()) as Parameters<typeof createLocalJWKSet>[0])
    const { payload, protectedHeader } = await compactVerify(await response.text(), keys)
    expect(protectedHeader.typ).toBe('token-introspection+jwt')
    expect(JSON.parse(new TextDecoder().decode(payload))).toMatchObject({
      iss: issuer.issuer,
      aud: 'resource-1',
      iat: START,
      token_introspection: { active: true, aud: RESOURCE },
    })
  })

  it('claims to clients that authenticate in the form or with a key', async () => {
    const { issuer } = createIssuer()
    const assertion = `e30.${btoa('{"sub":"resource-1"}').replace(/=+$/, '')}.x`
    for (const form of [
      { client_id: 'resource-1', client_secret: 'secret' },
      { client_assertion: assertion },
    ]) {
      expect((await introspect(issuer, { token: 'unknown', ...form }, {})).status).toBe(200)
    }
  })
})

describe('introspection reports nothing but active: false', () => {
  it('for unknown, expired, not yet valid and revoked tokens', async () => {
    const { issuer, clock } = createIssuer()
    expect(await (await introspect(issuer, { token: 'unknown' })).json()).toEqual({ active: false })

    const over = await issuer.token({}, { opaque: true })
    const later = await issuer.token({ nbf: START + 10, exp: START + 9999 }, { opaque: true })
    const revoked = await issuer.token({}, { opaque: true })
    expect(await isActive(issuer, over)).toBe(true)
    expect(await isActive(issuer, later)).toBe(false)
    expect(await isActive(issuer, revoked)).toBe(true)
    issuer.revoke(revoked)
    expect(await (await introspect(issuer, { token: revoked })).json()).toEqual({ active: false })
    clock.advance(3600)
    expect(await isActive(issuer, over)).toBe(false)
    expect(await isActive(issuer, later)).toBe(true)
  })
})

describe('introspection rejects', () => {
  it('requests without client authentication', async () => {
    const { issuer } = createIssuer()
    const response = await introspect(issuer, { token: 'unknown' }, {})
    expect(response.status).toBe(401)
    expect(response.headers.get('WWW-Authenticate')).toBe('Basic realm="test issuer"')
    expect(await response.json()).toEqual({ error: 'invalid_client' })
    expect((await introspect(issuer, { client_assertion: 'garbage' }, {})).status).toBe(401)
  })

  it('other methods, and requests without a token', async () => {
    const { issuer } = createIssuer()
    expect((await introspect(issuer, {})).status).toBe(400)
    const url = String(issuer.metadata['introspection_endpoint'])
    expect((await issuer.fetch(url)).status).toBe(405)
  })

  it('nothing as another issuer, but names that issuer', async () => {
    const { issuer } = createIssuer()
    const token = await issuer.token({}, { opaque: true })
    issuer.fail('wrong_issuer', 'introspection')
    expect(await (await introspect(issuer, { token })).json()).toMatchObject({
      active: true,
      iss: 'https://wrong-issuer.test',
    })
  })
})

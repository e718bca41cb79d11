/** `mcp-gatehouse serve` as a process: what it forwards, decides and logs. */

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  calculateJwkThumbprint,
  createLocalJWKSet,
  exportJWK,
  exportPKCS8,
  generateKeyPair,
  jwtVerify,
} from 'jose'
import { describe, expect, it } from 'vitest'
import { METADATA_URL, RESOURCE } from '../../support/issuer.ts'
import { freePort } from '../../support/ports.ts'
import { bearerChallenge } from '../../support/rejection.ts'
import { folder, issuer, RESOURCE_OPTIONS } from '../../support/serve-config.ts'
import { serve, token } from '../../support/serve-process.ts'
import { startUpstream } from '../../support/upstream.ts'

describe('serve', () => {
  it('forwards authorized requests, and writes one line for each decision', async () => {
    const upstream = await startUpstream()
    const { client, child, ended, out, err } = await serve({
      resource: RESOURCE_OPTIONS,
      upstream: `${upstream.url}/mcp`,
      identityHeaders: { 'X-User': 'subject', 'X-Tenant': 'claims.tenant' },
    })
    const health = await client.send({ path: '/healthz' })
    expect([health.status, health.body.toString()]).toEqual([200, 'ok\n'])
    const rejected = await client.send({ method: 'POST', path: '/mcp', body: '{}' })
    expect(rejected.status).toBe(401)
    expect(rejected.headers['www-authenticate']).toBe(
      bearerChallenge(undefined, undefined, METADATA_URL),
    )
    expect(upstream.arrived).toEqual([])
    const authorization = `Bearer ${await token({ tenant: 't1' })}`
    const headers = { authorization, 'x-user': 'root' }
    const allowed = await client.send({ method: 'POST', path: '/mcp', body: '{}', headers })
    expect([allowed.status, allowed.body.toString()]).toEqual([200, 'from the upstream'])
    expect([upstream.field('x-user'), upstream.field('x-tenant')]).toEqual(['user-1', 't1'])
    const metadata = await client.send({ path: new URL(METADATA_URL).pathname })
    expect(JSON.parse(metadata.body.toString())).toMatchObject({ resource: RESOURCE })
    child.kill('SIGTERM')
    expect(await ended).toBe(0)
    const lines = out()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown)
    expect(lines).toMatchObject([
      { outcome: 'rejected', status: 401, code: 'credentials_missing', resource: RESOURCE },
      { outcome: 'allowed', status: 200, issuer: issuer.issuer, resource: RESOURCE },
    ])
    expect(out() + err()).not.toContain(authorization.slice(-40))
  })

  it('serves several resources, and writes text', async () => {
    const upstream = await startUpstream((req, res) => res.end(req.url))
    const { client, child, ended, out } = await serve({
      log: 'text',
      resources: [
        { resource: RESOURCE_OPTIONS, upstream: `${upstream.url}/one` },
        {
          resource: { ...RESOURCE_OPTIONS, resource: 'https://rs.example/other' },
          upstream: `${upstream.url}/two`,
          subpaths: true,
        },
      ],
    })
    const ask = async (path: string, aud: string) => {
      const authorization = `Bearer ${await token({ aud })}`
      const { status, body } = await client.send({ path, headers: { authorization } })
      return `${status} ${status === 200 ? body.toString() : ''}`
    }
    expect(await ask('/mcp', RESOURCE)).toBe('200 /one')
    expect(await ask('/other/x', 'https://rs.example/other')).toBe('200 /two/x')
    expect(await ask('/other', RESOURCE)).toBe('401 ')
    expect(await ask('/none', RESOURCE)).toBe('404 ')
    child.kill('SIGINT')
    expect(await ended).toBe(0)
    expect(out()).toMatch(/^\S+ allowed 200 https:\/\/rs\.example\/mcp https:\/\/as\.example\n/)
    expect(out()).toMatch(/rejected 401 token_audience https:\/\/rs\.example\/other/)
    expect(out().trimEnd().split('\n')).toHaveLength(3)
  })

  it('signs the identity with the key of a file, and publishes its public half', async () => {
    const { privateKey } = await generateKeyPair('ES256', { extractable: true })
    await writeFile(join(folder, 'identity.pem'), await exportPKCS8(privateKey))
    const upstream = await startUpstream()
    const { client } = await serve({
      resource: RESOURCE_OPTIONS,
      upstream: upstream.url,
      identity: { keyFile: 'identity.pem', header: 'X-Identity', keyId: 'k' },
    })
    const headers = { authorization: `Bearer ${await token()}` }
    expect((await client.send({ path: '/mcp', headers })).status).toBe(200)
    const keys = await client.send({ path: '/.well-known/gatehouse-keys.json' })
    const { payload } = await jwtVerify(
      upstream.field('x-identity') ?? '',
      createLocalJWKSet(JSON.parse(keys.body.toString())),
      { audience: upstream.url, issuer: RESOURCE },
    )
    expect(payload.sub).toBe('user-1')
    expect(keys.body.toString()).not.toContain('"d"')
  })

  it('names a key in PEM by its thumbprint, and publishes a key of two resources once', async () => {
    const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
    await writeFile(join(folder, 'shared.pem'), await exportPKCS8(privateKey))
    const upstream = await startUpstream()
    const identity = { keyFile: 'shared.pem', header: 'X-Identity' }
    const { client } = await serve({
      resources: [
        { resource: RESOURCE_OPTIONS, upstream: upstream.url, identity },
        {
          resource: { ...RESOURCE_OPTIONS, resource: 'https://rs.example/other' },
          upstream: upstream.url,
          identity,
        },
      ],
    })
    const headers = { authorization: `Bearer ${await token()}` }
    expect((await client.send({ path: '/mcp', headers })).status).toBe(200)
    const { body } = await client.send({ path: '/.well-known/gatehouse-keys.json' })
    const set = JSON.parse(body.toString())
    const kid = await calculateJwkThumbprint(await exportJWK(publicKey))
    expect(set.keys).toMatchObject([{ kid }])
    const { protectedHeader } = await jwtVerify(
      upstream.field('x-identity') ?? '',
      createLocalJWKSet(set),
    )
    expect(protectedHeader.kid).toBe(kid)
  })

  it('decides the sub-requests of a proxy, and serves the metadata', async () => {
    const metadata = { issuer: issuer.issuer, jwks_uri: `${issuer.issuer}/jwks` }
    const { client } = await serve({
      resource: {
        ...RESOURCE_OPTIONS,
        authorizationServers: [{ issuer: issuer.issuer, jwks: issuer.jwks, metadata }],
        serveAuthorizationServerMetadata: true,
      },
      forwardAuth: 'nginx',
      identityHeaders: { 'X-User': 'subject', 'X-Email': 'claims.email' },
    })
    const asked = { 'x-original-method': 'POST', 'x-original-uri': '/mcp?a=b' }
    const authorization = `Bearer ${await token()}`
    const allowed = await client.send({ path: '/auth', headers: { ...asked, authorization } })
    expect([allowed.status, allowed.headers['x-user'], allowed.headers['x-email']]).toEqual([
      200,
      'user-1',
      '',
    ])
    const rejected = await client.send({ path: '/auth', headers: asked })
    expect(rejected.headers['www-authenticate']).toBe(
      bearerChallenge(undefined, undefined, METADATA_URL),
    )
    const twice = { ...asked, 'x-original-uri': ['/mcp', '/mcp'], authorization }
    expect((await client.send({ path: '/auth', headers: twice })).status).toBe(500)
    const document = await client.send({ path: new URL(METADATA_URL).pathname })
    expect(document.status).toBe(200)
    const mirrored = await client.send({ path: '/.well-known/oauth-authorization-server' })
    expect([mirrored.status, JSON.parse(mirrored.body.toString())]).toEqual([200, metadata])
    const elsewhere = '/.well-known/oauth-authorization-server/mcp'
    expect((await client.send({ path: elsewhere })).status).toBe(404)
  })

  it('says on the standard error why an allowed request failed', async () => {
    const port = await freePort()
    const { client, err } = await serve({
      resource: RESOURCE_OPTIONS,
      upstream: `http://127.0.0.1:${port}/mcp`,
      identityHeaders: { 'X-Name': 'claims.name' },
    })
    const send = async (name: string) => {
      const authorization = `Bearer ${await token({ name })}`
      return (await client.send({ path: '/mcp', headers: { authorization } })).status
    }
    expect(await send('Ada')).toBe(502)
    expect(err()).toContain(
      `The server behind ${RESOURCE} cannot be reached, or does not accept the gateway (502).\n`,
    )
    expect([await send('Zoë'), await send('Chloë')]).toEqual([500, 500])
    expect(err().match(/the value of the field x-name is not visible ASCII/g)).toHaveLength(1)
    expect(err()).not.toMatch(/Zoë|Chloë/)
  })

  it('accepts header fields of 16 KiB', async () => {
    const upstream = await startUpstream()
    const { client } = await serve({ resource: RESOURCE_OPTIONS, upstream: upstream.url })
    const authorization = `Bearer ${await token({ groups: 'g'.repeat(11_000) })}`
    expect((await client.send({ path: '/mcp', headers: { authorization } })).status).toBe(200)
  })
})

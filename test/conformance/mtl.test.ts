/** MTL: sender-constrained access with client certificates (RFC 8705, RFC 9440). */

import { createServer, request as requestOverTls } from 'node:https'
import type { AddressInfo } from 'node:net'
import { beforeAll, describe, expect, it } from 'vitest'
import { protect as protectOnBun } from '../../adapters/bun.ts'
import { protect as protectOnDeno } from '../../adapters/deno/index.ts'
import { protect as protectOnNode } from '../../adapters/node/index.ts'
import {
  AuthError,
  ConfigError,
  type MtlsOptions,
  type ProtectedResource,
  protectedResource,
  verifyAccessToken,
} from '../../src/index.ts'
import { type Certificate, createCertificate } from '../support/certificate.ts'
import { boundToken, createHolder, digest, prove } from '../support/holder.ts'
import { METADATA_URL, RESOURCE } from '../support/issuer.ts'
import { bearerChallenge } from '../support/rejection.ts'
import {
  createScene,
  expectAccepted,
  expectRejected,
  invalidToken,
  type Scene,
} from '../support/scene.ts'

let mine: Certificate
let another: Certificate

beforeAll(() => {
  mine = createCertificate('mine')
  another = createCertificate('another')
})

const PROXY: MtlsOptions = { dangerouslyTrustHeader: 'Client-Cert' }

/** A resource whose host gives this certificate. */
function sceneShowing(
  certificate: Certificate | undefined,
  mtls: boolean | MtlsOptions = true,
): Promise<Scene> {
  const requirements = { certificate: certificate && digest(certificate.der) }
  return createScene({ mtls, requirements })
}

function boundTo(scene: Scene, certificate: Certificate): Promise<string> {
  return scene.issuer.token({ cnf: { 'x5t#S256': digest(certificate.der) } })
}

function asField({ der }: Certificate): string {
  return `:${Buffer.from(der).toString('base64')}:`
}

describe('the source of the certificate', () => {
  it('MTL-01 uses the certificate of the host', async () => {
    const scene = await sceneShowing(mine)
    await expectAccepted(scene, scene.ask(`Bearer ${await boundTo(scene, mine)}`))
  })

  it.each([
    'Client-Cert',
    'X-SSL-Cert',
    'X-SSL-Client-Cert',
    'X-Client-Cert',
    'X-Forwarded-Client-Cert',
    'X-ARR-ClientCert',
    'ssl-client-cert',
    'CF-Client-Cert-Der-Base64',
  ])('MTL-01 ignores a %s that a client sent', async (name) => {
    const scene = await sceneShowing(undefined)
    const Authorization = `Bearer ${await boundTo(scene, mine)}`
    for (const value of [asField(mine), encodeURIComponent(mine.pem), digest(mine.der)]) {
      const headers = { Authorization, [name]: value }
      await expectRejected(
        scene,
        scene.ask(undefined, { headers }),
        invalidToken('binding_missing'),
      )
    }
    const shown = await sceneShowing(another)
    const headers = {
      Authorization: `Bearer ${await boundTo(shown, mine)}`,
      [name]: asField(mine),
    }
    await expectRejected(shown, shown.ask(undefined, { headers }), invalidToken('binding_mismatch'))
  })

  it('MTL-01 uses the configured field of a proxy, and no other', async () => {
    const scene = await sceneShowing(undefined, PROXY)
    const Authorization = `Bearer ${await boundTo(scene, mine)}`
    const send = (headers: Record<string, string>) =>
      scene.ask(undefined, { headers: { Authorization, ...headers } })
    await expectAccepted(scene, send({ 'Client-Cert': asField(mine) }))
    await expectAccepted(scene, send({ 'client-cert': ` ${asField(mine)} ` }))
    await expectRejected(
      scene,
      send({ 'X-Client-Cert': asField(mine) }),
      invalidToken('binding_missing'),
    )
    const wrong = { 'Client-Cert': asField(another) }
    await expectRejected(scene, send(wrong), invalidToken('binding_mismatch'))
  })

  it('MTL-01 uses the field of the proxy, not the certificate of its connection', async () => {
    const scene = await sceneShowing(mine, PROXY)
    const token = await boundTo(scene, mine)
    await expectRejected(scene, scene.ask(`Bearer ${token}`), invalidToken('binding_missing'))
  })

  it('MTL-01 uses a field of another name if configured', async () => {
    const scene = await sceneShowing(undefined, { dangerouslyTrustHeader: 'X-Client-Certificate' })
    const Authorization = `Bearer ${await boundTo(scene, mine)}`
    const named = { Authorization, 'x-client-certificate': asField(mine) }
    await expectAccepted(scene, scene.ask(undefined, { headers: named }))
    const usual = { Authorization, 'Client-Cert': asField(mine) }
    await expectRejected(
      scene,
      scene.ask(undefined, { headers: usual }),
      invalidToken('binding_missing'),
    )
  })

  it('MTL-01 rejects a field that is not exactly one byte sequence', async () => {
    const scene = await sceneShowing(undefined, PROXY)
    const Authorization = `Bearer ${await boundTo(scene, mine)}`
    const base64 = Buffer.from(mine.der).toString('base64')
    const two = new Headers({ Authorization })
    two.append('Client-Cert', asField(mine))
    two.append('Client-Cert', asField(mine))
    await expectRejected(
      scene,
      scene.ask(undefined, { headers: two }),
      invalidToken('binding_missing'),
    )
    for (const value of [
      base64,
      `:${base64}`,
      `${base64}:`,
      `"${base64}"`,
      `:${base64}:;a=1`,
      `:${base64} :`,
      `:${Buffer.from(mine.der).toString('base64url')}:`,
      `::`,
      ':!:',
      encodeURIComponent(mine.pem),
      `:${'A'.repeat(20_000)}:`,
    ]) {
      const headers = { Authorization, 'Client-Cert': value }
      await expectRejected(
        scene,
        scene.ask(undefined, { headers }),
        invalidToken('binding_missing'),
      )
    }
  })

  it('MTL-01 rejects an invalid field name', () => {
    for (const name of ['', 'Client Cert', 'Client-Cert:', 'Client\nCert']) {
      const making = () =>
        protectedResource({
          resource: RESOURCE,
          authorizationServers: ['https://as.example'],
          mtls: { dangerouslyTrustHeader: name },
        })
      expect(making).toThrow(ConfigError)
      expect(making).toThrow(/mtls\.dangerouslyTrustHeader: must be the name of a header field/)
    }
  })
})

describe('the binding', () => {
  it('MTL-02 compares the exact thumbprint', async () => {
    const scene = await sceneShowing(mine)
    const thumbprint = digest(mine.der)
    await expectAccepted(scene, scene.ask(`Bearer ${await boundTo(scene, mine)}`))
    for (const wrong of [
      `${thumbprint}=`,
      Buffer.from(mine.der).toString('base64'),
      Buffer.from(thumbprint, 'base64url').toString('hex'),
      Buffer.from(thumbprint, 'base64url').toString('base64'),
      '',
      5,
      null,
      [thumbprint],
      { value: thumbprint },
    ]) {
      const token = await scene.issuer.token({ cnf: { 'x5t#S256': wrong } })
      await expectRejected(scene, scene.ask(`Bearer ${token}`), invalidToken('binding_unsupported'))
    }
    for (const other of [thumbprint.toLowerCase(), thumbprint.toUpperCase()]) {
      const token = await scene.issuer.token({ cnf: { 'x5t#S256': other } })
      await expectRejected(scene, scene.ask(`Bearer ${token}`), invalidToken('binding_mismatch'))
    }
  })

  it('MTL-02 compares on every request, for a cached token, too', async () => {
    const scene = await sceneShowing(undefined, PROXY)
    const Authorization = `Bearer ${await boundTo(scene, mine)}`
    const send = (certificate: Certificate) =>
      scene.ask(undefined, { headers: { Authorization, 'Client-Cert': asField(certificate) } })
    await expectAccepted(scene, send(mine))
    await expectRejected(scene, send(another), invalidToken('binding_mismatch'))
    await expectAccepted(scene, send(mine))
    expect(scene.events.filter(({ type }) => type === 'accepted')).toMatchObject([
      { cached: false },
      { cached: true },
    ])
  })

  it('MTL-03 rejects another certificate, and a request without one', async () => {
    const other = await sceneShowing(another)
    const token = await boundTo(other, mine)
    await expectRejected(other, other.ask(`Bearer ${token}`), invalidToken('binding_mismatch'))
    const none = await sceneShowing(undefined)
    const unshown = await boundTo(none, mine)
    await expectRejected(none, none.ask(`Bearer ${unshown}`), invalidToken('binding_missing'))
  })

  it('MTL-03 rejects a bound token without a request, unless the certificate is given', async () => {
    const scene = await sceneShowing(undefined)
    const token = await boundTo(scene, mine)
    const error = await verifyAccessToken(token, scene.resource).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(AuthError)
    expect(error).toMatchObject({ code: 'binding_missing', status: 401 })
    const certificate = digest(mine.der)
    await expect(verifyAccessToken(token, scene.resource, { certificate })).resolves.toMatchObject({
      subject: 'user-1',
    })
  })

  it('MTL-03 accepts unbound tokens, unless binding is required', async () => {
    const optional = await sceneShowing(mine)
    await expectAccepted(optional, optional.ask(`Bearer ${await optional.issuer.token()}`))
    const required = await sceneShowing(mine, { required: true })
    const unbound = await required.issuer.token()
    await expectRejected(
      required,
      required.ask(`Bearer ${unbound}`),
      invalidToken('binding_missing'),
    )
    await expectAccepted(required, required.ask(`Bearer ${await boundTo(required, mine)}`))
  })

  it('MTL-03 rejects certificate-bound tokens where mTLS is off', async () => {
    const scene = await sceneShowing(mine, false)
    const token = await boundTo(scene, mine)
    await expectRejected(scene, scene.ask(`Bearer ${token}`), invalidToken('binding_unsupported'))
  })

  it('MTL-03 checks both bindings of a token that is bound twice', async () => {
    const holder = await createHolder()
    const make = async (certificate: Certificate | undefined) => {
      const requirements = { certificate: certificate && digest(certificate.der) }
      const scene = await createScene({ dpop: true, mtls: true, requirements })
      const cnf = { jkt: holder.thumbprint, 'x5t#S256': digest(mine.der) }
      return { scene, token: await boundToken(scene.issuer, holder, { cnf }) }
    }
    const both = await make(mine)
    const headers = await prove(holder, both.token)
    await expectAccepted(both.scene, both.scene.ask(undefined, { headers }))
    expect((await both.scene.ask(`Bearer ${both.token}`)).status).toBe(401)
    expect((await both.scene.ask(`DPoP ${both.token}`)).status).toBe(401)
    for (const certificate of [another, undefined]) {
      const { scene, token } = await make(certificate)
      const good = await prove(holder, token)
      expect((await scene.ask(undefined, { headers: good })).status).toBe(401)
      expect(scene.runs).toEqual([])
    }
    expect(both.scene.runs).toHaveLength(1)
  })
})

describe('hosts without client certificates', () => {
  const made = (mtls: MtlsOptions) =>
    protectedResource({ resource: RESOURCE, authorizationServers: ['https://as.example'], mtls })
  const handler = () => new Response('handled')
  type Source = ProtectedResource | ProtectedResource[]

  it.each([
    ['Bun', (resource) => protectOnBun(resource, handler)],
    ['Deno', (resource) => protectOnDeno(resource, handler)],
  ] satisfies [string, (resource: Source) => unknown][])(
    'MTL-01 throw at start-up on %s',
    (name, protect) => {
      const required = made({ required: true })
      expect(() => protect(required)).toThrow(ConfigError)
      expect(() => protect([required])).toThrow(new RegExp(`${name}.* does not show`))
      expect(() => protect(made({ required: true, ...PROXY }))).not.toThrow()
      expect(() => protect(made({}))).not.toThrow()
    },
  )

  it('MTL-01 reject every request to a resource that is chosen per request', async () => {
    const scene = await createScene({ mtls: { required: true } })
    const serve = protectOnDeno(() => scene.resource, handler)
    const headers = { Authorization: `Bearer ${await boundTo(scene, mine)}` }
    const request = new Request(RESOURCE, { headers })
    await expectRejected(scene, serve(request, {}), invalidToken('binding_missing'))
  })
})

describe('over real TLS', () => {
  it('MTL-04 accepts a self-signed certificate with the right thumbprint', async () => {
    const outcomes: string[] = []
    const scene = await createScene({
      mtls: { required: true },
      audit: ({ outcome }) => void outcomes.push(outcome),
    })
    let runs = 0
    const listener = protectOnNode(scene.resource, () => {
      runs += 1
      return new Response('done')
    })
    const identity = createCertificate()
    const options = { key: identity.key, cert: identity.pem, requestCert: true }
    const server = createServer({ ...options, rejectUnauthorized: false }, listener)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const token = await boundTo(scene, mine)
    try {
      const send = (certificate: Certificate | undefined) =>
        post(port, token, identity, certificate)
      expect(await send(mine)).toEqual({ status: 200, challenge: undefined })
      const challenge = bearerChallenge('invalid_token', undefined, METADATA_URL)
      expect(await send(another)).toEqual({ status: 401, challenge })
      expect(await send(undefined)).toEqual({ status: 401, challenge })
      expect(runs).toBe(1)
      expect(scene.events.flatMap((event) => (event.type === 'refused' ? event.code : []))).toEqual(
        ['binding_mismatch', 'binding_missing'],
      )
      expect(outcomes).toEqual(['allowed', 'rejected', 'rejected'])
    } finally {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    }
  })
})

/** A POST over TLS, with a client certificate or without. */
function post(
  port: number,
  token: string,
  server: Certificate,
  client: Certificate | undefined,
): Promise<{ status: number | undefined; challenge: string | undefined }> {
  return new Promise((resolve, reject) => {
    const call = requestOverTls(
      {
        host: '127.0.0.1',
        port,
        path: '/mcp',
        method: 'POST',
        ca: server.pem,
        agent: false,
        headers: { Authorization: `Bearer ${token}`, 'Client-Cert': asField(mine) },
        ...(client && { key: client.key, cert: client.pem }),
      },
      (response) => {
        response.resume()
        const challenge = response.headers['www-authenticate']
        response.on('end', () => resolve({ status: response.statusCode, challenge }))
      },
    )
    call.on('error', reject)
    call.end('{}')
  })
}

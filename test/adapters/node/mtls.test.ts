import { createHash } from 'node:crypto'
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import https from 'node:https'
import { describe, expect, test } from 'vitest'
import { bearerAuth, protect } from '../../../adapters/node/index.ts'
import type { ProtectedResource } from '../../../src/index.ts'
import { createCertificate } from '../../support/certificate.ts'
import type { Received } from '../../support/http-client.ts'
import { METADATA_URL } from '../../support/issuer.ts'
import { asResponse, bearer, portOf, start } from '../../support/node-server.ts'
import { expectRejection } from '../../support/rejection.ts'
import { setUp } from '../../support/setup-resource.ts'

describe('mutual TLS on Node', () => {
  test.each([
    [
      'protect()',
      (resource: ProtectedResource) => protect(resource, () => new Response('handled')),
    ],
    [
      'bearerAuth()',
      (resource: ProtectedResource) => {
        const guard = bearerAuth(resource)
        return (req: IncomingMessage, res: ServerResponse) =>
          guard(req, res, () => res.end('handled'))
      },
    ],
  ])('%s takes the certificate from the socket', async (_title, listenerFor) => {
    const { resource, issuer } = await setUp({ options: { mtls: { required: true } } })
    const listener = listenerFor(resource)
    const certificate = createCertificate()
    const identity = { key: certificate.key, cert: certificate.pem }
    const tls = { ...identity, requestCert: true, rejectUnauthorized: false }
    const server = await start(https.createServer(tls, listener))
    const thumbprint = createHash('sha256').update(certificate.der).digest('base64url')
    const bound = { 'x5t#S256': thumbprint }
    const other = { 'x5t#S256': 'A'.repeat(43) }
    const ask = async (cnf: object | undefined, client: object): Promise<Received> => {
      const headers = bearer(await issuer.token({ cnf }))
      const port = portOf(server)
      const asked = https.get({
        port,
        path: '/mcp',
        headers,
        ca: certificate.pem,
        host: '127.0.0.1',
        agent: false,
        ...client,
      })
      const [response] = (await once(asked, 'response')) as [IncomingMessage]
      const body = Buffer.concat(await response.toArray())
      const sent = Object.entries(response.headers).map(([name, value]) => [name, String(value)])
      return { status: response.statusCode ?? 0, headers: Object.fromEntries(sent), body }
    }
    expect((await ask(bound, identity)).body.toString()).toBe('handled')
    for (const [cnf, client] of [
      [bound, {}],
      [other, identity],
      [undefined, identity],
    ] as const) {
      const rejection = asResponse(await ask(cnf, client))
      const expected = { status: 401, error: 'invalid_token', resourceMetadata: METADATA_URL }
      await expectRejection(rejection, expected)
    }
  })
})

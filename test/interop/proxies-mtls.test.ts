/** Proxies that end mutual TLS and send the certificate, with the lines of docs/guides/mtls.md. */

import { createServer } from 'node:http'
import { request as openTls } from 'node:https'
import { afterEach, describe, expect, it } from 'vitest'
import { protect } from '../../adapters/node/index.ts'
import type { CertificateFormat } from '../../src/index.ts'
import { digest } from '../support/holder.ts'
import { METADATA_URL } from '../support/issuer.ts'
import { portOf, start } from '../support/node-server.ts'
import { bearerChallenge } from '../support/rejection.ts'
import { createScene } from '../support/scene.ts'
import {
  blocksOf,
  createClientCertificate,
  has,
  type ProxyName,
  type RunningProxy,
  startProxy,
} from './proxies.ts'

const running: RunningProxy[] = []
afterEach(async () => {
  for (const proxy of running.splice(0)) await proxy.stop()
})

const PROXIES: readonly [ProxyName, language: string, CertificateFormat, missing: RegExp][] = [
  ['nginx', 'nginx', 'pem-urlencoded', /^undefined$/],
  ['apache2', 'apache', 'pem', /^\(null\)$/],
  ['haproxy', 'haproxy', 'base64-der', /^undefined$/],
  ['caddy', 'caddyfile', 'base64-der', /^$|^undefined$|^\{.*\}$/],
]

describe.each(PROXIES)('%s', (name, language, format, missing) => {
  it.skipIf(!has(name))(
    'MTL-01 sends the certificate of the connection, and no other',
    async () => {
      const mtls = { required: true, dangerouslyTrustHeader: 'Client-Cert', format }
      const scene = await createScene({ mtls })
      let runs = 0
      const seen: (string | undefined)[] = []
      const guarded = protect(scene.resource, () => {
        runs += 1
        return new Response('done')
      })
      const backend = await start(
        createServer({ maxHeaderSize: 65_536 }, (req, res) => {
          seen.push(req.headers['client-cert'] as string | undefined)
          return guarded(req, res)
        }),
      )
      const [lines = ''] = await blocksOf('mtls', language)
      const proxy = await startProxy(name, lines, { guard: portOf(backend), server: 1 })
      running.push(proxy)
      // More than 45 lines of PEM.
      const [mine, other, long] = [
        await createClientCertificate(1),
        await createClientCertificate(1),
        await createClientCertificate(60),
      ]
      expect(long.pem.split('\n').length).toBeGreaterThan(45)
      const challenge = bearerChallenge('invalid_token', undefined, METADATA_URL)
      for (const holder of [mine, long]) {
        const token = await scene.issuer.token({ cnf: { 'x5t#S256': digest(holder.der) } })
        const forged = {
          'Client-Cert': holder.der.toString('base64'),
          Client_Cert: holder.der.toString('base64'),
        }
        expect(await post(proxy, token, holder)).toEqual({ status: 200, challenge: undefined })
        expect(await post(proxy, token, other)).toEqual({ status: 401, challenge })
        expect(await post(proxy, token, undefined)).toEqual({ status: 401, challenge })
        expect(String(seen.at(-1))).toMatch(missing)
        expect(await post(proxy, token, other, forged)).toEqual({ status: 401, challenge })
        expect(await post(proxy, token, undefined, forged)).toEqual({ status: 401, challenge })
        expect(String(seen.at(-1))).toMatch(missing)
      }
      expect(runs).toBe(2)
    },
  )
})

interface Holder {
  readonly pem: string
  readonly key: string
}

function post(
  { port, ca }: RunningProxy,
  token: string,
  client: Holder | undefined,
  headers: Record<string, string> = {},
): Promise<{ status: number | undefined; challenge: string | undefined }> {
  return new Promise((resolve, reject) => {
    const call = openTls(
      {
        host: '127.0.0.1',
        servername: 'localhost',
        port,
        path: '/mcp',
        method: 'POST',
        ca,
        agent: false,
        headers: { Host: `localhost:${port}`, Authorization: `Bearer ${token}`, ...headers },
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

/**
 * nginx terminates mutual TLS and sends the certificate in `Client-Cert` (RFC 9440), configured as in
 * docs/guides/mtls.md. Skipped without nginx.
 */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { request as requestOverTls } from 'node:https'
import { type AddressInfo, createServer as createSocketServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { protect } from '../../adapters/node/index.ts'
import { type Certificate, createCertificate } from '../support/certificate.ts'
import { digest } from '../support/holder.ts'
import { METADATA_URL } from '../support/issuer.ts'
import { bearerChallenge } from '../support/rejection.ts'
import { createScene, type Scene } from '../support/scene.ts'

const hasNginx = spawnSync('nginx', ['-v']).status === 0
if (!hasNginx) console.log('Skipped: there is no nginx on the PATH to end mutual TLS.')

describe.skipIf(!hasNginx)('behind nginx', () => {
  const identity = createCertificate()
  const mine = createCertificate('mine')
  const another = createCertificate('another')
  let scene: Scene
  let folder: string
  let nginx: ChildProcess
  let port: number
  let closeBackend: () => Promise<void>
  let runs = 0

  beforeAll(async () => {
    const mtls = { required: true, dangerouslyTrustHeader: 'Client-Cert' }
    scene = await createScene({ mtls })
    const backend = createServer(
      protect(scene.resource, () => {
        runs += 1
        return new Response('done')
      }),
    )
    await new Promise<void>((resolve) => backend.listen(0, '127.0.0.1', resolve))
    closeBackend = () => new Promise((resolve) => backend.close(() => resolve()))
    port = await freePort()
    folder = await mkdtemp(join(tmpdir(), 'gatehouse-nginx-'))
    const { port: behind } = backend.address() as AddressInfo
    await writeFile(join(folder, 'cert.pem'), identity.pem)
    await writeFile(join(folder, 'key.pem'), identity.key)
    await writeFile(join(folder, 'nginx.conf'), await configuration(folder, port, behind))
    nginx = spawn('nginx', ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', 'stderr'])
    await untilListening(port, nginx)
  })

  afterAll(async () => {
    nginx?.kill('SIGTERM')
    await closeBackend?.()
    await rm(folder, { recursive: true, force: true })
  })

  it('MTL-01 accepts the certificate that the token is bound to, and no other', async () => {
    const token = await scene.issuer.token({ cnf: { 'x5t#S256': digest(mine.der) } })
    expect(await post(token, mine)).toEqual({ status: 200, challenge: undefined })
    const challenge = bearerChallenge('invalid_token', undefined, METADATA_URL)
    expect(await post(token, another)).toEqual({ status: 401, challenge })
    expect(await post(token, undefined)).toEqual({ status: 401, challenge })
    expect(runs).toBe(1)
  })

  it('MTL-01 rejects a certificate that is too long without delay', async () => {
    const long = createCertificate('x'.repeat(2500))
    const token = await scene.issuer.token({ cnf: { 'x5t#S256': digest(long.der) } })
    expect((await post(token, long)).status).toBe(401)
  })

  it('MTL-01 never receives a Client-Cert field of the client', async () => {
    const token = await scene.issuer.token({ cnf: { 'x5t#S256': digest(mine.der) } })
    const forged = { 'Client-Cert': `:${Buffer.from(mine.der).toString('base64')}:` }
    const before = runs
    for (const certificate of [another, undefined]) {
      expect((await post(token, certificate, forged)).status).toBe(401)
    }
    expect(runs).toBe(before)
  })

  function post(
    token: string,
    client: Certificate | undefined,
    headers: Record<string, string> = {},
  ): Promise<{ status: number | undefined; challenge: string | undefined }> {
    return new Promise((resolve, reject) => {
      const call = requestOverTls(
        {
          host: '127.0.0.1',
          port,
          path: '/mcp',
          method: 'POST',
          ca: identity.pem,
          agent: false,
          headers: { Authorization: `Bearer ${token}`, ...headers },
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
})

/** The configuration of the guide, completed for a test. */
async function configuration(folder: string, port: number, backend: number): Promise<string> {
  const guide = await readFile(new URL('../../docs/guides/mtls.md', import.meta.url), 'utf8')
  const shown = /```nginx\n([\s\S]*?)```/.exec(guide)?.[1]
  if (shown === undefined) throw new Error('The guide shows no configuration for nginx.')
  const adapted = shown
    .replace(/listen 443 ssl;/, `listen 127.0.0.1:${port} ssl;`)
    .replace(/server_name [^;]*;/, '')
    .replace(/ssl_certificate [^;]*;/, `ssl_certificate ${folder}/cert.pem;`)
    .replace(/ssl_certificate_key [^;]*;/, `ssl_certificate_key ${folder}/key.pem;`)
    .replace(/proxy_pass [^;]*;/, `proxy_pass http://127.0.0.1:${backend};`)
  const places = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${folder}/${name};`)
    .join('\n')
  return `daemon off;\nmaster_process off;\npid ${folder}/pid;\nevents {}\nhttp {\naccess_log off;\n${places}\n${adapted}\n}\n`
}

async function freePort(): Promise<number> {
  const server = createSocketServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** Polls until nginx is ready: it prints nothing. */
async function untilListening(port: number, nginx: ChildProcess): Promise<void> {
  let said = ''
  nginx.stderr?.on('data', (text) => {
    said += text
  })
  for (;;) {
    if (nginx.exitCode !== null) throw new Error(`nginx went away: ${said}`)
    const isUp = await new Promise<boolean>((resolve) => {
      const call = requestOverTls(
        { host: '127.0.0.1', port, rejectUnauthorized: false, agent: false },
        (response) => {
          response.resume()
          resolve(true)
        },
      )
      call.on('error', () => resolve(false))
      call.end()
    })
    if (isUp) return
    await new Promise((resolve) => setImmediate(resolve))
  }
}

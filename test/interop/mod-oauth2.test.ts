/** The hostile table of tokens at the guard, and at Apache httpd with mod_oauth2 where it is installed. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { START } from '../support/clock.ts'
import { ISSUER, RESOURCE, type SigningKey } from '../support/issuer.ts'
import { freePort, isListening } from '../support/ports.ts'
import { createScene, rejectionCodes } from '../support/scene.ts'
import { buildModOauth2Page, TOKENS } from './mod-oauth2.ts'

const MODULES = '/usr/lib/apache2/modules'
const isInstalled = existsSync(`${MODULES}/mod_oauth2.so`) && existsSync('/usr/sbin/apache2')
if (!isInstalled) console.log('Skipped: libapache2-mod-oauth2 is not installed.')

describe('at the guard', () => {
  it.each(TOKENS)('$name: $guard', async ({ guard, make }) => {
    const scene = await createScene()
    const { status } = await scene.ask(`Bearer ${await make(scene.issuer.key, START)}`)
    expect({ status, code: rejectionCodes(scene).at(-1) }).toEqual({
      status: guard === undefined ? 200 : 401,
      code: guard,
    })
    expect(scene.runs).toHaveLength(guard === undefined ? 1 : 0)
  })
})

describe('docs/mod-oauth2.md', () => {
  it('is up to date (else: npm run docs)', () => {
    const page = readFileSync(new URL('../../docs/mod-oauth2.md', import.meta.url), 'utf8')
    expect(page).toBe(buildModOauth2Page())
  })
})

describe.skipIf(!isInstalled)('at Apache httpd with mod_oauth2', () => {
  let apache: { readonly port: number; stop(): Promise<void> }
  let keys: Server
  let key: SigningKey

  beforeAll(async () => {
    key = (await createScene()).issuer.key
    keys = createServer((_request, response) => {
      response.setHeader('Content-Type', 'application/json')
      response.end(JSON.stringify({ keys: [key.jwk] }))
    }).listen(0, '127.0.0.1')
    await once(keys, 'listening')
    apache = await startApache(`http://127.0.0.1:${portOf(keys)}/jwks`)
  })
  afterAll(async () => {
    await apache.stop()
    keys.close()
  })

  it.each(TOKENS)('$name: $modOauth2', async ({ modOauth2, make }) => {
    const headers = { Authorization: `Bearer ${await make(key, Math.floor(Date.now() / 1000))}` }
    const response = await fetch(`http://127.0.0.1:${apache.port}/`, { headers })
    // There is no document: 404 comes after authorization.
    expect(response.status === 404 ? 'accepted' : 'rejected').toBe(modOauth2)
  })
})

async function startApache(jwksUri: string) {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-mod-oauth2-'))
  await chmod(folder, 0o755)
  const port = await freePort()
  const modules = ['mpm_event', 'authn_core', 'authz_core', 'authz_user', 'oauth2']
  const config = [
    `ServerRoot ${folder}`,
    'ServerName 127.0.0.1',
    `Listen 127.0.0.1:${port}`,
    `PidFile ${folder}/pid`,
    ...(process.getuid?.() === 0 ? ['User www-data', 'Group www-data'] : []),
    `DefaultRuntimeDir ${folder}`,
    `Mutex file:${folder} default`,
    `ErrorLog ${folder}/error.log`,
    `DocumentRoot ${folder}`,
    ...modules.map((name) => `LoadModule ${name}_module ${MODULES}/mod_${name}.so`),
    '<Location />',
    '  AuthType oauth2',
    `  OAuth2TokenVerify jwks_uri ${jwksUri}`,
    '  <RequireAll>',
    `    Require oauth2_claim iss:${ISSUER}`,
    `    Require oauth2_claim aud:${RESOURCE}`,
    '  </RequireAll>',
    '</Location>',
  ]
  await writeFile(join(folder, 'config'), config.join('\n'))
  const argv = ['-f', join(folder, 'config'), '-D', 'FOREGROUND']
  const child = spawn('/usr/sbin/apache2', argv, { stdio: 'ignore' })
  const exited = once(child, 'exit')
  while (!(await isListening(port))) {
    if (child.exitCode !== null) throw new Error(readFileSync(`${folder}/error.log`, 'utf8'))
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return {
    port,
    async stop() {
      child.kill('SIGTERM')
      await exited
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port
}

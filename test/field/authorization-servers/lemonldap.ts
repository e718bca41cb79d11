/** Starts LemonLDAP::NG of Debian with its demonstration users, two clients and two that introspect. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../support/ports.ts'
import { type Page, REDIRECT, RESOURCE } from './referee.ts'

export interface Lemonldap {
  /** With a slash at its end, as the server writes it. */
  readonly issuer: string
  /** Replaces the signing key, as the manager does. */
  rotate(): Promise<void>
  stop(): Promise<void>
}

/** JWTs for `app`, opaque tokens for `opaque`. The others introspect: `mailer` knows users by their address. */
export const SECRETS = { app: '', opaque: '', notes: 'secret-of-notes', mailer: 'secret-of-mailer' }

const DEFAULTS = '/var/lib/lemonldap-ng/conf/lmConf-1.json'
const PORTAL = '/usr/share/lemonldap-ng/portal'
const NEEDED = ['Lemonldap::NG::Portal::Main', 'Plack', 'String::Random', 'IO::String']
/** The portal loads a captcha at its start, and its own one needs two graphics libraries. */
const CAPTCHA = `package NoCaptcha;
use Mouse;
extends 'Lemonldap::NG::Portal::Main::Plugin';
sub init { 1 }
1;
`

export const hasLemonldap =
  spawnSync('perl', [...NEEDED.map((name) => `-M${name}`), '-e', '1']).status === 0

export async function startLemonldap(): Promise<Lemonldap> {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-lemonldap-'))
  const port = await freePort()
  const issuer = `http://127.0.0.1:${port}/`
  for (const name of ['conf', 'sessions/lock', 'persistent/lock', 'cache', 'lib']) {
    mkdirSync(join(folder, name), { recursive: true })
  }
  writeFileSync(join(folder, 'lib/NoCaptcha.pm'), CAPTCHA)
  writeFileSync(join(folder, 'lemonldap-ng.ini'), buildIni(folder))
  writeConfiguration(folder, issuer, 'key-1')
  let child = await start(folder, port)
  const end = async (): Promise<void> => {
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  return {
    issuer,
    async rotate() {
      await end()
      rmSync(join(folder, 'cache'), { recursive: true })
      writeConfiguration(folder, issuer, 'key-2')
      child = await start(folder, port)
    },
    async stop() {
      await end()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Fills in the login form. The names of the demonstration users are their passwords. */
export async function visitAs(
  user: string,
  { url, text, cookie, remember }: Page,
): Promise<string | undefined> {
  const form = new URLSearchParams({ user, password: user })
  for (const [, name = '', value = ''] of text.matchAll(
    /<input type="hidden" name="([^"]+)"[^>]*value="([^"]*)"/g,
  )) {
    form.set(name, value)
  }
  const headers = { Accept: 'text/html', Cookie: cookie }
  const response = await fetch(url, { method: 'POST', headers, body: form, redirect: 'manual' })
  remember(response)
  return response.headers.get('Location') ?? undefined
}

async function start(folder: string, port: number): Promise<ChildProcess> {
  const argv = ['-I', join(folder, 'lib'), '-s', 'HTTP::Server::PSGI', '-E', 'production']
  const address = ['--host', '127.0.0.1', '--port', String(port)]
  const child = spawn('plackup', [...argv, ...address, join(PORTAL, 'htdocs/index.psgi')], {
    env: { ...process.env, LLNG_DEFAULTCONFFILE: join(folder, 'lemonldap-ng.ini') },
    stdio: 'ignore',
  })
  for (let tries = 0; tries < 600; tries += 1) {
    if (child.exitCode !== null) throw new Error(`plackup ended with ${child.exitCode}`)
    const isUp = await fetch(`http://127.0.0.1:${port}/oauth2/jwks`).then(
      ({ ok }) => ok,
      () => false,
    )
    if (isUp) return child
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error('LemonLDAP::NG did not start.')
}

function buildIni(folder: string): string {
  const cache = `'namespace' => 'conf', 'default_expires_in' => 600, 'cache_root' => '${folder}/cache', 'cache_depth' => 3`
  return `
[all]
logLevel = error
[configuration]
type = File
dirName = ${folder}/conf
localStorage = Cache::FileCache
localStorageOptions = { ${cache}, 'directory_umask' => '007' }
[portal]
staticPrefix = /static
templateDir = ${PORTAL}/templates
languages = en
[handler]
status = 0
`
}

function writeConfiguration(folder: string, portal: string, keyId: string): void {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
  const storage = (name: string) => ({
    Directory: `${folder}/${name}`,
    LockDirectory: `${folder}/${name}/lock`,
    generateModule: 'Lemonldap::NG::Common::Apache::Session::Generate::SHA256',
  })
  const forEachClient = (value: object) =>
    Object.fromEntries(Object.keys(SECRETS).map((name) => [name, value]))
  const configuration = {
    ...(JSON.parse(readFileSync(DEFAULTS, 'utf8')) as object),
    portal,
    domain: '127.0.0.1',
    globalStorageOptions: storage('sessions'),
    persistentStorageOptions: storage('persistent'),
    localSessionStorageOptions: {
      cache_root: `${folder}/cache`,
      cache_depth: 3,
      default_expires_in: 600,
      directory_umask: '007',
      namespace: 'sessions',
    },
    requireToken: 0,
    captcha: 'NoCaptcha',
    registerDB: 'Null',
    passwordDB: 'Null',
    issuerDBOpenIDConnectActivation: 1,
    oidcServicePrivateKeySig: privateKey,
    oidcServicePublicKeySig: publicKey,
    oidcServiceKeyIdSig: keyId,
    oidcServiceAllowAuthorizationCodeFlow: 1,
    oidcRPMetaDataOptions: Object.fromEntries(
      Object.entries(SECRETS).map(([name, secret]) => [name, buildClient(name, secret)]),
    ),
    oidcRPMetaDataExportedVars: forEachClient({}),
    // A scope is granted where its rule holds for the user.
    oidcRPMetaDataScopeRules: forEachClient({
      'notes:read': '1',
      'notes:write': '$uid eq "rtyler"',
    }),
  }
  writeFileSync(join(folder, 'conf/lmConf-1.json'), JSON.stringify(configuration))
}

function buildClient(name: string, secret: string): object {
  const options = {
    ClientID: name,
    ...(secret === '' ? { Public: 1, RequirePKCE: 1 } : { ClientSecret: secret }),
    RedirectUris: REDIRECT,
    BypassConsent: 1,
    RefreshToken: 1,
    IDTokenSignAlg: 'RS256',
    AccessTokenJWT: name === 'app' ? 1 : 0,
    AccessTokenSignAlg: 'RS256',
    AdditionalAudiences: name === 'app' ? RESOURCE : '',
    ...(name === 'mailer' && { UserIDAttr: 'mail' }),
  }
  const entries = Object.entries(options).map(([key, value]) => [
    `oidcRPMetaDataOptions${key}`,
    value,
  ])
  return Object.fromEntries(entries)
}

/** Starts Glewlwyd of Debian with a database of its own, one user and three clients. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { exportJWK, generateKeyPair } from 'jose'
import { freePort } from '../../support/ports.ts'
import { REDIRECT } from './referee.ts'

export interface Glewlwyd {
  readonly issuer: string
  /** Of the session of the user, for the pages of the server. */
  readonly cookie: string
  stop(): Promise<void>
}

/** A public client, a confidential one, and one that introspects only. */
export const CLIENTS = { app: '', web: 'secret-of-web', notes: 'secret-of-notes' }

const SCHEMA = '/usr/share/dbconfig-common/data/glewlwyd/install/sqlite3'

export const hasGlewlwyd = spawnSync('glewlwyd', ['--version']).error === undefined

/** @param resources the resources that tokens with the scope `notes:read` may be for */
export async function startGlewlwyd(resources: readonly string[]): Promise<Glewlwyd> {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-glewlwyd-'))
  const origin = `http://127.0.0.1:${await freePort()}`
  const database = new DatabaseSync(join(folder, 'glewlwyd.db'))
  database.exec(readFileSync(SCHEMA, 'utf8'))
  database.close()
  writeFileSync(join(folder, 'glewlwyd.conf'), configOf(origin, folder))
  const child = spawn('glewlwyd', ['--config-file', join(folder, 'glewlwyd.conf')], {
    stdio: 'ignore',
  })
  await waitFor(`${origin}/api/`, child)
  const issuer = await configure(origin, resources)
  return {
    issuer,
    cookie: await openSession(origin, 'user-1', 'password of user-1'),
    async stop() {
      child.kill('SIGKILL')
      await once(child, 'exit')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function configOf(origin: string, folder: string): string {
  const { port } = new URL(origin)
  const modules = '/usr/lib/glewlwyd'
  return `
port=${port}
bind_address="127.0.0.1"
external_url="${origin}"
login_url="login.html"
api_prefix="api"
static_files_path="/usr/share/glewlwyd/webapp/"
log_mode="console"
log_level="NONE"
cookie_domain="127.0.0.1"
cookie_secure=0
session_expiration=3600
session_key="GLEWLWYD2_SESSION_ID"
admin_scope="g_admin"
profile_scope="g_profile"
user_module_path="${modules}/user"
user_middleware_module_path="${modules}/user_middleware"
client_module_path="${modules}/client"
user_auth_scheme_module_path="${modules}/scheme"
plugin_module_path="${modules}/plugin"
hash_algorithm="SHA512"
database =
{
  type = "sqlite3"
  path = "${folder}/glewlwyd.db"
};
static_files_mime_types = ( { extension = ".html" mime_type = "text/html" compress = 0 } )
`
}

async function waitFor(url: string, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    if (child.exitCode !== null) throw new Error(`glewlwyd ended with ${child.exitCode}`)
    if (
      await fetch(url).then(
        () => true,
        () => false,
      )
    )
      return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error('glewlwyd did not start.')
}

async function configure(origin: string, resources: readonly string[]): Promise<string> {
  const issuer = `${origin}/api/oidc`
  const cookie = await openSession(origin, 'admin', 'password')
  const add = (path: string, body: object) => send(`${origin}/api${path}`, 'POST', cookie, body)
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  const key = { ...(await exportJWK(privateKey)), kid: 'key-1', alg: 'ES256' }
  await add('/scope', {
    name: 'notes:read',
    display_name: 'Notes',
    description: 'Read notes',
    password_required: false,
    scheme: {},
  })
  await add('/user', {
    username: 'user-1',
    name: 'User',
    password: 'password of user-1',
    enabled: true,
    scope: ['openid', 'g_profile', 'notes:read'],
  })
  for (const [name, password] of Object.entries(CLIENTS)) {
    await add('/client', {
      client_id: name,
      name,
      enabled: true,
      confidential: password !== '',
      ...(password !== '' && { password, token_endpoint_auth_method: ['client_secret_basic'] }),
      // A client may introspect if it may use the client credentials grant.
      authorization_type: [
        'code',
        'refresh_token',
        ...(password === '' ? [] : ['client_credentials']),
      ],
      redirect_uri: [REDIRECT],
      scope: [],
    })
  }
  await add('/mod/plugin/', {
    module: 'oidc',
    name: 'oidc',
    display_name: 'OpenID Connect',
    parameters: {
      iss: issuer,
      'jwks-private': JSON.stringify({ keys: [key] }),
      'jwks-show': true,
      'access-token-duration': 3600,
      'refresh-token-duration': 86_400,
      'code-duration': 600,
      'allow-non-oidc': true,
      'auth-type-code-enabled': true,
      'auth-type-client-enabled': true,
      'auth-type-refresh-enabled': true,
      'pkce-allowed': true,
      'pkce-method-plain-allowed': false,
      'introspection-revocation-allowed': true,
      'introspection-revocation-allow-target-client': true,
      'oauth-dpop-allowed': true,
      'oauth-dpop-iat-duration': 60,
      'oauth-dpop-nonce-mandatory': true,
      'oauth-dpop-nonce-counter': 10,
      'resource-allowed': true,
      'resource-scope': { 'notes:read': resources },
      'subject-type': 'public',
    },
  })
  const user = await openSession(origin, 'user-1', 'password of user-1')
  for (const client of ['app', 'web']) {
    await send(`${origin}/api/auth/grant/${client}`, 'PUT', user, { scope: 'notes:read' })
  }
  return issuer
}

async function openSession(origin: string, username: string, password: string): Promise<string> {
  const response = await send(`${origin}/api/auth/`, 'POST', '', { username, password })
  return response.headers.getSetCookie()[0]?.split(';')[0] ?? ''
}

async function send(url: string, method: string, cookie: string, body: object): Promise<Response> {
  const headers = { 'Content-Type': 'application/json', Cookie: cookie }
  const response = await fetch(url, { method, headers, body: JSON.stringify(body) })
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${await response.text()}`)
  return response
}

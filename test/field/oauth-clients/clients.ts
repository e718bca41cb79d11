/** OAuth clients of Debian and npm, each behind the same job. */

import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import * as openid from 'openid-client'
import { AuthorizationCode } from 'simple-oauth2'

export interface Job {
  readonly issuer: string
  readonly client: string
  readonly secret?: string
  readonly redirect: string
  readonly scope: string
  readonly resource: string
  readonly verifier: string
  readonly challenge: string
  /** Binds the tokens to a key for it, where the client has DPoP. The outcome then has a proof for the resource. */
  readonly algorithm?: string
}

export interface Tokens {
  readonly access_token: string
  readonly refresh_token: string
}

/** The tokens of a login and of a refresh, or a message. */
export type Outcome = readonly [Tokens, Tokens, proof?: string] | string

/** What a browser does: it opens the URL, and returns the one that it was sent back to. */
export type Browse = (url: string) => Promise<URL>

export interface Client {
  readonly name: string
  readonly isThere: boolean
  /** Whether its `Basic` is not form-encoded, as RFC 6749 §2.3.1 requires. */
  readonly sendsSecretAsItIs?: true
  /** Those of its DPoP proofs, as it names them. */
  readonly algorithms?: readonly string[]
  logIn(job: Job, browse: Browse): Promise<Outcome>
}

const PYTHON = '/usr/bin/python3'
const PROGRAMS = join(import.meta.dirname, 'clients')
const GO_OAUTH2 = '/usr/share/gocode/src/golang.org/x/oauth2/oauth2.go'
const work = mkdtempSync(join(tmpdir(), 'gatehouse-clients-'))
process.once('exit', () => rmSync(work, { recursive: true, force: true }))

export const CLIENTS: readonly Client[] = [
  {
    ...program('requests-oauthlib', [PYTHON, join(PROGRAMS, 'python.py'), 'requests-oauthlib']),
    isThere: succeeds(PYTHON, ['-c', 'import requests_oauthlib']),
    sendsSecretAsItIs: true,
  },
  {
    ...program('Authlib', [PYTHON, join(PROGRAMS, 'python.py'), 'authlib']),
    isThere: succeeds(PYTHON, ['-c', 'import authlib, requests']),
    sendsSecretAsItIs: true,
  },
  {
    ...program('oauth2 for Ruby', ['ruby', join(PROGRAMS, 'ruby.rb'), 'oauth2']),
    isThere: succeeds('ruby', ['-e', "require 'oauth2'"]),
  },
  {
    ...program('rack-oauth2', ['ruby', join(PROGRAMS, 'ruby.rb'), 'rack-oauth2']),
    isThere: succeeds('ruby', ['-e', "require 'rack/oauth2'"]),
  },
  {
    ...program('Net::OAuth2', ['perl', join(PROGRAMS, 'perl.pl')]),
    isThere: succeeds('perl', ['-MNet::OAuth2::Profile::WebServer', '-e', '1']),
  },
  {
    name: 'golang.org/x/oauth2',
    isThere: succeeds('go', ['version']) && succeeds('test', ['-e', GO_OAUTH2]),
    logIn: (job, browse) => runProgram([goProgram()], job, browse),
  },
  {
    name: 'Iddawc',
    isThere: succeeds('gcc', ['--version']) && succeeds('test', ['-e', '/usr/include/iddawc.h']),
    sendsSecretAsItIs: true,
    algorithms: ['ES256', 'PS256', 'EdDSA'],
    logIn: (job, browse) => runProgram([cProgram()], job, browse),
  },
  { name: 'openid-client', isThere: true, logIn: logInWithOpenidClient },
  { name: 'simple-oauth2', isThere: true, logIn: logInWithSimpleOauth2 },
]

function program(name: string, command: readonly string[]): Omit<Client, 'isThere'> {
  return { name, logIn: (job, browse) => runProgram(command, job, browse) }
}

/** The program prints the URL to open, reads where the browser was sent, and prints the outcome. */
async function runProgram(
  [file = '', ...argv]: readonly string[],
  job: Job,
  browse: Browse,
): Promise<Outcome> {
  const child: ChildProcessWithoutNullStreams = spawn(file, [...argv, JSON.stringify(job)])
  const ended = once(child, 'exit')
  child.stderr.pipe(process.stderr)
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const { value: url = '' } = await lines.next()
  child.stdin.end(`${await browse(url)}\n`)
  const { value: outcome = '' } = await lines.next()
  await ended
  return JSON.parse(outcome) as Outcome
}

async function logInWithOpenidClient(job: Job, browse: Browse): Promise<Outcome> {
  const config = await discover(job)
  const url = openid.buildAuthorizationUrl(config, {
    redirect_uri: job.redirect,
    scope: job.scope,
    resource: job.resource,
    state: 'state-1',
    code_challenge: job.challenge,
    code_challenge_method: 'S256',
  })
  const checks = { pkceCodeVerifier: job.verifier, expectedState: 'state-1' }
  const { resource } = job
  const before = await openid.authorizationCodeGrant(config, await browse(url.href), checks, {
    resource,
  })
  const after = await openid.refreshTokenGrant(config, before.refresh_token ?? '', { resource })
  return [before as Tokens, after as Tokens]
}

export async function discover({
  issuer,
  client,
  secret,
}: Pick<Job, 'issuer' | 'client' | 'secret'>): Promise<openid.Configuration> {
  const authentication = secret === undefined ? openid.None() : openid.ClientSecretBasic(secret)
  return openid.discovery(new URL(issuer), client, secret, authentication, {
    algorithm: 'oauth2',
    execute: [openid.allowInsecureRequests],
  })
}

async function logInWithSimpleOauth2(job: Job, browse: Browse): Promise<Outcome> {
  const { issuer, redirect, scope, resource, verifier, challenge } = job
  const client = new AuthorizationCode({
    client: { id: job.client, secret: job.secret ?? '' },
    auth: { tokenHost: issuer, tokenPath: '/token', authorizePath: '/authorize' },
  })
  const url = client.authorizeURL({
    redirect_uri: redirect,
    scope,
    state: 'state-1',
    code_challenge: challenge,
    code_challenge_method: 'S256',
    resource,
  } as never)
  const back = await browse(url)
  const code = back.searchParams.get('code') ?? ''
  const before = await client.getToken({
    code,
    redirect_uri: redirect,
    code_verifier: verifier,
    resource,
  } as never)
  const after = await before.refresh()
  return [before.token as never, after.token as never]
}

function goProgram(): string {
  const binary = join(work, 'go')
  const env = {
    ...process.env,
    GO111MODULE: 'off',
    GOPATH: '/usr/share/gocode',
    GOCACHE: join(work, 'cache'),
  }
  const source = join(PROGRAMS, 'go.go')
  const { status, stderr } = spawnSync('go', ['build', '-o', binary, source], { env })
  if (status !== 0) throw new Error(String(stderr))
  return binary
}

function cProgram(): string {
  const binary = join(work, 'c')
  const libraries = ['-liddawc', '-lrhonabwy', '-lulfius', '-ljansson']
  const argv = ['-o', binary, join(PROGRAMS, 'c.c'), ...libraries]
  const { status, stderr } = spawnSync('gcc', argv)
  if (status !== 0) throw new Error(String(stderr))
  return binary
}

function succeeds(command: string, argv: readonly string[]): boolean {
  return spawnSync(command, argv).status === 0
}

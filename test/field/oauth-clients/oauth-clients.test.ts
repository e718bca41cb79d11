/**
 * OAuth client libraries of Python, Ruby, Perl, Go, C and JavaScript log in at `mcp-gatehouse issuer`, refresh, and their tokens
 * pass at a resource of this library. Those that are not installed are skipped by name. Costs 3 seconds to install and 10 to
 * run.
 */

import { type ChildProcess, spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import { protect, protectedResource } from 'mcp-gatehouse'
import * as openid from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createBrowser } from '../../../examples/demo/browser.ts'
import { createReferee, RESOURCE } from '../authorization-servers/referee.ts'
import { CLIENTS, discover, type Job } from './clients.ts'

const REDIRECT = 'http://127.0.0.1:9/callback'
/** Differs from its form-encoded form. */
const SECRET = 's+e/c%20r&t'
const NOT_ENCODED = 'Form-encode client id and secret before base64'

for (const { name, isThere } of CLIENTS) {
  if (!isThere) console.log(`Skipped: ${name} is not installed.`)
}

let child: ChildProcess
let issuer: string
beforeAll(async () => {
  const cli = join(import.meta.dirname, '../../../dist/cli.js')
  const clients = [`app:${REDIRECT}`, `plain:${REDIRECT}:secret`, `web:${REDIRECT}:${SECRET}`]
  const argv = ['issuer', '--resource', RESOURCE, '--port', '0', '--dpop']
  for (const each of clients) argv.push('--client', each)
  child = spawn(process.execPath, [cli, ...argv], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [Buffer]
  issuer = String(line).trim().replace('issuer ', '')
})
afterAll(async () => {
  child.kill()
  await once(child, 'exit')
})

describe.each(CLIENTS.filter(({ isThere }) => isThere))('$name', (client) => {
  it.each([
    ['a public client', 'app', undefined],
    ['a confidential client', 'plain', 'secret'],
  ])('logs %s in, and refreshes', async (_name, id, secret) => {
    await expectTokens(await client.logIn(jobOf(id, secret), browse), id)
  })

  it('logs a client in whose secret must be form-encoded, or reads why it cannot', async () => {
    const outcome = await client.logIn(jobOf('web', SECRET), browse)
    if (client.sendsSecretAsItIs) expect(outcome).toContain(NOT_ENCODED)
    else await expectTokens(outcome, 'web')
  })
})

const BINDING = CLIENTS.filter(({ isThere }) => isThere).flatMap((client) =>
  (client.algorithms ?? []).map((algorithm) => ({ client, name: client.name, algorithm })),
)

it.each(BINDING)(
  '$name binds its tokens to a key for $algorithm',
  async ({ client, algorithm }) => {
    const outcome = await client.logIn({ ...jobOf('app'), algorithm }, browse)
    if (typeof outcome === 'string') throw new Error(outcome)
    const [, { access_token: token }, proof = ''] = outcome
    const resource = protectedResource({
      resource: RESOURCE,
      authorizationServers: [issuer],
      dpop: { required: true },
    })
    const respond = protect(resource, (_request, { subject }) => new Response(subject))
    const send = async (changes: Record<string, string>) => {
      const headers = { Authorization: `DPoP ${token}`, DPoP: proof, ...changes }
      const response = await respond(new Request(RESOURCE, { method: 'POST', headers }))
      return [response.status, await response.text()]
    }
    expect(await send({ DPoP: `${proof.slice(0, -6)}AAAAAA` })).toEqual([401, expect.any(String)])
    expect(await send({})).toEqual([200, 'alice'])
  },
)

it('openid-client binds its tokens to a key, and uses them, with a nonce too', async () => {
  const config = await discover({ issuer, client: 'app' })
  const DPoP = openid.getDPoPHandle(config, await openid.randomDPoPKeyPair('ES256'))
  const { verifier, challenge, redirect, scope } = jobOf('app')
  const parameters = { redirect_uri: redirect, scope, code_challenge: challenge }
  const url = openid.buildAuthorizationUrl(config, {
    ...parameters,
    code_challenge_method: 'S256',
    dpop_jkt: await DPoP.calculateThumbprint(),
  })
  const back = await browse(url.href)
  const checks = { pkceCodeVerifier: verifier }
  const before = await openid.authorizationCodeGrant(config, back, checks, {}, { DPoP })
  const { access_token: token } = await openid.refreshTokenGrant(
    config,
    before.refresh_token ?? '',
    {},
    { DPoP },
  )
  const respond = protect(
    protectedResource({
      resource: RESOURCE,
      authorizationServers: [issuer],
      dpop: { required: true, nonce: { secret: randomBytes(32).toString('base64url') } },
    }),
    (_request, { subject }) => new Response(subject),
  )
  const statuses: number[] = []
  config[openid.customFetch] = async (target, init) => {
    const response = await respond(new Request(target, init as RequestInit))
    statuses.push(response.status)
    return response
  }
  const call = () =>
    openid.fetchProtectedResource(config, token, new URL(RESOURCE), 'POST', null, undefined, {
      DPoP,
    })
  expect(await (await call()).text()).toBe('alice')
  expect(await (await call()).text()).toBe('alice')
  // The first response has the nonce of the next proof.
  expect(statuses).toEqual([401, 200, 200])
})

async function expectTokens(outcome: unknown, clientId: string): Promise<void> {
  expect(outcome).toHaveLength(2)
  const [before, after] = outcome as readonly [Record<string, string>, Record<string, string>]
  expect(after['refresh_token']).not.toBe(before['refresh_token'])
  const referee = createReferee(issuer as never, { requiredScopes: ['notes:read'] })
  for (const { access_token: token = '' } of [before, after]) {
    expect(await referee.send(token)).toBe('200')
    expect(referee.context()).toMatchObject({
      subject: 'alice',
      clientId,
      scopes: ['notes:read', 'notes:write'],
    })
  }
}

function jobOf(client: string, secret?: string): Job {
  const verifier = randomBytes(32).toString('base64url')
  return {
    issuer,
    client,
    ...(secret !== undefined && { secret }),
    redirect: REDIRECT,
    scope: 'notes:read notes:write',
    resource: RESOURCE,
    verifier,
    challenge: createHash('sha256').update(verifier).digest('base64url'),
  }
}

async function browse(url: string): Promise<URL> {
  return (await createBrowser({}).open(new URL(url), new URL(REDIRECT))).arrived
}

/** `mcp-gatehouse serve` as a process. */

import { type ChildProcess, spawn } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { Agent, createServer, get, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import {
  calculateJwkThumbprint,
  createLocalJWKSet,
  exportJWK,
  exportPKCS8,
  generateKeyPair,
  jwtVerify,
} from 'jose'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { runServe } from '../../../src/cli/serve/command.ts'
import { createCommandIo } from '../../support/command-io.ts'
import { type Client, createClient } from '../../support/http-client.ts'
import { createIssuer, type TestIssuer } from '../../support/issuer.ts'
import { portOf, start } from '../../support/node-server.ts'
import { freePort } from '../../support/ports.ts'
import { bearerChallenge } from '../../support/rejection.ts'
import { startUpstream } from '../../support/upstream.ts'

const RESOURCE = 'https://rs.example/mcp'
const METADATA_URL = 'https://rs.example/.well-known/oauth-protected-resource/mcp'

let folder: string
let issuer: TestIssuer
const children: Served[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatehouse-serve-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))
afterEach(() => {
  for (const { child } of children.splice(0)) child.kill('SIGKILL')
})

interface Served {
  readonly child: ChildProcess
  readonly client: Client
  readonly url: string
  out(): string
  err(): string
  readonly ended: Promise<number | null>
}

/** Runs the command with a file of this content. */
async function run(
  config: unknown,
  { argv = [], env = {} }: { argv?: string[]; env?: Record<string, string> } = {},
) {
  const file = join(folder, 'gatehouse.json')
  await writeFile(file, typeof config === 'string' ? config : JSON.stringify(config))
  const child = spawn(process.execPath, ['src/cli/main.ts', 'serve', file, ...argv], {
    env: { ...process.env, NODE_NO_WARNINGS: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const texts = { out: '', err: '' }
  child.stdout.on('data', (text) => {
    texts.out += text
  })
  child.stderr.on('data', (text) => {
    texts.err += text
  })
  const ended = once(child, 'close').then(([code]) => code as number | null)
  return { child, texts, ended, file }
}

async function serve(config: object, env: Record<string, string> = {}): Promise<Served> {
  const { child, texts, ended } = await run({ listen: '127.0.0.1:0', ...config }, { env })
  while (!/Listening on (\S+)/.test(texts.err)) {
    if (child.exitCode !== null) throw new Error(texts.err)
    await Promise.race([once(child.stderr as NodeJS.ReadableStream, 'data'), ended])
  }
  const url = /Listening on (\S+)/.exec(texts.err)?.[1] ?? ''
  const served = {
    child,
    client: createClient(url),
    url,
    out: () => texts.out,
    err: () => texts.err,
    ended,
  }
  children.push(served)
  return served
}

/** The exit code and what the command printed. */
async function check(config: unknown, env: Record<string, string> = {}) {
  const { texts, ended, file } = await run(config, { argv: ['--check'], env })
  const code = await ended
  expect(texts.out).toBe('')
  return { code, err: texts.err.replaceAll(file, 'FILE') }
}

/** A resource whose keys are in the file: no network is needed. */
async function resourceOptions(): Promise<Record<string, unknown>> {
  issuer ??= await createIssuer()
  return {
    resource: RESOURCE,
    authorizationServers: [{ issuer: issuer.issuer, jwks: issuer.jwks }],
  }
}

async function token(claims: Record<string, unknown> = {}): Promise<string> {
  const now = Math.floor(Date.now() / 1000)
  return issuer.token({ iat: now, exp: now + 600, ...claims })
}

describe('serve', () => {
  it('forwards authorized requests, and writes one line for each decision', async () => {
    const upstream = await startUpstream()
    const { client, child, ended, out, err } = await serve({
      resource: await resourceOptions(),
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
        { resource: await resourceOptions(), upstream: `${upstream.url}/one` },
        {
          resource: { ...(await resourceOptions()), resource: 'https://rs.example/other' },
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
      resource: await resourceOptions(),
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
    const options = await resourceOptions()
    const { client } = await serve({
      resources: [
        { resource: options, upstream: upstream.url, identity },
        {
          resource: { ...options, resource: 'https://rs.example/other' },
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
    const options = await resourceOptions()
    const metadata = { issuer: issuer.issuer, jwks_uri: `${issuer.issuer}/jwks` }
    const { client } = await serve({
      resource: {
        ...options,
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
      resource: await resourceOptions(),
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
    const { client } = await serve({ resource: await resourceOptions(), upstream: upstream.url })
    const authorization = `Bearer ${await token({ groups: 'g'.repeat(11_000) })}`
    expect((await client.send({ path: '/mcp', headers: { authorization } })).status).toBe(200)
  })

  it('ends in good order when the reader of its log has gone', async () => {
    const upstream = await startUpstream()
    const { child, client, err, ended } = await serve({
      resource: await resourceOptions(),
      upstream: upstream.url,
    })
    child.stdout?.destroy()
    // The first write may succeed: the system has not seen yet that nothing reads.
    while (!/ending/.test(err()) && child.exitCode === null) {
      await client.send({ path: '/mcp' }).catch(() => {})
    }
    expect(await ended).toBe(1)
    expect(err()).toContain(
      'The standard output is closed, so that decisions cannot be logged: ending\n',
    )
    expect(err()).not.toMatch(/^\s+at .*:\d+/m)
  })

  it('ends when the last request has ended, and cuts off the rest at a second signal', async () => {
    let finish = (): void => {}
    const upstream = await start(
      createServer((req, res) => {
        req.resume()
        res.writeHead(200, { 'Content-Type': 'text/event-stream' }).write('data: 1\n\n')
        finish = () => res.end('data: 2\n\n')
      }),
    )
    const config = {
      resource: { ...(await resourceOptions()) },
      upstream: `http://127.0.0.1:${portOf(upstream)}/`,
    }
    const first = await serve(config)
    const headers = { authorization: `Bearer ${await token()}` }
    const response = await openStream(first.url, headers.authorization)
    first.child.kill('SIGTERM')
    while (!first.err().includes('SIGTERM')) await once(first.child.stderr as Readable, 'data')
    await expect(createClient(first.url).send({ path: '/healthz' })).rejects.toThrow()
    finish()
    expect(await response.rest()).toContain('data: 2')
    expect(await first.ended).toBe(0)

    const second = await serve(config)
    const open = await openStream(second.url, headers.authorization)
    second.child.kill('SIGTERM')
    while (!second.err().includes('SIGTERM')) await once(second.child.stderr as Readable, 'data')
    second.child.kill('SIGTERM')
    expect(await second.ended).toBe(0)
    await open.rest()
  })

  it('keeps idle connections for longer than a minute, but not when it ends', async () => {
    const finish: (() => void)[] = []
    const upstream = await start(
      createServer((req, res) => {
        req.resume()
        finish.push(() => res.end('done'))
        res.writeHead(200).write('begun, ')
      }),
    )
    const config = {
      resource: { ...(await resourceOptions()) },
      upstream: `http://127.0.0.1:${portOf(upstream)}/`,
    }
    const { url, child, ended, err } = await serve(config)
    const agent = new Agent({ keepAlive: true })
    const headers = { authorization: `Bearer ${await token()}` }
    const ask = async () => (await once(get(`${url}/mcp`, { agent, headers }), 'response'))[0]
    const responses = [await ask(), await ask()]
    const textOf = async (response: IncomingMessage) =>
      Buffer.concat(await response.toArray()).toString()
    for (const response of responses) expect(response.headers['keep-alive']).toBe('timeout=75')
    child.kill('SIGTERM')
    while (!err().includes('SIGTERM')) await once(child.stderr as Readable, 'data')
    for (const [index, response] of responses.entries()) {
      const closed = once(response.socket, 'close')
      finish[index]?.()
      // The end of the grace period would cut the second one off.
      expect(await textOf(response)).toBe('begun, done')
      await closed
    }
    expect(await ended).toBe(0)
    agent.destroy()
  })

  it('exits 1 where the address is in use', async () => {
    const taken = await start(createServer())
    const upstream = 'http://127.0.0.1:9000/mcp'
    const config = {
      listen: `127.0.0.1:${portOf(taken)}`,
      resource: await resourceOptions(),
      upstream,
    }
    const { ended, texts } = await run(config)
    expect(await ended).toBe(1)
    expect(texts.err).toContain('EADDRINUSE')
  })
})

/** The reference of an environment variable. */
const variable = (name: string): string => ['$', '{', name, '}'].join('')

describe('serve --check', () => {
  it('exits 0 for a valid file, with the values of the environment', async () => {
    const resource = { ...(await resourceOptions()), requiredScopes: [`${variable('SCOPE')}:read`] }
    const config = {
      $schema: './gatehouse.schema.json',
      resource,
      upstream: `http://${variable('HOST')}:9000`,
    }
    const env = { SCOPE: 'notes', HOST: '127.0.0.1' }
    expect(await check(config, env)).toEqual({ code: 0, err: 'FILE is valid.\n' })
    expect((await check(`\uFEFF${JSON.stringify(config)}`, env)).code).toBe(0)
    const { code, err } = await check(config, { SCOPE: 'notes' })
    expect([code, err]).toEqual([
      1,
      'FILE has a mistake:\n  upstream: needs the environment variable HOST, which is not set\n',
    ])
  })

  it('puts variables into names, and reports names that become equal', async () => {
    const api = variable('API')
    const resource = await resourceOptions()
    const config = (more: object) => ({
      resource: { ...resource, ...more },
      upstream: 'http://127.0.0.1:9000/mcp',
    })
    const env = { API: 'api' }
    const hierarchy = { scopeHierarchy: { [`${api}/write`]: [`${api}/read`] } }
    expect((await check(config(hierarchy), env)).code).toBe(0)
    expect((await check(config(hierarchy))).err).toContain(
      `  resource.scopeHierarchy.${api}/write: needs the environment variable API, which is not set\n`,
    )
    const twice = { metadata: { [`x_${api}`]: 1, x_api: 2 } }
    expect((await check(config(twice), env)).err).toBe(
      `FILE has a mistake:\n  resource.metadata.x_${api}: is there twice; remove one of them\n`,
    )
    const rule = { operations: { [`tools/call ${api}`]: ['a'], 'tools/call': 'any' } }
    expect((await check(config(rule), env)).err).toBe(
      "FILE has a mistake:\n  resource.operations['tools/call']: must be an array of scopes, { anyOf: [...] }, 'public' or deny(reason)\n",
    )
  })

  it('prints no value of a variable in a name', async () => {
    const secret = variable('SECRET')
    const env = { SECRET: 'fourteen (secrets)' }
    const resource = await resourceOptions()
    const of = (name: string) => ({
      resource: {
        ...resource,
        [name]: 1,
        metadata: { [name]: 1, [`${name}#en`]: { [name]: 5 }, [`jwks_uri#${name}`]: 5 },
        scopeHierarchy: { [name]: ['read'] },
        operations: { [name]: 5, [`tools/call ${name}`]: 'any' },
      },
      upstream: 'http://127.0.0.1:9000/mcp',
      identityHeaders: { [name]: 5 },
      [name]: 1,
    })
    for (const name of [secret, `x_${secret}`, `${secret}y`, `${secret}${secret}`]) {
      const { code, err } = await check(of(name), env)
      expect(code).toBe(1)
      expect(err).not.toContain('secrets')
      for (const path of [name, `resource.${name}`, `resource.metadata.jwks_uri#${name}`]) {
        expect(err).toContain(`\n  ${path}: `)
      }
    }
  })

  it('takes a key file with a byte order mark, and counts lines without one', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' })
    for (const text of [JSON.stringify(privateKey.export({ format: 'jwk' })), pem]) {
      await writeFile(join(folder, 'identity.key'), `\uFEFF${text}`)
      const config = {
        resource: await resourceOptions(),
        upstream: 'http://127.0.0.1:9000/mcp',
        identity: { keyFile: 'identity.key' },
      }
      expect((await check(config)).code).toBe(0)
    }
    expect((await check('\uFEFF{\n"listen": 1,\n}')).err).toBe(
      'FILE has a mistake:\n  the file: is not JSON: line 3, column 1\n',
    )
  })

  it.each([
    ['upstream', 'http://127.0.0.1:9000/mcp'],
    ['forwardAuth', 'nginx'],
  ])('rejects two resources on one path, which %s cannot tell apart', async (name, value) => {
    const good = await resourceOptions()
    const other = { ...good, resource: 'https://other.example/mcp' }
    const resources = [good, other].map((resource) => ({ resource, [name]: value }))
    expect(await check({ resources })).toEqual({
      code: 1,
      err: 'FILE has a mistake:\n  resources[1]: has the path /mcp of another one; serve it by a process of its own\n',
    })
  })

  it('names a missing variable together with other mistakes, as the guide shows', async () => {
    const resource = {
      ...(await resourceOptions()),
      authorizationServers: [{ issuer: 'https://auth.example.com', isuer: 'a' }],
    }
    const { code, err } = await check({ resource, upstream: variable('UPSTREAM') }, {})
    expect(code).toBe(1)
    const guide = readFileSync('docs/guides/serve.md', 'utf8')
    expect(guide).toContain(err.replace('FILE', 'gatehouse.json'))
  })

  it('exits 2 for a file that cannot be read, and for wrong arguments', async () => {
    for (const argv of [[], ['/nonexistent/gatehouse.json'], ['a', 'b'], ['a', '--chekc']]) {
      const child = spawn(process.execPath, ['src/cli/main.ts', 'serve', ...argv, '--check'], {
        stdio: 'ignore',
      })
      expect((await once(child, 'close'))[0]).toBe(2)
    }
  })

  it('names every mistake by its path', async () => {
    const good = await resourceOptions()
    const upstream = 'http://127.0.0.1:9000/mcp'
    const cases: [config: unknown, paths: string[]][] = [
      ['{"resource": ', ['the file']],
      ['[]', ['the file']],
      [{}, ['resource', 'upstream']],
      [{ resource: good, upstrem: upstream }, ['upstrem', 'upstream']],
      [{ resource: good, upstream, forwardAuth: 'nginx' }, ['forwardAuth']],
      [{ resource: good, forwardAuth: 'apache' }, ['forwardAuth']],
      [{ resource: good, upstream: 'mcp' }, ['upstream']],
      [{ resource: good, upstream, listen: '8080' }, ['listen']],
      [{ resource: good, upstream: 'http://127.0.0.1:8080/mcp' }, ['upstream']],
      [{ resource: good, upstream, listen: 'localhost:9000' }, ['upstream']],
      [{ resource: good, upstream: 'http://[::1]:9000/mcp', listen: '[::1]:9000' }, ['upstream']],
      [
        { resource: good, upstream: 'http://localhost:9000/mcp', listen: '[::1]:9000' },
        ['upstream'],
      ],
      [{ resource: good, upstream, listen: '0.0.0.0:9000' }, ['upstream']],
      [{ resource: good, upstream, listen: 'a:99999' }, ['listen']],
      [{ resource: good, upstream, log: 'xml' }, ['log']],
      [{ resource: good, upstream, identity: { key: 'a' } }, ['identity.keyFile', 'identity.key']],
      [{ resource: good, upstream, identity: { keyFile: 'none.pem' } }, ['identity.keyFile']],
      [{ resource: good, upstream, identityHeaders: { 'X-A': 'sub' } }, ['identityHeaders.X-A']],
      [
        { resource: good, upstream, identityHeaders: { 'X A': 'subject' } },
        ['identityHeaders.X A'],
      ],
      [
        { resource: { ...good, authorizationServers: [{ isuer: 'a' }] }, upstream },
        ['resource.authorizationServers[0].issuer', 'resource.authorizationServers[0].isuer'],
      ],
      [
        { resource: { ...good, fetch: 'a', token: 'b' }, upstream },
        ['resource.fetch', 'resource.token'],
      ],
      [{ resource: { ...good, dpop: { requird: true } }, upstream }, ['resource.dpop.requird']],
      [
        { resources: [{ resource: good, upstream }, { resource: { resource: 'x' } }] },
        [
          'resources[1].resource.authorizationServers',
          'resources[1].resource.resource',
          'resources[1].upstream',
        ],
      ],
      [{ resources: [] }, ['resources']],
      [{ resources: [{ resource: good, upstream }], upstream }, ['upstream']],
      [
        {
          resources: [
            { resource: good, upstream },
            { resource: good, forwardAuth: 'nginx' },
          ],
        },
        ['resources[1].forwardAuth'],
      ],
      [
        { resource: { ...good, operations: { 'tools/call': ['a'] } }, forwardAuth: 'caddy' },
        ['resource.operations'],
      ],
      [
        {
          resources: [
            { resource: { ...good, sessions: { secret: 's'.repeat(32) } }, forwardAuth: 'nginx' },
            {
              resource: { ...good, resource: 'https://rs.example/b' },
              forwardAuth: 'nginx',
              identityHeaders: { 'X A': 'subject' },
            },
          ],
        },
        ['resources[0].resource.sessions', 'resources[1].identityHeaders.X A'],
      ],
      [
        { resources: [{ resource: good, upstream }], subpaths: true, timeoutMs: 5 },
        ['subpaths', 'timeoutMs'],
      ],
      ...['/healthz', '/.well-known/gatehouse-keys.json'].map((path): [unknown, string[]] => [
        { resource: { ...good, resource: `https://rs.example${path}` }, upstream },
        ['resource.resource'],
      ]),
      [
        {
          resource: { ...good, metadataUrl: 'https://rs.example/healthz?metadata' },
          upstream,
        },
        ['resource.metadataUrl'],
      ],
      ...['https://rs.example', 'https://rs.example/'].map((identifier): [unknown, string[]] => [
        { resources: [{ resource: { ...good, resource: identifier }, forwardAuth: 'envoy' }] },
        ['resources[0].resource.resource'],
      ]),
      [{ resource: good, upstream: variable('').slice(0, -1) }, ['upstream']],
      [{ resource: good, upstream: variable('not a name') }, ['upstream']],
      [`{"resource": ${JSON.stringify(good)}, "upstream": "a", "upstream": "b"}`, ['upstream']],
    ]
    const found = await Promise.all(
      cases.map(async ([config, paths], index) => {
        const file = join(folder, `case-${index}.json`)
        await writeFile(file, typeof config === 'string' ? config : JSON.stringify(config))
        return { ...(await checkFile(file)), paths }
      }),
    )
    for (const { code, named, paths } of found) {
      expect({ code, named: named.sort() }).toEqual({ code: 1, named: [...paths].sort() })
    }
  })

  it.each([
    { listen: '127.0.0.2:9000', upstream: 'http://127.0.0.1:9000/mcp' },
    { listen: '127.0.0.1:9000', upstream: 'http://[::1]:9000/mcp' },
    { listen: '127.0.0.1:8443', upstream: 'https://127.0.0.1:8443/mcp' },
    { listen: '0.0.0.0:9000', upstream: 'http://10.0.0.1:9000/mcp' },
    { listen: '127.0.0.1:80', upstream: 'http://mcp.internal/mcp' },
  ])('takes no other server for itself: %j', async (places) => {
    const file = join(folder, 'places.json')
    await writeFile(file, JSON.stringify({ resource: await resourceOptions(), ...places }))
    expect(await checkFile(file)).toEqual({ code: 0, named: [] })
  })

  it('never prints a value of the file', async () => {
    const config = `{"resource": {"documentStoreSecret": "marker-secret" "x": 1}}`
    expect((await check(config)).err).not.toContain('marker')
    const resource = { ...(await resourceOptions()), documentStoreSecret: { marker: 'marker' } }
    expect((await check({ resource, upstream: 'marker' })).err).not.toContain('marker')
  })
})

/** In this process: a process for each file would take half a minute. */
async function checkFile(file: string): Promise<{ code: number; named: string[] }> {
  const { io, said } = createCommandIo()
  const code = await runServe(['--check', file], io)
  const named = [...said().matchAll(/^ {2}(.+?): /gm)].map(([, path = '']) => path)
  return { code, named }
}

/** A stream whose first event has come. */
async function openStream(url: string, authorization: string) {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  socket.write(
    `POST /mcp HTTP/1.1\r\nHost: a\r\nAuthorization: ${authorization}\r\nContent-Length: 0\r\n\r\n`,
  )
  let text = ''
  socket.on('data', (chunk) => {
    text += chunk
  })
  while (!text.includes('data: 1')) await once(socket, 'data')
  return {
    async rest() {
      socket.end()
      if (!socket.closed) await once(socket, 'close').catch(() => {})
      return text
    },
  }
}

/** What `mcp-gatehouse serve --check` accepts and reports. */

import { generateKeyPairSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { runServe } from '../../../src/cli/serve/command.ts'
import { createCommandIo } from '../../support/command-io.ts'
import { check } from '../../support/serve-check.ts'
import { folder, RESOURCE_OPTIONS, writeConfig } from '../../support/serve-config.ts'
import { runServeProcess } from '../../support/serve-process.ts'

/** The reference of an environment variable. */
const variable = (name: string): string => ['$', '{', name, '}'].join('')

describe('serve --check', () => {
  it('exits 0 for a valid file, with the values of the environment', async () => {
    const resource = { ...RESOURCE_OPTIONS, requiredScopes: [`${variable('SCOPE')}:read`] }
    const config = {
      $schema: './gatehouse.schema.json',
      resource,
      upstream: `http://${variable('HOST')}:9000`,
    }
    const env = { SCOPE: 'notes', HOST: '127.0.0.1' }
    const file = await writeConfig(config)
    const { ended, out, err } = runServeProcess(['--check', file], env)
    expect([await ended, out(), err()]).toEqual([0, '', `${file} is valid.\n`])
    expect((await check(`\uFEFF${JSON.stringify(config)}`, env)).code).toBe(0)
    const { code, said } = await check(config, { SCOPE: 'notes' })
    expect([code, said]).toEqual([
      1,
      'FILE has a mistake:\n  upstream: needs the environment variable HOST, which is not set\n',
    ])
  })

  it('puts variables into names, and reports names that become equal', async () => {
    const api = variable('API')
    const config = (more: object) => ({
      resource: { ...RESOURCE_OPTIONS, ...more },
      upstream: 'http://127.0.0.1:9000/mcp',
    })
    const env = { API: 'api' }
    const hierarchy = { scopeHierarchy: { [`${api}/write`]: [`${api}/read`] } }
    expect((await check(config(hierarchy), env)).code).toBe(0)
    expect((await check(config(hierarchy))).said).toContain(
      `  resource.scopeHierarchy.${api}/write: needs the environment variable API, which is not set\n`,
    )
    const twice = { metadata: { [`x_${api}`]: 1, x_api: 2 } }
    expect((await check(config(twice), env)).said).toBe(
      `FILE has a mistake:\n  resource.metadata.x_${api}: is there twice; remove one of them\n`,
    )
    const rule = { operations: { [`tools/call ${api}`]: ['a'], 'tools/call': 'any' } }
    expect((await check(config(rule), env)).said).toBe(
      "FILE has a mistake:\n  resource.operations['tools/call']: must be an array of scopes, { anyOf: [...] }, 'public' or deny(reason)\n",
    )
  })

  it('prints no value of a variable in a name', async () => {
    const secret = variable('SECRET')
    const env = { SECRET: 'fourteen (secrets)' }
    const of = (name: string) => ({
      resource: {
        ...RESOURCE_OPTIONS,
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
      const { code, said } = await check(of(name), env)
      expect(code).toBe(1)
      expect(said).not.toContain('secrets')
      for (const path of [name, `resource.${name}`, `resource.metadata.jwks_uri#${name}`]) {
        expect(said).toContain(`\n  ${path}: `)
      }
    }
  })

  it('takes a key file with a byte order mark, and counts lines without one', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' })
    for (const text of [JSON.stringify(privateKey.export({ format: 'jwk' })), pem]) {
      await writeFile(join(folder, 'identity.key'), `\uFEFF${text}`)
      const config = {
        resource: RESOURCE_OPTIONS,
        upstream: 'http://127.0.0.1:9000/mcp',
        identity: { keyFile: 'identity.key' },
      }
      expect((await check(config)).code).toBe(0)
    }
    expect((await check('\uFEFF{\n"listen": 1,\n}')).said).toBe(
      'FILE has a mistake:\n  the file: is not JSON: line 3, column 1\n',
    )
  })

  it.each([
    ['upstream', 'http://127.0.0.1:9000/mcp'],
    ['forwardAuth', 'nginx'],
  ])('rejects two resources on one path, which %s cannot tell apart', async (name, value) => {
    const good = RESOURCE_OPTIONS
    const other = { ...good, resource: 'https://other.example/mcp' }
    const resources = [good, other].map((resource) => ({ resource, [name]: value }))
    expect(await check({ resources })).toEqual({
      code: 1,
      said: 'FILE has a mistake:\n  resources[1]: has the path /mcp of another one; serve it by a process of its own\n',
    })
  })

  it('names a missing variable together with other mistakes, as the guide shows', async () => {
    const resource = {
      ...RESOURCE_OPTIONS,
      authorizationServers: [{ issuer: 'https://auth.example.com', isuer: 'a' }],
    }
    const { code, said } = await check({ resource, upstream: variable('UPSTREAM') }, {})
    expect(code).toBe(1)
    const guide = readFileSync('docs/guides/serve.md', 'utf8')
    expect(guide).toContain(said.replace('FILE', 'gatehouse.json'))
  })

  it('exits 2 for a file that cannot be read, and for wrong arguments', async () => {
    for (const argv of [[], ['/nonexistent/gatehouse.json'], ['a', 'b'], ['a', '--chekc']]) {
      expect(await runServe([...argv, '--check'], createCommandIo().io)).toBe(2)
    }
  })

  it('names every mistake by its path', async () => {
    const good = RESOURCE_OPTIONS
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
    for (const [config, paths] of cases) {
      const { code, said } = await check(config)
      const named = [...said.matchAll(/^ {2}(.+?): /gm)].map(([, path]) => path)
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
    const { code } = await check({ resource: RESOURCE_OPTIONS, ...places })
    expect(code).toBe(0)
  })

  it('never prints a value of the file', async () => {
    const config = `{"resource": {"documentStoreSecret": "marker-secret" "x": 1}}`
    expect((await check(config)).said).not.toContain('marker')
    const resource = { ...RESOURCE_OPTIONS, documentStoreSecret: { marker: 'marker' } }
    expect((await check({ resource, upstream: 'marker' })).said).not.toContain('marker')
  })
})

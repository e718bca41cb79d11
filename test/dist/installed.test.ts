/** The tarball in an empty project: every entry resolves, compiles, loads and works. */

import { execFile } from 'node:child_process'
import { access, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import manifest from '../../package.json' with { type: 'json' }
import { createProject, ENTRIES } from '../support/installed-package.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const TSC = join(ROOT, 'node_modules/@typescript/native/bin/tsc')
const run = promisify(execFile)
let project: string

beforeAll(async () => {
  project = await createProject()
})

afterAll(() => rm(project, { recursive: true }))

function write(name: string, text: string): Promise<void> {
  return writeFile(join(project, name), text)
}

/** Runs a program in the project. @returns Its output. */
async function node(name: string, ...argv: string[]): Promise<string> {
  const { stdout } = await run(process.execPath, [name, ...argv], { cwd: project })
  return stdout
}

async function compile(
  module: string,
  moduleResolution: string,
  ...further: string[]
): Promise<string> {
  const options = ['--module', module, '--moduleResolution', moduleResolution, '--strict']
  const rest = ['--noEmit', '--target', 'es2023', '--types', 'node', '--skipLibCheck', 'main.ts']
  const argv = [TSC, ...options, ...rest, ...further]
  return run(process.execPath, argv, { cwd: project }).then(
    ({ stdout }) => stdout,
    (error: { stdout: string }) => error.stdout,
  )
}

// The compiler is slow on a busy machine.
describe('the tarball in an empty project', { timeout: 60_000 }, () => {
  it.each([
    ['node16', 'node16'],
    ['nodenext', 'nodenext'],
    ['esnext', 'bundler'],
  ])('has types for every entry under --module %s --moduleResolution %s', async (...how) => {
    const imports = ENTRIES.map((name, index) => `import * as e${index} from '${name}'`)
    const uses = ENTRIES.map((_, index) => `export const n${index}: string = e${index}`)
    await write('main.ts', [...imports, ...uses].join('\n'))
    const mistakes = (await compile(...how)).split('\n').filter((line) => line.startsWith('main'))
    // One error per entry, about its type: an unresolved entry would be `any` or TS2307.
    expect(
      mistakes.map((line) => line.replace(/^main\.ts\(\d+,\d+\): error (TS\d+).*/, '$1')),
    ).toEqual(ENTRIES.map(() => 'TS2322'))
  })

  // The packages of the types are linked, so this also checks what they have without the DOM library.
  it('has types that compile without the DOM library and without skipLibCheck', async () => {
    const imports = ENTRIES.map((name, index) => `export * as e${index} from '${name}'`)
    const uses = `
      import { webcrypto } from 'node:crypto'
      import type { IntrospectionOptions } from '${manifest.name}'
      declare const pair: webcrypto.CryptoKeyPair
      export const options: IntrospectionOptions = {
        kind: 'introspection', clientId: 'notes', privateKey: pair.privateKey,
      }`
    await write('main.ts', [...imports, uses].join('\n'))
    const without = ['--lib', 'es2023', '--skipLibCheck', 'false']
    expect(await compile('nodenext', 'nodenext', ...without)).toBe('')
  })

  it('is loaded by require() in a CommonJS program', async () => {
    const program = `
      const { protectedResource } = require('${manifest.name}')
      const { bearerAuth } = require('${manifest.name}/node')
      const { gatehouse } = require('${manifest.name}/fastify')
      const notes = protectedResource({
        resource: 'https://rs.example/mcp',
        authorizationServers: ['https://as.example'],
      })
      console.log(typeof bearerAuth(notes), typeof gatehouse, notes.identifier)
    `
    await write('main.cjs', program)
    expect(await node('main.cjs')).toBe('function function https://rs.example/mcp\n')
    await write('every.cjs', ENTRIES.map((name) => `require('${name}')`).join('\n'))
    expect(await node('every.cjs')).toBe('')
  })

  it('has the documentation, with the pages that the README links to', async () => {
    const home = join(project, 'node_modules', manifest.name)
    const text = await readFile(join(home, 'README.md'), 'utf8')
    const links = [...text.matchAll(/\]\((docs\/[^)#]+)/g)].map(([, path = '']) => path)
    expect(links.length).toBeGreaterThan(0)
    for (const path of links) await access(join(home, path))
    expect(await readdir(join(home, 'docs/guides'))).toContain('sessions.md')
  })

  it('loads every entry', async () => {
    const imports = ENTRIES.map(
      (name) => `console.log(Object.keys(await import('${name}')).length)`,
    )
    await write('load.js', imports.join('\n'))
    const counts = (await node('load.js')).trim().split('\n').map(Number)
    expect(counts).toHaveLength(ENTRIES.length)
    for (const count of counts) expect(count).toBeGreaterThan(0)
  })

  it('guards a handler', async () => {
    const program = `
      import { protect, protectedResource } from '${manifest.name}'
      import { createTestIssuer } from '${manifest.name}/testing'
      const resource = 'https://rs.example/mcp'
      const issuer = createTestIssuer({ resource })
      const handle = protect(
        protectedResource({ resource, authorizationServers: [issuer.issuer], fetch: issuer.fetch }),
        (request, auth) => new Response(auth.subject),
      )
      const Authorization = 'Bearer ' + (await issuer.token({ sub: 'ada' }))
      const rejected = await handle(new Request(resource))
      const passed = await handle(new Request(resource, { headers: { Authorization } }))
      console.log(rejected.status, passed.status, await passed.text())
    `
    await write('guard.js', program)
    expect(await node('guard.js')).toBe('401 200 ada\n')
  })

  it('has a working command', async () => {
    const { bin } = JSON.parse(
      await readFile(join(project, 'node_modules', manifest.name, 'package.json'), 'utf8'),
    ) as { bin: Record<string, string> }
    const [path = ''] = Object.values(bin)
    const said = await node(join('node_modules', manifest.name, path), '--help')
    expect(said).toContain('doctor')
  })

  it('exports no other path', async () => {
    const home = await readdir(join(project, 'node_modules', manifest.name))
    expect(home).not.toContain('src')
    const inside = `import('${manifest.name}/dist/index.js').catch((e) => console.log(e.code))`
    await write('inside.js', inside)
    expect(await node('inside.js')).toBe('ERR_PACKAGE_PATH_NOT_EXPORTED\n')
  })
})

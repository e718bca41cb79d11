/**
 * The tarball in a project that webpack, ncc, Jest, SES and older compilers work on, and in one executable. Installs 170 MB; takes about 30 s of
 * processor time. The bundler of the other tests is esbuild, and their compiler is TypeScript 7.
 */

import { execFile } from 'node:child_process'
import { copyFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import manifest from '../../../package.json' with { type: 'json' }
import { createProject, ENTRIES } from '../../support/installed-package.ts'

const TOOLS = fileURLToPath(new URL('node_modules', import.meta.url))
const RESOURCE = 'https://rs.example/mcp'

let project: string
beforeAll(async () => {
  project = await createProject()
})
afterAll(() => rm(project, { recursive: true }))

function write(name: string, text: string): Promise<void> {
  return writeFile(join(project, name), text)
}

/** Runs a program in the project. @returns Its exit code and its output. */
async function node(...argv: string[]): Promise<{ code: number; output: string }> {
  const running = promisify(execFile)(process.execPath, argv, { cwd: project })
  return running.then(
    ({ stdout, stderr }) => ({ code: 0, output: stdout + stderr }),
    (error: { code: number; stdout: string; stderr: string }) => ({
      code: error.code,
      output: error.stdout + error.stderr,
    }),
  )
}

/** @param load Gives the module of an entry. */
function guardProgram(load: (name: string) => string, print: string): string {
  return `
    const { protect, protectedResource } = ${load(manifest.name)}
    const { createTestIssuer } = ${load(`${manifest.name}/testing`)}
    const issuer = createTestIssuer({ resource: '${RESOURCE}' })
    const authorizationServers = [issuer.issuer]
    const notes = { resource: '${RESOURCE}', authorizationServers, fetch: issuer.fetch }
    const guarded = protect(protectedResource(notes), (_request, auth) => new Response(auth.subject))
    const Authorization = 'Bearer ' + (await issuer.token({ sub: 'ada' }))
    const rejected = await guarded(new Request('${RESOURCE}'))
    const passed = await guarded(new Request('${RESOURCE}', { headers: { Authorization } }))
    ${print}
  `
}

/** A program with every entry, so that a bundler has to follow all of them. */
async function writeProgram(): Promise<void> {
  const imports = ENTRIES.map((name, index) => `import * as e${index} from '${name}'`)
  const names = ENTRIES.map((_, index) => `e${index}`)
  const modules = `const modules = new Map([${names.map((name, index) => `['${ENTRIES[index]}', ${name}]`).join(', ')}])`
  const print = `console.log(rejected.status, passed.status, await passed.text(), [...modules.values()].every((each) => Object.keys(each).length > 0))`
  const program = guardProgram((name) => `modules.get('${name}')`, print)
  await write(
    'main.js',
    [...imports, modules, `async function main() {${program}}`, 'main()'].join('\n'),
  )
}

const GUARDED = '401 200 ada true\n'

describe('bundlers', { timeout: 120_000 }, () => {
  it.each(['production', 'development'])(
    'webpack bundles every entry for Node: %s',
    async (mode) => {
      await writeProgram()
      const output = `{ path: '${project}/webpack', filename: '${mode}.cjs' }`
      await write(
        'webpack.mjs',
        `import { createRequire } from 'node:module'
      const webpack = createRequire('${TOOLS}/')('webpack')
      webpack({ mode: '${mode}', target: 'node', entry: './main.js', output: ${output} }, (error, stats) =>
        console.log(error ?? stats.toString({ all: false, errors: true, warnings: true })))`,
      )
      expect(await node('webpack.mjs')).toEqual({ code: 0, output: '\n' })
      expect(await node(`webpack/${mode}.cjs`)).toEqual({ code: 0, output: GUARDED })
    },
  )

  it('ncc makes one file of every entry', async () => {
    await writeProgram()
    const built = await node(
      join(TOOLS, '@vercel/ncc/dist/ncc/cli.js'),
      'build',
      'main.js',
      '-o',
      'ncc',
      '-q',
    )
    expect(built).toEqual({ code: 0, output: '' })
    expect(await node('ncc/index.js')).toEqual({ code: 0, output: GUARDED })
  })
})

describe('hardened and packed programs', { timeout: 120_000 }, () => {
  it('runs where SES has frozen all built-in objects', async () => {
    await write(
      'lockdown.mjs',
      `import '${TOOLS}/ses/index.js'\nlockdown()\nawait import('./main.js')`,
    )
    await writeProgram()
    expect(await node('lockdown.mjs')).toEqual({ code: 0, output: GUARDED })
  })

  it('runs in a single executable application of Node', async () => {
    await writeProgram()
    // Node 24 embeds CommonJS only.
    await build({
      entryPoints: [join(project, 'main.js')],
      bundle: true,
      platform: 'node',
      format: 'cjs',
      outfile: join(project, 'single.cjs'),
    })
    await write(
      'single.json',
      '{ "main": "single.cjs", "output": "single.blob", "disableExperimentalSEAWarning": true }',
    )
    await node('--experimental-sea-config', 'single.json')
    const program = join(project, 'single-program')
    await copyFile(process.execPath, program)
    const fuse = ['--sentinel-fuse', 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2']
    await node(
      join(TOOLS, 'postject/dist/cli.js'),
      program,
      'NODE_SEA_BLOB',
      'single.blob',
      ...fuse,
    )
    const { stdout } = await promisify(execFile)(program)
    expect(stdout).toBe(GUARDED)
  })
})

describe('Jest 30', { timeout: 60_000 }, () => {
  const jest = join(TOOLS, 'jest/bin/jest.js')

  it.each([
    ['require', 'cjs', (name: string) => `require('${name}')`],
    ['import()', 'mjs', (name: string) => `await import('${name}')`],
  ])(
    'runs tests that load the package by %s, with --experimental-vm-modules',
    async (_title, type, load) => {
      const print = `expect([rejected.status, passed.status, await passed.text()]).toEqual([401, 200, 'ada'])`
      await write(
        `guard.test.${type}`,
        `test('guards', async () => {${guardProgram(load, print)}})`,
      )
      const options = [
        '--rootDir',
        project,
        '--transform',
        '{}',
        '--testMatch',
        `**/guard.test.${type}`,
      ]
      const argv = [
        '--experimental-vm-modules',
        '--no-warnings',
        jest,
        ...options,
        '--watchman',
        'false',
      ]
      const { code, output } = await node(...argv)
      expect([code, output]).toEqual([0, expect.stringContaining('1 passed, 1 total')])
    },
  )
})

describe('older compilers', { timeout: 120_000 }, () => {
  function compile(version: string, file: string, module: string, resolution: string) {
    const options = ['--module', module, '--moduleResolution', resolution, '--target', 'es2022']
    const rest = ['--strict', '--noEmit', '--types', 'node', '--skipLibCheck', file]
    return node(join(TOOLS, `typescript-${version}/bin/tsc`), ...options, ...rest)
  }

  /** One error for each entry, about its type: an entry that does not resolve is an error of another kind. */
  async function errorsOf(version: string, file: string, module: string, resolution: string) {
    const imports = ENTRIES.map((name, index) => `import * as e${index} from '${name}'`)
    const uses = ENTRIES.map((_, index) => `export const n${index}: string = e${index}`)
    await write(file, [...imports, ...uses].join('\n'))
    const { output } = await compile(version, file, module, resolution)
    return [...output.matchAll(/error (TS\d+)/g)].map(([, code]) => code)
  }

  const eachIs = (code: string) => ENTRIES.map(() => code)

  it.each(['5.4', '5.9'])('TypeScript %s finds the types of every entry', async (version) => {
    for (const [module, resolution] of [
      ['node16', 'node16'],
      ['esnext', 'bundler'],
    ] as const) {
      expect(await errorsOf(version, 'main.mts', module, resolution)).toEqual(eachIs('TS2322'))
    }
  })

  it('TypeScript 5.9 finds them in CommonJS under nodenext, and 5.4 rejects the import', async () => {
    expect(await errorsOf('5.9', 'main.cts', 'nodenext', 'nodenext')).toEqual(eachIs('TS2322'))
    expect(await errorsOf('5.4', 'main.cts', 'nodenext', 'nodenext')).toContain('TS1479')
  })
})

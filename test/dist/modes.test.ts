/** The tarball where a runtime withholds something: files, the network, `eval`, changes of built-in objects. */

import { execFile } from 'node:child_process'
import { readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { Miniflare } from 'miniflare'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import manifest from '../../package.json' with { type: 'json' }
import { createProject, ENTRIES } from '../support/installed-package.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const BIN = join(ROOT, 'node_modules/.bin')
const RESOURCE = 'https://rs.example/mcp'
/** The statuses without a token, with one, with a DPoP-bound one and its proof, and with the same proof again. */
const GUARDED = '401 200 200 401'
/** These import `node:http`, or a framework of Node. */
const NODE_ENTRIES = ['node', 'fastify'].map((entry) => `${manifest.name}/${entry}`)

let project: string

beforeAll(async () => {
  project = await realpath(await createProject())
  const guard = `
    import { protect, protectedResource } from '${manifest.name}'
    import { createTestIssuer } from '${manifest.name}/testing'

    export async function run() {
      const issuer = createTestIssuer({ resource: '${RESOURCE}' })
      const authorizationServers = [issuer.issuer]
      const options = { resource: '${RESOURCE}', authorizationServers, fetch: issuer.fetch }
      const notes = protectedResource({ ...options, dpop: true, onEvent() {} })
      const guarded = protect(notes, () => new Response('done'))
      const send = async (headers) => (await guarded(new Request('${RESOURCE}', { headers }))).status
      const curve = { name: 'ECDSA', namedCurve: 'P-256' }
      const pair = await crypto.subtle.generateKey(curve, false, ['sign', 'verify'])
      const token = await issuer.token({}, { boundTo: pair })
      const DPoP = await issuer.dpopProof(new Request('${RESOURCE}'), token, pair)
      const bound = { Authorization: 'DPoP ' + token, DPoP }
      const statuses = [await send({}), await send({ Authorization: 'Bearer ' + (await issuer.token()) })]
      return [...statuses, await send(bound), await send(bound)].join(' ')
    }`
  const portable = ENTRIES.filter((name) => !NODE_ENTRIES.includes(name))
  const main = `import { run } from './guard.js'\nrun().then((text) => console.log(text))`
  const worker = `import { run } from './guard.js'\nexport default { fetch: async () => new Response(await run()) }`
  await writeFile(join(project, 'guard.js'), guard)
  await writeFile(join(project, 'main.js'), [importAll(ENTRIES), main].join('\n'))
  await writeFile(join(project, 'worker.js'), [importAll(portable), worker].join('\n'))
}, 60_000)

afterAll(() => rm(project, { recursive: true }))

/** Text that loads the entries, for a bundler too. */
function importAll(names: readonly string[]): string {
  const imports = names.map((name, index) => `import * as e${index} from '${name}'`)
  return [...imports, `export const entries = [${names.map((_, index) => `e${index}`)}]`].join('\n')
}

/** @returns What the program prints. */
async function print(program: string, ...argv: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(program, argv, { cwd: project })
  return stdout.trim()
}

describe('the package', { timeout: 60_000 }, () => {
  it.each([
    [
      'reads no files, writes none and starts no programs',
      '--permission',
      `--allow-fs-read=${ROOT}*`,
    ],
    ['evaluates no text', '--disallow-code-generation-from-strings'],
    ['changes no built-in object', '--frozen-intrinsics'],
    ['reads no __proto__', '--disable-proto=throw'],
    ['needs no compiled code', '--jitless'],
  ])('%s: node %s', async (_title, ...flags) => {
    const read = flags.length > 1 ? [`--allow-fs-read=${project}/*`] : []
    const argv = ['--no-warnings', ...flags, ...read, 'main.js']
    expect(await print(process.execPath, ...argv)).toBe(GUARDED)
  })

  it('needs no permission of Deno', async () => {
    const argv = ['run', '--no-prompt', '--node-modules-dir=manual', 'main.js']
    expect(await print(join(BIN, 'deno'), ...argv)).toBe(GUARDED)
  })

  it('runs in the small heap of Bun, and in a program that Bun compiles', async () => {
    expect(await print(join(BIN, 'bun'), '--smol', 'main.js')).toBe(GUARDED)
    await print(join(BIN, 'bun'), 'build', '--compile', 'main.js', '--outfile', 'program')
    expect(await print(join(project, 'program'))).toBe(GUARDED)
  })

  it.each([
    ['2022-11-30', []],
    ['2026-06-01', []],
    ['2026-06-01', ['nodejs_compat']],
  ])('runs on workerd with the compatibility date %s and the flags %j', async (date, flags) => {
    const outfile = join(project, 'bundle.mjs')
    await build({
      entryPoints: [join(project, 'worker.js')],
      bundle: true,
      format: 'esm',
      platform: 'neutral',
      mainFields: ['module', 'main'],
      conditions: ['workerd', 'worker', 'import'],
      external: ['cloudflare:*'],
      outfile,
    })
    const contents = await readFile(outfile, 'utf8')
    const miniflare = new Miniflare({
      modules: [{ type: 'ESModule', path: 'bundle.mjs', contents }],
      compatibilityDate: date,
      compatibilityFlags: flags,
      outboundService: () => new Response(null, { status: 502 }),
    })
    try {
      expect(await (await miniflare.dispatchFetch('http://worker.example/')).text()).toBe(GUARDED)
    } finally {
      await miniflare.dispose()
    }
  })
})

/** The cost of a start: an import on Node in a new process, and a new Worker in workerd. */

import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { Miniflare, type MiniflareOptions } from 'miniflare'
import { type Table, toFigures } from './figures.ts'
import { ISSUER, RESOURCE } from './fixtures.ts'
import { OURS, type Role } from './subjects.ts'
import { bundle, COMPATIBILITY_DATE } from './workerd.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const PROCESSES = 21
const STARTS = 21

const BUILT = './dist/index.js'

interface Script {
  readonly name: string
  readonly role: Role
  readonly source: string
}

const WORKERS: readonly Script[] = [
  {
    name: 'a Worker that responds with hello',
    role: 'floor',
    source: `export default { fetch: () => new Response('hello') }`,
  },
  {
    name: 'with jose',
    role: 'peer',
    source: `import { jwtVerify } from 'jose'
      export default {
        async fetch(request) {
          const token = request.headers.get('Authorization')
          if (token === null) return new Response(null, { status: 401 })
          await jwtVerify(token, new Uint8Array(32))
          return new Response('hello')
        },
      }`,
  },
  { name: `with ${OURS}`, role: 'ours', source: guarded('./dist/index.js') },
  { name: `with ${OURS}/core`, role: 'ours', source: guarded('./dist/core.js') },
]

function guarded(entry: string): string {
  return `import { protect, protectedResource } from '${entry}'
    const authorizationServers = ['${ISSUER}']
    const resource = protectedResource({ resource: '${RESOURCE}', authorizationServers })
    export default { fetch: protect(resource, () => new Response('hello')) }`
}

/** Milliseconds. */
interface Cost {
  readonly wall: number
  readonly cpu: number
}

export function measureImport(): Table[] {
  const imports: readonly { name: string; role: Role; modules: readonly string[] }[] = [
    { name: 'jose and valibot', role: 'floor', modules: ['jose', 'valibot'] },
    { name: OURS, role: 'ours', modules: [BUILT] },
  ]
  const rounds = imports.map((): Cost[] => [])
  for (let round = -1; round < PROCESSES; round++) {
    for (const [index, { modules }] of imports.entries()) {
      const cost = importOnce(modules)
      // The first rounds fill the file system cache.
      if (round >= 0) rounds[index]?.push(cost)
    }
  }
  return (['wall', 'cpu'] as const).map((time) => ({
    part: 'startup',
    title: `Import: ${time === 'cpu' ? 'CPU' : time} time`,
    unit: 'ms',
    figures: toFigures(
      imports,
      rounds.map((costs) => costs.map((cost) => cost[time])),
    ),
  }))
}

/** The clock starts after Node itself. */
function importOnce(modules: readonly string[]): Cost {
  const probe = `
    const [cpu, start] = [process.cpuUsage(), performance.now()]
    for (const name of process.argv.slice(1)) await import(name)
    const wall = performance.now() - start
    const { user, system } = process.cpuUsage(cpu)
    console.log(JSON.stringify({ wall, cpu: (user + system) / 1000 }))`
  const args = ['--input-type=module', '--eval', probe, ...modules]
  return JSON.parse(execFileSync('node', args, { cwd: ROOT, encoding: 'utf8' })) as Cost
}

export async function measureColdStart(): Promise<Table> {
  const options: MiniflareOptions[] = []
  for (const { source } of WORKERS) {
    const contents = await bundle({ stdin: { contents: source, resolveDir: ROOT } })
    options.push({
      // Otherwise Miniflare requests an object for `request.cf` from its vendor.
      cf: false,
      modules: [{ type: 'ESModule', path: 'worker.js', contents }],
      compatibilityDate: COMPATIBILITY_DATE,
    })
  }
  const rounds = WORKERS.map((): number[] => [])
  const miniflare = new Miniflare(options[0] as MiniflareOptions)
  try {
    await miniflare.ready
    for (let round = -1; round < STARTS; round++) {
      for (const [index, each] of options.entries()) {
        const start = performance.now()
        // Starts a new workerd.
        await miniflare.setOptions(each)
        await (await fetch(await miniflare.ready)).arrayBuffer()
        if (round >= 0) rounds[index]?.push(performance.now() - start)
      }
    }
  } finally {
    await miniflare.dispose()
  }
  return {
    part: 'startup',
    title: 'Cold start of a Worker',
    unit: 'ms',
    figures: toFigures(WORKERS, rounds),
  }
}

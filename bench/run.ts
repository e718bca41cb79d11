/**
 * Measures everything on every runtime, one after the other, and writes `docs/performance.md`.
 * `npm run bench -- cached load --runtime node` measures only these parts and only prints them.
 * `npm run bench -- scale` and `-- gateway` are runs of their own, and `-- everything` is all of them.
 */

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import miniflare from 'miniflare/package.json' with { type: 'json' }
import { buildBefore, forgetBefore } from './before.ts'
import { PARTS, type RuntimeResult, type Table } from './figures.ts'
import { createFixtures, type Fixtures } from './fixtures.ts'
import { measureGateway } from './gateway.ts'
import { measureLoad } from './load.ts'
import { CONNECTIONS, LOAD_GENERATOR } from './load-generator.ts'
import { report } from './report.ts'
import { measureScale } from './scale.ts'
import { measureColdStart, measureImport } from './startup.ts'
import { measureOnWorkerd } from './workerd.ts'

const PAGE = fileURLToPath(new URL('../docs/performance.md', import.meta.url))
const RUNTIMES = ['node', 'bun', 'deno', 'workerd'] as const
type Runtime = (typeof RUNTIMES)[number]

/**
 * The arguments of each runtime. miniflare starts workerd. mitata collects garbage before each attempt. Where it cannot, it
 * allocates a gigabyte instead, which starts a collection that goes on during the attempt, and takes longer than the
 * attempt where the heap holds a hundred thousand requests.
 */
const ARGUMENTS: Readonly<Record<Exclude<Runtime, 'workerd'>, readonly string[]>> = {
  node: ['--expose-gc'],
  bun: ['run'],
  deno: ['run', '--quiet', '--no-lock', '--allow-all', '--v8-flags=--expose-gc'],
}

const { values, positionals } = parseArgs({
  options: { runtime: { type: 'string', multiple: true } },
  allowPositionals: true,
})
// Not parts of the full run: scale takes as long as everything else together, gateway needs nginx.
const ALONE: Readonly<Record<string, (directory: string) => Promise<void>>> = {
  gateway: measureGateway,
  scale: measureScale,
}
const [first = ''] = positionals
const isEverything = first === 'everything'
const alone = isEverything ? Object.values(ALONE) : [ALONE[first] ?? []].flat()
const parts =
  alone.length === 0 || isEverything ? choose(PARTS, isEverything ? [] : positionals) : []
const runtimes = choose(RUNTIMES, values.runtime ?? [])
const isComplete = parts.length === PARTS.length && values.runtime === undefined

const directory = mkdtempSync(join(tmpdir(), 'gatehouse-bench-'))
const fixturesPath = join(directory, 'fixtures.json')
try {
  if (parts.length > 0) await measureParts()
  for (const measure of alone) await measure(directory)
} finally {
  rmSync(directory, { recursive: true })
  forgetBefore()
}

async function measureParts(): Promise<void> {
  const isCompared = parts.includes('cached') || parts.includes('memory')
  const before = isCompared ? buildBefore(directory) : undefined
  const fixtures = { ...(await createFixtures(parts.includes('users'))), before }
  writeFileSync(fixturesPath, JSON.stringify(fixtures))
  const results: RuntimeResult[] = []
  for (const runtime of runtimes) {
    const started = Date.now()
    const name = `${runtime} ${versionOf(runtime)}`
    process.stdout.write(`measuring on ${name} … `)
    results.push({ name, runtime, tables: await measureOn(runtime, fixtures) })
    console.log(`${Math.round((Date.now() - started) / 1000)} s`)
  }
  const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}`
  const page = report(results, {
    former: readFileSync(PAGE, 'utf8'),
    machine,
    loadGenerator: LOAD_GENERATOR,
    connections: CONNECTIONS,
  })
  console.log(`\n${page}`)
  if (isComplete) writeFileSync(PAGE, page)
  console.log(
    isComplete ? 'Written to docs/performance.md' : 'Not written: only a part was measured.',
  )
}

async function measureOn(runtime: Runtime, fixtures: Fixtures): Promise<Table[]> {
  if (runtime === 'workerd') {
    const isAsked = parts.includes('startup')
    return [
      ...(await measureOnWorkerd(fixtures, parts)),
      ...(isAsked ? [await measureColdStart()] : []),
    ]
  }
  const tables = tablesFrom(runtime, [...ARGUMENTS[runtime], 'main.ts', fixturesPath, ...parts])
  if (runtime !== 'deno' && parts.includes('load')) {
    tables.push(...(await measureLoad(runtime, fixturesPath, fixtures)))
  }
  if (runtime === 'node' && parts.includes('memory')) {
    tables.push(
      ...tablesFrom('node', [
        '--expose-gc',
        'memory.ts',
        ...(fixtures.before === undefined ? [] : [fixtures.before]),
      ]),
    )
  }
  if (runtime === 'node' && parts.includes('startup')) tables.push(...measureImport())
  return tables
}

function tablesFrom(runtime: string, args: readonly string[]): Table[] {
  return JSON.parse(run(runtime, args)) as Table[]
}

function versionOf(runtime: Runtime): string {
  if (runtime === 'workerd') return `in miniflare ${miniflare.version}`
  const [line = ''] = run(runtime, ['--version']).split('\n')
  return line.replace(/^deno |^v/, '').replace(/ \(.*/, '')
}

function run(program: string, args: readonly string[]): string {
  const cwd = fileURLToPath(new URL('.', import.meta.url))
  return execFileSync(program, args, { cwd, encoding: 'utf8', maxBuffer: 1e7 }).trim()
}

/** The selected names; all of them without a selection. */
function choose<Name extends string>(all: readonly Name[], asked: readonly string[]): Name[] {
  const unknown = asked.find((name) => !all.includes(name as Name))
  if (unknown !== undefined) throw new Error(`Unknown: ${unknown}. Choose from ${all.join(', ')}`)
  return all.filter((name) => asked.length === 0 || asked.includes(name))
}

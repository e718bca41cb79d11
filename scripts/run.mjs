// `npm test`, `npm run demo` and their parts. On a fresh clone it installs first, so it runs before anything is
// installed: no dependencies, and nothing newer than Node 20.

import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { constants } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const BIN = join(ROOT, 'node_modules', '.bin')

/** What `npm test` runs before the tests, cheapest first. @type {Record<string, string[]>} */
const STEPS = {
  format: ['biome', 'format'],
  lint: ['biome', 'check', '--formatter-enabled=false', '--error-on-warnings'],
  // By path: TypeScript 6 stands beside 7 for tsup, and both would like to be `tsc`.
  types: ['node', 'node_modules/@typescript/native/bin/tsc', '--build', '--force'],
  floors: ['node', 'scripts/floors.mjs'],
  build: ['tsup'],
  // Its types are the peers' and those of dist/, which are there for `npm run bench` only.
  bench: ['node', 'node_modules/@typescript/native/bin/tsc', '--project', 'bench'],
}
const CHECKS = Object.keys(STEPS).filter((name) => name !== 'build' && name !== 'bench')

const [command = 'test', ...args] = process.argv.slice(2)
process.chdir(ROOT)
process.exitCode = await main()

async function main() {
  if (!isInstalled() && (await install()) !== 0) return 1
  switch (command) {
    case 'test':
      return (
        (await steps([...CHECKS, 'build'])) ||
        show(['vitest', 'run', ...args], { ...toolEnvironment(), FRESH_BUILD: '1' })
      )
    case 'demo':
      return (await steps(['build'])) || show(['node', 'examples/demo/main.ts', ...args])
    case 'bench':
      if (!isInstalled('bench') && (await install('bench')) !== 0) return 1
      return (await steps(['build', 'bench'])) || show(['node', 'bench/run.ts', ...args])
    case 'mutate':
      return show(['node', 'test/mutation/main.ts', ...args])
    case 'check':
      return steps(args.length > 0 ? args : CHECKS)
    case 'build':
      return steps(['build'])
    case 'docs':
      return show(['node', 'scripts/docs.mjs'])
    case 'fix':
      return show(['biome', 'check', '--write', ...args])
    default:
      console.error(`There is no ${command}: test, demo, bench, mutate, check, build, docs or fix.`)
      return 2
  }
}

/** @param {string[]} names */
async function steps(names) {
  for (const name of names) {
    const argv = STEPS[name]
    if (!argv) {
      console.error(`There is no step ${name}: ${Object.keys(STEPS).join(', ')}.`)
      return 2
    }
    const start = Date.now()
    const { code, output } = await collect(argv, toolEnvironment())
    console.log(`${code === 0 ? '✓' : '✗'} ${name.padEnd(8)} ${seconds(start)}`)
    if (code !== 0) {
      process.stdout.write(output)
      return code
    }
  }
  return 0
}

/**
 * npm writes its own copy of the lock once everything is in place, so comparing the two also notices an
 * install that was interrupted, and is content with `npm install`. Packages for other platforms are
 * rightly missing from it.
 */
function isInstalled(directory = '.') {
  try {
    const wanted = readPackages(join(directory, 'package-lock.json'))
    const found = readPackages(join(directory, 'node_modules/.package-lock.json'))
    return Object.entries(wanted).every(
      ([path, { version, optional }]) =>
        path === '' || (found[path] ? found[path].version === version : optional),
    )
  } catch {
    return false
  }
}

/** @returns {Record<string, { version: string, optional?: boolean }>} */
function readPackages(/** @type {string} */ lock) {
  return JSON.parse(readFileSync(lock, 'utf8')).packages
}

async function install(directory = '.') {
  const whose = directory === '.' ? 'Dependencies' : `Dependencies of ${directory}/`
  console.log(`${whose} are missing or older than package-lock.json: running npm ci`)
  const start = Date.now()
  // A terminal sees the seconds run in place; a log gets a line now and then.
  const [before, after, interval] = process.stdout.isTTY ? ['\r\x1b[K', '', 100] : ['', '\n', 5000]
  const timer = setInterval(
    () => process.stdout.write(`${before}  installing, ${seconds(start)}${after}`),
    interval,
  )
  // Dev dependencies are the point, whatever NODE_ENV says.
  const argv = ['npm', 'ci', '--include=dev', '--no-audit', '--no-fund', '--prefix', directory]
  const { code, output } = await collect(argv, npmEnvironment())
  clearInterval(timer)
  console.log(`${before}${code === 0 ? '✓' : '✗'} ${'install'.padEnd(8)} ${seconds(start)}`)
  if (code !== 0) process.stdout.write(output)
  return code
}

/** The tools of node_modules first, among them the Node that vitest, tsup and miniflare want. */
function toolEnvironment() {
  return { ...process.env, PATH: BIN + delimiter + process.env['PATH'] }
}

/**
 * Undoes what the outer npm did to the environment. Left in place, the inner one would run on the very
 * `node` it is about to delete, and take this run's package, prefix and flags for its own. Where to
 * install from (registry, proxy, certificates) stays as it was set.
 */
function npmEnvironment() {
  const ours =
    /^npm_(?!config_)|^npm_config_(.*prefix|global|dry_run|workspaces?|omit|include|package_lock.*)$|^(NODE|INIT_CWD)$/i
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !ours.test(name)))
  const path = (process.env['PATH'] ?? '').split(delimiter)
  env['PATH'] = path
    .filter((dir) => !/node_modules[\\/]\.bin|node-gyp-bin/.test(dir))
    .join(delimiter)
  return env
}

/**
 * Runs a tool with this terminal as its own; Ctrl-C and SIGTERM are the tool's to answer.
 * @param {string[]} argv
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<number>}
 */
function show([tool = '', ...rest], env = toolEnvironment()) {
  const child = spawn(tool, rest, { stdio: 'inherit', env })
  process.on('SIGINT', () => {})
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  return ended(child)
}

/**
 * Runs a tool quietly; what it said matters only if it failed.
 * @param {string[]} argv
 * @param {NodeJS.ProcessEnv} env
 */
async function collect([tool = '', ...rest], env) {
  const child = spawn(tool, rest, { stdio: ['ignore', 'pipe', 'pipe'], env })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      output += text
    })
  }
  return { code: await ended(child), output }
}

/**
 * @param {import('node:child_process').ChildProcess} child
 * @returns {Promise<number>}
 */
function ended(child) {
  return new Promise((resolve) => {
    child.on('error', (error) => {
      console.error(error.message)
      resolve(127)
    })
    child.on('close', (code, signal) =>
      resolve(code ?? 128 + constants.signals[signal ?? 'SIGTERM']),
    )
  })
}

/** @param {number} start */
function seconds(start) {
  return `${((Date.now() - start) / 1000).toFixed(1)} s`
}

// The npm scripts. On a fresh clone it installs the dependencies first, so it has none itself and runs on Node 20.

import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { constants } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const BIN = join(ROOT, 'node_modules', '.bin')

/** The steps that `npm test` runs before the tests, fastest first. @type {Record<string, string[]>} */
const STEPS = {
  format: ['biome', 'format'],
  lint: ['biome', 'check', '--formatter-enabled=false', '--error-on-warnings'],
  // By path: TypeScript 6 (for tsup) and 7 both install a `tsc`.
  types: ['node', 'node_modules/@typescript/native/bin/tsc', '--build', '--force'],
  floors: ['node', 'scripts/floors.mjs'],
  build: ['tsup'],
  // Needs dist/ and the dependencies of bench/, which only `npm run bench` installs.
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
    case 'test:field':
      return testField(args)
    case 'demo':
      return (await steps(['build'])) || show(['node', 'examples/demo/main.ts', ...args])
    case 'bench':
      if (!isInstalled('bench') && (await install('bench')) !== 0) return 1
      return (await steps(['build', 'bench'])) || show(['node', 'bench/run.ts', ...args])
    case 'clients':
      return (await steps(['build'])) || show(['node', 'test/clients/main.ts', ...args])
    case 'soak':
      return (await steps(['build'])) || show(['node', 'test/soak/main.ts', ...args])
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
      console.error(
        `Unknown command: ${command}. Choose from test, test:field, demo, bench, clients, soak, mutate, check, build, docs, fix.`,
      )
      return 2
  }
}

/**
 * Runs the tests with software that other projects make. Each folder of test/field/ with a package.json has
 * dependencies of its own. One that cannot be installed is skipped by name, and the exit status stays that of the tests.
 * @param {string[]} names folders of test/field/; all of them without one
 */
async function testField(names) {
  const all = readdirSync('test/field').filter((name) =>
    existsSync(join('test/field', name, 'package.json')),
  )
  const unknown = names.filter((name) => !all.includes(name))
  if (unknown.length > 0) {
    console.error(`Unknown: ${unknown.join(', ')}. Choose from ${all.join(', ')}.`)
    return 2
  }
  /** @type {string[]} */
  const installed = []
  for (const name of names.length > 0 ? names : all) {
    const directory = join('test/field', name)
    if (isInstalled(directory) || (await install(directory)) === 0) installed.push(directory)
    else console.log(`- skipped  ${directory}: its dependencies could not be installed`)
  }
  if (installed.length === 0) return names.length > 0 ? 1 : 0
  return (
    (await steps(['build'])) ||
    show(
      await inLoopback(['vitest', 'run', '--config', 'test/field/vitest.config.ts', ...installed]),
    )
  )
}

/**
 * A command in a network with loopback only, where Linux allows that: builders and servers of other projects may call home.
 * @param {string[]} argv
 */
async function inLoopback(argv) {
  // A namespace of users, which only others than root need, has no second user to run programs as.
  const flags = process.getuid?.() === 0 ? '-n' : '-rn'
  const outer = ['unshare', flags, 'sh', '-c', 'ip link set lo up && exec "$0" "$@"']
  const { code } = await collect([...outer, 'true'], process.env)
  return code === 0 ? [...outer, ...argv] : argv
}

/** @param {string[]} names */
async function steps(names) {
  for (const name of names) {
    const argv = STEPS[name]
    if (!argv) {
      console.error(`Unknown step: ${name}. Choose from ${Object.keys(STEPS).join(', ')}.`)
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
 * Compares package-lock.json with the copy that npm writes at the end of an install. This also detects
 * an interrupted install, and accepts `npm install`. The copy lacks packages for other platforms.
 */
function isInstalled(directory = '.') {
  try {
    const expected = readPackages(join(directory, 'package-lock.json'))
    const installed = readPackages(join(directory, 'node_modules/.package-lock.json'))
    return Object.entries(expected).every(
      ([path, { version, optional }]) =>
        path === '' || (installed[path] ? installed[path].version === version : optional),
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
  const label = directory === '.' ? 'Dependencies' : `Dependencies of ${directory}/`
  console.log(`${label} are missing or older than package-lock.json: running npm ci`)
  const start = Date.now()
  // A terminal shows the seconds in place; a log gets a line every five seconds.
  const [before, after, interval] = process.stdout.isTTY ? ['\r\x1b[K', '', 100] : ['', '\n', 5000]
  const timer = setInterval(
    () => process.stdout.write(`${before}  installing, ${seconds(start)}${after}`),
    interval,
  )
  // Dev dependencies are needed even with NODE_ENV=production.
  const argv = ['npm', 'ci', '--include=dev', '--no-audit', '--no-fund', '--prefix', directory]
  const { code, output } = await collect(argv, npmEnvironment())
  clearInterval(timer)
  console.log(`${before}${code === 0 ? '✓' : '✗'} ${'install'.padEnd(8)} ${seconds(start)}`)
  if (code !== 0) process.stdout.write(output)
  return code
}

/** Puts the tools of node_modules first, including the Node version that vitest, tsup and miniflare need. */
function toolEnvironment() {
  return { ...process.env, PATH: BIN + delimiter + process.env['PATH'] }
}

/**
 * Removes the variables that the outer npm set. Otherwise the inner npm would run on the `node` that it
 * replaces, with the package, prefix and flags of this run. Registry, proxy and certificates stay set.
 */
function npmEnvironment() {
  const setByNpm =
    /^npm_(?!config_)|^npm_config_(.*prefix|global|dry_run|workspaces?|omit|include|package_lock.*)$|^(NODE|INIT_CWD)$/i
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !setByNpm.test(name)),
  )
  const path = (process.env['PATH'] ?? '').split(delimiter)
  env['PATH'] = path
    .filter((dir) => !/node_modules[\\/]\.bin|node-gyp-bin/.test(dir))
    .join(delimiter)
  return env
}

/**
 * Runs a tool on this terminal. The tool handles Ctrl-C and SIGTERM.
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
 * Runs a tool and collects its output, which is printed only after a failure.
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

// Checks the one rule of the tree: a folder is a floor, and imports point to earlier floors only.
// Run with `npm run check -- floors`.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

/**
 * The folders from the ground up. A file imports from its own folder and from those before it. `src` is
 * the files directly in it: what the main entry exports.
 */
const FLOORS = [
  'src/lib',
  'src/contract',
  'src/crypto',
  'src/documents',
  'src/http',
  'src/identifiers',
  'src/schema',
  'src/metadata',
  'src/authorization-server',
  'src/scope',
  'src/jwt',
  'src/binding',
  'src/mcp',
  'src/opaque',
  'src/resource',
  'src/request',
  'src/response',
  'src/config',
  'src',
  'src/providers',
  'src/testing',
  'src/cli',
  'adapters',
  'bench',
]

/** Rules over values: no network, no clock, no key. */
const PURE = ['http', 'identifiers', 'schema', 'metadata', 'scope', 'mcp', 'config'].map(
  (name) => `src/${name}`,
)
const IMPURE = /\bfetch\(|\bDate\.now\b|\bcrypto\./g
const COMMENT_OR_STRING = /\/\*[\s\S]*?\*\/|\/\/.*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"/g

/** The packages a floor may import, besides none; `node:` stands for all that begin so. @type {Record<string, string[]>} */
const PACKAGES = {
  'src/schema': ['valibot'],
  // By path: the index of jose costs as much to import as everything else together.
  'src/crypto': ['jose/jws'],
  'src/testing': ['jose/jwk', 'jose/key'],
  'src/cli': ['node:'],
}

/** Adapters use the public surface, their own folder, `adapters/shared`, and their host. @type {Record<string, string[]>} */
const HOSTS = {
  'adapters/cloudflare': ['cloudflare:'],
  'adapters/hono.ts': ['hono'],
  'adapters/node': ['node:'],
  'adapters/otel.ts': ['@opentelemetry/api'],
}
const PUBLIC_SURFACE = 'src/index.ts'
/** Pure rules that adapters need and the public surface does not export. */
const ADAPTER_RULES = ['src/http/request-target.ts', 'src/lib/base64url.ts', 'src/lib/overlay.ts']

/**
 * Finds every import that points up, past the public surface or in a circle, and every file on no floor.
 * @param {Readonly<Record<string, string>>} files text by path from the root, with forward slashes
 * @returns {string[]} one line per problem; empty if there are none
 */
export function checkFloors(files) {
  /** @type {Map<string, string[]>} */
  const graph = new Map()
  const problems = Object.entries(files).flatMap(([path, text]) => {
    const floor = floorOf(path)
    if (floor === undefined) return [`${path} is on no floor: see the list in scripts/floors.mjs`]
    const targets = ts
      .preProcessFile(text)
      .importedFiles.map(({ fileName }) => fileName)
      .map((name) => (name.startsWith('.') ? posix.join(posix.dirname(path), name) : name))
    graph.set(path, targets)
    const impure = PURE.includes(floor) ? text.replace(COMMENT_OR_STRING, '').match(IMPURE) : null
    return [
      ...(impure ?? []).map((word) => `${path} contains ${word}: ${floor} is pure`),
      ...targets.flatMap((target) => {
        const fault = faultOf(path, floor, target, files)
        return fault === undefined ? [] : [`${path} imports ${target}: ${fault}`]
      }),
    ]
  })
  return [...problems, ...cyclesOf(graph)]
}

/** @param {string} path */
function floorOf(path) {
  const [base = '', folder = ''] = path.split('/')
  const floor = base === 'src' && folder.endsWith('.ts') ? 'src' : `${base}/${folder}`
  return (
    FLOORS.find((each) => each === floor) ?? FLOORS.find((each) => each === base && base !== 'src')
  )
}

/** @param {string} path @param {string} floor @param {string} target @param {Readonly<Record<string, string>>} files */
function faultOf(path, floor, target, files) {
  const unit = floor === 'adapters' ? path.split('/').slice(0, 2).join('/') : floor
  if (!/\.(ts|js|html)$/.test(target) || !target.includes('/')) {
    if (floor === 'bench') return undefined // it has dependencies of its own
    const allowed = PACKAGES[floor] ?? HOSTS[unit] ?? []
    return allowed.some((each) => `${target}/`.startsWith(each.endsWith(':') ? each : `${each}/`))
      ? undefined
      : `not a package for ${unit}`
  }
  if (floor === 'bench' && target.startsWith('dist/')) return undefined
  if (files[target] === undefined) return 'there is no such file'
  const other = floorOf(target)
  if (other === undefined) return undefined // reported where the file itself is checked
  if (floor === 'adapters') {
    const isOwn = target.startsWith(`${unit}/`) || target.startsWith('adapters/shared/')
    return isOwn || [PUBLIC_SURFACE, ...ADAPTER_RULES].includes(target)
      ? undefined
      : `adapters see ${PUBLIC_SURFACE} only`
  }
  return FLOORS.indexOf(other) > FLOORS.indexOf(floor) ? `up, from ${floor} to ${other}` : undefined
}

/** @param {Map<string, string[]>} graph */
function cyclesOf(graph) {
  /** @type {string[]} */
  const cycles = []
  const done = new Set()

  /** @param {string} path @param {string[]} trail */
  function walk(path, trail) {
    const start = trail.indexOf(path)
    if (start >= 0) {
      cycles.push(`in a circle: ${[...trail.slice(start), path].join(' → ')}`)
    } else if (!done.has(path)) {
      for (const next of graph.get(path) ?? []) walk(next, [...trail, path])
      done.add(path)
    }
  }

  for (const path of graph.keys()) walk(path, [])
  return cycles
}

/**
 * Reads the TypeScript files that are on floors.
 * @param {string} root
 * @returns {Record<string, string>}
 */
export function readTree(root) {
  const paths = ['src', 'adapters', 'bench']
    .filter((folder) => existsSync(join(root, folder)))
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) =>
        posix.join(folder, name.replaceAll('\\', '/')),
      ),
    )
    .filter((path) => path.endsWith('.ts') && !path.includes('node_modules/'))
    .sort()
  return Object.fromEntries(paths.map((path) => [path, readFileSync(join(root, path), 'utf8')]))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const problems = checkFloors(readTree(fileURLToPath(new URL('..', import.meta.url))))
  for (const problem of problems) console.error(problem)
  process.exitCode = problems.length > 0 ? 1 : 0
}

// Checks the rule of the source tree: a folder is a floor, and imports point to earlier floors only.
// Run with `npm run check -- floors`.

import { globSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

/** The floors, lowest first. A file imports from its own floor and lower ones. `src`: the files directly in it. */
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
  'src/revocation',
  'src/audit',
  'src/session',
  'src/request',
  'src/response',
  'src/config',
  'src/features',
  'src',
  'src/providers',
  'src/testing',
  'src/exchange',
  'src/gateway',
  'adapters',
  'src/doctor',
  'src/cli',
  'bench',
]

/** Pure floors use no network, clock or randomness. */
const PURE = /^src\/(http|identifiers|schema|metadata|scope|mcp|config)$/
const IMPURE = /\bfetch\(|\bDate\.now\b|\bcrypto\./g
const COMMENT_OR_STRING = /\/\*[\s\S]*?\*\/|\/\/.*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"/g

/** The packages that a floor or an adapter may import. `node:` allows every name with that prefix. @type {Record<string, string[]>} */
const PACKAGES = {
  'src/schema': ['valibot'],
  // By path: importing the index of jose costs as much as everything else together.
  'src/testing': ['jose/jwk', 'jose/key'],
  'src/cli': ['jose/jwk', 'node:'],
  'adapters/cloudflare': ['cloudflare:'],
  'adapters/fastify.ts': ['node:'],
  'adapters/hono.ts': ['hono'],
  'adapters/node': ['node:'],
  'adapters/otel.ts': ['@opentelemetry/api'],
}

/** Adapters import their own folder, `adapters/shared`, the public surface, and these rules that it does not export. */
const OPEN_TO_ADAPTERS = [
  'adapters/node/index.ts',
  'src/index.ts',
  'src/check-request.ts',
  'src/contract/events.ts',
  'src/contract/thrown-rejection.ts',
  'src/guard.ts',
  'src/http/body-reader.ts',
  'src/http/request-target.ts',
  'src/http/response-head.ts',
  'src/http/upstream.ts',
  'src/lib/base64url.ts',
  'src/lib/overlay.ts',
  'src/resource/context-facts.ts',
  'src/resource/state.ts',
  'src/response/complete-response.ts',
  'src/response/metadata-responses.ts',
  'src/response/open-session.ts',
]

/**
 * Finds imports that point up, past the public surface or in a circle, and files on no floor.
 * @param {Readonly<Record<string, string>>} files text by path from the root, with forward slashes
 * @returns {string[]} one line per problem
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
    const impure = PURE.test(floor) ? text.replace(COMMENT_OR_STRING, '').match(IMPURE) : null
    return [
      ...(impure ?? []).map((word) => `${path} contains ${word}: ${floor} is pure`),
      ...targets.flatMap((target) => {
        const problem = checkImport(path, floor, target, files)
        return problem === undefined ? [] : [`${path} imports ${target}: ${problem}`]
      }),
    ]
  })
  return [...problems, ...findCircles(graph)]
}

/** @param {string} path */
function floorOf(path) {
  const [base = '', folder = ''] = path.split('/')
  const floor = base !== 'src' || folder.endsWith('.ts') ? base : `src/${folder}`
  return FLOORS.includes(floor) ? floor : undefined
}

/** @param {string} path @param {string} floor @param {string} target @param {Readonly<Record<string, string>>} files */
function checkImport(path, floor, target, files) {
  const unit = floor === 'adapters' ? path.split('/').slice(0, 2).join('/') : floor
  if (!/\/.*\.(ts|js|html)$/.test(target)) {
    const allowed = PACKAGES[unit] ?? []
    // `bench` has dependencies of its own.
    return floor === 'bench' ||
      allowed.some((each) => `${target}/`.startsWith(each.endsWith(':') ? each : `${each}/`))
      ? undefined
      : `not a package for ${unit}`
  }
  if (floor === 'bench' && target.startsWith('dist/')) return undefined
  if (files[target] === undefined) return 'there is no such file'
  if (floor === 'adapters') {
    const isOwn = target.startsWith(`${unit}/`) || target.startsWith('adapters/shared/')
    return isOwn || OPEN_TO_ADAPTERS.includes(target) ? undefined : 'adapters see src/index.ts only'
  }
  const other = floorOf(target) ?? ''
  return FLOORS.indexOf(other) > FLOORS.indexOf(floor) ? `up, from ${floor} to ${other}` : undefined
}

/** @param {Map<string, string[]>} graph @returns {string[]} */
function findCircles(graph) {
  const done = new Set()
  /** @param {string} path @param {string[]} trail @returns {string[]} */
  const walk = (path, trail) => {
    if (trail.includes(path)) {
      return [`in a circle: ${[...trail.slice(trail.indexOf(path)), path].join(' → ')}`]
    }
    if (done.has(path)) return []
    const circles = (graph.get(path) ?? []).flatMap((next) => walk(next, [...trail, path]))
    done.add(path)
    return circles
  }
  return [...graph.keys()].flatMap((path) => walk(path, []))
}

/**
 * Reads the TypeScript files on all floors.
 * @param {string} root
 * @returns {Record<string, string>}
 */
export function readTree(root) {
  const paths = globSync('{src,adapters,bench}/**/*.ts', {
    cwd: root,
    exclude: (name) => name === 'node_modules',
  })
  return Object.fromEntries(
    paths
      .map((path) => path.replaceAll('\\', '/'))
      .sort()
      .map((path) => [path, readFileSync(join(root, path), 'utf8')]),
  )
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const problems = checkFloors(readTree(fileURLToPath(new URL('..', import.meta.url))))
  for (const problem of problems) console.error(problem)
  process.exitCode = problems.length > 0 ? 1 : 0
}

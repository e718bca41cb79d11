// Checks that every import points downwards. The table is the architecture; what is not in it does not belong.
// Run with `npm run check -- floors`.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * A room is a file, a folder (`…/*`) or a list of them; a file's own entry wins over its folder's. A file
 * may import from lower levels, from earlier rooms of its floor, and from its own room unless that is
 * `apart`.
 * @typedef {object} Floor
 * @property {number} level
 * @property {string} name
 * @property {(string | string[])[]} rooms
 * @property {string[]} packages that may be imported; `node:` stands for all that begin so
 * @property {boolean} [apart] whether files of one room are closed to each other
 * @property {string[]} [only] the only files it may import
 * @property {string[]} [never] what its code may not say
 */

/** The rule about raw targets, for adapters of hosts that have them. */
const TARGETS = 'src/http/request-target.ts'

/** @type {Floor[]} */
const FLOORS = [
  { level: 0, name: 'private tools', packages: [], apart: true, rooms: ['src/lib/*'] },
  {
    level: 1,
    name: 'shapes',
    packages: [],
    rooms: [
      'src/errors.ts',
      'src/events.ts',
      'src/context.ts',
      'src/ports.ts',
      'src/mcp/methods.ts',
      'src/options.ts',
    ],
  },
  {
    level: 2,
    name: 'pure rules',
    packages: ['valibot'],
    never: ['fetch(', 'Date.now', 'crypto.'],
    rooms: [
      'src/identifiers/*',
      'src/scope/*',
      'src/http/*',
      'src/metadata/*',
      'src/mcp/*',
      [
        'src/token/claims.ts',
        'src/token/answer.ts',
        'src/token/private-key.ts',
        'src/token/compact-jwt.ts',
        'src/token/algorithms.ts',
        'src/token/registered-names.ts',
        'src/token/jwk.ts',
        'src/token/verified-token.ts',
      ],
      'src/config/*',
    ],
  },
  {
    level: 3,
    name: 'remembers or fetches',
    packages: [],
    rooms: [
      'src/documents/*',
      'src/metadata/discovery.ts',
      'src/token/import-key.ts',
      'src/token/key-set.ts',
      'src/token/jwks.ts',
      'src/token/issuer-documents.ts',
      'src/binding/digest.ts',
      'src/token/answer-cache.ts',
      'src/token/token-memory.ts',
      'src/token/verified-cache.ts',
      'src/binding/proof-keys.ts',
      'src/binding/dpop-nonce.ts',
      'src/binding/dpop-replay.ts',
    ],
  },
  {
    level: 4,
    name: 'verifies',
    // By its path: the index of jose costs as much to import as everything else together.
    packages: ['jose/jws'],
    rooms: [
      'src/token/sign-jwt.ts',
      'src/token/signature.ts',
      'src/metadata/sign.ts',
      'src/token/jwt.ts',
      ['src/token/client-authentication.ts', 'src/token/signed-answer.ts'],
      'src/token/introspection-response.ts',
      'src/token/introspection.ts',
      'src/token/custom.ts',
      'src/binding/dpop-proof.ts',
      'src/binding/mtls.ts',
    ],
  },
  {
    level: 5,
    name: 'one request',
    packages: [],
    rooms: [
      'src/resource-state.ts',
      'src/needed-scopes.ts',
      'src/authorize.ts',
      'src/read-body.ts',
      'src/operations.ts',
      'src/stream-expiry.ts',
      'src/bind.ts',
      'src/opaque-kinds.ts',
      'src/verify-opaque.ts',
      'src/verify-token.ts',
      'src/recall.ts',
      'src/challenges.ts',
      'src/refuse.ts',
      'src/verified-context.ts',
      'src/judge.ts',
      'src/authenticate.ts',
    ],
  },
  {
    level: 6,
    name: 'public surface',
    packages: [],
    rooms: [
      'src/create-binding.ts',
      'src/protected-resource.ts',
      'src/respond.ts',
      'src/choose-resource.ts',
      'src/protect.ts',
      'src/provider-options.ts',
      'src/provider-members.ts',
      'src/provider-entra.ts',
      'src/provider-introspection.ts',
      'src/provider-agents.ts',
      'src/provider-platforms.ts',
      'src/provider-questions.ts',
      'src/providers.ts',
      'src/index.ts',
    ],
  },
  {
    level: 7,
    name: 'testing',
    packages: ['jose/jwk', 'jose/key'],
    rooms: ['src/testing/*'],
  },
  { level: 7, name: 'command line', packages: ['node:'], rooms: ['src/cli/*'] },
  { ...adapters('raw-target.ts'), only: ['src/index.ts', TARGETS] },
  {
    ...adapters('hono.ts', 'hono'),
    only: ['src/index.ts', TARGETS, 'src/lib/overlay.ts'],
  },
  adapters('request-method.ts'),
  adapters('cloudflare-stores.ts'),
  {
    ...adapters('cloudflare.ts', 'cloudflare:'),
    only: withParts('cloudflare-stores.ts'),
  },
  adapters('hidden-certificates.ts'),
  adapters('deno-stores.ts'),
  {
    ...adapters('deno.ts'),
    only: withParts(
      'deno-stores.ts',
      'hidden-certificates.ts',
      'raw-target.ts',
      'request-method.ts',
    ),
  },
  { ...adapters('bun.ts'), only: withParts('hidden-certificates.ts') },
  adapters('otel.ts', '@opentelemetry/api'),
  adapters('node-fields.ts', 'node:'),
  { ...adapters('node-views.ts', 'node:'), only: withParts('node-fields.ts') },
  {
    ...adapters('node-http.ts', 'node:'),
    only: [TARGETS, ...withParts('node-fields.ts', 'node-views.ts', 'request-method.ts')],
  },
  {
    ...adapters('node.ts', 'node:'),
    only: [TARGETS, ...withParts('node-fields.ts', 'node-http.ts', 'raw-target.ts')],
  },
  adapters('*'),
]

/** @param {string} file @param {string[]} packages @returns {Floor} */
function adapters(file, ...packages) {
  const rooms = [`adapters/${file}`]
  return { level: 7, name: 'adapters', rooms, packages, apart: true, only: ['src/index.ts'] }
}

/** An adapter in several files. @param {string[]} parts @returns {string[]} */
function withParts(...parts) {
  return ['src/index.ts', ...parts.map((part) => `adapters/${part}`)]
}

/**
 * Finds every import that points upwards, sideways or in a circle, and every file no floor knows.
 * @param {Readonly<Record<string, string>>} files text by path from the root, with forward slashes
 * @returns {string[]} one line per problem; empty when all is well
 */
export function checkFloors(files) {
  const problems = []
  /** @type {Map<string, string[]>} */
  const graph = new Map()

  for (const [path, text] of Object.entries(files)) {
    const place = placeOf(path)
    if (!place) {
      problems.push(`${path} is on no floor: add it to the table in scripts/floors.mjs`)
      continue
    }
    const { floor } = place
    const code = stripComments(text)
    for (const word of floor.never ?? []) {
      if (withoutStrings(code).includes(word)) {
        problems.push(`${path} says ${word} but floor ${floor.level} is ${floor.name} only`)
      }
    }
    for (const specifier of importsOf(code)) {
      if (!specifier.startsWith('.')) {
        const known = floor.packages.some((it) =>
          it.endsWith(':') ? specifier.startsWith(it) : `${specifier}/`.startsWith(`${it}/`),
        )
        if (!known) problems.push(`${path} imports ${specifier}: not for ${floor.name}`)
        continue
      }
      const target = posix.join(posix.dirname(path), specifier)
      if (files[target] === undefined) {
        problems.push(`${path} imports ${specifier}: there is no ${target}`)
        continue
      }
      graph.set(path, [...(graph.get(path) ?? []), target])
      const fault = faultOf(place, target)
      if (fault) problems.push(`${path} imports ${target}: ${fault}`)
    }
  }
  return [...problems, ...cyclesOf(graph)]
}

/**
 * @typedef {{ floor: Floor, room: number }} Place
 * @param {string} path
 * @returns {Place | undefined}
 */
function placeOf(path) {
  for (const fits of [
    (/** @type {string} */ it) => it === path,
    (/** @type {string} */ it) => it.endsWith('/*') && path.startsWith(it.slice(0, -1)),
  ]) {
    for (const floor of FLOORS) {
      const room = floor.rooms.findIndex((it) => [it].flat().some(fits))
      if (room >= 0) return { floor, room }
    }
  }
  return undefined
}

/**
 * @param {Place} from
 * @param {string} path
 * @returns {string | undefined}
 */
function faultOf({ floor, room }, path) {
  const target = placeOf(path)
  if (!target) return undefined // told where the file itself is looked at
  if (floor.only) {
    return floor.only.includes(path) ? undefined : `${floor.name} see only ${floor.only}`
  }
  if (target.floor.level > floor.level) {
    return `upward, from floor ${floor.level} to ${target.floor.level}`
  }
  if (target.floor.level < floor.level) return undefined
  if (target.floor !== floor) return `sideways, from ${floor.name} to ${target.floor.name}`
  if (target.room > room) return `upward within floor ${floor.level}`
  if (target.room === room && floor.apart) return `sideways within ${floor.name}`
  return undefined
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

const STRING = /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"/

/** Strings are matched too, and kept, so that the `//` of a URL is no comment. @param {string} text */
function stripComments(text) {
  const pattern = new RegExp(String.raw`\/\*[\s\S]*?\*\/|\/\/.*|${STRING.source}`, 'g')
  return text.replace(pattern, (found) => (found.startsWith('/') ? ' ' : found))
}

/** @param {string} code */
function withoutStrings(code) {
  return code.replace(new RegExp(STRING, 'g'), "''")
}

/** Static, side-effect, re-exporting, dynamic and type imports alike. @param {string} code */
function importsOf(code) {
  const patterns = [
    /^\s*(?:import|export)\b[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]/gm,
    /^\s*import\s*['"]([^'"]+)['"]/gm,
    /\bimport\(\s*['"]([^'"]+)['"]/g,
  ]
  return patterns.flatMap((pattern) => [...code.matchAll(pattern)].map(([, name = '']) => name))
}

/**
 * Reads the TypeScript files that are on floors.
 * @param {string} root
 * @returns {Record<string, string>}
 */
export function readTree(root) {
  const paths = ['src', 'adapters']
    .filter((folder) => existsSync(join(root, folder)))
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) =>
        posix.join(folder, name.replaceAll('\\', '/')),
      ),
    )
    .filter((path) => path.endsWith('.ts'))
    .sort()
  return Object.fromEntries(paths.map((path) => [path, readFileSync(join(root, path), 'utf8')]))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const problems = checkFloors(readTree(fileURLToPath(new URL('..', import.meta.url))))
  for (const problem of problems) console.error(problem)
  process.exitCode = problems.length > 0 ? 1 : 0
}

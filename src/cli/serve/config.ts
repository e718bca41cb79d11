/** From the members of the file to resources and handlers. All mistakes are collected, with their paths. */

import { type ConfigProblem, isConfigError } from '../../contract/config-error.ts'
import type { Jwk } from '../../contract/documents.ts'
import type { AuthEvent } from '../../contract/events.ts'
import type { ProtectedResourceOptions } from '../../contract/resource-options.ts'
import { createForwardAuth } from '../../gateway/forward-auth.ts'
import { isObject, type JsonObject } from '../../lib/json.ts'
import { fail, type Result, succeed } from '../../lib/result.ts'
import { isLoopback, parseUrl } from '../../lib/safe-url.ts'
import type { ProtectedResource } from '../../resource/state.ts'
import { createPathChooser } from '../../response/choose-resource.ts'
import { findViolations } from '../../schema/shapes.ts'
import { type Address, parseAddress } from './address.ts'
import { CONFIG_FILE } from './config-schema.ts'
import {
  collector,
  createEntry,
  type Entry,
  type Forwarder,
  headersOf,
  type MadeEntry,
  placeInFile,
} from './entry.ts'
import { OWN_PATHS } from './own-paths.ts'

/** What the server needs. */
export interface ServeConfig {
  readonly address: Address
  readonly log: 'json' | 'text'
  readonly resources: readonly ProtectedResource[]
  /** By resource identifier. With `forwardAuth` there is none. */
  readonly forwarders: ReadonlyMap<string, Forwarder>
  /** Decides the sub-requests of a proxy. */
  readonly decide: ((request: Request) => Promise<Response>) | undefined
  /** The private keys of identity JWTs. */
  readonly keys: readonly Jwk[]
}

interface File extends Entry {
  readonly listen?: string
  readonly log?: 'json' | 'text'
  readonly resources?: readonly Entry[]
}

/**
 * Creates everything that the file describes.
 *
 * @param folder The folder of the file: names of other files are relative to it.
 * @param onEvent Receives the events of every resource.
 * @param known Mistakes in the text of the file, such as a variable that is not set. They come first.
 */
export function createConfig(
  given: JsonObject,
  folder: string,
  onEvent: (event: AuthEvent) => void,
  known: readonly ConfigProblem[] = [],
): Result<ServeConfig, ConfigProblem[]> {
  const file = given as File
  const problems: ConfigProblem[] = [
    ...known,
    ...misplacedOptions(file),
    ...findViolations(CONFIG_FILE, given),
  ]
  const address = parseAddress(file.listen ?? '127.0.0.1:8080')
  if (!address.ok && typeof file.listen === 'string') {
    problems.push({ path: 'listen', message: address.error })
  }
  const [entries, shared] = entriesOf(file)
  problems.push(...shared)
  const made = entries.map(({ entry, path }) =>
    createEntry(entry, folder, onEvent, collector(path, problems)),
  )
  problems.push(...sharedProblems(entries))
  if (address.ok) problems.push(...loopProblems(entries, address.value))
  const resources = made.flatMap(({ resource }) => resource ?? [])
  problems.push(...ownPathProblems(entries, made))
  if (problems.length === 0) problems.push(...placeProblems(resources))
  const decide = problems.length > 0 ? undefined : createDecide(entries, made, problems)
  if (problems.length > 0 || !address.ok) return fail(withoutRepetition(problems))
  const forwarders = made.flatMap(({ resource, handler }) =>
    resource === undefined || handler === undefined
      ? []
      : [[resource.identifier, handler] as const],
  )
  return succeed({
    address: address.value,
    log: file.log ?? 'json',
    resources,
    forwarders: new Map(forwarders),
    decide,
    keys: distinctKeys(made),
  })
}

/** Options of the protected resource that stand beside `resource`. */
function misplacedOptions(file: File): ConfigProblem[] {
  const listed = Array.isArray(file.resources) ? file.resources : []
  const places = [['', file], ...listed.map((entry, index) => [`resources[${index}].`, entry])]
  return places.flatMap(([path, entry]) =>
    RESOURCE_OPTIONS.filter((name) => isObject(entry) && Object.hasOwn(entry, name)).map(
      (name) => ({ path: `${path}${name}`, message: 'must be inside the object resource' }),
    ),
  )
}

const RESOURCE_OPTIONS: readonly (keyof ProtectedResourceOptions)[] = [
  'audience',
  'authorizationServers',
  'challengeScopes',
  'clockToleranceSeconds',
  'dpop',
  'getStream',
  'maxBodyBytes',
  'metadata',
  'metadataUrl',
  'mtls',
  'operations',
  'origins',
  'requiredScopes',
  'revocation',
  'scopeHierarchy',
  'scopesSupported',
  'sessions',
]

/** The entries with their paths in the file, and the mistakes in `resource` and `resources`. */
function entriesOf(file: File): [entries: { entry: Entry; path: string }[], ConfigProblem[]] {
  const { resources } = file
  if (resources === undefined) {
    const message =
      'is missing: give the options of the protected resource, or several in resources'
    return [
      [{ entry: file, path: '' }],
      file.resource === undefined ? [{ path: 'resource', message }] : [],
    ]
  }
  if (!Array.isArray(resources)) return [[], []]
  const misplaced = [
    'resource',
    'upstream',
    'forwardAuth',
    'identity',
    'identityHeaders',
    'exchange',
    'subpaths',
    'timeoutMs',
  ]
    .filter((name) => Object.hasOwn(file, name))
    .map((path) => ({ path, message: 'must be inside the elements of resources' }))
  const none = 'is empty; give at least one resource'
  const empty = resources.length === 0 ? [{ path: 'resources', message: none }] : []
  const entries = resources.flatMap((entry, index) =>
    isObject(entry) ? [{ entry, path: `resources[${index}]` }] : [],
  )
  return [entries, [...misplaced, ...empty, ...missingIn(entries)]]
}

function missingIn(entries: readonly { entry: Entry; path: string }[]): ConfigProblem[] {
  return entries
    .filter(({ entry }) => entry.resource === undefined)
    .map(({ path }) => ({ path: `${path}.resource`, message: 'is missing: give its options' }))
}

/** The server itself responds at {@link OWN_PATHS}, and Envoy takes a 200 there for the permission to pass a request on. */
function ownPathProblems(
  entries: readonly { entry: Entry; path: string }[],
  made: readonly MadeEntry[],
): ConfigProblem[] {
  return entries.flatMap(({ entry: { forwardAuth }, path }, index) => {
    const { identifier = '', metadataUrl = '' } = made[index]?.resource ?? {}
    const place = path === '' ? 'resource' : `${path}.resource`
    const taken = { resource: identifier, metadataUrl }
    const problems = Object.entries(taken).flatMap(([name, url]) => {
      const { pathname = '', origin } = parseUrl(url) ?? {}
      const isServed = origin === parseUrl(identifier)?.origin
      const message = `has the path ${pathname}, where serve responds itself; give it another one`
      return isServed && OWN_PATHS.includes(pathname) ? [{ path: `${place}.${name}`, message }] : []
    })
    if (forwardAuth !== 'envoy' || parseUrl(identifier)?.pathname !== '/') return problems
    const message = `has no path, so Envoy would pass requests for ${OWN_PATHS[0]} on without a token; give it a path`
    return [...problems, { path: `${place}.resource`, message }]
  })
}

/** Resources are chosen by path alone, because the host of a request is not trusted. So each path belongs to one resource. */
function placeProblems(resources: readonly ProtectedResource[]): ConfigProblem[] {
  try {
    createPathChooser(resources)
    return []
  } catch (error) {
    if (!isConfigError(error)) throw error
    return error.problems.map(({ path, message }) => ({
      path,
      message: message.replace(/give a function .*$/, 'serve it by a process of its own'),
    }))
  }
}

/** The handler for the sub-requests of a proxy, which all resources share. */
function createDecide(
  entries: readonly { entry: Entry; path: string }[],
  made: readonly MadeEntry[],
  problems: ConfigProblem[],
): ServeConfig['decide'] {
  const proxy = entries[0]?.entry.forwardAuth
  const resources = made.flatMap(({ resource }) => resource ?? [])
  if (proxy === undefined || resources.length !== entries.length) return undefined
  const identities = new Map(made.map(({ resource, identity }) => [resource, identity]))
  const headers = new Map(
    entries.map(({ entry }, index) => [made[index]?.resource, headersOf(entry)]),
  )
  const setup = { proxy, identities, headers }
  // Each alone, for the path of its mistakes.
  for (const [index, resource] of resources.entries()) {
    const collect = collector(entries[index]?.path ?? '', problems)
    collect(() => createForwardAuth([resource], setup), placeInFile)
  }
  return problems.length > 0 ? undefined : createForwardAuth(resources, setup)
}

/** Each key once: if two keys have the same `kid`, jose accepts neither of them. */
function distinctKeys(made: readonly MadeEntry[]): Jwk[] {
  const keys = made.flatMap(({ identity }) => (identity === undefined ? [] : [identity.key as Jwk]))
  return [...new Map(keys.map((key) => [JSON.stringify(key), key])).values()]
}

/** Mistakes in how several entries go together. */
function sharedProblems(entries: readonly { entry: Entry; path: string }[]): ConfigProblem[] {
  const [first] = entries
  return entries.flatMap(({ entry, path }) => {
    const { upstream, forwardAuth } = entry
    const place = (name: string): string => (path === '' ? name : `${path}.${name}`)
    if (upstream === undefined && forwardAuth === undefined) {
      const message =
        'is missing: give the URL of the server, or forwardAuth and the name of the proxy'
      return [{ path: place('upstream'), message }]
    }
    if (upstream !== undefined && forwardAuth !== undefined) {
      return [{ path: place('forwardAuth'), message: 'cannot be combined with upstream' }]
    }
    if (forwardAuth !== first?.entry.forwardAuth) {
      return [{ path: place('forwardAuth'), message: 'must be the same for all resources' }]
    }
    if (forwardAuth === undefined) return []
    const others = ['exchange', 'subpaths', 'timeoutMs'].filter((name) =>
      Object.hasOwn(entry, name),
    )
    const audience = entry.identity !== undefined && entry.identity.audience === undefined
    return [
      ...others.map((name) => ({ path: place(name), message: 'needs upstream; remove it' })),
      ...(audience ? [{ path: place('identity.audience'), message: MISSING_AUDIENCE }] : []),
    ]
  })
}

const MISSING_AUDIENCE = 'is missing: name the server behind the proxy, for the claim aud'

/** A gateway in front of itself rejects its own requests, which have no token. */
function loopProblems(
  entries: readonly { entry: Entry; path: string }[],
  { host, port }: Address,
): ConfigProblem[] {
  return entries.flatMap(({ entry: { upstream }, path }) => {
    const url = typeof upstream === 'string' ? parseUrl(upstream) : undefined
    if (url?.protocol !== 'http:' || Number(url.port || 80) !== port) return []
    const name = url.hostname.replace(/^\[|\]$/g, '')
    const isSame =
      name === host ||
      (name === 'localhost' && HERE.includes(host)) ||
      (host === 'localhost' && HERE.includes(name))
    const isSelf = isSame || (isLoopback(url) && ANY.includes(host))
    const message = 'is the address in listen, so requests would go in a circle; change one of them'
    return isSelf ? [{ path: path === '' ? 'upstream' : `${path}.upstream`, message }] : []
  })
}

/** What `localhost` may stand for. */
const HERE: readonly string[] = ['127.0.0.1', '::1']
/** The addresses that stand for every address of the machine. */
const ANY: readonly string[] = ['0.0.0.0', '::']

/** The schema and the rules may find the same mistake. */
function withoutRepetition(problems: readonly ConfigProblem[]): ConfigProblem[] {
  const seen = new Set<string>()
  return problems.filter(({ path }) => !seen.has(path) && seen.add(path))
}

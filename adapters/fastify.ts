/** Fastify: metadata, guard and parsed bodies as one plugin. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { warn } from '../src/contract/events.ts'
import { isRejection } from '../src/contract/thrown-rejection.ts'
import { distinctPaths } from '../src/http/request-target.ts'
import { ConfigError, type ProtectedResource, type Requirements } from '../src/index.ts'
import { stateOf } from '../src/resource/state.ts'
import { checkPublished } from '../src/response/metadata-responses.ts'
import { authErrors, bearerAuth, type Middleware, metadata } from './node/index.ts'
import { checkResource } from './shared/check-resource.ts'

/**
 * Options of the plugin {@link gatehouse}.
 *
 * @example
 * ```ts
 * const options: GatehouseOptions = {
 *   resource: notes,
 *   requirements: { scopes: ['notes:read'] },
 * }
 * ```
 */
export interface GatehouseOptions {
  /** The resource. */
  resource: ProtectedResource
  /** Requirements of these routes beyond those of the resource. */
  requirements?: Requirements | undefined
  /**
   * The path that is guarded, with all paths below it. Where a proxy or `rewriteUrl` removes a prefix, give the path
   * of your route: requests for it are not guarded otherwise. @default the path of the resource
   */
  path?: string | undefined
}

/**
 * What the plugin uses of a Fastify instance.
 *
 * @example
 * ```ts
 * const app = fastify()
 * await app.register(gatehouse, { resource: notes })
 * app.post('/notes', async (request) => ({ user: authOf(request).subject }))
 * ```
 */
export interface FastifyInstanceLike {
  /** Adds a hook of the request's life cycle. */
  addHook(name: string, hook: (...args: never[]) => void): unknown
}

interface FastifyRequestLike {
  readonly raw: IncomingMessage
}

interface FastifyReplyLike {
  readonly raw: ServerResponse
  hijack(): unknown
}

type Done = (error?: Error | null, value?: unknown) => void

/**
 * A Fastify plugin that serves the metadata of a resource and guards its path. Handlers find the context by
 * {@link authOf}(request), and the body in `request.body` as without the plugin, also where `operations` made the
 * guard read it. An `AuthError` that a handler throws becomes its response; error handlers get all other errors.
 *
 * `app.register(gatehouse, { resource })`, before the routes; once for each resource. The hooks belong to the instance that
 * registers it: below a prefix they see no requests for the metadata, and a `warning` event says so. With NestJS:
 * `app.register(gatehouse, { resource })` on the Nest application, before `listen`. NestJS catches the errors of its
 * controllers itself, so an `AuthError` there needs an exception filter that calls `authErrors()` of `/node`.
 *
 * Checks every spelling of a path that a router may read as the guarded one: escapes, upper case, double slashes.
 *
 * @param instance The Fastify instance.
 * @param options The resource, its requirements and its path.
 * @param done Called when the plugin is ready.
 * @throws {ConfigError} If the requirements have mistakes, or a `metadataUrl` is a path of the resource of another plugin.
 * @example
 * ```ts
 * const app = fastify()
 * await app.register(gatehouse, { resource: notes })
 * app.post('/notes', async (request) => ({ user: authOf(request).subject }))
 * ```
 */
export function gatehouse(
  instance: FastifyInstanceLike,
  options: GatehouseOptions,
  done: (error?: Error) => void,
): void {
  let mistake: Error | undefined
  try {
    addHooks(instance, options)
  } catch (error) {
    // Fastify catches no exception of a plugin with a callback.
    mistake = error as Error
  }
  done(mistake)
}

function addHooks(instance: FastifyInstanceLike, options: GatehouseOptions): void {
  const { resource, requirements } = options
  checkResource(resource, 'gatehouse')
  rejectMisplaced(options)
  const { path = new URL(resource.identifier).pathname } = options
  const guard = bearerAuth(resource, requirements)
  const isGuarded = createPathCheck(path)
  const errors = authErrors(resource, requirements)
  const serveDocuments = documentsOf(instance, resource)
  instance.addHook(
    'onRequest',
    ({ raw }: FastifyRequestLike, reply: FastifyReplyLike, next: Done) =>
      serveDocuments(raw, reply.raw, next),
  )
  instance.addHook(
    'onRequest',
    ({ raw }: FastifyRequestLike, reply: FastifyReplyLike, next: Done) => {
      // `rewriteUrl` leaves the target of the client here.
      const { originalUrl } = raw as { originalUrl?: string }
      const targets = [raw.url ?? '', ...(originalUrl === undefined ? [] : [originalUrl])]
      if (targets.some(isGuarded)) guard(raw, reply.raw, next)
      else next()
    },
  )
  instance.addHook('preParsing', giveBodyBack)
  // Not `setErrorHandler()`: an instance has one, and NestJS or the application sets it.
  instance.addHook(
    'onError',
    ({ raw }: FastifyRequestLike, reply: FastifyReplyLike, error: unknown, next: Done) => {
      if (!isRejection(error) || isOfAnother(raw, resource)) return next()
      reply.hijack()
      errors(error, raw, reply.raw, () => reply.raw.destroy())
    },
  )
}

/** Fastify and its loaders add options of their own, so only these are mistakes for certain. */
const MISPLACED = ['scopes', 'acrValues', 'maxAgeSeconds', 'optional', 'requirement'] as const

/** @throws {ConfigError} If a requirement is an option of the plugin, where it would have no effect. */
function rejectMisplaced(options: GatehouseOptions): void {
  const problems = MISPLACED.filter((name) => Object.hasOwn(options, name)).map((path) => ({
    path,
    message: 'is not an option of the plugin; move it into requirements',
  }))
  if (problems.length > 0) throw new ConfigError(problems)
}

/** The resources of one server, whose metadata each of its plugins serves. */
interface Documents {
  readonly resources: ProtectedResource[]
  /** Whether requests for the metadata arrive: the hooks of an encapsulated instance see its own routes only. */
  arrive: boolean
}

const DOCUMENTS = new WeakMap<object, Documents>()

/**
 * The first of several plugins receives every request for metadata, and would respond 404 for the resource of another
 * plugin. So each plugin serves the metadata of all resources.
 */
function documentsOf(instance: FastifyInstanceLike, resource: ProtectedResource): Middleware {
  const server = (instance as { server?: object }).server ?? instance
  const documents = DOCUMENTS.get(server) ?? { resources: [], arrive: false }
  DOCUMENTS.set(server, documents)
  const { resources } = documents
  checkPublished(onePerPath([...resources, resource]))
  resources.push(resource)
  if (!('addHook' in Object.getPrototypeOf(instance))) documents.arrive = true
  instance.addHook('onReady', (ready: () => void) => {
    const { events, identity } = stateOf(resource)
    if (!documents.arrive) warn(events.onEvent, ENCAPSULATED, identity.identifier)
    ready()
  })
  // At the first request: then all plugins are registered.
  let serve: Middleware | undefined
  return (req, res, next) => {
    serve ??= metadata(onePerPath([resource, ...resources]))
    serve(req, res, next)
  }
}

/** The first resource of each path. Routes of one path may differ by their host, and so may their resources. */
function onePerPath(resources: readonly ProtectedResource[]): ProtectedResource[] {
  const byPath = new Map<string, ProtectedResource>()
  for (const each of resources) {
    const { pathAndQuery } = stateOf(each).metadata.place
    if (!byPath.has(pathAndQuery)) byPath.set(pathAndQuery, each)
  }
  return [...byPath.values()]
}

const ENCAPSULATED = {
  path: 'fastify',
  message:
    'has the plugin in an encapsulated context, which sees the requests of its own routes only, and not those for the metadata; register it on the instance that listens: it guards its path wherever the routes are',
}

/** Whether the guard of another resource accepted the request: the challenge is that resource's. */
function isOfAnother(raw: IncomingMessage, { identifier }: ProtectedResource): boolean {
  const { auth } = raw as { auth?: { readonly identifier?: string } }
  return auth?.identifier !== undefined && auth.identifier !== identifier
}

// biome-ignore lint/style/noDefaultExport: plugins of Fastify are default exports.
export default gatehouse

/** Without a scope of its own, so that the hooks reach the routes of the instance that registers it. */
Object.assign(gatehouse, {
  [Symbol.for('skip-override')]: true,
  [Symbol.for('fastify.display-name')]: 'mcp-gatehouse',
})

/**
 * The guard has read the stream, and its parsed value is in `body`. Fastify's parser of the content type reads it
 * once more, as if it came from the client: a parser of the plugin's own would collide with those of NestJS.
 */
function giveBodyBack(
  { raw }: FastifyRequestLike,
  _reply: FastifyReplyLike,
  payload: unknown,
  next: Done,
): void {
  const { body } = raw as { body?: unknown }
  if (body === undefined || !raw.readableDidRead) {
    next(null, payload)
    return
  }
  // Bytes, as the client sends them: `rawBody: true` of NestJS and parsers of applications join chunks as buffers, and an
  // exception there ends the process.
  const again = Readable.from([Buffer.from(JSON.stringify(body))])
  // The length that Fastify compares with the header field.
  const receivedEncodedLength = Number(raw.headers['content-length'])
  next(null, Object.assign(again, { receivedEncodedLength }))
}

/** Whether any reading of a target lies under the path: find-my-way decodes, and may fold case and slashes. */
function createPathCheck(path: string): (target: string) => boolean {
  if (!PATH.test(path)) {
    const message = 'must be a path that begins with / and has no parameter, wildcard or query'
    throw new ConfigError([{ path: 'path', message }])
  }
  const root = folded(path).replace(/\/$/, '')
  const isBelow = (text: string): boolean => {
    const paths = text.startsWith('/') ? distinctPaths(text) : undefined
    // The absolute form, or dots that are escaped: the guard decides about these itself.
    if (paths === undefined) return true
    return paths.map(folded).some((each) => each === root || each.startsWith(`${root}/`))
  }
  return (target) => {
    if (root === '') return true
    const [text = ''] = target.split(/[?#]/, 1)
    // A semicolon ends the path, or is a part of it (`useSemicolonDelimiter` of Fastify).
    return isBelow(text) || (text.includes(';') && isBelow(text.slice(0, text.indexOf(';'))))
  }
}

/** A route pattern would be compared as it is written, and guard nothing. */
const PATH = /^(?:\/(?!:)[^/?#*]*)*$/

function folded(path: string): string {
  return path.replace(/\/{2,}/g, '/').toLowerCase()
}

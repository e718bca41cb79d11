/** Finds the verified context in what a framework passes on to a tool. */

import type { AuthContext } from './contract/context.ts'
import { isObject } from './lib/json.ts'
import { neededOf } from './resource/context-facts.ts'

/**
 * The members under which frameworks pass a context on, nearest first. Only these are read: a value of a
 * framework may have getters that do work.
 */
const MEMBERS = [
  'auth',
  'authInfo',
  'http',
  'context',
  'ctx',
  'extra',
  'session',
  'mcp',
  'custom',
  'var',
  'raw',
  'req',
  'request',
]
/** Mastra's `context.mcp.extra.authInfo` is the longest way. */
const MAX_DEPTH = 4

/**
 * Returns the verified context, typed, from whatever a framework passes to a handler or a tool: the context
 * itself, Node's or Fastify's request, the `extra` of SDK 1.x, the `ctx` of SDK 2.x, a Hono context.
 *
 * Checks the value by its brand, which no JSON contains, so data of a client is never taken for a context.
 * Copies by spread have the brand.
 *
 * Does not check whose request it is. A framework that keeps the context of the request that opened a
 * session passes that one on.
 *
 * @param value What the framework passes on.
 * @returns The context. If the guard has `optional: true`, name both types:
 * `authOf<AuthContext | AnonymousContext>(req)`.
 * @throws {TypeError} If there is no context in it, so that a forgotten guard is an error and not an open
 * route.
 * @example
 * ```ts
 * // A tool of any framework: `extra` of SDK 1.x, `ctx` of SDK 2.x, the context of Mastra or Hono.
 * function callerOf(extra: unknown): string {
 *   const { issuer, subject } = authOf(extra)
 *   return `${subject} of ${issuer}`
 * }
 * ```
 */
export function authOf<Auth = AuthContext>(value: unknown): Auth {
  const auth = findContext(value)
  if (auth === undefined) {
    throw new TypeError(
      'There is no verified context in this value: the request did not pass through bearerAuth() or protect(), or the framework does not pass the context on.',
    )
  }
  return withResource(auth) as Auth
}

/** Breadth first: the nearest context is that of the current request. */
function findContext(value: unknown): object | undefined {
  let level: object[] = isObject(value) ? [value] : []
  const seen = new Set<object>(level)
  for (let depth = 0; depth <= MAX_DEPTH && level.length > 0; depth++) {
    const found = level.find(isContext)
    if (found !== undefined) return found
    level = level.flatMap((each) => MEMBERS.map((name) => memberOf(each, name))).filter(isObject)
    level = level.filter((each) => !seen.has(each) && seen.add(each))
  }
  return undefined
}

/**
 * A copy by spread has no `resource`, because it is a getter of the class: each read has a `URL` of its own. The
 * result is a copy again, so that the value of the framework stays as it is, and a frozen one has the member too.
 */
function withResource(auth: object): object {
  if (memberOf(auth, 'anonymous') !== false || 'resource' in auth) return auth
  return Object.create(Object.getPrototypeOf(auth), {
    ...Object.getOwnPropertyDescriptors(auth),
    resource: RESOURCE,
  })
}

const RESOURCE = {
  get(this: AuthContext) {
    return new URL(this.identifier)
  },
  enumerable: true,
  configurable: true,
}

function isContext(value: object): boolean {
  return neededOf(value) !== undefined && memberOf(value, 'ok') === true
}

function memberOf(value: object, name: string): unknown {
  try {
    return (value as Readonly<Record<string, unknown>>)[name]
  } catch {
    // A getter that does not work outside of its framework.
    return undefined
  }
}

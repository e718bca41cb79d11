/** One resource of the configuration file, with its upstream and the identity that the upstream receives. */

import { ConfigError, type ConfigProblem, isConfigError } from '../../contract/config-error.ts'
import type { AnonymousContext, AuthContext } from '../../contract/context.ts'
import type { AuthEvent } from '../../contract/events.ts'
import type { ProtectedResourceOptions } from '../../contract/resource-options.ts'
import { createTokenExchange, type TokenExchangeOptions } from '../../exchange/index.ts'
import { forward } from '../../gateway/forward.ts'
import type { ForwardAuthProxy } from '../../gateway/forwarded-request.ts'
import type { IdentityOptions } from '../../gateway/identity.ts'
import { isObject } from '../../lib/json.ts'
import { protectedResource } from '../../protected-resource.ts'
import type { ProtectedResource } from '../../resource/state.ts'
import { CLAIM_FACT } from './config-schema.ts'
import { readKeyFile, thumbprintOf } from './key-file.ts'

type Auth = AuthContext | AnonymousContext
/** A handler of authorized requests. */
export type Forwarder = (request: Request, auth: Auth) => Promise<Response>

/** The members for one resource. A file may hold other values: the functions that take them check them. */
export interface Entry {
  readonly resource?: ProtectedResourceOptions
  readonly upstream?: string
  readonly forwardAuth?: ForwardAuthProxy
  readonly identity?: Omit<IdentityOptions, 'key'> & { readonly keyFile: string }
  readonly identityHeaders?: Readonly<Record<string, string>>
  readonly exchange?: TokenExchangeOptions
  readonly subpaths?: boolean
  readonly timeoutMs?: number
}

/** What an entry becomes; members with mistakes are `undefined`. */
export interface MadeEntry {
  readonly resource: ProtectedResource | undefined
  readonly handler: Forwarder | undefined
  readonly identity: IdentityOptions | undefined
}

/** Runs a function, and collects the mistakes that it reports. */
type Collect = <Value>(create: () => Value, rename?: (path: string) => string) => Value | undefined

/** Moves the mistakes of a function of the library to their place in the file. */
export function collector(path: string, problems: ConfigProblem[]): Collect {
  return (create, rename = (name) => name) => {
    try {
      return create()
    } catch (error) {
      if (!isConfigError(error)) throw error
      for (const { path: name, message } of error.problems) {
        const place = rename(name)
        problems.push({ path: path === '' ? place : `${path}.${place}`, message: adapted(message) })
      }
      return undefined
    }
  }
}

/** Creates the resource, and the handler where there is an upstream. */
export function createEntry(
  entry: Entry,
  folder: string,
  onEvent: (event: AuthEvent) => void,
  collect: Collect,
): MadeEntry {
  const { resource: options, upstream, exchange: exchanging, subpaths, timeoutMs } = entry
  const resource = isObject(options)
    ? collect(
        () => createResource(options, onEvent),
        (name) => `resource.${name}`,
      )
    : undefined
  const identity = collect(() => identityOf(entry, folder))
  const exchange = isObject(exchanging)
    ? collect(
        () => createTokenExchange(exchanging),
        (name) => `exchange.${name}`,
      )
    : undefined
  if (typeof upstream !== 'string') return { resource, handler: undefined, identity }
  const headers = headersOf(entry)
  const handler = collect(
    () => forward(upstream, { identity, exchange, headers, subpaths, timeoutMs }),
    placeInFile,
  )
  return { resource, handler, identity }
}

/** The members of `forward()` and `forwardAuth()`, and of the resource that these reject, by their names in the file. */
export function placeInFile(path: string): string {
  if (path === 'identity.key') return 'identity.keyFile'
  if (path === 'operations' || path === 'sessions') return `resource.${path}`
  return path.replace(/^headers\b/, 'identityHeaders')
}

/** The header fields that state facts about the client. */
export function headersOf({
  identityHeaders = {},
}: Entry): Record<string, (auth: Auth) => string | undefined> {
  const entries = Object.entries(identityHeaders)
    .filter(([, fact]) => typeof fact === 'string')
    .map(([name, fact]) => [name, (auth: Auth) => factOf(auth, fact)] as const)
  return Object.fromEntries(entries)
}

function adapted(message: string): string {
  const isFunction = message.startsWith('expected a function')
  return isFunction ? 'is a function of a program, which a file cannot hold' : message
}

function factOf(auth: Auth, fact: string): string | undefined {
  if (auth.anonymous) return undefined
  const claim = CLAIM_FACT.exec(fact)?.[1]
  if (claim !== undefined) {
    const value = Object.hasOwn(auth.claims, claim) ? auth.claims[claim] : undefined
    return typeof value === 'string' ? value : undefined
  }
  if (fact === 'scopes') return auth.scopes.join(' ')
  return { subject: auth.subject, clientId: auth.clientId, issuer: auth.issuer }[fact]
}

/** Without the options of a program: functions, and objects with functions. */
const NO_HOST_OPTIONS = {
  audit: undefined,
  documentStore: undefined,
  fetch: undefined,
  now: undefined,
  onEvent: undefined,
  token: undefined,
}

function createResource(
  options: ProtectedResourceOptions,
  onEvent: (event: AuthEvent) => void,
): ProtectedResource {
  const problems: ConfigProblem[] = Object.keys(NO_HOST_OPTIONS)
    .filter((name) => Object.hasOwn(options, name))
    .map((path) => ({
      path,
      message: 'cannot be set in a file: write a program with forward() of mcp-gatehouse/gateway',
    }))
  const collect = collector('', problems)
  const resource = collect(() => protectedResource({ ...options, ...NO_HOST_OPTIONS, onEvent }))
  if (resource === undefined || problems.length > 0) throw new ConfigError(problems)
  return resource
}

function identityOf({ identity }: Entry, folder: string): IdentityOptions | undefined {
  if (!isObject(identity) || typeof identity.keyFile !== 'string') return undefined
  const { keyFile, ...options } = identity
  const key = readKeyFile(keyFile, folder)
  if (!key.ok) throw new ConfigError([{ path: 'identity.keyFile', message: key.error }])
  // The key set must name the key as the JWT does, and PEM has no name.
  const { keyId = key.value.kid ?? thumbprintOf(key.value) } = options
  return { ...options, key: { ...key.value, kid: keyId } }
}

/**
 * The core entry with the options of the main entry, which this module turns into values: with it the
 * tests of the main entry test the core entry. `vitest.config.ts` puts it in place of `src/index.ts`.
 */

import {
  audit,
  type CoreAccessTokenKind,
  type CoreResourceOptions,
  custom,
  dpop,
  introspection,
  mtls,
  operations,
  type ProtectedResource,
  type ProtectedResourceOptions,
  protectedResource as protectedResourceOfValues,
  revocation,
  sessions,
} from '../../src/core.ts'

// biome-ignore lint/performance/noReExportAll: it stands in for the main entry.
export * from '../../src/core.ts'

type Values = Record<string, unknown>
type ToValue = (options: never) => unknown

const FEATURES: Readonly<Record<string, ToValue>> = {
  audit,
  dpop,
  mtls,
  revocation,
  sessions,
}
const FORMATS: Readonly<Record<string, ToValue>> = { introspection, custom }
const OF_OPERATIONS = [
  'operations',
  'customMethods',
  'maxBodyBytes',
  'bodyTimeoutMs',
  'decisionTimeoutMs',
  'decisionMode',
]

export function protectedResource(options: ProtectedResourceOptions<string>): ProtectedResource {
  return protectedResourceOfValues(toValues(options) as CoreResourceOptions)
}

function toValues(options: unknown): unknown {
  if (!isObject(options)) return options
  const values: Values = Object.assign(Object.create(null), options)
  for (const [name, toValue] of Object.entries(FEATURES)) {
    const given = values[name]
    if (given === false) delete values[name]
    else if (given !== undefined)
      values[name] = toValue((given === true ? undefined : given) as never)
  }
  plugInOperations(values)
  const servers = values['authorizationServers']
  if (Array.isArray(servers)) values['authorizationServers'] = servers.map(toServer)
  return values
}

function plugInOperations(values: Values): void {
  const given = OF_OPERATIONS.filter((name) => values[name] !== undefined)
  if (given.length === 0) return
  const raw = Object.assign(
    Object.create(null),
    Object.fromEntries(given.map((name) => [name, values[name]])),
  )
  for (const name of OF_OPERATIONS) delete values[name]
  // The main entry accepts limits without a policy.
  values['operations'] = { ...operations({}), options: raw }
}

/** The same object for the same server: resources share documents by it. */
const SERVERS = new WeakMap<object, object>()

function toServer(server: unknown): unknown {
  if (!isObject(server) || !Object.hasOwn(server, 'accessToken')) return server
  const known = SERVERS.get(server)
  if (known !== undefined) return known
  const { accessToken } = server
  const value = Object.assign(Object.create(null), server, {
    accessToken: Array.isArray(accessToken) ? accessToken.map(toFormat) : toFormat(accessToken),
  })
  SERVERS.set(server, value)
  return value
}

function toFormat(format: unknown): CoreAccessTokenKind {
  const kind = isObject(format) && Object.hasOwn(format, 'kind') ? format['kind'] : undefined
  const toValue =
    typeof kind === 'string' && Object.hasOwn(FORMATS, kind) ? FORMATS[kind] : undefined
  return (toValue === undefined ? format : toValue(format as never)) as CoreAccessTokenKind
}

function isObject(value: unknown): value is Values {
  return typeof value === 'object' && value !== null
}

/** Turns the options of the core entry, with features as values, into options and features. */

import { ownOptions } from '../config/own-options.ts'
import type { ProtectedResourceOptions } from '../contract/resource-options.ts'
import { isObject, type JsonObject } from '../lib/json.ts'
import { ownMember, ownMembers } from '../lib/own-members.ts'
import type { Feature } from '../resource/feature.ts'

/** Options as the main entry knows them, and the features that they came with. */
interface Plugged {
  readonly options: ProtectedResourceOptions<string>
  readonly features: readonly Feature[]
}

/** The members that take a value, in the order of the checks of their features. */
const MEMBERS = ['operations', 'mtls', 'dpop', 'revocation', 'sessions', 'audit']

/**
 * Takes the features out of their members. A member that holds something else stays: no schema of a
 * feature replaces that of the core, which names the import.
 */
export function plugIn(given: unknown): Plugged {
  const found = new Map<string, Feature>()
  const take = (value: unknown, name?: string): value is Feature => {
    const isTaken = isFeature(value) && (name === undefined || ownMember(value, 'name') === name)
    if (isTaken && !found.has(value.name)) found.set(value.name, ownMembers(value))
    return isTaken
  }
  if (!isObject(given)) return { options: given as never, features: [] }
  const { features: further, ...others } = ownMembers(given)
  const options: JsonObject = ownMembers(others)
  for (const name of MEMBERS) {
    const value = options[name]
    if (!take(value, name)) continue
    delete options[name]
    Object.assign(options, ownMember(value, 'options'))
  }
  const isList = Array.isArray(further) && further.every(isFeature)
  const names = isList ? further.map(({ name }) => name) : []
  const areNew = new Set(names).size === names.length && !names.some((name) => found.has(name))
  if (isList && areNew) {
    for (const feature of further) {
      take(feature)
      Object.assign(options, ownMember(feature, 'options'))
    }
  } else if (further !== undefined) options['features'] = further
  const servers = options['authorizationServers']
  if (Array.isArray(servers)) {
    options['authorizationServers'] = servers.map((server) => withRawFormats(server, take))
  }
  return { options: ownOptions(options as never), features: [...found.values()] }
}

/** A server whose token formats are options again. */
function withRawFormats(server: unknown, take: (value: unknown) => value is Feature): unknown {
  if (!isObject(server) || !Object.hasOwn(server, 'accessToken')) return server
  const toOptions = (format: unknown): unknown =>
    isFeature(format) && ownMember(format, 'kind') === 'tokenFormat' && take(format)
      ? ownMember(format, 'options')
      : format
  const { accessToken } = server
  return ownMembers({
    ...server,
    accessToken: Array.isArray(accessToken) ? accessToken.map(toOptions) : toOptions(accessToken),
  })
}

function isFeature(value: unknown): value is Feature {
  if (!isObject(value)) return false
  const { kind, name, create } = ownMembers(value)
  return (
    typeof name === 'string' &&
    typeof create === 'function' &&
    ['binding', 'tokenFormat', 'operations', 'resource'].includes(kind as string)
  )
}

/**
 * Options as they were given, and nothing that they inherit: with `Object.prototype.required = false`,
 * the mistake of another library, no option may count that was not given.
 */

import type { ProtectedResourceOptions } from '../contract/resource-options.ts'
import { isObject, type JsonObject } from '../lib/json.ts'
import { ownMembers } from '../lib/own-members.ts'

/** Which options are objects of options. All others are passed on as they are: stores, keys, functions. */
interface Nested {
  readonly [name: string]: Nested
}

const NONE: Nested = {}

const NESTED: Nested = {
  authorizationServers: { metadata: NONE, claims: NONE, issuerTemplate: NONE, accessToken: NONE },
  dpop: { nonce: NONE },
  mtls: NONE,
  tokenCache: NONE,
}

/** Copies without prototype, all the way down; what is not an object is for the shape check. */
export function ownOptions<Options extends ProtectedResourceOptions<string>>(
  options: Options,
): Options {
  return copyOf(options, NESTED) as Options
}

function copyOf(value: unknown, nested: Nested): unknown {
  if (Array.isArray(value)) return value.map((each) => copyOf(each, nested))
  if (!isObject(value)) return value
  const copy: JsonObject = ownMembers(value)
  for (const name of Object.keys(nested)) {
    if (Object.hasOwn(copy, name)) copy[name] = copyOf(copy[name], nested[name] ?? NONE)
  }
  return copy
}

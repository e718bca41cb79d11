/**
 * Copies options without inherited members. Another library may set `Object.prototype.required = false`;
 * that must not count as an option.
 */

import type { ProtectedResourceOptions } from '../contract/resource-options.ts'
import { isObject, type JsonObject } from '../lib/json.ts'
import { ownMembers } from '../lib/own-members.ts'

/** The options that are themselves objects of options. Others (stores, keys, functions) are not copied. */
interface Nested {
  readonly [name: string]: Nested
}

const NONE: Nested = {}

const SERVER: Nested = { metadata: NONE, claims: NONE, issuerTemplate: NONE, accessToken: NONE }

const NESTED: Nested = {
  authorizationServers: SERVER,
  dpop: { nonce: NONE },
  mtls: NONE,
  revocation: NONE,
  sessions: NONE,
  tokenCache: NONE,
}

/** Deep copies without prototypes. Values that are not objects stay; the schema check reports them. */
export function ownOptions<Options extends ProtectedResourceOptions<string>>(
  options: Options,
): Options {
  return copyOf(options, NESTED) as Options
}

const NESTED_IN_EXCHANGE: Nested = {
  authorizationServer: SERVER,
  client: NONE,
  target: { authorizationServer: SERVER, client: NONE },
  cache: NONE,
}

/** The same for the options of a token exchange. */
export function ownExchangeOptions<Options extends object>(options: Options): Options {
  return copyOf(options, NESTED_IN_EXCHANGE) as Options
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

/** Validates a whole configuration: schema and rules together, each mistake once. */

import type { ConfigProblem } from '../contract/config-error.ts'
import { isObject, type JsonObject, kindOf } from '../lib/json.ts'
import { ownMembers } from '../lib/own-members.ts'
import { type Feature, tokenFormatsAmong } from '../resource/feature.ts'
import { ruleProblems } from './rules.ts'
import { schemaProblems } from './schema.ts'

/** Collects every mistake in the options of a resource with these features. */
export function configProblems(options: unknown, features: readonly Feature[]): ConfigProblem[] {
  const formats = tokenFormatsAmong(features)
  if (!isObject(options)) {
    return [{ path: 'options', message: `expected an object, found ${kindOf(options)}` }]
  }
  const { all, ofTypes, ofRules } = schemaProblems(options, features, formats)
  // From the last: the index of an element depends on those before it.
  const valid = ofRules.reduceRight<unknown>(
    (part, path) => withoutPart(part, path.match(/[^.[\]]+/g) ?? []),
    validPart(options, ofTypes),
  )
  return [...all, ...ruleProblems(valid as JsonObject, features, formats)]
}

/**
 * Placeholders for options of a wrong type. The rules treat the option as given, so that they report no
 * mistake in another option because of it.
 */
const PLACEHOLDERS: Readonly<JsonObject> = {
  accessToken: { kind: 'placeholder' },
  audience: ['(placeholder)'],
  dangerouslyAllowHttp: true,
  jwksUri: 'https://placeholder.invalid/jwks',
}

const SERVER_PATH = /^authorizationServers\[(\d+)\](?:\.(\w+))?/

/** The options without those of a wrong type. A server that cannot be checked becomes `undefined`. */
function validPart(options: JsonObject, invalidPaths: readonly string[]): JsonObject {
  const valid = ownMembers(options)
  for (const path of invalidPaths) {
    const [, index, name] = SERVER_PATH.exec(path) ?? []
    if (index === undefined) replace(valid, path.split(/[.[]/, 1)[0] ?? path)
    else valid['authorizationServers'] = withoutMember(valid, Number(index), name)
  }
  return valid
}

function withoutMember(valid: JsonObject, index: number, name: string | undefined): unknown[] {
  const servers = [...(valid['authorizationServers'] as unknown[])]
  const server = servers[index]
  const isCheckable = name !== undefined && name !== 'issuer' && isObject(server)
  servers[index] = isCheckable ? replace(ownMembers(server), name) : undefined
  return servers
}

/**
 * The value without what is at a path. The rest of an option with a mistake is still compared with the others, so that one
 * `ConfigError` names all mistakes.
 */
function withoutPart(value: unknown, [key = '', ...rest]: readonly string[]): unknown {
  if (Array.isArray(value)) {
    const index = Number(key)
    return rest.length === 0
      ? value.toSpliced(index, 1)
      : value.with(index, withoutPart(value[index], rest))
  }
  if (!isObject(value) || !Object.hasOwn(value, key)) return value
  const copy = ownMembers(value)
  if (rest.length === 0) return replace(copy, key)
  copy[key] = withoutPart(copy[key], rest)
  return copy
}

function replace(options: JsonObject, name: string): JsonObject {
  if (Object.hasOwn(PLACEHOLDERS, name)) options[name] = PLACEHOLDERS[name]
  else delete options[name]
  return options
}

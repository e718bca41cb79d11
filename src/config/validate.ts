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
  // From the last, so those of wrong types first: the index of an element depends on those before it.
  const parts = [...ofRules.map(keysOf), ...ofTypes.map((path) => optionOf(keysOf(path)))]
  const valid = parts.reduceRight<unknown>(withoutPart, options)
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

function keysOf(path: string): string[] {
  return path.match(/[^.[\]]+/g) ?? []
}

/** The option of the resource or of a server that a path lies in. Without its issuer, no option of a server can be checked. */
function optionOf(keys: readonly string[]): readonly string[] {
  if (keys[0] !== 'authorizationServers') return keys.slice(0, 1)
  return keys.slice(0, keys[2] === 'issuer' ? 2 : 3)
}

/**
 * The value without what is at a path; a server becomes `undefined`. The rest of an option with a mistake is still compared
 * with the others, so that one `ConfigError` names all mistakes.
 */
function withoutPart(value: unknown, [key = '', ...rest]: readonly string[]): unknown {
  if (Array.isArray(value)) {
    const index = Number(key)
    if (rest.length > 0) return value.with(index, withoutPart(value[index], rest))
    return typeof value[index] === 'string'
      ? value.toSpliced(index, 1)
      : value.with(index, undefined)
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

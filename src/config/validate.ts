/** The judgement of a whole configuration: shape and rules in one go, each mistake once. */

import type { ConfigProblem } from '../contract/errors.ts'
import { isObject, type JsonObject } from '../lib/json.ts'
import { ownMembers } from '../lib/own-members.ts'
import { ruleProblems } from './rules.ts'
import { shapeProblems } from './schema.ts'

/** Every mistake in the options. */
export function configProblems(options: unknown): ConfigProblem[] {
  const shape = shapeProblems(options)
  if (!isObject(options)) return shape
  return [
    ...shape,
    ...ruleProblems(
      soundPart(
        options,
        shape.map(({ path }) => path),
      ),
    ),
  ]
}

/**
 * What rules assume of an option that is misshapen, so that nobody else is blamed for it: its value
 * is unknown, but it was given.
 */
const STAND_INS: Readonly<JsonObject> = {
  audience: ['(misshapen)'],
  dangerouslyAllowHttp: true,
  jwksUri: 'https://misshapen.invalid/jwks',
}

const SERVER_PATH = /^authorizationServers\[(\d+)\](?:\.(\w+))?/

/** The options without what is misshapen; a server that cannot be judged leaves a hole in the list. */
function soundPart(options: JsonObject, misshapen: readonly string[]): JsonObject {
  const sound = ownMembers(options)
  for (const path of misshapen) {
    const [, index, name] = SERVER_PATH.exec(path) ?? []
    if (index === undefined) replace(sound, path.split(/[.[]/, 1)[0] ?? path)
    else sound['authorizationServers'] = withoutMember(sound, Number(index), name)
  }
  return sound
}

function withoutMember(sound: JsonObject, index: number, name: string | undefined): unknown[] {
  const servers = [...(sound['authorizationServers'] as unknown[])]
  const server = servers[index]
  const isJudgeable = name !== undefined && name !== 'issuer' && isObject(server)
  servers[index] = isJudgeable ? replace(ownMembers(server), name) : undefined
  return servers
}

function replace(options: JsonObject, name: string): JsonObject {
  if (Object.hasOwn(STAND_INS, name)) options[name] = STAND_INS[name]
  else delete options[name]
  return options
}

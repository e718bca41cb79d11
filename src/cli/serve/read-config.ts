/** Reads the text of a configuration file: JSON, with environment variables in its strings. */

import type { ConfigProblem } from '../../contract/config-error.ts'
import { isObject, type JsonObject } from '../../lib/json.ts'
import { fail, type Result, succeed } from '../../lib/result.ts'

type Environment = Readonly<Record<string, string | undefined>>

/**
 * Parses the file and puts the value of NAME in the place of `${NAME}` in every string, names of members included.
 *
 * @returns The configuration and the mistakes in its text, which never contain a value of the file. A file that is
 *   not a JSON object has nothing else to report.
 */
export function readConfig(
  given: string,
  env: Environment,
): Result<{ config: JsonObject; problems: ConfigProblem[] }, ConfigProblem[]> {
  const text = given.replace(/^\uFEFF/, '')
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    return fail([{ path: '', message: `is not JSON${positionIn(text, error)}` }])
  }
  if (!isObject(value)) return fail([{ path: '', message: 'must contain a JSON object' }])
  const problems: ConfigProblem[] = [...repeatedMembers(text)]
  const config = substitute(value, '', env, problems) as JsonObject
  return succeed({ config, problems })
}

/** Only the place: the message of the engine quotes the text, which may hold a secret. */
function positionIn(text: string, error: unknown): string {
  const position = error instanceof Error ? /position (\d+)/.exec(error.message)?.[1] : undefined
  // Without a position the text ends too early.
  const before = text.slice(0, position === undefined ? text.length : Number(position)).split('\n')
  return `: line ${before.length}, column ${(before.at(-1) ?? '').length + 1}`
}

function substitute(
  value: unknown,
  path: string,
  env: Environment,
  problems: ConfigProblem[],
): unknown {
  if (typeof value === 'string') return expand(value, path, env, problems)
  if (Array.isArray(value)) {
    return value.map((each, index) => substitute(each, `${path}[${index}]`, env, problems))
  }
  if (!isObject(value)) return value
  const members = new Map<string, unknown>()
  for (const [given, each] of Object.entries(value)) {
    const name = expand(given, memberPath(path, given), env, problems)
    const place = memberPath(path, name)
    if (members.has(name)) problems.push({ path: place, message: 'is there twice' })
    members.set(name, substitute(each, place, env, problems))
  }
  return Object.fromEntries(members)
}

const VARIABLE = /\$\{([^}]*)(\}|$)/g
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/

function expand(text: string, path: string, env: Environment, problems: ConfigProblem[]): string {
  return text.replace(VARIABLE, (_whole, name: string, end: string) => {
    const found = NAME.test(name) && Object.hasOwn(env, name) ? env[name] : undefined
    if (end === '' || !NAME.test(name)) {
      problems.push({
        path,
        message: 'contains a dollar sign and { without the name of a variable and }',
      })
    } else if (found === undefined) {
      problems.push({ path, message: `needs the environment variable ${name}, which is not set` })
    }
    return found ?? ''
  })
}

/** `JSON.parse` keeps the last of two members with one name, and a person may read the first. */
function repeatedMembers(text: string): ConfigProblem[] {
  const problems: ConfigProblem[] = []
  const open: { path: string; names: Set<string>; isArray: boolean; index: number; key: string }[] =
    []
  const tokens = text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\],:]/g)
  let last = ''
  for (const [token] of tokens) {
    const current = open.at(-1)
    const path =
      current === undefined
        ? ''
        : current.isArray
          ? `${current.path}[${current.index}]`
          : memberPath(current.path, current.key)
    if (token === '{' || token === '[') {
      open.push({ path, names: new Set(), isArray: token === '[', index: 0, key: '' })
    } else if (token === '}' || token === ']') open.pop()
    else if (token === ',' && current !== undefined) current.index += 1
    else if (token === ':' && current !== undefined) {
      current.key = JSON.parse(last) as string
      const name = memberPath(current.path, current.key)
      if (current.names.has(current.key)) problems.push({ path: name, message: 'is there twice' })
      current.names.add(current.key)
    }
    last = token
  }
  return problems
}

function memberPath(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`
}

/** Reads the text of a configuration file: JSON, with environment variables in its strings. */

import type { ConfigProblem } from '../../contract/config-error.ts'
import { isObject, type JsonObject } from '../../lib/json.ts'
import { fail, type Result, succeed } from '../../lib/result.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** What a file contains. */
export interface ReadConfig {
  readonly config: JsonObject
  /** The mistakes in the text of the file. */
  readonly problems: ConfigProblem[]
  /** A path or a message with the names of members as the file has them: a variable may hold a secret. */
  readonly asInFile: (text: string) => string
}

/**
 * Parses the file and puts the value of NAME in the place of `${NAME}` in every string, names of members included.
 *
 * @returns The configuration and the mistakes in its text, which never contain a value of the file or of a
 *   variable. A file that is not a JSON object has nothing else to report.
 */
export function readConfig(given: string, env: Environment): Result<ReadConfig, ConfigProblem[]> {
  const text = given.replace(/^\uFEFF/, '')
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    return fail([{ path: '', message: `is not JSON${positionIn(text, error)}` }])
  }
  if (!isObject(value)) return fail([{ path: '', message: 'must contain a JSON object' }])
  const problems: ConfigProblem[] = [...repeatedMembers(text)]
  const names: ExpandedNames = new Map()
  const config = substitute(value, '', { env, problems, names }) as JsonObject
  return succeed({ config, problems, asInFile: (text) => restoreNames(text, names) })
}

/** Only the place: the message of the engine quotes the text, which may hold a secret. */
function positionIn(text: string, error: unknown): string {
  const position = error instanceof Error ? /position (\d+)/.exec(error.message)?.[1] : undefined
  const end = position === undefined ? endOfTokens(text) : Number(position)
  const before = text.slice(0, end).split('\n')
  return `: line ${before.length}, column ${(before.at(-1) ?? '').length + 1}`
}

const TOKEN =
  /[ \t\r\n]*(?:"(?:[^"\\]|\\.)*"|[{}[\],:]|(?:true|false|null|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.$]))/y

/** The position of a missing value or of text that is not JSON, which V8 does not name; otherwise the end of the text. */
function endOfTokens(text: string): number {
  let last = ','
  for (let end = 0; ; end = TOKEN.lastIndex) {
    TOKEN.lastIndex = end
    const token = TOKEN.exec(text)?.[0].trim()
    const isMissing = /^[:,[]$/.test(last) && /^[}\],:]$/.test(token ?? '') && last + token !== '[]'
    if (token === undefined || isMissing) return end + spacesAt(text, end)
    last = token
  }
}

function spacesAt(text: string, at: number): number {
  return /^[ \t\r\n]*/.exec(text.slice(at))?.[0].length ?? 0
}

/** The names in the file, by their text with the values of the variables. */
type ExpandedNames = Map<string, string>

interface Substitution {
  readonly env: Environment
  readonly problems: ConfigProblem[]
  readonly names: ExpandedNames
}

function substitute(value: unknown, path: string, to: Substitution): unknown {
  if (typeof value === 'string') return expand(value, path, to)
  if (Array.isArray(value)) {
    return value.map((each, index) => substitute(each, `${path}[${index}]`, to))
  }
  if (!isObject(value)) return value
  const members = new Map<string, unknown>()
  for (const [given, each] of Object.entries(value)) {
    const place = memberPath(path, given)
    const name = expand(given, place, to)
    if (name !== given && name !== '') to.names.set(name, given)
    if (members.has(name))
      to.problems.push({ path: place, message: 'is there twice; remove one of them' })
    members.set(name, substitute(each, place, to))
  }
  return Object.fromEntries(members)
}

/** Replaces expanded names by those of the file, but not parts of words. */
function restoreNames(text: string, names: ExpandedNames): string {
  if (names.size === 0) return text
  // A path may have a name as the file has it; a longer name may contain a shorter one.
  const shown = [...names.keys(), ...names.values()].sort((one, other) => other.length - one.length)
  const literals = shown.map((name) => name.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'))
  const pattern = new RegExp(`(?<!\\w)(?:${literals.join('|')})(?!\\w)`, 'gu')
  return text.replace(pattern, (name) => names.get(name) ?? name)
}

const VARIABLE = /\$\{([^}]*)(\}|$)/g
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/

function expand(text: string, path: string, { env, problems }: Substitution): string {
  return text.replace(VARIABLE, (_whole, name: string, end: string) => {
    const found = NAME.test(name) && Object.hasOwn(env, name) ? env[name] : undefined
    if (end === '' || !NAME.test(name)) {
      problems.push({
        path,
        message:
          'contains a dollar sign and { that are not followed by the name of a variable and }',
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
      current.key = JSON.parse(last)
      const name = memberPath(current.path, current.key)
      if (current.names.has(current.key))
        problems.push({ path: name, message: 'is there twice; remove one of them' })
      current.names.add(current.key)
    }
    last = token
  }
  return problems
}

function memberPath(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`
}

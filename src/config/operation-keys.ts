/**
 * Keys of an operation policy. One that can never match would leave open what it was meant to
 * protect, so it is a mistake, and the message names the nearest key that can.
 */

import { clientMethods, isMcpMethod, nameSourceOf, SERVER_METHODS } from '../contract/methods.ts'
import { editDistance } from '../lib/edit-distance.ts'
import { normalizeName } from '../mcp/operation.ts'
import { splitOperationKey } from '../mcp/policy.ts'

/** What is wrong with a key, and the nearest valid one. */
export function keyProblem(key: string, custom: ReadonlySet<string>): string | undefined {
  const fault = faultOf(key, custom)
  return fault && `can never match: ${fault}; the nearest valid key is '${nearestKey(key, custom)}'`
}

function faultOf(key: string, custom: ReadonlySet<string>): string | undefined {
  if (key === '*' || custom.has(key)) return undefined
  const { method, name } = splitOperationKey(key)
  if (isMcpMethod(method)) return name === undefined ? undefined : nameFault(method, name)
  if (custom.has(method)) return 'calls of custom methods have no names'
  return methodFault(key, method)
}

function methodFault(key: string, method: string): string {
  if (key.trim() === '') return 'it is empty'
  if (key.includes('*')) return 'there are no patterns'
  if (Object.hasOwn(SERVER_METHODS, method)) return `only servers send ${method}`
  const meant = clientMethods().find((known) => respelt(key, known) !== undefined)
  if (meant !== undefined) {
    return `a method is written as MCP does, '${meant}', and one blank stands between it and a name`
  }
  return /[/:]/.test(method) || closest(method, clientMethods()) !== undefined
    ? 'no MCP client sends this method; those of your server alone belong in customMethods'
    : 'a name needs its method in front, and one blank between the two'
}

function nameFault(method: string, name: string): string | undefined {
  const source = nameSourceOf(method)
  if (source === undefined) return `calls of ${method} name nothing`
  if (name === '') return 'the name after the blank is empty'
  if (name !== name.trim() || /[^\S ]|\p{Cc}/u.test(name)) {
    return 'a name follows one blank and has no other white space around it'
  }
  if (source !== 'ref' && /\{.*\}/.test(name)) return 'templates are not expanded'
  if (isPattern(source, name)) return 'names are compared as they are, there are no patterns'
  if (source !== 'uri') return undefined
  if (name.includes('#')) return 'URIs are compared without their fragment'
  if (normalizeName(method, name) === undefined) return 'what follows is not a usable absolute URI'
  return undefined
}

/** In a URI only where a pattern would stand: a `*` is a character like others there. */
function isPattern(source: string, name: string): boolean {
  const isUri = source === 'uri' || (source === 'ref' && name.includes(':'))
  if (!isUri) return withoutExpressions(source, name).includes('*')
  return /\*$|\/\*+\//.test(withoutExpressions(source, name))
}

/** A `*` inside of `{…}` is part of a URI template (RFC 6570 §2.4.2). */
function withoutExpressions(source: string, name: string): string {
  return source === 'ref' ? name.replace(/\{[^{}]*\}/g, '') : name
}

/** What names follow by mistake. A method without names may go on with a dash or an underscore. */
const SEPARATOR = String.raw`[\s:/.#>|,@=([]`
const NAME_SEPARATOR = String.raw`[\s:/.#>|,@=([_-]`
/** Methods for things that are often written without one. */
const DEFAULT_METHODS: Readonly<Record<string, string>> = {
  tool: 'tools/call',
  prompt: 'prompts/get',
  resource: 'resources/read',
  task: 'tasks/get',
}
/** Nothing longer is the misspelling of a method. */
const MAX_METHOD_LENGTH = 48

function nearestKey(key: string, custom: ReadonlySet<string>): string {
  const isValid = (each: string): boolean => faultOf(each, custom) === undefined
  return candidatesFor(key.trim(), [...clientMethods(), ...custom]).find(isValid) ?? '*'
}

/** What may have been meant, the most likely first. Not all of it is valid. */
function candidatesFor(key: string, methods: readonly string[]): string[] {
  const [head = '', ...words] = key.split(/\s+/)
  const [, group = '', item = ''] =
    /^(tool|prompt|resource|task)s?[^\p{L}\p{N}]+(.*)$/isu.exec(key) ?? []
  return [
    ...withName(Object.hasOwn(SERVER_METHODS, head) ? SERVER_METHODS[head] : undefined, ''),
    ...methods.flatMap((method) => {
      const name = respelt(key, method)
      return name === undefined ? [] : withName(method, name)
    }),
    ...withName(closest(head, methods), words.join(' ')),
    ...withName(DEFAULT_METHODS[group.toLowerCase()], item),
    ...(/^[a-z][a-z0-9+.-]*:/i.test(key) ? withName('resources/read', key) : []),
    ...(key.startsWith('*') ? [] : withName('tools/call', key)),
  ]
}

function withName(method: string | undefined, name: string): string[] {
  return method === undefined ? [] : [`${method} ${name.replace(/#.*$/s, '')}`, method]
}

/** The name behind a method that is written with other separators or in another case, or `''`. */
function respelt(key: string, method: string): string | undefined {
  const words = method.match(/[a-z]+/gi) ?? []
  const separator = nameSourceOf(method) === undefined ? SEPARATOR : NAME_SEPARATOR
  const pattern = `^[^a-z]*${words.join('[^a-z]{0,3}')}(?:${separator}+(.*?)[)\\]]?)?$`
  const match = new RegExp(pattern, 'is').exec(key.trim())
  return match === null ? undefined : (match[1] ?? '').replace(/\s+/g, ' ')
}

/** The method with a letter or two more, fewer or others. */
function closest(text: string, methods: readonly string[]): string | undefined {
  if (text.length < 5 || text.length > MAX_METHOD_LENGTH) return undefined
  const limit = text.includes('/') ? 2 : 1
  const distances = methods.map((method) => ({ method, distance: editDistance(text, method) }))
  const [best] = distances.sort((one, other) => one.distance - other.distance)
  return best !== undefined && best.distance <= limit ? best.method : undefined
}

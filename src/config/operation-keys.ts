/**
 * Rules for the keys of an operation policy. A key that can never match leaves an operation
 * unprotected, so it is a mistake. The message names the nearest valid key.
 */

import { clientMethods, isMcpMethod, nameSourceOf, SERVER_METHODS } from '../contract/methods.ts'
import { editDistance } from '../lib/edit-distance.ts'
import { lazyPattern } from '../lib/lazy-pattern.ts'
import { normalizeName } from '../mcp/operation.ts'
import { splitOperationKey } from '../mcp/policy.ts'

/** The mistake in a key, with the nearest valid key. */
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
  if (key.includes('*')) return 'patterns are not supported'
  if (Object.hasOwn(SERVER_METHODS, method)) return `only servers send ${method}`
  const meant = clientMethods().find((known) => respelt(key, known) !== undefined)
  if (meant !== undefined) {
    return `the MCP method is '${meant}', and a name follows it after one space`
  }
  return /[/:]/.test(method) || closest(method, clientMethods()) !== undefined
    ? 'no MCP client sends this method; methods of your own server belong in customMethods'
    : 'a key is a method, one space and a name'
}

function nameFault(method: string, name: string): string | undefined {
  const source = nameSourceOf(method)
  if (source === undefined) return `calls of ${method} have no name`
  if (name === '') return 'the name after the space is empty'
  if (name !== name.trim() || /(?! )[\s\0-\x20\x7f-\x9f\ud800-\udfff]/u.test(name)) {
    return 'the name must follow one space and have no other white space around it'
  }
  if (source !== 'ref' && /\{.*\}/.test(name)) return 'URI templates are not expanded'
  if (isPattern(source, name)) return 'names are compared exactly; patterns are not supported'
  if (source !== 'uri') return undefined
  if (name.includes('#')) return 'URIs are compared without their fragment'
  if (normalizeName(method, name) === undefined) return 'the name is not an absolute URI'
  return undefined
}

/** Whether a name looks like a pattern. In a URI, `*` is an ordinary character except at these places. */
function isPattern(source: string, name: string): boolean {
  const isUri = source === 'uri' || (source === 'ref' && name.includes(':'))
  if (!isUri) return withoutExpressions(source, name).includes('*')
  return /\*$|\/\*+\//.test(withoutExpressions(source, name))
}

/** A `*` inside `{…}` is part of a URI template (RFC 6570 §2.4.2). */
function withoutExpressions(source: string, name: string): string {
  return source === 'ref' ? name.replace(/\{[^{}]*\}/g, '') : name
}

/** Wrong separators before a name. A method without names may contain a dash or an underscore. */
const SEPARATOR = '[\\s:/.#>|,@=([]'
const NAME_SEPARATOR = '[\\s:/.#>|,@=([_-]'
/** The methods of names that are often written without one. */
const DEFAULT_METHODS: Readonly<Record<string, string>> = {
  tool: 'tools/call',
  prompt: 'prompts/get',
  resource: 'resources/read',
  task: 'tasks/get',
}
/** Longer text is not compared with methods. */
const MAX_METHOD_LENGTH = 48

function nearestKey(key: string, custom: ReadonlySet<string>): string {
  const isValid = (each: string): boolean => faultOf(each, custom) === undefined
  return candidatesFor(key.trim(), [...clientMethods(), ...custom]).find(isValid) ?? '*'
}

const groupAndItem = /* @__PURE__ */ lazyPattern(
  '^(tool|prompt|resource|task)s?[^\\p{L}\\p{N}]+(.*)$',
  'isu',
)

/** Keys that the author may have meant, the most likely first. Some may be invalid. */
function candidatesFor(key: string, methods: readonly string[]): string[] {
  const [head = '', ...words] = key.split(/\s+/)
  const [, group = '', item = ''] = groupAndItem().exec(key) ?? []
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

/** The name after a method that is written with other separators or in another case; `''` without a name. */
function respelt(key: string, method: string): string | undefined {
  const words = method.match(/[a-z]+/gi) ?? []
  const separator = nameSourceOf(method) === undefined ? SEPARATOR : NAME_SEPARATOR
  const pattern = `^[^a-z]*${words.join('[^a-z]{0,3}')}(?:${separator}+(.*?)[)\\]]?)?$`
  const match = new RegExp(pattern, 'is').exec(key.trim())
  return match === null ? undefined : (match[1] ?? '').replace(/\s+/g, ' ')
}

/** The method that differs in one or two letters. */
function closest(text: string, methods: readonly string[]): string | undefined {
  if (text.length < 5 || text.length > MAX_METHOD_LENGTH) return undefined
  const limit = text.includes('/') ? 2 : 1
  const distances = methods.map((method) => ({ method, distance: editDistance(text, method) }))
  const [best] = distances.sort((one, other) => one.distance - other.distance)
  return best !== undefined && best.distance <= limit ? best.method : undefined
}

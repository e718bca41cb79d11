/** What an operation policy must mean: every key can match, no two mean the same, rules can be met. */

import { clientMethods, isMcpMethod, SERVER_METHODS } from '../contract/methods.ts'
import { isObject, isTextList } from '../lib/json.ts'
import { nameKeyOf, splitOperationKey } from '../mcp/policy.ts'
import { keyProblem } from './operation-keys.ts'
import { type Report, reportEach } from './report.ts'
import { scopeProblem } from './scope-rules.ts'
import type { JudgedOptions } from './server-rules.ts'

/** Every mistake in `operations`; what a function returns is only known when it is asked. */
export function checkOperations(
  { operations, customMethods = [] }: Pick<JudgedOptions, 'operations' | 'customMethods'>,
  report: Report,
): void {
  checkCustomMethods(customMethods, report)
  if (typeof operations === 'function' || operations === undefined) return
  report('operations', tableProblem(operations))
  const custom = new Set(customMethods)
  const seen = new Map<string, string>()
  for (const [key, rule] of Object.entries(operations)) {
    const path = `operations['${key}']`
    report(path, keyProblem(key, custom) ?? repetition(key, seen))
    if (rule !== undefined) checkRule(path, rule, report)
  }
}

/** Rules that `Object.entries` does not show would protect nothing: those of a `Map`, a parent. */
function tableProblem(operations: object): string | undefined {
  const prototype: unknown = Object.getPrototypeOf(operations)
  const isPlain = prototype === null || Object.hasOwn(Object(prototype), 'isPrototypeOf')
  if (!isPlain) {
    return 'must be a plain object; rules in a Map, in a class or in the prototype are never found'
  }
  const isAllThere = Reflect.ownKeys(operations).length === Object.keys(operations).length
  return isAllThere
    ? undefined
    : 'has keys that are symbols or not enumerable; they are never found'
}

function checkCustomMethods(methods: readonly string[], report: Report): void {
  for (const [index, method] of methods.entries()) {
    const isRepeated = methods.indexOf(method) < index
    report(
      `customMethods[${index}]`,
      customMethodProblem(method) ?? (isRepeated ? 'is there twice; keep one' : undefined),
    )
  }
}

function customMethodProblem(method: string): string | undefined {
  if (method === '') return 'is empty; write the name of a JSON-RPC method'
  if (isMcpMethod(method)) return 'is a method of MCP, so operations may have rules for it anyway'
  if (Object.hasOwn(SERVER_METHODS, method)) return 'is a method of MCP that only servers send'
  if (/[\s*\p{Cc}]/u.test(method)) {
    return "has white space or '*' in it; custom methods have no names, and there are no patterns"
  }
  const lower = method.toLowerCase()
  const same = clientMethods().find((known) => known.toLowerCase() === lower)
  return same && `differs from the MCP method '${same}' only by case, which is never ignored`
}

/** Two spellings of one URI are one key, and only one of their rules would count. */
function repetition(key: string, seen: Map<string, string>): string | undefined {
  const { method, name } = splitOperationKey(key)
  const meant = name === undefined ? method : `${method} ${nameKeyOf(method, name)}`
  const earlier = seen.get(meant)
  seen.set(meant, key)
  return earlier === undefined ? undefined : `means the same as '${earlier}'; keep one`
}

function checkRule(path: string, rule: unknown, report: Report): void {
  if (rule === 'public') return
  if (isTextList(rule)) {
    reportEach(path, rule, scopeProblem, report)
    return
  }
  const anyOf = isObject(rule) && Object.keys(rule).join() === 'anyOf' ? rule['anyOf'] : undefined
  if (!isTextList(anyOf)) {
    report(path, "must be an array of scopes, { anyOf: [...] } or 'public'")
    return
  }
  if (anyOf.length === 0)
    report(`${path}.anyOf`, 'is empty, so no token could ever have one of them')
  reportEach(`${path}.anyOf`, anyOf, scopeProblem, report)
}

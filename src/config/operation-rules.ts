/** Rules for `operations`: every key can match, no two keys are equal, every rule can be satisfied. */

import { clientMethods, isMcpMethod, SERVER_METHODS } from '../contract/methods.ts'
import { isObject, isPlainObject, isTextList } from '../lib/json.ts'
import { isDenial, nameKeyOf, splitOperationKey } from '../mcp/policy.ts'
import type { CheckedOptions } from '../resource/feature.ts'
import { keyProblem } from './operation-keys.ts'
import { type Report, reportEach } from './report.ts'
import { scopeProblem } from './scope-rules.ts'

/** Reports every mistake in `operations`. The results of a function are checked on each request. */
export function checkOperations(
  { operations, customMethods = [] }: Pick<CheckedOptions, 'operations' | 'customMethods'>,
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

/** `Object.entries` does not list the rules of a `Map` or a prototype, so they would have no effect. */
function tableProblem(operations: object): string | undefined {
  if (!isPlainObject(operations)) {
    return 'must be a plain object; rules in a Map, a class instance or a prototype are ignored'
  }
  const isAllThere = Reflect.ownKeys(operations).length === Object.keys(operations).length
  return isAllThere ? undefined : 'has symbol or non-enumerable keys, which are ignored'
}

function checkCustomMethods(methods: readonly string[], report: Report): void {
  for (const [index, method] of methods.entries()) {
    const isRepeated = methods.indexOf(method) < index
    report(
      `customMethods[${index}]`,
      customMethodProblem(method) ?? (isRepeated ? 'is a duplicate; remove it' : undefined),
    )
  }
}

function customMethodProblem(method: string): string | undefined {
  if (method === '') return 'is empty; give the name of a JSON-RPC method'
  if (isMcpMethod(method))
    return 'is an MCP method; operations can have rules for it without this entry'
  if (Object.hasOwn(SERVER_METHODS, method)) return 'is a method of MCP that only servers send'
  if (/[\s*\0-\x20\x7f-\x9f\ud800-\udfff]/u.test(method)) {
    return "contains white space or '*'; custom methods have no names, and patterns are not supported"
  }
  const lower = method.toLowerCase()
  const same = clientMethods().find((known) => known.toLowerCase() === lower)
  return same && `differs from the MCP method '${same}' only in case; methods are case-sensitive`
}

/** Two spellings of one URI are the same key, so one of the two rules would have no effect. */
function repetition(key: string, seen: Map<string, string>): string | undefined {
  const { method, name } = splitOperationKey(key)
  const meant = name === undefined ? method : `${method} ${nameKeyOf(method, name)}`
  const earlier = seen.get(meant)
  seen.set(meant, key)
  return earlier === undefined
    ? undefined
    : `has the same meaning as '${earlier}'; remove one of them`
}

function checkRule(path: string, rule: unknown, report: Report): void {
  if (rule === 'public' || isDenial(rule)) return
  if (isTextList(rule)) {
    reportEach(path, rule, scopeProblem, report)
    return
  }
  const anyOf = isObject(rule) && Object.keys(rule).join() === 'anyOf' ? rule['anyOf'] : undefined
  if (!isTextList(anyOf)) {
    report(path, "must be an array of scopes, { anyOf: [...] }, 'public' or deny(reason)")
    return
  }
  if (anyOf.length === 0) {
    report(`${path}.anyOf`, 'is empty, so no token can satisfy it; name at least one scope')
  }
  reportEach(`${path}.anyOf`, anyOf, scopeProblem, report)
}

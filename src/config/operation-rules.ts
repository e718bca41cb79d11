/**
 * What an operation policy must mean. A key that can never match would leave what it was meant for
 * unprotected, so every such key is a mistake.
 */

import { isObject } from '../lib/json.ts'
import { nameSourceOf, normalizeName } from '../mcp/operation.ts'
import { splitOperationKey } from '../mcp/policy.ts'
import type { ProtectedResourceOptions } from '../options.ts'
import { type Report, reportEach } from './report.ts'
import { isTextList, scopeProblem } from './scope-rules.ts'

/** Every mistake in `operations`; what a function returns is only known when it is asked. */
export function checkOperations(
  { operations }: Pick<ProtectedResourceOptions, 'operations'>,
  report: Report,
): void {
  if (typeof operations === 'function') return
  const seen = new Map<string, string>()
  for (const [key, rule] of Object.entries(operations ?? {})) {
    const path = `operations['${key}']`
    report(path, keyProblem(key) ?? repetition(key, seen))
    checkRule(path, rule, report)
  }
}

function keyProblem(key: string): string | undefined {
  const { method, name } = splitOperationKey(key)
  if (method === '*' && name === undefined) return undefined
  if (!METHOD.test(method) || name !== name?.trim()) {
    return "is no key: 'tools/call delete_note', 'tools/call' or '*', with one space and no patterns"
  }
  if (name === undefined) return undefined
  if (nameSourceOf(method) === undefined) {
    return `would never match: calls of ${method} name nothing; leave the name out`
  }
  if (name === '' || name === '*') {
    return `would never match; for every call of this method the key is '${method}'`
  }
  if (normalizeName(method, name) === undefined) {
    return 'would never match: what follows the method must be an absolute URI'
  }
  return undefined
}

/** Everything but space and control characters, and no `*`, which would look like a pattern. */
const METHOD = /^[^\s*\p{Cc}]+$/u

/** Two spellings of one URI are one key, and only one of their rules would count. */
function repetition(key: string, seen: Map<string, string>): string | undefined {
  const { method, name } = splitOperationKey(key)
  const meant = name === undefined ? method : `${method} ${normalizeName(method, name)}`
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
  if (anyOf.length === 0) report(`${path}.anyOf`, 'is empty, so nobody could ever have one of them')
  reportEach(`${path}.anyOf`, anyOf, scopeProblem, report)
}

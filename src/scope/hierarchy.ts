/** Scope hierarchies: a broad scope implies narrower ones, transitively. */

import { ownMember } from '../lib/own-members.ts'

type Hierarchy = Readonly<Record<string, readonly string[]>>

/** Gives the granted scopes, followed by all scopes that they imply. */
export type ScopeClosure = (granted: readonly string[]) => string[]

/** Prepares a hierarchy without cycles. Without a hierarchy, no scope implies another. */
export function createScopeClosure(hierarchy: Hierarchy | undefined): ScopeClosure {
  if (hierarchy === undefined) return (granted) => [...granted]
  const implied = new Map<string, readonly string[]>()
  for (const scope of Object.keys(hierarchy))
    implied.set(scope, [...impliedBy(scope, hierarchy).keys()])
  return (granted) => {
    const closed = new Set(granted)
    for (const scope of granted) for (const each of implied.get(scope) ?? []) closed.add(each)
    return [...closed]
  }
}

/** A path along which a scope implies itself, as `a > b > a`, or `undefined`. */
export function findCycle(hierarchy: Hierarchy): string | undefined {
  for (const scope of Object.keys(hierarchy)) {
    const implied = impliedBy(scope, hierarchy)
    const path = [scope]
    let broader = implied.get(scope)
    while (broader !== undefined && broader !== scope) {
      path.unshift(broader)
      broader = implied.get(broader)
    }
    if (broader === scope) return [scope, ...path].join(' > ')
  }
  return undefined
}

/** Every scope that a scope implies, with the broader scope through which it was found. */
function impliedBy(scope: string, hierarchy: Hierarchy): Map<string, string> {
  const found = new Map<string, string>()
  const open = [scope]
  for (let broader = open.pop(); broader !== undefined; broader = open.pop()) {
    // A scope may have the name of an inherited member, such as `constructor`.
    for (const narrower of ownMember(hierarchy, broader) ?? []) {
      if (found.has(narrower)) continue
      found.set(narrower, broader)
      open.push(narrower)
    }
  }
  return found
}

/** Scope hierarchies: a broad scope implies narrower ones, transitively. */

/** Gives the granted scopes, followed by all scopes that they imply. */
export type ScopeClosure = (granted: readonly string[]) => string[]

/** Prepares a hierarchy without cycles. Without a hierarchy, no scope implies another. */
export function createScopeClosure(
  hierarchy: Readonly<Record<string, readonly string[]>> | undefined,
): ScopeClosure {
  if (hierarchy === undefined) return (granted) => [...granted]
  const implied = new Map<string, readonly string[]>()
  for (const scope of Object.keys(hierarchy)) implied.set(scope, reachable(scope, hierarchy))
  return (granted) => {
    const closed = new Set(granted)
    for (const scope of granted) for (const each of implied.get(scope) ?? []) closed.add(each)
    return [...closed]
  }
}

/** A path along which a scope implies itself, as `a > b > a`, or `undefined`. */
export function findCycle(
  hierarchy: Readonly<Record<string, readonly string[]>>,
): string | undefined {
  const settled = new Set<string>()
  for (const start of Object.keys(hierarchy)) {
    const cycle = walk(start, [], settled, hierarchy)
    if (cycle !== undefined) return cycle.join(' > ')
  }
  return undefined
}

function walk(
  scope: string,
  trail: readonly string[],
  settled: Set<string>,
  hierarchy: Readonly<Record<string, readonly string[]>>,
): string[] | undefined {
  const met = trail.indexOf(scope)
  if (met >= 0) return [...trail.slice(met), scope]
  if (settled.has(scope)) return undefined
  for (const narrower of childrenOf(scope, hierarchy)) {
    const cycle = walk(narrower, [...trail, scope], settled, hierarchy)
    if (cycle !== undefined) return cycle
  }
  settled.add(scope)
  return undefined
}

function reachable(
  scope: string,
  hierarchy: Readonly<Record<string, readonly string[]>>,
): string[] {
  const found = new Set<string>()
  const open = [scope]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const narrower of childrenOf(next, hierarchy)) {
      if (!found.has(narrower)) open.push(narrower)
      found.add(narrower)
    }
  }
  return [...found]
}

function childrenOf(
  scope: string,
  hierarchy: Readonly<Record<string, readonly string[]>>,
): readonly string[] {
  // A scope may have the name of an inherited member, such as `constructor`.
  return Object.hasOwn(hierarchy, scope) ? (hierarchy[scope] ?? []) : []
}

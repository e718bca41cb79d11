/** Which of several resources a request is for: by path alone, never by `Host` (RFC 9700 §4.13). */

import { parseUrl } from '../lib/safe-url.ts'

export interface PathChoice<Value> {
  readonly path: string
  readonly decodedPath: string
  readonly value: Value
}

/** Prepares the paths of several resources for {@link choosePath}. */
export function createPathChoices<Value>(
  entries: readonly { readonly url: URL; readonly value: Value }[],
): PathChoice<Value>[] {
  return entries
    .map(({ url, value }) => ({
      path: url.pathname,
      decodedPath: decodePath(url.pathname) ?? url.pathname,
      value,
    }))
    .sort((one, other) => other.path.length - one.path.length)
}

/**
 * The resource with the longest path that the request's path lies under, on segment boundaries.
 *
 * `undefined` where nothing matches, and where the path, decoded once more as some router behind us
 * may do, would mean another resource: `/notes%2Fadmin` is not let in as `/notes`.
 */
export function choosePath<Value>(
  pathname: string,
  choices: readonly PathChoice<Value>[],
): Value | undefined {
  const decoded = decodePath(pathname)
  if (decoded === undefined) return undefined
  const literal = choices.find((choice) => liesUnder(pathname, choice.path))
  const once = choices.find((choice) => liesUnder(decoded, choice.decodedPath))
  return literal === once ? literal?.value : undefined
}

function liesUnder(pathname: string, base: string): boolean {
  if (pathname === base) return true
  return pathname.startsWith(base.endsWith('/') ? base : `${base}/`)
}

/** Decodes percent escapes once and resolves the dot segments that come to light. */
function decodePath(pathname: string): string | undefined {
  if (!pathname.includes('%')) return pathname
  try {
    return parseUrl(`http://path.invalid${decodeURIComponent(pathname)}`)?.pathname
  } catch {
    return undefined
  }
}

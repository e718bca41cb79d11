/** Chooses one of several resources by the path of a request, never by `Host` (RFC 9700 §4.13). */

import { isPlainPath, lenientReadingsOf, readingsOf } from './request-target.ts'

/** The paths of several resources, in every reading, for {@link choosePath}. */
export interface PathChoices<Value> {
  readonly choices: readonly PathChoice<Value>[]
  /** Whether all paths are plain and in lower case. A plain request path then has one reading. */
  readonly arePlain: boolean
}

interface PathChoice<Value> {
  readonly path: string
  readonly texts: readonly string[]
  readonly lenientTexts: readonly string[]
  readonly value: Value
}

/** Prepares the paths of several resources for {@link choosePath}. */
export function createPathChoices<Value>(
  entries: readonly { readonly url: URL; readonly value: Value }[],
): PathChoices<Value> {
  const choices = entries
    .map(({ url: { pathname }, value }) => ({
      path: pathname,
      texts: readingsOf(pathname),
      lenientTexts: lenientReadingsOf(pathname),
      value,
    }))
    .sort((one, other) => other.path.length - one.path.length)
  return { choices, arePlain: choices.every(({ path }) => isPlainPath(path) && isLowerCase(path)) }
}

/** The resource of a path, and whether another reading of the path leads to another resource. */
interface PathDecision<Value> {
  readonly value: Value | undefined
  readonly isAmbiguous: boolean
}

/**
 * Chooses the resource with the longest path that contains the path of the request, on segment
 * boundaries. `isAmbiguous` is true if a router behind the library may choose another one.
 */
export function choosePath<Value>(
  pathname: string,
  { choices, arePlain }: PathChoices<Value>,
): PathDecision<Value> {
  const chosen = choices.find(({ path }) => liesUnder(pathname, path))
  const isPlain = arePlain && isPlainPath(pathname)
  const other = isPlain
    ? findLenient(pathname, choices, chosen)
    : findOther(pathname, choices, chosen)
  return { value: (chosen ?? other)?.value, isAmbiguous: other !== undefined }
}

/** Whether a router may take one path for the other. A final slash makes no difference. */
export function isSamePath(one: string, other: string): boolean {
  const texts = new Set(allReadingsOf(other))
  return allReadingsOf(one).some((text) => texts.has(text))
}

/** As {@link findOther} for a plain path, whose readings differ by case and extensions only. */
function findLenient<Value>(
  pathname: string,
  choices: readonly PathChoice<Value>[],
  chosen: PathChoice<Value> | undefined,
): PathChoice<Value> | undefined {
  // Most paths have neither capitals nor extensions, and need no second search.
  if (chosen === undefined || !/[A-Z.]/.test(pathname)) return undefined
  const lower = pathname.toLowerCase()
  const found = choices.find(({ path }) => liesUnder(lower, path, '.'))
  return found === chosen ? undefined : found
}

/** A choice that another reading leads to, or `chosen` if another reading leads to none. */
function findOther<Value>(
  pathname: string,
  choices: readonly PathChoice<Value>[],
  chosen: PathChoice<Value> | undefined,
): PathChoice<Value> | undefined {
  for (const [index, text] of readingsOf(pathname).entries()) {
    const found = findLongest(text, choices, ({ texts }) => texts[index] as string)
    if (found !== chosen) return found ?? chosen
  }
  if (chosen === undefined) return undefined
  for (const [index, text] of lenientReadingsOf(pathname).entries()) {
    const textOf = ({ lenientTexts }: PathChoice<Value>) => lenientTexts[index] as string
    const found = findLongest(text, choices, textOf, '.')
    // If two resources differ by case only, the router is case-sensitive.
    if (found === undefined || textOf(found) !== textOf(chosen)) return chosen
  }
  return undefined
}

function findLongest<Value>(
  text: string,
  choices: readonly PathChoice<Value>[],
  textOf: (choice: PathChoice<Value>) => string,
  separator = '/',
): PathChoice<Value> | undefined {
  return choices
    .filter((choice) => liesUnder(text, textOf(choice), separator))
    .sort((one, other) => textOf(other).length - textOf(one).length)[0]
}

/** A separator `.` is for routers that ignore an extension (Connect, Rails): `/a.b` may be `/a`. */
function liesUnder(pathname: string, base: string, separator = '/'): boolean {
  // Builds no text: this runs for each resource of a list, on every request.
  if (!pathname.startsWith(base)) return false
  const next = pathname[base.length]
  return next === undefined || next === '/' || next === separator || base.endsWith('/')
}

function isLowerCase(text: string): boolean {
  return text === text.toLowerCase()
}

function allReadingsOf(path: string): string[] {
  return [...readingsOf(path), ...lenientReadingsOf(path)].map((text) =>
    text.endsWith('/') ? text.slice(0, -1) : text,
  )
}

/** Which of several resources a request is for: by path alone, never by `Host` (RFC 9700 §4.13). */

import { isPlainPath, lenientReadingsOf, readingsOf } from './request-target.ts'

/** The paths of several resources in every reading, ready to be compared. */
export interface PathChoices<Value> {
  readonly choices: readonly PathChoice<Value>[]
  /** Whether they are plain and in lower case, so that a plain path can be taken at its word. */
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

/** What a path says: the resource it is for, or that it may be for this one and for another. */
export interface PathVerdict<Value> {
  readonly value: Value | undefined
  readonly isAmbiguous: boolean
}

/**
 * The resource with the longest path that the request's path lies under, on segment boundaries, if it is
 * the same for every router behind us.
 */
export function choosePath<Value>(
  pathname: string,
  { choices, arePlain }: PathChoices<Value>,
): PathVerdict<Value> {
  const chosen = choices.find(({ path }) => liesUnder(pathname, path))
  const isPlain = arePlain && isPlainPath(pathname)
  const other = isPlain
    ? findInLowerCase(pathname, choices, chosen)
    : findOther(pathname, choices, chosen)
  return { value: (chosen ?? other)?.value, isAmbiguous: other !== undefined }
}

/** The same where nothing but the case of the path leaves anything open. */
function findInLowerCase<Value>(
  pathname: string,
  choices: readonly PathChoice<Value>[],
  chosen: PathChoice<Value> | undefined,
): PathChoice<Value> | undefined {
  if (chosen === undefined || isLowerCase(pathname)) return undefined
  const lower = pathname.toLowerCase()
  const found = choices.find(({ path }) => liesUnder(lower, path))
  return found === chosen ? undefined : found
}

/** A choice that another reading may mean, be it that it finds none where there is one. */
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
    const found = findLongest(text, choices, textOf)
    // Two paths that differ by case alone say that the router minds it.
    if (found === undefined || textOf(found) !== textOf(chosen)) return chosen
  }
  return undefined
}

function findLongest<Value>(
  text: string,
  choices: readonly PathChoice<Value>[],
  textOf: (choice: PathChoice<Value>) => string,
): PathChoice<Value> | undefined {
  return choices
    .filter((choice) => liesUnder(text, textOf(choice)))
    .sort((one, other) => textOf(other).length - textOf(one).length)[0]
}

function liesUnder(pathname: string, base: string): boolean {
  if (pathname === base) return true
  return pathname.startsWith(base.endsWith('/') ? base : `${base}/`)
}

function isLowerCase(text: string): boolean {
  return text === text.toLowerCase()
}

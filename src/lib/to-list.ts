/** Options and claims that hold one string or a list of them. */

/** A string or a list of strings, as a list. */
export function toList(value: string | readonly string[]): readonly string[] {
  return typeof value === 'string' ? [value] : value
}

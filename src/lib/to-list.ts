/** Options and claims that hold one string or a list of them. */

/** A string or a list of strings, as a list. */
export function toList(value: string | readonly string[]): readonly string[] {
  return typeof value === 'string' ? [value] : value
}

/** `Array.isArray` for lists that are read only. */
export function isList<Item>(value: Item | readonly Item[]): value is readonly Item[] {
  return Array.isArray(value)
}

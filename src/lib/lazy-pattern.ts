/**
 * A pattern that is compiled when it is first used. For properties of Unicode such as `\p{C}`: engines check a
 * literal when they load its file, and looking up three of them takes as long as parsing a hundred functions.
 */
// @__NO_SIDE_EFFECTS__
export function lazyPattern(source: string, flags: string): () => RegExp {
  let pattern: RegExp | undefined
  return () => {
    pattern ??= new RegExp(source, flags)
    return pattern
  }
}

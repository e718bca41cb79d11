/** The part of a URL that a server sees as the target of a request. */

/** The text after the authority of a URL in its parsed form. `search` would lose a final question mark. */
export function pathAndQueryOf(url: string): string {
  return url.slice(url.indexOf('/', url.indexOf('//') + 2))
}

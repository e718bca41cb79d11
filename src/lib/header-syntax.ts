/**
 * The grammar of HTTP authentication headers (RFC 9110 §5.6 and §11.2). Nothing here throws.
 */

/** Visible ASCII without `"`, `,` and `\`, which make a field value ambiguous. */
const ACCESS_TOKEN = /^[\x21\x23-\x2b\x2d-\x5b\x5d-\x7e]+$/
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
/** RFC 6750 §3: all characters except those allowed in `error` and `error_description`. */
const OUTSIDE_QUOTABLE = /[^\x20-\x21\x23-\x5b\x5d-\x7e]/g

/**
 * Whether the text can be an access token. RFC 6750 §2.1 allows `token68` only; deployed servers also
 * issue tokens that contain `:`, `|` or `=`, as RFC 6749 appendix A.12 allows.
 */
export function isAccessToken(text: string): boolean {
  return ACCESS_TOKEN.test(text)
}

/** Whether the text is a `token`: a scheme, method or field name. */
export function isToken(text: string): boolean {
  return TOKEN.test(text)
}

/**
 * Writes text as a `quoted-string` without escapes: RFC 6750 §3 forbids `"` and `\` in its values.
 * Characters that are not allowed are replaced, line breaks included.
 */
export function quote(text: string): string {
  return `"${text.replace(OUTSIDE_QUOTABLE, replacement)}"`
}

/** A field value, as {@link withoutTrailingSpace}. */
export function fieldValue(headers: Pick<Headers, 'get'>, name: string): string | null {
  const value = headers.get(name)
  return value === null ? null : withoutTrailingSpace(value)
}

/**
 * A field value without the white space after it (RFC 9110 §5.5), which workerd passes on. A loop, because a pattern
 * takes quadratic time for a value full of spaces.
 */
export function withoutTrailingSpace(value: string): string {
  let end = value.length
  while (end > 0 && ' \t'.includes(value.charAt(end - 1))) end -= 1
  return value.slice(0, end)
}

/** Splits a comma-separated list without quoted members, dropping blanks and empty members. */
export function splitList(value: string): string[] {
  return value
    .split(',')
    .map((member) => member.trim())
    .filter((member) => member !== '')
}

function replacement(character: string): string {
  if (character === '"') return "'"
  if (character === '\\') return '/'
  return character < ' ' ? ' ' : '?'
}

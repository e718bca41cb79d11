/**
 * The grammar of HTTP authentication headers (RFC 9110 §5.6 and §11.2), in one place because almost
 * every library gets `quoted-string` wrong. Nothing here throws.
 */

/** Visible ASCII without `"`, `,` and `\`, which would make a field value ambiguous. */
const ACCESS_TOKEN = /^[\x21\x23-\x2b\x2d-\x5b\x5d-\x7e]+$/
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
/** RFC 6750 §3: what `error` and `error_description` may hold. Neither `"` nor `\` is among it. */
const OUTSIDE_QUOTABLE = /[^\x20-\x21\x23-\x5b\x5d-\x7e]/g

/**
 * Whether the text can be an access token. RFC 6750 §2.1 has `token68` only; deployed servers also
 * issue tokens with `:`, `|` or `=` inside, as RFC 6749 appendix A.12 allows.
 */
export function isAccessToken(text: string): boolean {
  return ACCESS_TOKEN.test(text)
}

/** Whether the text is a `token`: a scheme, method or field name. */
export function isToken(text: string): boolean {
  return TOKEN.test(text)
}

/**
 * Writes text as a `quoted-string` that needs no escaping: RFC 6750 §3 forbids `"` and `\` inside
 * its values altogether, so what does not fit is replaced, and a line break can never get through.
 */
export function quote(text: string): string {
  return `"${text.replace(OUTSIDE_QUOTABLE, replacement)}"`
}

function replacement(character: string): string {
  if (character === '"') return "'"
  if (character === '\\') return '/'
  return character < ' ' ? ' ' : '?'
}

/** Splits a comma-separated list without quoted members, dropping blanks and empty members. */
export function splitList(value: string): string[] {
  return value
    .split(',')
    .map((member) => member.trim())
    .filter((member) => member !== '')
}

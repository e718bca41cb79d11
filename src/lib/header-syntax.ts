/**
 * The grammar of HTTP authentication headers (RFC 9110 §5.6 and §11.2), in one place because almost
 * every library gets `quoted-string` wrong. Nothing here throws.
 */

const TOKEN68 = /^[A-Za-z0-9\-._~+/]+=*$/
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
/** RFC 6750 §3: what `error` and `error_description` may hold. Neither `"` nor `\` is among it. */
const OUTSIDE_QUOTABLE = /[^\x20-\x21\x23-\x5b\x5d-\x7e]/g

/** Whether the text is a `token68`: the only form an access token has in `Authorization`. */
export function isToken68(text: string): boolean {
  return TOKEN68.test(text)
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

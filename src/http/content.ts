/** What header fields say of a request's content (RFC 9110 §8, RFC 9112 §6). */

/** Whether there is to be a body: of a length other than 0, or of one that only its end tells. */
export function announcesContent(headers: Headers): boolean {
  const length = headers.get('Content-Length')
  return headers.has('Transfer-Encoding') || (length !== null && !NOTHING.test(length))
}

const NOTHING = /^0+$/

/** No host decompresses request bodies, so a handler that does would see what we did not. */
export function isEncoded(headers: Headers): boolean {
  const encoding = (headers.get('Content-Encoding') ?? '').trim().toLowerCase()
  return encoding !== '' && encoding !== 'identity'
}

/**
 * Whether the body is UTF-8 to everyone who reads it: frameworks decode by the parameter, others never
 * look at it (RFC 8259 §8.1). However the parameter is written, it has to be this one.
 */
export function isUtf8(headers: Headers): boolean {
  const type = headers.get('Content-Type')
  if (type === null || !CHARSET.test(type)) return true
  return !CHARSET.test(type.replace(UTF8_PARAMETER, ''))
}

const CHARSET = /charset/i
const UTF8_PARAMETER = /;[\t ]*charset=(?:utf-?8|"utf-?8")[\t ]*(?=$|[;,])/gi

/**
 * Header fields that describe the content of a request (RFC 9110 §8, RFC 9112 §6). Their names are in lower case: Node and
 * Bun convert other spellings at every call.
 */

/** Whether the header announces a body: `Transfer-Encoding`, or a `Content-Length` other than 0. */
export function announcesContent(headers: Headers): boolean {
  const length = headers.get('content-length')
  return headers.has('transfer-encoding') || (length !== null && !ZERO.test(length))
}

const ZERO = /^0+$/

/** Whether the body has a content coding. No host decodes request bodies, but a handler may. */
export function isEncoded(headers: Headers): boolean {
  const encoding = (headers.get('content-encoding') ?? '').trim().toLowerCase()
  return encoding !== '' && encoding !== 'identity'
}

/**
 * Whether `Content-Type` names no charset other than UTF-8 (RFC 8259 §8.1). Some frameworks decode by
 * this parameter and others ignore it, so with another charset they would read different texts.
 */
export function isUtf8(headers: Headers): boolean {
  const type = headers.get('content-type')
  if (type === null || !CHARSET.test(type)) return true
  return !CHARSET.test(type.replace(UTF8_PARAMETER, ''))
}

const CHARSET = /charset/i
const UTF8_PARAMETER = /;[\t ]*charset=(?:utf-?8|"utf-?8")[\t ]*(?=$|[;,])/gi

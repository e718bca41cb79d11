/** The `traceparent` header field (W3C Trace Context §3.2). */

/** Version 00 has exactly these fields; later versions may append some. */
const TRACEPARENT = /^([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-[\da-f]{2}(-.*)?$/
const ZERO = /^0+$/

/** The trace ID; `undefined` for an absent or invalid field. */
export function traceIdOf(headers: Headers): string | undefined {
  const parts = TRACEPARENT.exec(headers.get('traceparent')?.trim() ?? '')
  if (parts === null) return undefined
  const [, version = '', traceId = '', parentId = '', further] = parts
  if (version === 'ff' || (version === '00' && further !== undefined)) return undefined
  return ZERO.test(traceId) || ZERO.test(parentId) ? undefined : traceId
}

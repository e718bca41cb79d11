/** Standard base64, which header fields contain. */

import { bytesOf } from './base64url.ts'

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

/** Decodes standard base64 with its padding (RFC 4648 §4); `undefined` for any other text. */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  return BASE64.test(text) ? bytesOf(atob(text)) : undefined
}

/** SHA-256 digests as JOSE and DPoP write them: in base64url without padding. */

import { encodeBase64url } from '../lib/base64url.ts'
import { ENCODER } from '../lib/utf8.ts'

export function digestText(text: string): Promise<string> {
  return digestBytes(ENCODER.encode(text))
}

export async function digestBytes(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return encodeBase64url(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)))
}

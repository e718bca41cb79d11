/** A name for one token that does not reveal it. */

import { digestText } from '../crypto/sha256.ts'
import { textClaim } from '../jwt/read-claims.ts'
import type { PresentedToken } from './binding.ts'

/** 132 bits: no two tokens have the same. */
const DIGEST_LENGTH = 22

/** The token's own `jti`; without one, the beginning of its digest. */
export async function tokenIdOf(token: PresentedToken): Promise<string> {
  const jti = textClaim(token.verified.original, 'jti')
  if (jti !== undefined) return jti
  token.verified.digest ??= await digestText(token.token)
  return shortDigest(token.verified.digest)
}

export function shortDigest(digest: string): string {
  return digest.slice(0, DIGEST_LENGTH)
}

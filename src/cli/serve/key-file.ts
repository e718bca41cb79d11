/** Reads the private key of the identity JWT from a file. */

import { createHash, createPrivateKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Jwk } from '../../contract/documents.ts'
import { parseObjectText } from '../../lib/json.ts'
import { fail, type Result, succeed } from '../../lib/result.ts'
import { fileProblem } from './file-problem.ts'

/**
 * Reads a JWK, or a key in PEM without a password.
 *
 * @param folder What a relative name is relative to.
 * @returns The key, or the mistake. It never contains the text of the file.
 */
export function readKeyFile(name: string, folder: string): Result<Jwk, string> {
  let text: string
  try {
    // Without a byte order mark, which Windows PowerShell writes.
    text = new TextDecoder().decode(readFileSync(resolve(folder, name)))
  } catch (error) {
    return fail(`names a file that cannot be read: ${fileProblem(error)}`)
  }
  const jwk = parseObjectText(text)
  if (jwk !== undefined) return succeed(jwk)
  try {
    return succeed(createPrivateKey(text).export({ format: 'jwk' }))
  } catch {
    return fail('names a file without a private key: a JWK, or PEM without a password')
  }
}

/** The thumbprint of a key (RFC 7638 §3; RFC 9964 §6 for ML-DSA). */
export function thumbprintOf(key: Jwk): string {
  const names = MEMBERS[String(key.kty)] ?? []
  const members = Object.fromEntries(names.map((name) => [name, key[name]]))
  return createHash('sha256').update(JSON.stringify(members)).digest('base64url')
}

/** The members that are hashed, in their order. */
const MEMBERS: Readonly<Record<string, readonly string[]>> = {
  AKP: ['alg', 'kty', 'pub'],
  EC: ['crv', 'kty', 'x', 'y'],
  OKP: ['crv', 'kty', 'x'],
  RSA: ['e', 'kty', 'n'],
}

/** Tokens that no library makes: any header and payload text, with any signature. */

import type { SigningKey } from './issuer.ts'

export type Sign = (input: Uint8Array<ArrayBuffer>) => Uint8Array | Promise<Uint8Array>

/** Objects become JSON; text stays as it is, so that it may be JSON that no serialiser writes. */
export async function forge(
  header: string | Record<string, unknown>,
  claims: string | Record<string, unknown>,
  sign: Sign,
): Promise<string> {
  const input = `${segment(header)}.${segment(claims)}`
  const signature = await sign(new TextEncoder().encode(input))
  return `${input}.${Buffer.from(signature).toString('base64url')}`
}

/** A true ES256 signature by a key of the issuer. */
export function signedBy({ privateKey }: SigningKey): Sign {
  return async (input) =>
    new Uint8Array(await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, privateKey, input))
}

export const unsigned: Sign = () => new Uint8Array()

/** The parts of a token, to put them together otherwise. */
export function partsOf(token: string): [header: string, payload: string, signature: string] {
  return token.split('.') as [string, string, string]
}

export function segment(value: string | Record<string, unknown>): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return Buffer.from(text).toString('base64url')
}

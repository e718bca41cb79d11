/** Decodes access tokens, and tampers with them. */

/** A decoded JWT without its signature. */
export interface DecodedToken {
  readonly header: Readonly<Record<string, unknown>>
  readonly claims: Readonly<Record<string, unknown>>
}

/**
 * Decodes a JWT without verifying it, for display only.
 *
 * @param token A signed JWT.
 * @returns Its header and claims.
 */
export function decodeToken(token: string): DecodedToken {
  const [header = '', claims = ''] = token.split('.')
  return { header: decodePart(header), claims: decodePart(claims) }
}

/**
 * Changes claims of a JWT and keeps its signature.
 *
 * @param token A signed JWT.
 * @param changes The claims to replace.
 * @returns The tampered token.
 */
export function tamperWithToken(token: string, changes: Readonly<Record<string, unknown>>): string {
  const [header, claims = '', signature] = token.split('.')
  const changed = JSON.stringify({ ...decodePart(claims), ...changes })
  return [header, Buffer.from(changed).toString('base64url'), signature].join('.')
}

function decodePart(part: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>
}

/** Takes access tokens apart, and spoils them on purpose. */

/** What is inside a JWT; the signature stays out of it. */
export interface DecodedToken {
  readonly header: Readonly<Record<string, unknown>>
  readonly claims: Readonly<Record<string, unknown>>
}

/**
 * Reads a JWT without verifying anything: for showing, never for deciding.
 *
 * @param token A signed JWT.
 * @returns Its header and claims.
 */
export function decodeToken(token: string): DecodedToken {
  const [header = '', claims = ''] = token.split('.')
  return { header: decodePart(header), claims: decodePart(claims) }
}

/**
 * Changes claims of a JWT and leaves its signature as it was.
 *
 * @param token A signed JWT.
 * @param changes The claims to replace.
 * @returns What an attacker would send.
 */
export function tamperWithToken(token: string, changes: Readonly<Record<string, unknown>>): string {
  const [header, claims = '', signature] = token.split('.')
  const changed = JSON.stringify({ ...decodePart(claims), ...changes })
  return [header, Buffer.from(changed).toString('base64url'), signature].join('.')
}

function decodePart(part: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>
}

/** The resource that a request names (RFC 8707 §2). */

import { isWellWritten, parseUrl } from '../../lib/safe-url.ts'
import { type OAuthError, oauthError } from './oauth-error.ts'

/** The error of a request for another resource than that of the issuer. */
export function targetProblem(
  parameters: URLSearchParams,
  resource: string,
): OAuthError | undefined {
  const expected = canonical(resource)
  return parameters.getAll('resource').every((each) => canonical(each) === expected)
    ? undefined
    : oauthError('invalid_target', `The resource of this issuer is ${resource}.`)
}

/**
 * One spelling for each resource: clients send the URL as their parser writes it, such as an origin with a slash. MCP,
 * Canonical Server URI: scheme and host may be in upper case.
 */
function canonical(uri: string): string {
  return (isWellWritten(uri) ? parseUrl(uri)?.href : undefined) ?? uri
}

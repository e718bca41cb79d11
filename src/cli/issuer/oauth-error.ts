/** The members of an OAuth error, at both endpoints. */
export interface OAuthError {
  readonly error: string
  readonly error_description: string
}

/** RFC 6749 §5.2: a description has no quotes, no backslashes, and nothing but ASCII. It may name a part of the request. */
export function oauthError(error: string, description: string): OAuthError {
  return { error, error_description: description.replaceAll(/[^\x20\x21\x23-\x5b\x5d-\x7e]/g, '?') }
}
